"""Which position reports are believed, and what is known of a vehicle after each: place, speed, course, age.

A report that is old, inaccurate, repeated, out of order or impossible is refused, counted by reason, and changes
nothing. Reports carry the sender's and the receiver's wall clock; everything here runs on ``now`` (monotonic), so that
a step of the wall clock moves nothing that was believed before.
"""

import math
from collections import Counter
from enum import Enum

import msgspec

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
    SENDERS = "contradicts another sender"


class Fix(msgspec.Struct, frozen=True, gc=False):
    """Where a vehicle is believed to be. ``at`` (monotonic) is when it was there, by its own clock.

    One is made for each report that is believed; the garbage collector need not know of it, since it leads nowhere.
    """

    lon: float
    lat: float
    at: float
    sent_at: float
    accuracy_m: float
    speed_kmh: float | None
    course_deg: float | None
    sender: str = ""


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
        refusal, before = self._by_itself(report), self.fix
        way = 0.0
        if refusal is None and before is not None:
            way = metres_between(before.lon, before.lat, report.lon, report.lat)
            refusal = self._against_the_past(report, before, way)
        if refusal is not None:
            self.refused[refusal.value] += 1
            return None
        self._doubted.clear()
        speed, course = _motion(report, before, way)
        age = max(0.0, report.received_at - report.sent_at)
        self.fix = Fix(
            report.lon, report.lat, now - age, report.sent_at, report.accuracy_m or 0.0, speed, course, report.sender
        )
        return self.fix

    def _by_itself(self, report: PositionReport) -> Refusal | None:
        lon, lat, accuracy = report.lon, report.lat, report.accuracy_m or 0.0
        # One number that is not finite makes the sum so.
        if not math.isfinite(lon + lat + report.sent_at + report.received_at + accuracy):
            return Refusal.NONSENSE
        if abs(lon) > 180 or abs(lat) > 90:
            return Refusal.NONSENSE
        if abs(lon) < NULL_ISLAND and abs(lat) < NULL_ISLAND:
            return Refusal.NULL_ISLAND
        if not in_region(lon, lat):
            return Refusal.REGION
        age = report.received_at - report.sent_at
        if age < -SKEW:
            return Refusal.FUTURE
        if age > self._limits.position_age_s:
            return Refusal.OLD
        if not 0 <= accuracy <= self._limits.position_accuracy_m:
            return Refusal.INACCURATE
        return None

    def _against_the_past(self, report: PositionReport, fix: Fix, way: float) -> Refusal | None:
        if report.sent_at <= fix.sent_at:
            same = report.sent_at == fix.sent_at and (report.lon, report.lat) == (fix.lon, fix.lat)
            return Refusal.DUPLICATE if same else Refusal.ORDER
        if _possible(fix, report, way):
            return None
        other = report.sender != fix.sender != "" != report.sender
        if other and report.received_at - fix.sent_at <= self._limits.position_age_s:
            return Refusal.SENDERS  # however often: as long as the one who is believed goes on
        if self._doubted and not _follows(self._doubted[-1], report):
            self._doubted.clear()
        self._doubted.append(report)
        return Refusal.TELEPORT if len(self._doubted) < AGREEING else None


def _motion(report: PositionReport, before: Fix | None, way: float) -> tuple[float | None, float | None]:
    """Speed and course: as reported, else from the ``way`` since the report before."""
    speed = _within(report.speed_kmh, FASTEST_KMH)
    course = _within(report.course_deg, 360.0)
    if before is None or (speed is not None and course is not None):
        return speed, course
    passed = report.sent_at - before.sent_at
    if not 0 < passed <= SPEED_SPAN or not _possible(before, report, way):
        return speed, course
    if speed is None:
        speed = 3.6 * way / passed
    if course is None:
        far = way > max(STANDSTILL_M, before.accuracy_m, report.accuracy_m or 0.0)
        course = course_between(before.lon, before.lat, report.lon, report.lat) if far else before.course_deg
    return speed, course


def _follows(before: PositionReport, report: PositionReport) -> bool:
    """Whether the same vehicle may have sent both, one after the other."""
    way = metres_between(before.lon, before.lat, report.lon, report.lat)
    return report.sent_at > before.sent_at and _possible(before, report, way)


def _possible(before: Fix | PositionReport, report: PositionReport, way: float) -> bool:
    """Whether a vehicle drives this way from one to the other; the reports' inaccuracies are in its favour."""
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
