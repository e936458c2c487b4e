"""The roads across and along the borders of the Benelux on which scenarios are driven, and how a vehicle drives them.

Shared by the scenarios and the bench; the anchors are good to a kilometre.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from crosspatch.positions import course_between, metres_between
from crosspatch.replay.tracks import Point

BEGIN = 1_773_518_400.0
"""Saturday 14 March 2026, 21:00 in Brussels."""

Place = tuple[float, float]
"""Latitude and longitude, as people write them."""


def drive(way: Sequence[Place], kmh: float, every: float = 5.0, begin: float = 0.0) -> list[Point]:
    """Straight from place to place at one speed, reporting like a phone: speed and course, whole seconds."""
    points: list[Point] = []
    left = 0.0  # seconds until the next report
    at = BEGIN + begin
    for (lat, lon), (to_lat, to_lon) in pairwise(way):
        metres = metres_between(lon, lat, to_lon, to_lat)
        seconds = metres / (kmh / 3.6)
        course = course_between(lon, lat, to_lon, to_lat)
        while left <= seconds:
            share = left / seconds
            here = (lat + share * (to_lat - lat), lon + share * (to_lon - lon))
            points.append(Point(round(at + left), *here, 5.0, kmh, course))
            left += every
        at, left = at + seconds, left - seconds
    return points


def stand(place: Place, seconds: float, begin: float, every: float = 30.0) -> list[Point]:
    """Stay there and go on reporting."""
    return [Point(BEGIN + begin + i * every, *place, 5.0, 0.0, None) for i in range(ceil(seconds / every))]


NL_TO_BE, BE_TO_NL, BE_TO_LU, LU_TO_BE, BAARLE = "nl-to-be", "be-to-nl", "be-to-lu", "lu-to-be", "baarle"
"""Rules of the example site "benelux"."""

MOTORWAY_KMH = 200.0
"""A pursuit's speed on a motorway."""


@dataclass(frozen=True, slots=True)
class Road:
    """A road across a border: from deep inside one country to deep inside the other, by way of the place."""

    name: str
    way: tuple[Place, ...]
    vehicle: str
    rule: str
    kmh: float


ROADS = (
    Road("Hazeldonk A16-E19", ((51.59, 4.78), (51.495, 4.737), (51.40, 4.72)), "nl-101", NL_TO_BE, MOTORWAY_KMH),
    Road("Hazeldonk E19-A16", ((51.40, 4.72), (51.495, 4.737), (51.59, 4.78)), "be-101", BE_TO_NL, MOTORWAY_KMH),
    Road("Wernhout N133", ((51.53, 4.66), (51.446, 4.634), (51.37, 4.62)), "nl-101", NL_TO_BE, 80),
    Road("Putte", ((51.44, 4.32), (51.360, 4.395), (51.30, 4.44)), "nl-101", NL_TO_BE, 50),
    Road("Reusel A67-E34", ((51.37, 5.34), (51.312, 5.216), (51.28, 5.03)), "nl-101", NL_TO_BE, MOTORWAY_KMH),
    Road("Reusel E34-A67", ((51.28, 5.03), (51.312, 5.216), (51.37, 5.34)), "be-101", BE_TO_NL, MOTORWAY_KMH),
    Road("Bergeijk N69-N74", ((51.34, 5.41), (51.261, 5.379), (51.18, 5.37)), "nl-101", NL_TO_BE, 100),
    Road("Roosteren bridge", ((51.09, 5.93), (51.088, 5.800), (51.09, 5.68)), "nl-101", NL_TO_BE, 80),
    Road("Stein A2-E314", ((50.955, 5.85), (50.964, 5.746), (50.97, 5.60)), "nl-101", NL_TO_BE, MOTORWAY_KMH),
    Road("Stein E314-A2", ((50.97, 5.60), (50.964, 5.746), (50.955, 5.85)), "be-101", BE_TO_NL, MOTORWAY_KMH),
    Road("Eijsden A2-E25", ((50.85, 5.716), (50.759, 5.719), (50.70, 5.68)), "nl-101", NL_TO_BE, MOTORWAY_KMH),
    Road("Eijsden E25-A2", ((50.70, 5.68), (50.759, 5.719), (50.85, 5.716)), "be-101", BE_TO_NL, MOTORWAY_KMH),
    Road("Sterpenich E25-A6", ((49.69, 5.76), (49.642, 5.904), (49.62, 6.05)), "be-101", BE_TO_LU, MOTORWAY_KMH),
    Road("Sterpenich A6-E25", ((49.62, 6.05), (49.642, 5.904), (49.69, 5.76)), "lu-101", LU_TO_BE, MOTORWAY_KMH),
    Road("Wemperhardt N7-N62", ((50.06, 6.03), (50.148, 6.060), (50.24, 6.05)), "lu-101", LU_TO_BE, 100),
)

ALONG = (
    Road("Smeermaas N78", ((50.875, 5.685), (50.90, 5.70), (50.93, 5.72)) * 3, "nl-101", NL_TO_BE, 60),
    Road("Bergeijk N69-N74", ((51.264, 5.36), (51.258, 5.40)) * 8, "nl-101", NL_TO_BE, 60),
    Road("Putte", ((51.362, 4.388), (51.358, 4.402)) * 12, "nl-101", NL_TO_BE, 50),
)
"""Up and down along the line, some hundred metres off it, for a quarter of an hour."""
