"""Signed messages: from whom they say, fresh, once; refused by reason and never a crash."""

import contextlib
import json
from dataclasses import replace

import msgspec
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from crosspatch.events import ForeignIdentities, PatchTrigger, PositionReports, ZoneTrigger
from crosspatch.mqtt.arrived import Arrived
from crosspatch.mqtt.ear import Ear
from crosspatch.mqtt.keyring import load_signatures, own_signature
from crosspatch.mqtt.publish import EXPIRES_S, Board
from crosspatch.mqtt.signatures import AHEAD_S, REMEMBERED, WINDOW_S, Refusal, Refused, Signatures, Signed, sign
from crosspatch.plan import Gateway, Mqtt, Plan, Rule, Vehicle, Zone
from crosspatch.snapshot import RadioView, Snapshot

NOW = 1_800_000_000.0
KEY = bytes(range(32))
OTHER = bytes(32)
TOPIC = "crosspatch/position/veh-1"
TEXT = '{"lat": 50.7, "lon": 5.7, "time": 1800000000}'


def signed(
    text: str = TEXT, *, key: bytes = KEY, topic: str = TOPIC, at: float = NOW, nonce: str = "nonce-0001"
) -> bytes:
    return sign(key, topic, text, time_ms=round(at * 1000), nonce=nonce)


def refusal(desk: Signatures, payload: bytes, now: float = NOW, identity: str = "veh-1") -> Refusal:
    with pytest.raises(Refused) as caught:
        desk.opened(TOPIC, identity, payload, now)
    return caught.value.reason


@pytest.fixture
def desk() -> Signatures:
    return Signatures({"veh-1": KEY, "veh-3": None})


def test_the_signature_is_the_one_that_is_described() -> None:
    # echo -n of the five lines through: openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f
    said = json.loads(signed('{"lat": 50.7}', topic="t", at=1.0, nonce="abcdefgh"))
    assert said == {
        "message": '{"lat": 50.7}',
        "time_ms": 1000,
        "nonce": "abcdefgh",
        "mac": "b5d21f684b8b53fe5f73b9ef063814c9cb880ef8ad1d82697953068bc93b25ce",
    }


def test_a_good_signature_opens_the_message(desk) -> None:
    assert desk.opened(TOPIC, "veh-1", signed(), NOW) == TEXT.encode()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (TEXT.encode(), Refusal.NOT_SIGNED),
        (b"", Refusal.NOT_SIGNED),
        (b"\xff", Refusal.NOT_SIGNED),
        (b"[" * 70_000, Refusal.NOT_SIGNED),
        (signed(key=OTHER), Refusal.WRONG),
        (signed(topic="crosspatch/position/veh-2"), Refusal.WRONG),
        (signed().replace(b"50.7", b"50.8"), Refusal.WRONG),
        (signed().replace(b"nonce-0001", b"nonce-0002"), Refusal.WRONG),
        (signed().replace(b"1800000000000", b"1800000001000"), Refusal.WRONG),
        (signed(at=NOW - WINDOW_S - 1), Refusal.OLD),
        (signed(at=NOW + AHEAD_S + 1), Refusal.FUTURE),
        (signed(nonce="short"), Refusal.NOT_SIGNED),
    ],
)
def test_anything_else_is_refused_by_its_reason(desk, payload, reason) -> None:
    assert refusal(desk, payload) is reason


def test_who_has_a_key_must_sign_and_who_has_none_need_not_unless_all_must(desk) -> None:
    assert desk.opened(TOPIC, "veh-2", b"{}", NOW) == b"{}"
    assert refusal(Signatures({"veh-1": KEY}, always=True), b"{}", identity="veh-2") is Refusal.NO_KEY
    assert refusal(desk, signed(), identity="veh-3") is Refusal.NO_KEY


@pytest.mark.parametrize("later", [0.0, 60.0, WINDOW_S])
def test_a_copy_is_refused_for_as_long_as_it_could_pass_for_fresh(desk, later) -> None:
    payload = signed(at=NOW)
    desk.opened(TOPIC, "veh-1", payload, NOW)
    assert refusal(desk, payload, NOW + later) is Refusal.REPLAYED
    assert refusal(desk, payload, NOW + WINDOW_S + AHEAD_S + 1) is Refusal.OLD


def test_a_copy_of_one_from_a_clock_that_is_ahead_is_refused_too(desk) -> None:
    payload = signed(at=NOW + AHEAD_S)
    desk.opened(TOPIC, "veh-1", payload, NOW)
    assert refusal(desk, payload, NOW + WINDOW_S + AHEAD_S) is Refusal.REPLAYED


def test_what_is_remembered_is_bounded_and_forgotten_in_time(desk) -> None:
    for number in range(REMEMBERED):
        desk.opened(TOPIC, "veh-1", signed(nonce=f"nonce-{number:05}"), NOW)
    assert refusal(desk, signed(nonce="one-too-many")) is Refusal.TOO_MANY
    later = NOW + WINDOW_S + AHEAD_S + 1
    assert desk.opened(TOPIC, "veh-1", signed(at=later, nonce="one-too-many"), later) == TEXT.encode()


@given(payload=st.one_of(st.binary(max_size=300), st.text().map(signed)), now=st.floats(0, 2e10))
def test_whatever_comes_is_opened_or_refused(payload, now) -> None:
    with contextlib.suppress(Refused):
        Signatures({"veh-1": KEY}).opened(TOPIC, "veh-1", payload, now)


# ---- in the ear ---------------------------------------------------------------------------------------------------


def make_plan(directory) -> Plan:
    return Plan(
        gateway=Gateway(id="box"),
        networks={},
        radios={},
        talkgroups={},
        vehicles={name: Vehicle(id=name, network="nl") for name in ("veh-1", "veh-2")},
        zones={"be": Zone(id="be", country="BE")},
        rules={"liege": Rule(id="liege", talkgroups=("a", "b"), zone="be")},
        mqtt=Mqtt(keys_dir=str(directory)),
    )


def test_positions_and_triggers_of_who_has_a_key_are_heard_signed_only(tmp_path) -> None:
    for identity in ("veh-1", "cad"):
        (tmp_path / f"{identity}.key").write_text(KEY.hex() + "\n")
    heard: list[PositionReports | ZoneTrigger | PatchTrigger] = []
    ear = Ear(make_plan(tmp_path), handle=heard.append, ask=lambda *_: None, send=lambda *_: None)
    phone = '{"_type": "location", "lat": 50.7, "lon": 5.7, "tst": 1800000000}'
    said = [
        ("owntracks/veh-1/phone", phone),
        (TOPIC, TEXT),
        *(
            ("crosspatch/trigger/cad", json.dumps({"time": NOW + at, **trigger}))
            for at, trigger in enumerate(
                (
                    {"trigger": "enter", "vehicle": "veh-1", "zone": "be"},
                    {"trigger": "leave", "vehicle": "veh-1", "zone": "be"},
                    {"trigger": "patch", "rule": "liege", "want": "open"},
                )
            )
        ),
    ]
    ear.hear([Arrived(topic, text.encode()) for topic, text in said], NOW + 5)
    assert heard == []
    assert {name: count for name, count in ear.counters.items() if "not signed" in name} == {
        "owntracks refused: not signed": 1,
        "position refused: not signed": 1,
        "trigger refused: not signed": 3,
    }
    ear.hear([Arrived(at, signed(text, topic=at, nonce=f"nonce-{n:04}")) for n, (at, text) in enumerate(said)], NOW + 5)
    kinds = [type(event).__name__ for event in heard]
    assert kinds == ["PositionReports", "ZoneTrigger", "ZoneTrigger", "PatchTrigger"]
    ear.hear([Arrived("owntracks/veh-2/phone", phone.encode())], NOW + 5)
    assert len(heard) == 5


def gateways(ours: str, theirs: str, directory) -> tuple[Board, Ear, list[ForeignIdentities]]:
    """One gateway that tells of its radios, and another that hears it; the keys of both are in the directory."""
    mqtt = Mqtt(keys_dir=str(directory))
    heard: list[ForeignIdentities] = []
    plan = replace(make_plan(directory), gateway=Gateway(id=theirs))
    ear = Ear(plan, handle=heard.append, ask=lambda *_: None, send=lambda *_: None)
    return Board("crosspatch", ours, own_signature(mqtt, ours)), ear, heard


def told(board: Board, at: float, *own: str) -> Arrived:
    """What the board says of the radios."""
    radios = tuple(RadioView(id=name, network="nl", state="idle", fit=True, identity=name) for name in own)
    snapshot = Snapshot(gateway="ours", version="1", at=at, uptime_s=at - NOW + 1000, radios=radios)
    return Arrived("crosspatch/ours/identities", board.changes(snapshot)["crosspatch/ours/identities"])


def test_the_identities_of_a_gateway_with_a_key_are_signed_and_heard_signed_only(tmp_path) -> None:
    (tmp_path / "ours.key").write_text(KEY.hex())
    board, ear, heard = gateways("ours", "theirs", tmp_path)
    first, second = told(board, NOW, "204-1-9001"), told(board, NOW + 10, "204-1-9001", "204-1-9002")
    ear.hear([first, second], NOW + 20)
    assert [len(event.identities) for event in heard] == [1, 2]
    ear.hear([second], NOW + 600)  # as the broker kept it, to who connects anew
    assert len(heard) == 3
    forged = b'{"identities": ["204-1-501"]}'
    for payload in (forged, b"", signed(forged.decode(), key=OTHER, topic=first.topic)):
        ear.hear([Arrived(first.topic, payload)], NOW + 30)
    ear.hear([first], NOW + 30)
    ear.hear([second], NOW + 10 + EXPIRES_S + 1)
    assert len(heard) == 3
    assert {name: count for name, count in ear.counters.items() if "refused" in name} == {
        "identities refused: not signed": 2,
        "identities refused: wrong signature": 1,
        "identities refused: replayed": 1,
        "identities refused: signature too old": 1,
    }


def test_a_gateway_without_a_key_of_its_own_says_so_where_all_must_sign(tmp_path) -> None:
    with structlog.testing.capture_logs() as lines:
        assert own_signature(Mqtt(keys_dir=str(tmp_path), signatures="always"), "box") is None
        assert own_signature(Mqtt(keys_dir=str(tmp_path)), "box") is None
    assert [line["log_level"] for line in lines] == ["warning"]


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "\xff"])
def test_a_key_that_cannot_be_used_is_told_and_its_identity_refused(tmp_path, content) -> None:
    (tmp_path / "veh-1.key").write_text(content, "latin-1")
    with structlog.testing.capture_logs() as lines:
        desk = load_signatures(Mqtt(keys_dir=str(tmp_path)))
    assert [line["log_level"] for line in lines if "cannot be used" in line["event"]] == ["error"]
    assert refusal(desk, signed()) is Refusal.NO_KEY


def test_without_its_directory_nobody_is_believed(tmp_path) -> None:
    with structlog.testing.capture_logs() as lines:
        desk = load_signatures(Mqtt(keys_dir=str(tmp_path / "nothing")))
    assert lines[0]["log_level"] == "error"
    assert refusal(desk, b"{}") is Refusal.NO_KEY


def test_a_site_without_keys_asks_for_none() -> None:
    assert load_signatures(Mqtt()).opened(TOPIC, "veh-1", b"{}", NOW) == b"{}"


def test_the_schema_that_is_shipped_is_the_one_that_is_checked(load) -> None:
    example = {"message": TEXT, "time_ms": 1_800_000_000_000, "nonce": "nonce-0001", "mac": "0" * 64}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Signed)}
    document = load("schemas/signed.schema.json")
    assert document.root == {**schema, "title": "A signed message", "examples": [example]}
    assert list(document.faults(example, document.root)) == []
