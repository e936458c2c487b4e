"""A vehicle's position by radio is what its position by OwnTracks is, with the same doubts."""

from dataclasses import replace

import pytest

from crosspatch.config import load_geofence
from crosspatch.control.locating import Locating
from crosspatch.events import PositionReport
from crosspatch.plan import Gateway, Limits, Network, Plan, Rule, Talkgroup, Vehicle, Zone
from crosspatch.rules import RuleBook
from crosspatch.wish import Want
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import LocationReceived
from crosspatch_drivers.sds.lip import LongReport, ShapeData, ShortReport, TimeData, VelocityData
from crosspatch_drivers.sds.position import no_fix, short_report

WALL = 1_773_518_400.0  # 14 March 2026, 20:00 UTC
CAR = Identity(204, 1, 4101)
EINDHOVEN, BUDEL, VISE = (5.48, 51.44), (5.5, 51.34), (5.6936, 50.7356)
"""Longitude and latitude: 15 km and 5 km before the border, and 2 km beyond it."""

PLAN = Plan(
    gateway=Gateway(id="box"),
    networks={
        "c2000": Network(id="c2000", name="C2000", country="NL", mcc=204, mnc=1),
        "astrid": Network(id="astrid", name="ASTRID", country="BE", mcc=206, mnc=1),
    },
    radios={},
    talkgroups={
        "nl": Talkgroup(id="nl", network="c2000", gssi=2001),
        "be": Talkgroup(id="be", network="astrid", gssi=3001),
    },
    vehicles={"v1": Vehicle(id="v1", network="c2000", ssi=4101), "v2": Vehicle(id="v2", network="astrid")},
    zones={"be": Zone(id="be", country="BE")},
    rules={"to-be": Rule(id="to-be", talkgroups=("nl", "be"), zone="be", vehicles=("v1",))},
    limits=Limits(),
)


@pytest.fixture
def locating() -> Locating:
    return Locating(PLAN)


def test_a_report_is_the_position_of_the_vehicle_with_that_identity(locating: Locating) -> None:
    report = short_report(*BUDEL, error_m=15, velocity_kmh=95, direction_deg=180)
    told = locating.position(LocationReceived(CAR, report), WALL)
    assert told is not None
    assert (told.vehicle, told.received_at, told.sent_at, told.accuracy_m) == ("v1", WALL, WALL - 5.0, 20.0)
    assert (round(told.lon, 4), round(told.lat, 4)) == BUDEL
    assert (round(told.speed_kmh or 0), told.course_deg) == (96, 180.0)
    assert locating.counters == {"radio positions": 1}


def test_a_long_report_is_as_old_as_it_says(locating: Locating) -> None:
    place = ShapeData(2, 530440, 4739694, uncertainty=3)
    report = LongReport(TimeData(2, None, 14, 19, 58, 30), place, VelocityData(5, 53, direction=192))
    told = locating.position(LocationReceived(CAR, report), WALL)
    assert told is not None
    assert told.sent_at == WALL - 90.0
    assert told.course_deg == 270.0


@pytest.mark.parametrize(
    ("sender", "report", "reason"),
    [
        (Identity(206, 1, 4101), short_report(*VISE), "unknown sender"),
        (CAR, no_fix(), "no position"),
        (CAR, LongReport(extra=21), "no position"),
        (CAR, short_report(*VISE, error_m=15, elapsed=3), "no time"),
        (CAR, LongReport(shape=ShapeData(1, 530440, 4739694)), "no time"),
    ],
)
def test_what_tells_no_position_of_ours_is_refused_and_counted(
    locating: Locating, sender: Identity, report: ShortReport | LongReport, reason: str
) -> None:
    assert locating.position(LocationReceived(sender, report), WALL) is None
    assert locating.counters == {f"radio positions refused: {reason}": 1}


class Book:
    """The real rules, fed by radio."""

    def __init__(self) -> None:
        self.rules = RuleBook(PLAN, load_geofence(PLAN, "site.toml"))
        self.locating = Locating(PLAN)
        self.now = 1000.0
        self.want = Want.NOTHING
        self.rules.tick(self.now)

    def hear(self, report: ShortReport | LongReport, after: float = 10.0) -> Want:
        """What is wanted after a report that came ``after`` seconds."""
        self.now += after
        told = self.locating.position(LocationReceived(CAR, report), WALL + self.now)
        wishes = self.rules.report([told], self.now) if isinstance(told, PositionReport) else []
        for wish in [*wishes, *self.rules.tick(self.now)]:
            self.want = wish.want
        return self.want

    @property
    def refused(self) -> dict[str, int]:
        return next(view.refused for view in self.rules.vehicles(self.now) if view.id == "v1")


def test_a_drive_reported_by_radio_arms_and_opens_the_patch() -> None:
    book = Book()
    assert book.hear(short_report(*EINDHOVEN, error_m=15, velocity_kmh=0)) is Want.NOTHING
    assert book.hear(short_report(*BUDEL, error_m=15, velocity_kmh=72, direction_deg=180), 600.0) is Want.ARMED
    assert book.hear(short_report(*VISE, error_m=15, velocity_kmh=72, direction_deg=180), 3600.0) is Want.OPEN


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"elapsed": 1}, "too old"),
        ({"elapsed": 2}, "too old"),
        ({"position_error": 3}, "inaccurate"),
        ({"position_error": 6}, "inaccurate"),
        ({"longitude": 0, "latitude": 0, "position_error": 0}, "null island"),
        ({"longitude": 9_000_000}, "outside the region"),
    ],
)
def test_an_old_inaccurate_or_impossible_report_by_radio_opens_nothing(change: dict[str, int], reason: str) -> None:
    book = Book()
    report = replace(short_report(*VISE, error_m=15, velocity_kmh=0), **change)
    assert book.hear(report) is Want.NOTHING
    assert book.refused == {reason: 1}


def test_a_vehicle_that_jumps_opens_nothing() -> None:
    book = Book()
    book.hear(short_report(5.7, 51.9, error_m=15))
    assert book.hear(short_report(*VISE, error_m=15), 10.0) is Want.NOTHING
    assert book.refused == {"impossible speed": 1}


def test_a_report_with_an_error_it_does_not_know_counts_like_one_without_accuracy() -> None:
    assert Book().hear(short_report(*VISE, velocity_kmh=0)) is Want.OPEN
