"""Zone files beside the site file: measured, or refused with the reason."""

import json
from pathlib import Path

import numpy as np
import pytest

from crosspatch.config import SiteError, load_geofence, load_site

SQUARE = [[5.0, 51.0], [5.1, 51.0], [5.1, 51.1], [5.0, 51.1], [5.0, 51.0]]
HOLE = [[5.04, 51.04], [5.06, 51.04], [5.06, 51.06], [5.04, 51.06], [5.04, 51.04]]


def polygon(*rings: list[list[float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


@pytest.fixture
def load(write, tmp_path: Path):
    """The geofence of a site with this zone file."""

    def load(content: object):
        (tmp_path / "zone.geojson").write_text(content if isinstance(content, str) else json.dumps(content))
        site = write(('country = "BE"\n\n', 'geojson = "zone.geojson"\n'))
        return load_geofence(load_site(site), site)

    return load


@pytest.mark.parametrize(
    "content",
    [
        polygon(SQUARE),
        {"type": "Feature", "properties": {}, "geometry": polygon(SQUARE)},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": polygon(SQUARE)}]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        {"type": "Polygon", "coordinates": [[[*point, 30.0] for point in SQUARE]]},
    ],
)
def test_a_polygon_is_measured_from_its_edge_in_metres(load, content) -> None:
    (inside,), (outside,) = load(content).distances(np.array([5.05, 5.05]), np.array([51.05, 51.2]))
    # 0.05° of longitude at 51.05° north are 3509 m on the ellipsoid, 0.1° of latitude 11 126 m.
    assert inside == pytest.approx(-3509, rel=0.002)
    assert outside == pytest.approx(11126, rel=0.002)


def test_a_hole_is_outside(load) -> None:
    ((metres,),) = load(polygon(SQUARE, HOLE)).distances(np.array([5.05]), np.array([51.05]))
    assert metres == pytest.approx(701.8, rel=0.002)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is no JSON file: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ([], "is no GeoJSON: its type is missing"),
        ({"type": "Point", "coordinates": [5, 51]}, "holds a Point; a zone is made of Polygon and MultiPolygon"),
        ({"type": "FeatureCollection", "features": []}, "holds no polygon"),
        (polygon(SQUARE[:-1]), "the polygon: a ring is not closed: it begins at [5, 51] and ends at [5, 51.1]"),
        (polygon(SQUARE[:2]), "the polygon: a ring needs at least four points of [longitude, latitude]"),
        (
            polygon([[51.0, 5.0], [51.0, 5.1], [51.1, 5.1], [51.0, 5.0]]),
            "the polygon: [51, 5] is not in Europe; longitude comes first",
        ),
        (polygon([[500.0, 51.0], *SQUARE[1:-1], [500.0, 51.0]]), "the polygon: [500, 51] is not in Europe"),
        (
            polygon([[5.0, 51.0], [5.1, 51.1], [5.1, 51.0], [5.0, 51.1], [5.0, 51.0]]),
            "the polygon is not valid: Self-intersection[5.05 51.05]",
        ),
        (
            polygon([[5.0, 51.0], [5.00001, 51.0], [5.00001, 51.00001], [5.0, 51.0]]),
            "covers 0.4 m² only",
        ),
        ({"type": "Polygon"}, "the polygon: its coordinates are no rings of [longitude, latitude]"),
        ({"type": "Polygon", "coordinates": [["a", "b"]]}, "the polygon: its coordinates are no rings of"),
        ({"type": "Polygon", "coordinates": []}, "holds no polygon"),
        ({"type": "Polygon", "coordinates": [[[None, 1]] * 4]}, "the polygon: its coordinates are no rings of"),
        (polygon([[5.0, 51.0], [5.1, "x"], [5.1, 51.1], [5.0, 51.0]]), "the polygon: its coordinates are no rings of"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 51], [5.1, 51], [5.1, 51.1], [NaN, 51]]]}', "the polygon"),
    ],
)
def test_a_zone_file_that_cannot_be_used_says_why(load, content, told) -> None:
    with pytest.raises(SiteError) as caught:
        load(content)
    (mistake,) = caught.value.mistakes
    assert (mistake.key, mistake.line) == ("zones.belgium.geojson", 39)
    assert mistake.text.startswith(f"zone.geojson: {told}")


def test_a_zone_file_that_is_not_there_is_named(write) -> None:
    site = write(('country = "BE"\n\n', 'geojson = "nowhere.geojson"\n'))
    with pytest.raises(SiteError, match=r"nowhere\.geojson: cannot be read: No such file or directory"):
        load_geofence(load_site(site), site)


def test_all_zone_files_are_refused_at_once(write) -> None:
    site = write(more='[zones.a]\ngeojson = "a.geojson"\n[zones.b]\ngeojson = "b.geojson"\n')
    with pytest.raises(SiteError) as caught:
        load_geofence(load_site(site), site)
    assert [mistake.key for mistake in caught.value.mistakes] == ["zones.a.geojson", "zones.b.geojson"]
