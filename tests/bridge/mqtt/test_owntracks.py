"""OwnTracks payloads: what they say, why they say nothing, and whose they are."""

import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch.events import PositionReport
from crosspatch.mqtt.owntracks import (
    MAX_PAYLOAD,
    Fix,
    Kind,
    Message,
    Refusal,
    Refused,
    Senders,
    decode,
    matches,
    understood,
)
from crosspatch.plan import Mqtt, Vehicle

PHONE = {
    "_type": "location",
    "_id": "5cbd2b6a",
    "acc": 12,
    "alt": 61,
    "batt": 80,
    "bs": 1,
    "cog": 212,
    "conn": "m",
    "created_at": 1794990002,
    "lat": 50.7554,
    "lon": 5.6911,
    "m": 1,
    "t": "u",
    "tid": "v1",
    "topic": "owntracks/veh-1/phone",
    "tst": 1794990000,
    "vac": 3,
    "vel": 104,
}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in PHONE.items() if key != name}


def refusal(payload: object) -> Refusal:
    with pytest.raises(Refused) as caught:
        decode(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    return caught.value.reason


def test_a_location_of_a_phone_is_understood() -> None:
    assert decode(json.dumps(PHONE).encode()) == Message(
        Kind.LOCATION, Fix(5.6911, 50.7554, 1794990000.0, accuracy_m=12.0, speed_kmh=104.0, course_deg=212.0)
    )


def test_a_location_needs_only_place_and_time() -> None:
    bare = {"_type": "location", "lat": -0.5, "lon": 180, "tst": 1}
    assert decode(json.dumps(bare).encode()).fix == Fix(180.0, -0.5, 1.0)


def test_a_fix_becomes_a_report_of_the_vehicle() -> None:
    fix = Fix(5.6911, 50.7554, 100.0, 12.0, 104.0, 212.0)
    assert fix.report("veh-1", 101.5) == PositionReport("veh-1", 5.6911, 50.7554, 100.0, 101.5, 12.0, 104.0, 212.0)


@pytest.mark.parametrize(("name", "value"), [("vel", -1), ("cog", -1), ("cog", 361), ("vel", "fast"), ("vel", True)])
def test_speed_and_course_that_the_phone_does_not_know_are_left_out(name: str, value: object) -> None:
    fix = decode(json.dumps({**PHONE, name: value}).encode()).fix
    assert fix is not None
    assert (fix.speed_kmh if name == "vel" else fix.course_deg) is None


def test_accuracy_0_is_unknown() -> None:
    fix = decode(json.dumps({**PHONE, "acc": 0}).encode()).fix
    assert fix is not None
    assert fix.accuracy_m is None


def test_a_transition_with_a_position_is_a_report_and_without_one_is_not() -> None:
    event = {"_type": "transition", "event": "enter", "desc": "Liège", "wtst": 1, "tst": 1794990000, "acc": 9.0}
    assert decode(json.dumps(event).encode()) == Message(Kind.TRANSITION)
    placed = {**event, "lat": 50.7, "lon": 5.7}
    assert decode(json.dumps(placed).encode()) == Message(Kind.TRANSITION, Fix(5.7, 50.7, 1794990000.0, 9.0))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.LOCATION, Kind.TRANSITION)])
def test_other_types_are_recognised_and_tell_no_position(kind: Kind) -> None:
    assert decode(json.dumps({**PHONE, "_type": kind.value}).encode()) == Message(kind)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Refusal.EMPTY),
        (b"{" + b" " * MAX_PAYLOAD + b"}", Refusal.TOO_LARGE),
        (b"5.69,50.75", Refusal.NOT_JSON),
        (b'{"_type":"location","lat":50.7', Refusal.NOT_JSON),
        (b"\xff\xfe\x00", Refusal.NOT_JSON),
        (b'{"_type":"loc\xff"}', Refusal.NOT_JSON),
        (b"[" * 60000, Refusal.NOT_JSON),
        (b'{"_type":"location","lat":NaN,"lon":5,"tst":1}', Refusal.NOT_JSON),
        (b'{"_type":"location","lat":1e999,"lon":5,"tst":1}', Refusal.NOT_JSON),
        (b"[]", Refusal.NOT_AN_OBJECT),
        (b"null", Refusal.NOT_AN_OBJECT),
        ({}, Refusal.NO_TYPE),
        ({"_type": 7}, Refusal.NO_TYPE),
        ({"_type": "lokation"}, Refusal.UNKNOWN_TYPE),
        ({"_type": "encrypted", "data": "mYIb"}, Refusal.ENCRYPTED),
        (without("lat"), Refusal.NO_POSITION),
        (without("lon"), Refusal.NO_POSITION),
        ({**PHONE, "lat": None}, Refusal.NO_POSITION),
        ({**PHONE, "lat": "50.7"}, Refusal.BAD_POSITION),
        ({**PHONE, "lat": True}, Refusal.BAD_POSITION),
        ({**PHONE, "lat": 90.001}, Refusal.BAD_POSITION),
        ({**PHONE, "lon": -181}, Refusal.BAD_POSITION),
        ({**PHONE, "lon": 10**400}, Refusal.BAD_POSITION),
        (without("tst"), Refusal.NO_TIME),
        ({**PHONE, "tst": "now"}, Refusal.BAD_TIME),
        ({**PHONE, "tst": 0}, Refusal.BAD_TIME),
        ({**PHONE, "tst": 1794990000000}, Refusal.BAD_TIME),
        ({**PHONE, "acc": -1}, Refusal.BAD_ACCURACY),
        ({**PHONE, "acc": "good"}, Refusal.BAD_ACCURACY),
    ],
)
def test_what_tells_no_position_is_refused_with_its_reason(payload: object, reason: Refusal) -> None:
    assert refusal(payload) is reason


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.sampled_from([*PHONE, "event", "data"]), values, max_size=8)


@given(st.binary(max_size=200) | objects.map(lambda fields: json.dumps({**PHONE, **fields}).encode()))
def test_whatever_comes_is_understood_or_refused_and_a_position_is_on_earth(payload: bytes) -> None:
    with contextlib.suppress(Refused):
        fix = decode(payload).fix
        if fix is not None:
            assert -180 <= fix.lon <= 180
            assert -90 <= fix.lat <= 90
            assert math.isfinite(fix.sent_at)


@given(st.integers(0, len(json.dumps(PHONE)) - 1), st.integers(0, 255))
def test_one_broken_byte_never_raises_anything_but_a_refusal(place: int, byte: int) -> None:
    payload = bytearray(json.dumps(PHONE).encode())
    payload[place] = byte
    with contextlib.suppress(Refused):
        decode(bytes(payload))


def senders(*vehicles: Vehicle, prefix: str = "owntracks") -> Senders:
    return Senders(Mqtt(owntracks_prefix=prefix), vehicles)


@pytest.mark.parametrize(
    ("topic", "vehicle"),
    [
        ("owntracks/veh-1/phone", "veh-1"),
        ("owntracks/veh-1/phone/event", "veh-1"),
        ("owntracks/veh-1", "veh-1"),
        ("owntracks/veh-1/a/b", None),
        ("owntracks/veh-9/phone", None),
        ("owntracks/someone/veh-1", None),  # a device may call itself anything
        ("owntracks", None),
        ("", None),
        ("other/veh-1/phone", None),
        ("fleet/7/gps", "veh-2"),
        ("fleet/7/gps/event", "veh-2"),
        ("owntracks/veh-2/phone", None),  # it is known by its own topic alone
        ("gps/8/any", "veh-3"),
    ],
)
def test_a_topic_names_the_vehicle_whose_identity_the_broker_vouches_for(topic: str, vehicle: str | None) -> None:
    known = senders(
        Vehicle(id="veh-1", network="nl"),
        Vehicle(id="veh-2", network="nl", topic="fleet/7/gps"),
        Vehicle(id="veh-3", network="nl", topic="gps/8/+"),
    )
    assert known.vehicle(topic) == vehicle


def test_subscriptions_cover_strangers_and_topics_elsewhere_and_do_not_overlap() -> None:
    known = senders(
        Vehicle(id="a", network="nl"),
        Vehicle(id="b", network="nl", topic="fleet/7/gps"),
        Vehicle(id="c", network="nl", topic="tracks/own/c/phone"),
        prefix="tracks/own/",
    )
    assert known.filters == ["tracks/own/#", "fleet/7/gps", "fleet/7/gps/+"]


def test_a_prefix_of_several_levels_counts_as_one() -> None:
    assert senders(Vehicle(id="a", network="nl"), prefix="tracks/own").vehicle("tracks/own/a/phone") == "a"


@pytest.mark.parametrize(
    ("pattern", "topic", "fits"),
    [("a/+/c", "a/b/c", True), ("a/+", "a/b/c", False), ("a/#", "a/b/c", True), ("a/#", "a", True), ("+", "a", True)],
)
def test_filters_fit_as_in_mqtt(pattern: str, topic: str, fits: bool) -> None:
    assert matches(pattern.split("/"), topic.split("/")) is fits


NUMBERS = st.one_of(
    st.none(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-400, 2100), st.text()
)


@given(fields=st.dictionaries(st.sampled_from(["lat", "lon", "tst", "acc", "vel", "cog", "topic"]), NUMBERS))
def test_what_is_read_at_once_is_what_is_read_field_by_field(fields) -> None:
    payload = json.dumps({**PHONE, **fields}).encode()
    assert said(decode, payload) == said(understood, payload)


def said(read, payload: bytes) -> Message | Refusal:
    try:
        return read(payload)
    except Refused as refused:
        return refused.reason
