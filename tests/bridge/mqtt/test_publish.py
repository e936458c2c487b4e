"""What the gateway says because of a snapshot: what changed, once, on its topic."""

import json

import msgspec

from crosspatch.mqtt.publish import HEALTH_EVERY, REFRESH_EVERY, REPEATED, ZONE_EVERY, Board
from crosspatch.snapshot import LegRecord, OverRecord, PatchView, RadioView, Snapshot, VehicleView, ZoneRule, ZoneView

START = 1794990000.0
RADIO = RadioView(id="r-be", network="astrid", state="idle", fit=True)
PATCH = PatchView(id="liege", rule="liege", state="up", reason="v1 is near", legs=(), since_s=5.0, expires_in_s=600.0)
VEHICLE = VehicleView(id="v1", lon=5.69, lat=50.75, speed_kmh=100.0, age_s=1.0)


def snap(uptime: float, *, wall: float | None = None, **parts: object) -> Snapshot:
    at = START + uptime if wall is None else wall
    return msgspec.structs.replace(Snapshot(gateway="box", version="1", at=at, uptime_s=uptime), **parts)


def over(number: int, outcome: str, ended: float | None = 12.5) -> OverRecord:
    leg = LegRecord(talkgroup="be", radio="r-be", outcome=outcome, access_ms=480.0)
    return OverRecord(
        over=number,
        patch="liege",
        talkgroup="nl",
        radio="r-nl",
        talker="204-01337-7",
        started_s=10.0,
        ended_s=ended,
        legs=(leg,),
    )


def test_the_first_snapshot_says_everything() -> None:
    board = Board("crosspatch", "box")
    changes = board.changes(snap(1.0, radios=(RADIO,), patches=(PATCH,), vehicles=(VEHICLE,)))
    assert sorted(changes) == [
        "crosspatch/box/health",
        "crosspatch/box/identities",
        "crosspatch/box/patch/liege",
        "crosspatch/box/radio/r-be",
        "crosspatch/box/status",
        "crosspatch/box/vehicle/v1",
    ]
    assert json.loads(changes["crosspatch/box/status"]) == {
        "state": "online",
        "gateway": "box",
        "version": "1",
        "started_at": START,
    }
    assert changes == board.everything()


def test_what_did_not_change_is_not_said_again() -> None:
    board = Board("crosspatch", "box")
    board.changes(snap(1.0, radios=(RADIO,), patches=(PATCH,)))
    older = msgspec.structs.replace(PATCH, since_s=5.1, expires_in_s=599.9)
    assert board.changes(snap(1.1, radios=(RADIO,), patches=(older,))) == {}


def test_what_changed_is_said_alone() -> None:
    board = Board("crosspatch", "box")
    board.changes(snap(1.0, radios=(RADIO,), patches=(PATCH,)))
    keyed = msgspec.structs.replace(RADIO, state="transmitting")
    changes = board.changes(snap(1.1, radios=(keyed,), patches=(PATCH,)))
    assert list(changes) == ["crosspatch/box/radio/r-be"]
    assert json.loads(changes["crosspatch/box/radio/r-be"])["state"] == "transmitting"


def test_a_patch_tells_since_when_and_until_when() -> None:
    board = Board("crosspatch", "box")
    told = json.loads(board.changes(snap(10.0, patches=(PATCH,)))["crosspatch/box/patch/liege"])
    assert (told["since_at"], told["expires_at"]) == (START + 5.0, START + 610.0)
    assert "since_s" not in told
    extended = msgspec.structs.replace(PATCH, since_s=5.1, expires_in_s=1200.0)
    told = json.loads(board.changes(snap(10.1, patches=(extended,)))["crosspatch/box/patch/liege"])
    assert told["expires_at"] == START + 1210.1


def test_a_vehicle_is_told_of_when_it_is_news_and_kept_when_it_is_not() -> None:
    board = Board("crosspatch", "box")
    board.changes(snap(1.0, vehicles=(VEHICLE,)))
    assert board.changes(snap(1.5)) == {}
    moved = msgspec.structs.replace(VEHICLE, lon=5.70)
    told = json.loads(board.changes(snap(2.0, vehicles=(moved,)))["crosspatch/box/vehicle/v1"])
    assert (told["lon"], told["reported_at"]) == (5.70, START + 1.0)
    assert json.loads(board.everything()["crosspatch/box/vehicle/v1"]) == told


ZONE = ZoneView(id="be", state="inside", inside=1, vehicles=("v1",), rules=(ZoneRule("liege", "open"),), since_s=2.0)
ABOUT_ZONE = "crosspatch/box/zone/be"


def test_a_zone_tells_since_when_it_is_so_and_is_not_told_again_while_it_is() -> None:
    board = Board("crosspatch", "box")
    told = json.loads(board.changes(snap(10.0, zones=(ZONE,)))[ABOUT_ZONE])
    assert (told["state"], told["inside"], told["vehicles"], told["since_at"]) == ("inside", 1, ["v1"], START + 8.0)
    assert told["rules"] == [{"rule": "liege", "want": "open"}]
    older = msgspec.structs.replace(ZONE, since_s=92.0)
    assert ABOUT_ZONE not in board.changes(snap(100.0, zones=(older,)))
    assert ABOUT_ZONE in board.changes(snap(10.0 + REFRESH_EVERY, zones=(older,)))


def test_a_crowd_that_comes_and_goes_makes_one_word_each_while() -> None:
    board = Board("crosspatch", "box")
    said = [
        board.changes(snap(look / 10, zones=(msgspec.structs.replace(ZONE, inside=1 + look % 7),)))
        for look in range(300)
    ]
    assert sum(ABOUT_ZONE in changes for changes in said) == 30.0 // ZONE_EVERY


def test_what_a_zone_wants_is_told_at_once() -> None:
    board = Board("crosspatch", "box")
    board.changes(snap(1.0, zones=(ZONE,)))
    armed = msgspec.structs.replace(ZONE, rules=(ZoneRule("liege", "armed"),))
    assert ABOUT_ZONE in board.changes(snap(1.1, zones=(armed,)))
    assert ABOUT_ZONE in board.changes(snap(1.2, zones=(msgspec.structs.replace(armed, state="near"),)))


def test_a_broker_that_comes_back_hears_of_a_bounded_number_of_vehicles() -> None:
    board = Board("crosspatch", "box")
    board.changes(snap(1.0, vehicles=tuple(VehicleView(id=f"v{i}") for i in range(REPEATED + 5))))
    kept = [topic for topic in board.everything() if "/vehicle/" in topic]
    assert (len(kept), kept[0]) == (REPEATED, "crosspatch/box/vehicle/v5")


def test_a_step_of_the_wall_clock_silences_nothing() -> None:
    board = Board("crosspatch", "box")
    board.changes(snap(1.0, radios=(RADIO,)))
    keyed = msgspec.structs.replace(RADIO, state="transmitting")
    changes = board.changes(snap(3.0, wall=START - 3600, radios=(keyed,)))
    assert json.loads(changes["crosspatch/box/radio/r-be"])["state"] == "transmitting"


def test_counters_are_told_now_and_then() -> None:
    board = Board("crosspatch", "box")
    board.changes(snap(0.0))
    assert board.changes(snap(1.0, counters={"overs": 1})) == {}
    changes = board.changes(snap(HEALTH_EVERY, counters={"overs": 2}))
    assert json.loads(changes["crosspatch/box/health"])["counters"] == {"overs": 2}


def test_what_is_gone_is_taken_back() -> None:
    board = Board("crosspatch", "box")
    board.changes(snap(1.0, radios=(RADIO,)))
    assert board.changes(snap(1.1)) == {"crosspatch/box/radio/r-be": b""}
    assert "crosspatch/box/radio/r-be" not in board.everything()


def test_an_over_is_told_once_when_all_its_legs_are_done() -> None:
    board = Board("crosspatch", "box")
    assert board.overs(snap(20.0, overs=(over(1, "running", None), over(2, "running")))) == []
    told = board.overs(snap(21.0, overs=(over(1, "running"), over(2, "delivered"))))
    assert [json.loads(payload)["over"] for payload in told] == [2]
    told = board.overs(snap(22.0, overs=(over(1, "denied"), over(2, "delivered"))))
    event = json.loads(told[0])
    assert (event["over"], event["duration_s"], event["at"]) == (1, 2.5, START + 22.0)
    assert event["legs"][0]["outcome"] == "denied"
    assert board.overs(snap(23.0, overs=(over(1, "denied"), over(2, "delivered")))) == []


def test_an_over_that_is_put_right_is_told_again() -> None:
    board = Board("crosspatch", "box")
    board.overs(snap(20.0, overs=(over(1, "delivered"),)))
    told = board.overs(snap(21.0, overs=(over(1, "doubtful"),)))
    assert [json.loads(payload)["legs"][0]["outcome"] for payload in told] == ["doubtful"]


def test_a_farewell_is_the_last_word_on_the_gateway() -> None:
    board = Board("crosspatch", "box")
    board.changes(snap(1.0))
    farewell = board.farewell("stopped", START + 2.0)
    assert json.loads(farewell["crosspatch/box/status"]) == {
        "state": "offline",
        "gateway": "box",
        "reason": "stopped",
        "at": START + 2.0,
    }
    assert board.everything()["crosspatch/box/status"] == farewell["crosspatch/box/status"]
    assert json.loads(board.will())["state"] == "offline"
