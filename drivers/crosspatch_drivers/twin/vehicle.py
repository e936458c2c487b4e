"""A virtual vehicle that drives a GPX track, as fast as one likes, and reports where it is like an OwnTracks phone.

Pure: times come in, values go out. Not for publishing the reports. Speed and course are those of the track, not of
the compressed drive: what reads them must see a car, not an aeroplane.
"""

import math
import xml.etree.ElementTree as ET
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from crosspatch_drivers.errors import Cannot

EARTH = 6371008.8
"""Mean radius of the earth in metres."""

SPAN = 2.0
"""Seconds of track before and after a moment from which its speed and course are taken: single fixes are noisy."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A point of the track; ``at`` in seconds from its beginning."""

    at: float
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Position:
    """Where the vehicle is: WGS 84 degrees, km/h, degrees clockwise from north."""

    lat: float
    lon: float
    speed_kmh: float
    course_deg: float


def metres_between(one: Fix, other: Fix) -> float:
    """Great-circle distance."""
    p1, p2 = math.radians(one.lat), math.radians(other.lat)
    half = (
        math.sin((p2 - p1) / 2) ** 2
        + math.cos(p1) * math.cos(p2) * math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    )
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


def course_between(one: Fix, other: Fix) -> float:
    """Initial bearing in degrees, 0 to below 360."""
    p1, p2, turn = math.radians(one.lat), math.radians(other.lat), math.radians(other.lon - one.lon)
    east = math.sin(turn) * math.cos(p2)
    north = math.cos(p1) * math.sin(p2) - math.sin(p1) * math.cos(p2) * math.cos(turn)
    return math.degrees(math.atan2(east, north)) % 360


class Track:
    """Fixes in order of time."""

    def __init__(self, fixes: list[Fix]) -> None:
        """At least two, each later than the one before."""
        if len(fixes) < 2 or any(b.at <= a.at for a, b in pairwise(fixes)):
            msg = "a track needs at least two points, each later than the one before"
            raise Cannot(msg)
        self._fixes = fixes
        self._times = [fix.at for fix in fixes]

    @property
    def duration(self) -> float:
        """Seconds from the first to the last point."""
        return self._times[-1]

    def at(self, elapsed: float) -> Position:
        """Position ``elapsed`` seconds of track after its beginning; it stands still before it and after its end."""
        here = self._between(elapsed)
        before, after = self._between(elapsed - SPAN), self._between(elapsed + SPAN)
        seconds = after.at - before.at
        still = elapsed >= self.duration or elapsed < 0 or seconds <= 0
        speed = 0.0 if still else 3.6 * metres_between(before, after) / seconds
        return Position(here.lat, here.lon, speed, course_between(before, after))

    def _between(self, elapsed: float) -> Fix:
        at = min(max(elapsed, 0.0), self.duration)
        index = min(bisect_right(self._times, at), len(self._fixes) - 1)
        a, b = self._fixes[index - 1], self._fixes[index]
        share = (at - a.at) / (b.at - a.at)
        return Fix(at, a.lat + share * (b.lat - a.lat), a.lon + share * (b.lon - a.lon))


def read_track(gpx: bytes | str, name: str = "track") -> Track:
    """The track points of a GPX 1.0 or 1.1 file with times. `Cannot` naming ``name`` and the first thing wrong."""
    try:
        root = ET.fromstring(gpx)
    except (ET.ParseError, ValueError) as error:
        msg = f"{name}: no GPX file: {error}"
        raise Cannot(msg) from error
    points = [element for element in root.iter() if _tag(element) == "trkpt"]
    raw = [_fix(element, f"{name}, track point {number}") for number, element in enumerate(points, 1)]
    try:
        return Track([Fix(fix.at - raw[0].at, fix.lat, fix.lon) for fix in raw])
    except Cannot as error:
        msg = f"{name}: {error}"
        raise Cannot(msg) from error


def owntracks_location(
    position: Position, sent_at: float, tracker: str, accuracy_m: float = 5.0
) -> dict[str, str | int | float]:
    """An OwnTracks ``location`` message. ``sent_at``: wall clock, seconds since the epoch; ``tracker``: its ``tid``."""
    return {
        "_type": "location",
        "lat": round(position.lat, 6),
        "lon": round(position.lon, 6),
        "tst": int(sent_at),
        "acc": round(accuracy_m),
        "vel": round(position.speed_kmh),
        "cog": round(position.course_deg) % 360,
        "tid": tracker,
    }


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _fix(element: ET.Element, name: str) -> Fix:
    """One point with its time in seconds since the epoch."""
    time = next((child.text for child in element if _tag(child) == "time"), None)
    try:
        lat, lon = float(element.attrib["lat"]), float(element.attrib["lon"])
        moment = datetime.fromisoformat((time or "").strip())
    except (KeyError, ValueError) as error:
        msg = f"{name}: latitude, longitude or time is missing or no number"
        raise Cannot(msg) from error
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        msg = f"{name}: {lat}, {lon} is nowhere on earth"
        raise Cannot(msg)
    return Fix((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), lat, lon)
