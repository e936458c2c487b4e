"""A set of polygons as something to measure against: inside or not, and where the nearest point of its edge is.

All in metres of the plane (EPSG:3035). The edge is kept as single segments in a search tree: a query costs some ten
microseconds where measuring against the whole line costs two hundred. Each question can be asked of many points, as
arrays, or of one, which then costs no more than it must.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from crosspatch.geofence.plane import Floats, Polygonal

NODE = 4
"""Branches of each node of the search tree: of 3 to 32 these cost a search least, a third less than the usual ten."""

Bools = NDArray[np.bool_]


class Here(NamedTuple):
    """One point, also in the form in which the search tree wants it: making that costs as much as the search."""

    x: float
    y: float
    point: shapely.Point
    inside: dict[int, bool]  # what was found out already, by the outline's identity

    @classmethod
    def at(cls, x: float, y: float) -> "Here":
        """The point in the plane."""
        return cls(x, y, shapely.points(x, y), {})


@dataclass(frozen=True, slots=True)
class Spot:
    """The nearest point of an edge to one point, and how far it is."""

    metres: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Spots:
    """The same for many points, (n,) each."""

    metres: Floats
    x: Floats
    y: Floats


class Outline:
    """Polygons and multipolygons taken together."""

    def __init__(self, polygons: Iterable[Polygonal]) -> None:
        """``polygons`` are valid, and one of them at least is not empty."""
        self._polygons = [polygon for polygon in polygons if not polygon.is_empty]
        for polygon in self._polygons:
            shapely.prepare(polygon)
        edges = shapely.get_parts([shapely.boundary(polygon) for polygon in self._polygons])
        points, line = shapely.get_coordinates(edges, return_index=True)
        joined = line[:-1] == line[1:]
        self._starts, self._ends = points[:-1][joined], points[1:][joined]
        pieces: Any = shapely.linestrings(np.stack([self._starts, self._ends], axis=1))
        self._tree = shapely.STRtree(pieces, NODE)
        self.box: tuple[float, float, float, float] = (*points.min(axis=0), *points.max(axis=0))

    def contains(self, x: Floats, y: Floats) -> Bools:
        """Which of the points (n,) lie inside."""
        west, south, east, north = self.box
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        inside = np.zeros(len(x), dtype=np.bool_)
        for polygon in self._polygons:
            inside[near] |= shapely.contains_xy(polygon, x[near], y[near])
        return inside

    def contains_one(self, here: Here) -> bool:
        """Whether the point lies inside."""
        known = here.inside.get(id(self))
        if known is None:
            west, south, east, north = self.box
            near = west <= here.x <= east and south <= here.y <= north
            known = near and any(bool(shapely.contains(polygon, here.point)) for polygon in self._polygons)
            here.inside[id(self)] = known
        return known

    def nearest(self, x: Floats, y: Floats) -> Spots:
        """The nearest point of the edge to each of the points (n,)."""
        _, found = self._tree.query_nearest(shapely.points(x, y), all_matches=False)
        starts, ends = self._starts[found], self._ends[found]
        along = ends - starts
        length = np.maximum((along**2).sum(axis=1), 1e-12)
        share = np.clip(((x - starts[:, 0]) * along[:, 0] + (y - starts[:, 1]) * along[:, 1]) / length, 0.0, 1.0)
        at_x, at_y = starts[:, 0] + share * along[:, 0], starts[:, 1] + share * along[:, 1]
        return Spots(np.hypot(x - at_x, y - at_y), at_x, at_y)

    def nearest_one(self, here: Here) -> Spot:
        """The nearest point of the edge to the point."""
        x, y = here.x, here.y
        found = self._tree.query_nearest(here.point, all_matches=False)[0]
        start_x, start_y = self._starts[found].tolist()
        end_x, end_y = self._ends[found].tolist()
        along_x, along_y = end_x - start_x, end_y - start_y
        length = max(along_x * along_x + along_y * along_y, 1e-12)
        share = min(max(((x - start_x) * along_x + (y - start_y) * along_y) / length, 0.0), 1.0)
        at_x, at_y = start_x + share * along_x, start_y + share * along_y
        return Spot(((x - at_x) ** 2 + (y - at_y) ** 2) ** 0.5, at_x, at_y)
