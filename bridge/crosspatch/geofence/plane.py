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


@cache
def _back() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(LAEA, WGS84, always_xy=True)


def from_plane(points: Floats) -> Floats:
    """Points (n, 2) in metres to longitude and latitude."""
    return np.column_stack(_back().transform(points[:, 0], points[:, 1]))


def to_plane_shape(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape in degrees, longitude first, to metres."""
    return shapely.transform(shape, lambda points: np.column_stack(all_to_plane(points[:, 0], points[:, 1])))


def parts_of(shape: shapely.Geometry) -> list[shapely.Polygon]:
    """The polygons of a shape, put in order where it crosses itself; its lines and points are left out."""
    if not shapely.is_valid(shape):
        shape = shapely.make_valid(shape, method="structure")
    parts = shapely.get_parts(shapely.get_parts(shape))
    return [part for part in parts if isinstance(part, shapely.Polygon)]


def polygonal(shape: shapely.Geometry) -> Polygonal:
    """The shape as one, of its polygons alone."""
    return shape if isinstance(shape, Polygonal) and shapely.is_valid(shape) else shapely.MultiPolygon(parts_of(shape))


def cut(shape: Polygonal, area: Polygonal) -> Polygonal:
    """The shape without the area; the same object where they do not touch."""
    apart, near = _by_nearness(shape, area)
    if not near:
        return shape
    return shapely.MultiPolygon([*apart, *(rest for part in near for rest in parts_of(shapely.difference(part, area)))])


def join(shape: Polygonal, area: Polygonal) -> Polygonal:
    """The shape and the area; the same object where the area is empty."""
    if area.is_empty:
        return shape
    apart, near = _by_nearness(shape, area)
    return shapely.MultiPolygon([*apart, *parts_of(shapely.union_all([*near, area]))])


def _by_nearness(shape: Polygonal, area: Polygonal) -> tuple[list[shapely.Polygon], list[shapely.Polygon]]:
    """The shape's parts: those that are clear of the area's bounding box, and those that are not."""
    if area.is_empty:
        return [shape] if isinstance(shape, shapely.Polygon) else list(shape.geoms), []
    around = shapely.box(*area.bounds)
    apart: list[shapely.Polygon] = []
    near: list[shapely.Polygon] = []
    for part in shapely.get_parts(shape):
        (near if shapely.intersects(shapely.box(*part.bounds), around) else apart).append(part)
    return apart, near


def in_region(lon: float, lat: float) -> bool:
    """Whether the plane is good there."""
    return WEST <= lon <= EAST and SOUTH <= lat <= NORTH


def all_convergences_deg(lon: Floats, lat: Floats) -> Floats:
    """The same for positions (n,)."""
    return (MIDDLE - lon) * np.sin(np.radians(lat))


def convergence_deg(lon: float, lat: float) -> float:
    """What to add to a true course to have it in the plane; good to 0.2° in the Benelux."""
    return (MIDDLE - lon) * math.sin(math.radians(lat))
