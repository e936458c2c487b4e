"""GeoJSON into shapes in the plane: polygons, and lines and points with room around them. Wrong ones are refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from crosspatch.geofence.plane import EAST, NORTH, SOUTH, WEST, Polygonal, polygonal, to_plane_shape

SMALLEST = 100.0
"""Square metres: a smaller zone is a slip of the hand."""

AREAS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString", "Point", "MultiPoint")
DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How many lists deep a geometry's positions lie."""

Positions = NDArray[np.float64]


class BadDrawing(ValueError):  # noqa: N818 - says what it is
    """A drawing that is no zone; the text says what is wrong with it."""


def read_drawing(path: Path, around_m: float) -> Polygonal:
    """The zone in a GeoJSON file, with ``around_m`` metres of room around everything drawn; `BadDrawing`."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        msg = f"cannot be read: {error.strerror or error}"
        raise BadDrawing(msg) from None
    except (ValueError, RecursionError) as error:
        msg = f"is no JSON file: {error}"
        raise BadDrawing(msg) from None
    return draw(document, around_m)


def draw(document: object, around_m: float) -> Polygonal:
    """The zone of a FeatureCollection, a Feature or a bare geometry; `BadDrawing`."""
    shapes = []
    for geometry, place in _geometries(document):
        shape = to_plane_shape(_shape(geometry, place))
        if geometry["type"] in LINES and not around_m:
            msg = f"{place} has no room: around_m says how wide the zone around it is"
            raise BadDrawing(msg)
        shapes.append(shapely.buffer(shape, around_m, quad_segs=16) if around_m else shape)
    if not shapes:
        msg = "holds no polygon"
        raise BadDrawing(msg)
    joined = polygonal(shapely.union_all(shapes))
    if joined.area < SMALLEST:
        msg = f"covers {joined.area:.1f} m² only"
        raise BadDrawing(msg)
    return joined


def _geometries(document: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """The geometries, and what to call each."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        for number, feature in enumerate(document["features"], 1):
            for geometry, _ in _geometries(feature):
                yield geometry, f"feature {number}"
    elif kind == "Feature":
        yield from _geometries(document.get("geometry"))
    elif kind in AREAS or kind in LINES:
        yield document, f"the {'polygon' if kind in AREAS else kind}"
    elif kind is None:
        msg = "is no GeoJSON: its type is missing"
        raise BadDrawing(msg)
    else:
        msg = f"holds a {kind}; a zone is made of polygons, or of lines and points with around_m"
        raise BadDrawing(msg)


def _shape(geometry: dict[str, Any], place: str) -> shapely.Geometry:
    """The geometry in degrees, checked."""
    kind, coordinates = geometry["type"], geometry.get("coordinates")
    for positions in _chains(coordinates, DEPTH[kind], place):
        _check_positions(positions, place)
        if kind in AREAS:
            _check_ring(positions, place)
    try:
        shape = shapely.from_geojson(json.dumps({"type": kind, "coordinates": coordinates}))
    except (shapely.errors.GEOSException, ValueError) as error:
        msg = f"{place}: {error}"
        raise BadDrawing(msg) from None
    if shape.is_empty:
        msg = "holds no polygon"
        raise BadDrawing(msg)
    if not shape.is_valid:
        msg = f"{place} is not valid: {shapely.is_valid_reason(shape)}"
        raise BadDrawing(msg)
    return shape


def _chains(coordinates: Any, depth: int, place: str) -> Iterator[Positions]:
    """Each chain of positions (n, 2) among the coordinates."""
    if depth > 1 and isinstance(coordinates, list):
        for part in coordinates:
            yield from _chains(part, depth - 1, place)
        return
    try:
        chain = coordinates if depth else [coordinates]
        positions = np.array([position[:2] for position in chain], dtype=float).reshape(-1, 2)
    except (TypeError, ValueError, IndexError, KeyError):
        positions = np.array([[np.nan, np.nan]])
    if not np.isfinite(positions).all():
        msg = f"{place}: its coordinates are not lists of [longitude, latitude]"
        raise BadDrawing(msg)
    yield positions


def _check_positions(positions: Positions, place: str) -> None:
    lon, lat = positions.T
    outside = ~((lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH))
    if outside.any():
        point = positions[outside][0]
        swapped = WEST <= point[1] <= EAST and SOUTH <= point[0] <= NORTH
        msg = f"{place}: {_at(point)} is not in Europe{'; longitude comes first' if swapped else ''}"
        raise BadDrawing(msg)


def _check_ring(ring: Positions, place: str) -> None:
    if len(ring) < 4:
        msg = f"{place}: a ring needs at least four points"
        raise BadDrawing(msg)
    if (ring[0] != ring[-1]).any():
        msg = f"{place}: a ring is not closed: it begins at {_at(ring[0])} and ends at {_at(ring[-1])}"
        raise BadDrawing(msg)


def _at(point: Positions) -> str:
    return f"[{point[0]:g}, {point[1]:g}]"
