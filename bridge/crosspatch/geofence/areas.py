"""Zones as signed distances: below zero inside, zero on the border, above zero outside. Metres in the plane.

A drawn area's border is its edge. A country's border is where another country is as near: water is cut out of the
countries' land, and the countries do not cover each other exactly, so a vehicle on a bridge, a ferry or a sliver
belongs to the country whose land is nearest, and the coast is no border.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from crosspatch.geofence.outline import Outline
from crosspatch.geofence.plane import Floats


@dataclass(frozen=True, slots=True)
class Signed:
    """Signed distances and the border points they lead to, (n,) each."""

    metres: Floats
    x: Floats
    y: Floats


class Area(Protocol):
    """Anything one can be inside of."""

    def measure(self, x: Floats, y: Floats) -> Signed:
        """Signed distances of the points (n,)."""


class DrawnArea:
    """An area with an edge of its own."""

    def __init__(self, outline: Outline) -> None:
        """The area is what ``outline`` encloses."""
        self._outline = outline

    def measure(self, x: Floats, y: Floats) -> Signed:
        """Signed distances of the points (n,)."""
        nearest = self._outline.nearest(x, y)
        sign = np.where(self._outline.contains(x, y), -1.0, 1.0)
        return Signed(sign * nearest.metres, nearest.x, nearest.y)


class CountryArea:
    """A country among its neighbours: distance to its own land less the distance to the others'."""

    def __init__(self, own: Outline, others: Outline) -> None:
        """``own`` is the country's land, ``others`` that of all countries around it."""
        self._own, self._others = own, others

    def measure(self, x: Floats, y: Floats) -> Signed:
        """Signed distances of the points (n,).

        Between two banks the difference changes by two metres for each metre: at a bank it is wrong by half the
        width of the water, never in the middle.
        """
        on_own, on_others = self._own.contains(x, y), self._others.contains(x, y)
        metres, at_x, at_y = np.zeros(len(x)), np.array(x, dtype=float), np.array(y, dtype=float)
        away, home = ~on_own, ~on_others
        if home.any():
            others = self._others.nearest(x[home], y[home])
            metres[home] -= others.metres
            at_x[home], at_y[home] = others.x, others.y
        if away.any():
            own = self._own.nearest(x[away], y[away])
            metres[away] += own.metres
            towards = metres[away] > 0
            at_x[away], at_y[away] = np.where(towards, own.x, at_x[away]), np.where(towards, own.y, at_y[away])
        return Signed(metres, at_x, at_y)
