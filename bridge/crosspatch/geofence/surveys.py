"""Zones as signed distances: below zero inside, zero on the border, above zero outside. Metres in the plane.

A drawn zone's border is its edge. A country's border is where another country is as near: water is cut out of the
countries' land, and the countries do not cover each other exactly, so a vehicle on a bridge, a ferry or a sliver
belongs to the country whose land is nearest, and the coast is no border. Zones that share work are surveyed together.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from crosspatch.geofence.outline import Here, Outline, Spot, Spots
from crosspatch.geofence.plane import Floats

FAR = 30_000.0
"""Metres from a drawn zone's bounding box beyond which the distance to the box is told instead of that to the edge."""


class Survey(Protocol):
    """Some zones, measured together. A spot's ``metres`` are signed here."""

    @property
    def zones(self) -> tuple[str, ...]:
        """Their ids."""

    @property
    def steepest(self) -> float:
        """By how many metres a distance changes at most for each metre driven."""

    def measure(self, zone: str, x: Floats, y: Floats) -> Spots:
        """Signed distances of the points (n,) to one of them, and the border points they lead to."""

    def measure_one(self, zone: str, here: Here) -> Spot:
        """The same for one point."""


class DrawnSurvey:
    """One zone with an edge of its own."""

    def __init__(self, zone: str, outline: Outline) -> None:
        """The zone is what ``outline`` encloses."""
        self.zones = (zone,)
        self.steepest = 1.0
        self._outline = outline

    def measure(self, zone: str, x: Floats, y: Floats) -> Spots:  # noqa: ARG002 - it has but one
        """Signed distances of the points (n,); beyond `FAR` a lower bound."""
        west, south, east, north = self._outline.box
        at_x, at_y = np.clip(x, west, east), np.clip(y, south, north)
        metres = np.hypot(x - at_x, y - at_y)
        near = metres <= FAR
        spots = self._outline.nearest(x[near], y[near])
        inside = self._outline.contains(x[near], y[near])
        metres[near] = np.where(inside, -spots.metres, spots.metres)
        at_x[near], at_y[near] = spots.x, spots.y
        return Spots(metres, at_x, at_y)

    def measure_one(self, zone: str, here: Here) -> Spot:  # noqa: ARG002 - it has but one
        """The same for one point."""
        x, y = here.x, here.y
        west, south, east, north = self._outline.box
        at_x, at_y = min(max(x, west), east), min(max(y, south), north)
        metres = ((x - at_x) ** 2 + (y - at_y) ** 2) ** 0.5
        if metres > FAR:
            return Spot(metres, at_x, at_y)
        spot = self._outline.nearest_one(here)
        inside = metres == 0.0 and self._outline.contains_one(here)
        return Spot(-spot.metres, spot.x, spot.y) if inside else spot


class CountrySurvey:
    """Countries among their neighbours: distance to the own land less the distance to the others'.

    Between two banks the difference changes by two metres for each metre: at a bank it is wrong by half the width of
    the water, never in the middle.
    """

    def __init__(self, lands: Mapping[str, Outline], zones: Mapping[str, tuple[str, Outline]]) -> None:
        """``lands``: every country's land; ``zones``: for each zone its country and the land of all the others."""
        self._lands = dict(lands)
        self._zones = dict(zones)
        self.zones = tuple(zones)
        self.steepest = 2.0  # between two banks

    def measure(self, zone: str, x: Floats, y: Floats) -> Spots:
        """Signed distances of the points (n,)."""
        country, others = self._zones[zone]
        own = self._lands[country]
        home = own.contains(x, y)
        away = np.flatnonzero(~home)
        home[away] = True  # unless it is on the land of another
        for name, land in self._lands.items():
            if name != country:
                home[away] &= ~land.contains(x[away], y[away])
        metres, at_x, at_y = np.zeros(len(x)), x.copy(), y.copy()
        spots = others.nearest(x[home], y[home])
        metres[home] -= spots.metres
        at_x[home], at_y[home] = spots.x, spots.y
        spots = own.nearest(x[away], y[away])
        metres[away] += spots.metres
        outside = metres[away] > 0
        at_x[away], at_y[away] = np.where(outside, spots.x, at_x[away]), np.where(outside, spots.y, at_y[away])
        return Spots(metres, at_x, at_y)

    def measure_one(self, zone: str, here: Here) -> Spot:
        """The same for one point."""
        country, others = self._zones[zone]
        own = self._lands[country]
        if own.contains_one(here):
            away = others.nearest_one(here)
            return Spot(-away.metres, away.x, away.y)
        home = own.nearest_one(here)
        if any(land.contains_one(here) for name, land in self._lands.items() if name != country):
            return home
        away = others.nearest_one(here)
        metres = home.metres - away.metres
        return Spot(metres, home.x, home.y) if metres > 0 else Spot(metres, away.x, away.y)
