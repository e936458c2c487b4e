"""The zones of a site as areas to measure against: built-in countries, and GeoJSON files beside the site file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from crosspatch.config.data import data_file
from crosspatch.config.lines import Lines
from crosspatch.config.mistakes import Mistake, SiteError
from crosspatch.geofence import Area, CountryArea, DrawnArea, Geofence, Outline
from crosspatch.geofence.plane import EAST, NORTH, SOUTH, WEST, Polygonal, polygon_to_plane
from crosspatch.plan import Plan, Zone

BORDERS = "borders/benelux.geojson"

SMALLEST = 100.0
"""Square metres: a smaller zone is a slip of the hand."""


def load_geofence(plan: Plan, site_path: Path | str) -> Geofence:
    """The geofence of the plan's zones; `SiteError` lists all zone files that cannot be used, and why."""
    site_path = Path(site_path)
    areas: dict[str, Area] = {}
    mistakes: list[Mistake] = []
    borders = _Borders()
    for zone in plan.zones.values():
        try:
            areas[zone.id] = _drawn(zone, site_path) if zone.geojson else borders.area(str(zone.country))
        except ValueError as error:
            mistakes.append(Mistake(("zones", zone.id, "geojson"), f"{zone.geojson}: {error}"))
    if mistakes:
        lines = Lines(site_path.read_text(encoding="utf-8"))
        raise SiteError(site_path, [Mistake(m.where, m.text, lines.of(m.where)) for m in mistakes])
    return Geofence(areas)


class _Borders:
    """The built-in countries, read when the first one is needed."""

    def __init__(self) -> None:
        self._land: dict[str, Polygonal] = {}

    def area(self, country: str) -> CountryArea:
        land = self._land = self._land or _read_borders()
        others = [shape for iso, shape in land.items() if iso != country]
        return CountryArea(Outline([land[country]]), Outline(others))


def _read_borders() -> dict[str, Polygonal]:
    """Land in the plane, by ISO code."""
    collection = json.loads(data_file(BORDERS).read_bytes())
    land = {}
    for feature in collection["features"]:
        land[feature["properties"]["iso"]] = polygon_to_plane(shapely.from_geojson(json.dumps(feature["geometry"])))
    return land


def _drawn(zone: Zone, site_path: Path) -> DrawnArea:
    """The area in a zone's file; `ValueError` says what is wrong with it."""
    path = site_path.parent / str(zone.geojson)
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON file: {error}") from None
    polygons = [_polygon(geometry, place) for geometry, place in _geometries(document)]
    if not polygons:
        raise ValueError("holds no polygon")
    joined = shapely.union_all([polygon_to_plane(polygon) for polygon in polygons])
    assert isinstance(joined, Polygonal)
    if joined.area < SMALLEST:
        raise ValueError(f"covers {joined.area:.1f} m² only")
    return DrawnArea(Outline([joined]))


def _geometries(document: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """The geometries of a FeatureCollection, a Feature or a bare geometry, and what to call each."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        for number, feature in enumerate(document["features"], 1):
            for geometry, _ in _geometries(feature):
                yield geometry, f"feature {number}"
    elif kind == "Feature":
        yield from _geometries(document.get("geometry"))
    elif kind in ("Polygon", "MultiPolygon"):
        yield document, "the polygon"
    elif kind is None:
        raise ValueError("is no GeoJSON: its type is missing")
    else:
        raise ValueError(f"holds a {kind}; a zone is made of Polygon and MultiPolygon")


def _polygon(geometry: dict[str, Any], place: str) -> shapely.Geometry:
    coordinates: Any = geometry.get("coordinates")
    polygons: Any = [coordinates] if geometry["type"] == "Polygon" else coordinates
    try:
        rings = [np.array([point[:2] for point in ring], dtype=float) for polygon in polygons for ring in polygon]
    except (TypeError, ValueError, IndexError, KeyError):
        raise ValueError(f"{place}: its coordinates are no rings of [longitude, latitude]") from None
    if not rings:
        raise ValueError("holds no polygon")
    for ring in rings:
        _check_ring(ring, place)
    shape = shapely.from_geojson(json.dumps({"type": geometry["type"], "coordinates": coordinates}))
    if not shape.is_valid:
        raise ValueError(f"{place} is not valid: {shapely.is_valid_reason(shape)}")
    return shape


def _check_ring(ring: np.ndarray[Any, np.dtype[np.float64]], place: str) -> None:
    if not np.isfinite(ring).all():
        raise ValueError(f"{place}: its coordinates are no rings of [longitude, latitude]")
    if ring.ndim != 2 or len(ring) < 4 or ring.shape[1] != 2:
        raise ValueError(f"{place}: a ring needs at least four points of [longitude, latitude]")
    if (ring[0] != ring[-1]).any():
        raise ValueError(f"{place}: a ring is not closed: it begins at {_at(ring[0])} and ends at {_at(ring[-1])}")
    outside = ~((ring[:, 0] >= WEST) & (ring[:, 0] <= EAST) & (ring[:, 1] >= SOUTH) & (ring[:, 1] <= NORTH))
    if outside.any():
        point = ring[outside][0]
        swapped = WEST <= point[1] <= EAST and SOUTH <= point[0] <= NORTH
        raise ValueError(f"{place}: {_at(point)} is not in Europe{'; longitude comes first' if swapped else ''}")


def _at(point: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    return f"[{point[0]:g}, {point[1]:g}]"
