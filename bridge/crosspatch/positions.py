"""Which position reports are believed, and what is known of a vehicle after each: place, speed, course, age.

A report that is old, inaccurate, repeated, out of order or impossible is refused, counted by reason, and changes
nothing. Reports carry the sender's and the receiver's wall clock; everything here runs on ``now`` (monotonic), so that
a step of the wall clock moves nothing that was believed before.
"""

import math
from collections import Counter
from dataclasses import dataclass
from enum import Enum

from crosspatch.events import PositionReport
from crosspatch.geofence.plane import in_region
from crosspatch.plan import Limits

SKEW = 30.0
"""Seconds a sender's clock may be ahead of ours."""

FASTEST_KMH = 400.0
"""Nothing on the road and no police helicopter goes faster; what seems to is a wrong position."""

NULL_ISLAND = 0.01
"""Degrees around 0, 0: what receivers report when they have no fix."""

AGREEING = 3
"""Reports that agree with each other but not with the past, after which the past is taken for the mistake."""

SPEED_SPAN = 120.0
"""Seconds between two reports from which a missing speed or course is still worked out."""

STANDSTILL_M = 10.0
"""Metres: a shorter way between two reports says nothing about the course."""

EARTH = 6371008.8
"""Mean radius in metres."""


class Refusal(Enum):
    """Why a report was not believed."""

    NONSENSE = "not a position"
    NULL_ISLAND = "null island"
    REGION = "outside the region"
    FUTURE = "from the future"
    OLD = "too old"
    INACCURATE = "inaccurate"
    DUPLICATE = "duplicate"
    ORDER = "out of order"
    TELEPORT = "impossible speed"


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a vehicle is believed to be. ``at`` (monotonic) is when it was there, by its own clock."""

    lon: float
    lat: float
    at: float
    sent_at: float
    accuracy_m: float
    speed_kmh: float | None
    course_deg: float | None


class Witness:
    """One vehicle's reports."""

    def __init__(self, limits: Limits) -> None:
        """Nothing is known yet."""
        self._limits = limits
        self._doubted: list[PositionReport] = []
        self.fix: Fix | None = None
        self.refused: Counter[str] = Counter()

    def hear(self, report: PositionReport, now: float) -> Fix | None:
        """Believe the report and return what is known now; or None, and the refusal is counted."""
        refusal = self._refusal(report)
        if refusal is not None:
            self.refused[refusal.value] += 1
            return None
        self._doubted.clear()
        speed, course = self._motion(report)
        age = max(0.0, report.received_at - report.sent_at)
        self.fix = Fix(report.lon, report.lat, now - age, report.sent_at, report.accuracy_m or 0.0, speed, course)
        return self.fix

    def _refusal(self, report: PositionReport) -> Refusal | None:
        numbers = (report.lon, report.lat, report.sent_at, report.received_at, report.accuracy_m or 0.0)
        if not all(map(math.isfinite, numbers)) or abs(report.lon) > 180 or abs(report.lat) > 90:
            return Refusal.NONSENSE
        if abs(report.lon) < NULL_ISLAND and abs(report.lat) < NULL_ISLAND:
            return Refusal.NULL_ISLAND
        if not in_region(report.lon, report.lat):
            return Refusal.REGION
        age = report.received_at - report.sent_at
        if age < -SKEW:
            return Refusal.FUTURE
        if age > self._limits.position_age_s:
            return Refusal.OLD
        if report.accuracy_m is not None and not 0 <= report.accuracy_m <= self._limits.position_accuracy_m:
            return Refusal.INACCURATE
        return self._against_the_past(report)

    def _against_the_past(self, report: PositionReport) -> Refusal | None:
        fix = self.fix
        if fix is None:
            return None
        if report.sent_at == fix.sent_at and (report.lon, report.lat) == (fix.lon, fix.lat):
            return Refusal.DUPLICATE
        if report.sent_at <= fix.sent_at:
            return Refusal.ORDER
        if _possible(fix, report):
            return None
        if self._doubted and not (report.sent_at > self._doubted[-1].sent_at and _possible(self._doubted[-1], report)):
            self._doubted.clear()
        self._doubted.append(report)
        return Refusal.TELEPORT if len(self._doubted) < AGREEING else None

    def _motion(self, report: PositionReport) -> tuple[float | None, float | None]:
        """Speed and course: as reported, else from the way since the last report."""
        speed = _within(report.speed_kmh, FASTEST_KMH)
        course = _within(report.course_deg, 360.0)
        fix = self.fix
        if fix is None or not 0 < report.sent_at - fix.sent_at <= SPEED_SPAN or not _possible(fix, report):
            return speed, course
        way = metres_between(fix.lon, fix.lat, report.lon, report.lat)
        if speed is None:
            speed = 3.6 * way / (report.sent_at - fix.sent_at)
        if course is None:
            far = way > max(STANDSTILL_M, fix.accuracy_m, report.accuracy_m or 0.0)
            course = course_between(fix.lon, fix.lat, report.lon, report.lat) if far else fix.course_deg
        return speed, course


def _possible(before: Fix | PositionReport, report: PositionReport) -> bool:
    """Whether a vehicle gets from one to the other; the reports' inaccuracies are in its favour."""
    way = metres_between(before.lon, before.lat, report.lon, report.lat)
    slack = (before.accuracy_m or 0.0) + (report.accuracy_m or 0.0)
    # Whole seconds are what trackers report: a second of doubt, else two fixes within one seem impossible.
    return way - slack <= FASTEST_KMH / 3.6 * (report.sent_at - before.sent_at + 1.0)


def _within(value: float | None, most: float) -> float | None:
    """The value, if it can be one."""
    return value if value is not None and 0 <= value <= most else None


def metres_between(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Great-circle distance."""
    p1, p2 = math.radians(lat), math.radians(to_lat)
    half = math.sin((p2 - p1) / 2) ** 2
    half += math.cos(p1) * math.cos(p2) * math.sin(math.radians(to_lon - lon) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


def course_between(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Initial bearing in degrees, 0 to below 360."""
    p1, p2, turn = math.radians(lat), math.radians(to_lat), math.radians(to_lon - lon)
    east = math.sin(turn) * math.cos(p2)
    north = math.cos(p1) * math.sin(p2) - math.sin(p1) * math.cos(p2) * math.cos(turn)
    return math.degrees(math.atan2(east, north)) % 360
