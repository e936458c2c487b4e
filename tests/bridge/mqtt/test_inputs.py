"""Plain positions and ready-made triggers: as their schemas say, fresh, known, and never twice."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch.events import PatchTrigger, PositionReport, ZoneTrigger
from crosspatch.mqtt.inputs import (
    MAX_PAYLOAD,
    SKEW,
    Position,
    Refusal,
    Refused,
    Trigger,
    TriggerDesk,
    decode_position,
)
from crosspatch.plan import Gateway, Limits, Plan, Rule, Vehicle, Zone

NOW = 1794990010.0
SENT = NOW - 10.0
PLACE = {"lat": 50.7, "lon": 5.7, "time": SENT}
ENTER = {"trigger": "enter", "vehicle": "veh-1", "zone": "be", "time": SENT}
LEAVE = {**ENTER, "trigger": "leave"}
WANTED = {"trigger": "patch", "rule": "liege", "want": "open", "time": SENT, "for_s": 600, "reason": "exercise"}
PLAN = Plan(
    gateway=Gateway(id="box"),
    networks={},
    radios={},
    talkgroups={},
    vehicles={"veh-1": Vehicle(id="veh-1", network="nl")},
    zones={"be": Zone(id="be", country="BE")},
    rules={"liege": Rule(id="liege", talkgroups=("a", "b"), zone="be")},
    limits=Limits(position_age_s=120.0),
)


def encoded(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def judged(*messages: object, source: str = "cad", now: float = NOW) -> ZoneTrigger | PatchTrigger:
    desk = TriggerDesk(PLAN)
    return [desk.judge(encoded(message), source, now) for message in messages][-1]


def refusal(*messages: object, now: float = NOW) -> Refusal:
    with pytest.raises(Refused) as caught:
        judged(*messages, now=now)
    return caught.value.reason


def test_a_plain_position_becomes_a_report() -> None:
    more = {**PLACE, "accuracy_m": 5, "speed_kmh": 88.5, "course_deg": 360, "sender": "tracker 7"}
    report = decode_position(encoded(more), "veh-1", NOW)
    assert report == PositionReport("veh-1", 5.7, 50.7, SENT, NOW, 5.0, 88.5, 360.0, "position")


def test_a_time_may_be_written_for_people() -> None:
    report = decode_position(encoded({**PLACE, "time": "2026-11-18T09:40:00+01:00"}), "veh-1", NOW)
    assert report.sent_at == 1794991200.0


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Refusal.NOT_JSON),
        (b"{", Refusal.NOT_JSON),
        (b"\xff", Refusal.NOT_JSON),
        (b" " * (MAX_PAYLOAD + 1), Refusal.TOO_LARGE),
        ([], Refusal.NOT_AS_DESCRIBED),
        ({**PLACE, "lat": 91}, Refusal.NOT_AS_DESCRIBED),
        ({**PLACE, "lat": "50.7"}, Refusal.NOT_AS_DESCRIBED),
        ({**PLACE, "time": "2026-11-18T09:40:00"}, Refusal.NOT_AS_DESCRIBED),  # of which zone?
        ({**PLACE, "time": 1794990000000}, Refusal.NOT_AS_DESCRIBED),  # milliseconds
        ({"lat": 50.7, "lon": 5.7}, Refusal.NOT_AS_DESCRIBED),
    ],
)
def test_what_is_no_position_is_refused_with_its_reason(payload: object, reason: Refusal) -> None:
    with pytest.raises(Refused) as caught:
        decode_position(encoded(payload), "veh-1", NOW)
    assert caught.value.reason is reason


def test_the_refusal_names_the_field() -> None:
    with pytest.raises(Refused, match=r"\$\.lat"):
        decode_position(encoded({**PLACE, "lat": "50.7"}), "veh-1", NOW)


def test_entering_and_leaving_become_events() -> None:
    assert judged(ENTER) == ZoneTrigger("veh-1", "be", True, SENT, NOW, "cad")
    assert judged({**LEAVE, "reason": "crew said so"}) == ZoneTrigger(
        "veh-1", "be", False, SENT, NOW, "cad", "crew said so"
    )


def test_a_wanted_patch_becomes_an_event_with_its_end() -> None:
    assert judged(WANTED) == PatchTrigger("liege", "open", SENT + 600, SENT, NOW, "cad", "exercise")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({**ENTER, "vehicle": "veh-9"}, Refusal.UNKNOWN),
        ({**ENTER, "zone": "fr"}, Refusal.UNKNOWN),
        ({**WANTED, "rule": "lille"}, Refusal.UNKNOWN),
        ({**ENTER, "time": NOW - 121}, Refusal.OLD),
        ({**ENTER, "time": NOW + SKEW + 1}, Refusal.FUTURE),
        ({**ENTER, "trigger": "explode"}, Refusal.NOT_AS_DESCRIBED),
        ({**WANTED, "want": "shut"}, Refusal.NOT_AS_DESCRIBED),
        ({**WANTED, "for_s": 1e9}, Refusal.NOT_AS_DESCRIBED),
        (b"enter veh-1 be", Refusal.NOT_JSON),
    ],
)
def test_what_is_no_trigger_is_refused_with_its_reason(message: object, reason: Refusal) -> None:
    assert refusal(message) is reason


def test_a_trigger_that_is_replayed_does_nothing() -> None:
    assert refusal(ENTER, LEAVE) is Refusal.SUPERSEDED  # of the same moment
    assert refusal(ENTER, {**LEAVE, "time": SENT + 1}, ENTER) is Refusal.SUPERSEDED


def test_another_subject_and_another_source_have_a_time_of_their_own() -> None:
    desk = TriggerDesk(PLAN)
    for source in ("cad", "crew"):
        for message in (ENTER, WANTED):
            desk.judge(encoded(message), source, NOW)


def test_a_refused_trigger_does_not_stand_in_the_way_of_a_good_one() -> None:
    desk = TriggerDesk(PLAN)
    with pytest.raises(Refused):
        desk.judge(encoded({**ENTER, "time": NOW + 1000}), "cad", NOW)
    assert desk.judge(encoded(ENTER), "cad", NOW)


def test_a_retained_trigger_is_never_obeyed() -> None:
    with pytest.raises(Refused) as caught:
        TriggerDesk(PLAN).judge(encoded(ENTER), "cad", NOW, retained=True)
    assert caught.value.reason is Refusal.RETAINED


@given(st.binary(max_size=100) | st.dictionaries(st.sampled_from([*WANTED, *ENTER]), st.none() | st.text(max_size=5)))
def test_whatever_comes_is_an_event_or_refused(message: object) -> None:
    for decode in (lambda payload: TriggerDesk(PLAN).judge(payload, "cad", NOW),):
        try:
            decode(encoded(message))
        except Refused:
            continue


@pytest.mark.parametrize(
    ("name", "title", "kind", "examples"),
    [
        ("position", "A vehicle's position", Position, [PLACE, {**PLACE, "time": "2026-11-18T09:40:00+01:00"}]),
        ("trigger", "A ready-made trigger", Trigger, [ENTER, LEAVE, WANTED]),
    ],
)
def test_the_schema_that_is_shipped_is_the_one_that_is_checked(load, name, title, kind, examples) -> None:
    schema = msgspec.json.schema(kind)
    expected = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}
    document = load(f"schemas/{name}.schema.json")
    assert document.root == {**expected, "title": title, "examples": examples}
    for example in examples:
        assert list(document.faults(example, document.root)) == []
        msgspec.json.decode(json.dumps(example).encode(), type=kind)
