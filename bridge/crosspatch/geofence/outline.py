"""A set of polygons as something to measure against: inside or not, and where the nearest point of its edge is.

All in metres of the plane (EPSG:3035). The edge is kept as single segments in a search tree: a query costs some ten
microseconds where measuring against the whole line costs two hundred.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from crosspatch.geofence.plane import Floats, Polygonal

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest points of an edge: distances and places, (n,) each."""

    metres: Floats
    x: Floats
    y: Floats


class Outline:
    """Polygons and multipolygons taken together."""

    def __init__(self, polygons: Iterable[Polygonal]) -> None:
        """``polygons`` are valid and not empty."""
        self._polygons = [polygon for polygon in polygons if not polygon.is_empty]
        for polygon in self._polygons:
            shapely.prepare(polygon)
        edges = shapely.get_parts([shapely.boundary(polygon) for polygon in self._polygons])
        points, line = shapely.get_coordinates(edges, return_index=True)
        joined = line[:-1] == line[1:]
        self._starts, self._ends = points[:-1][joined], points[1:][joined]
        pieces: Any = shapely.linestrings(np.stack([self._starts, self._ends], axis=1))
        self._tree = shapely.STRtree(pieces)

    @property
    def segments(self) -> int:
        """How many straight pieces the edge has."""
        return len(self._starts)

    def contains(self, x: Floats, y: Floats) -> Bools:
        """Which of the points (n,) lie inside."""
        inside = np.zeros(len(x), dtype=np.bool_)
        for polygon in self._polygons:
            inside |= shapely.contains_xy(polygon, x, y)
        return inside

    def nearest(self, x: Floats, y: Floats) -> Nearest:
        """The nearest point of the edge to each of the points (n,)."""
        _, found = self._tree.query_nearest(shapely.points(x, y), all_matches=False)
        starts, ends = self._starts[found], self._ends[found]
        along = ends - starts
        length = np.maximum((along**2).sum(axis=1), 1e-12)
        share = np.clip(((x - starts[:, 0]) * along[:, 0] + (y - starts[:, 1]) * along[:, 1]) / length, 0.0, 1.0)
        at_x, at_y = starts[:, 0] + share * along[:, 0], starts[:, 1] + share * along[:, 1]
        return Nearest(np.hypot(x - at_x, y - at_y), at_x, at_y)
