"""Between degrees and metres: WGS 84 to ETRS89-LAEA (EPSG:3035), where all distances are measured.

In the Benelux a distance in this plane differs from the one on the ellipsoid by at most 0.076 %.
"""

import math
from functools import cache

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Polygonal = shapely.Polygon | shapely.MultiPolygon

WGS84, LAEA = 4326, 3035

MIDDLE = 10.0
"""Degrees east where the plane's north is true north."""

WEST, SOUTH, EAST, NORTH = -16.0, 33.0, 40.0, 72.0
"""Degrees within which the plane is used: Europe. Beyond it a position is of no use to a border here."""


@cache
def _transformer() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(WGS84, LAEA, always_xy=True)


def to_plane(lon: float, lat: float) -> tuple[float, float]:
    """One position in metres east and north."""
    x, y = _transformer().transform(lon, lat)
    return float(x), float(y)


def all_to_plane(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Positions (n,) in degrees to metres east and north, (n,) each."""
    x, y = _transformer().transform(lon, lat)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def polygon_to_plane(shape: shapely.Geometry) -> Polygonal:
    """A polygon or multipolygon in degrees, longitude first, to metres; put in order if it is not valid there."""
    moved = shapely.transform(shape, lambda points: np.column_stack(all_to_plane(points[:, 0], points[:, 1])))
    if not shapely.is_valid(moved):
        moved = shapely.make_valid(moved, method="structure")
    assert isinstance(moved, Polygonal)
    return moved


def in_region(lon: float, lat: float) -> bool:
    """Whether the plane is good there."""
    return WEST <= lon <= EAST and SOUTH <= lat <= NORTH


def convergence_deg(lon: float, lat: float) -> float:
    """What to add to a true course to have it in the plane; good to 0.2° in the Benelux."""
    return (MIDDLE - lon) * math.sin(math.radians(lat))
