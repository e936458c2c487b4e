"""A rule book on the bench: real borders, vehicles driven by the test along recorded places, in virtual time."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from crosspatch.config import load_geofence
from crosspatch.events import PositionReport
from crosspatch.geofence import Geofence
from crosspatch.plan import Gateway, Limits, Network, Plan, Rule, Talkgroup, Vehicle, Zone
from crosspatch.rules import RuleBook
from crosspatch.snapshot import VehicleView
from crosspatch.wish import Want, Wish

TRACKS = Path(__file__).parents[2] / "data" / "tracks"
TICK = 0.1
WALL = 1_800_000_000.0
"""Wall clock at monotonic zero of the test."""

PLAN = Plan(
    gateway=Gateway(id="box"),
    networks={
        "c2000": Network(id="c2000", name="C2000", country="NL", mcc=204, mnc=1),
        "astrid": Network(id="astrid", name="ASTRID", country="BE", mcc=206, mnc=1),
        "renita": Network(id="renita", name="RENITA", country="LU", mcc=270, mnc=1),
    },
    radios={},
    talkgroups={
        "nl": Talkgroup(id="nl", network="c2000", gssi=2001),
        "be": Talkgroup(id="be", network="astrid", gssi=3001),
        "lu": Talkgroup(id="lu", network="renita", gssi=4001),
    },
    vehicles={name: Vehicle(id=name, network="c2000") for name in ("v1", "v2")},
    zones={country: Zone(id=country, country=country) for country in ("BE", "NL", "LU")},
)

Point = tuple[float, float, float]
"""Seconds since the track's first point, longitude, latitude."""


def read_points(name: str) -> list[Point]:
    """A track of tests/data/tracks."""
    points: list[Point] = []
    first = None
    for element in ET.parse(TRACKS / f"{name}.gpx").getroot().iter("{http://www.topografix.com/GPX/1/1}trkpt"):
        at = datetime.fromisoformat(str(element.findtext("{*}time"))).timestamp()
        first = at if first is None else first
        points.append((at - first, float(element.attrib["lon"]), float(element.attrib["lat"])))
    return points


class Road:
    """The rule book and everything it wished, with its time; monotonic time starts at 1000 s."""

    def __init__(self, plan: Plan, geofence: Geofence, wall: float | None = None) -> None:
        self.plan = plan
        self.book = RuleBook(plan, geofence, wall)
        self.now = 1000.0
        self.wishes: list[tuple[float, Wish]] = []

    def report(self, lon: float, lat: float, vehicle: str = "v1", **more: float) -> list[Wish]:
        """A report sent now; ``more`` replaces fields, ``age`` makes it older."""
        sent = WALL + self.now - more.pop("age", 0.0)
        told = PositionReport(vehicle, lon, lat, sent, WALL + self.now)
        return self.keep(self.book.report([replace(told, **more)], self.now))

    def keep(self, wishes: list[Wish]) -> list[Wish]:
        self.wishes += [(self.now, wish) for wish in wishes]
        return wishes

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(self.now + TICK, end)
            self.keep(self.book.tick(self.now))

    def drive(self, points: list[Point], every: float = 0.0, vehicle: str = "v1") -> None:
        """Report each point at its time, at most one each ``every`` seconds."""
        began, last = self.now, -1e9
        for at, lon, lat in points:
            if at - last >= every:
                self.wait(began + at - self.now)
                self.report(lon, lat, vehicle, accuracy_m=5.0)
                last = at

    def wants(self, rule: str = "to-be") -> list[Want]:
        """How the rule's wish went, repetitions left out."""
        wants = [Want.NOTHING]
        for _, wish in self.wishes:
            if wish.rule == rule and wish.want is not wants[-1]:
                wants.append(wish.want)
        return wants[1:]

    def want(self, rule: str = "to-be") -> Want:
        return (self.wants(rule) or [Want.NOTHING])[-1]

    def first(self, want: Want, rule: str = "to-be") -> tuple[float, Wish]:
        """When the rule was first told so, and its wish; seconds since the beginning."""
        return next((at - 1000.0, wish) for at, wish in self.wishes if wish.rule == rule and wish.want is want)

    def vehicle(self, name: str = "v1") -> VehicleView:
        return next(view for view in self.book.vehicles(self.now) if view.id == name)


MakeRoad = Callable[..., Road]
TO_BE = Rule(id="to-be", talkgroups=("nl", "be"), zone="BE", vehicles=("v1", "v2"))


@pytest.fixture(scope="session")
def geofence() -> Geofence:
    """The three countries."""
    return load_geofence(PLAN, TRACKS)


@pytest.fixture(scope="session")
def make_road(geofence: Geofence) -> MakeRoad:
    """Make a road with these rules."""

    def make(
        *rules: Rule,
        limits: Limits | None = None,
        vehicles: dict[str, Vehicle] | None = None,
        wall: float | None = None,
    ) -> Road:
        chosen = {rule.id: rule for rule in rules or (TO_BE,)}
        plan = replace(PLAN, rules=chosen, limits=limits or Limits(), vehicles=vehicles or PLAN.vehicles)
        return Road(plan, geofence, wall)

    return make


@pytest.fixture
def road(make_road: MakeRoad) -> Road:
    """A rule that opens towards Belgium for v1 and v2."""
    return make_road()


@pytest.fixture(scope="session")
def points() -> Callable[[str], list[Point]]:
    """Read a track by its name."""
    return read_points


@pytest.fixture
def border_road() -> Rule:
    """The rule most tests use."""
    return TO_BE
