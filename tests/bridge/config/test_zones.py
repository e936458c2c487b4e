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
        (
            {"type": "Point", "coordinates": [5, 51]},
            "the Point has no room: around_m says how wide the zone around it is",
        ),
        ({"type": "FeatureCollection", "features": []}, "holds no polygon"),
        (polygon(SQUARE[:-1]), "the polygon: a ring is not closed: it begins at [5, 51] and ends at [5, 51.1]"),
        (polygon(SQUARE[:2]), "the polygon: a ring needs at least four points"),
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
        ({"type": "Polygon"}, "the polygon: its coordinates are not lists of [longitude, latitude]"),
        ({"type": "Polygon", "coordinates": [["a", "b"]]}, "the polygon: its coordinates are not lists of"),
        ({"type": "Polygon", "coordinates": []}, "holds no polygon"),
        ({"type": "Polygon", "coordinates": [[[None, 1]] * 4]}, "the polygon: its coordinates are not lists of"),
        (polygon([[5.0, 51.0], [5.1, "x"], [5.1, 51.1], [5.0, 51.0]]), "the polygon: its coordinates are not lists of"),
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


LINE = {"type": "LineString", "coordinates": [[5.0, 51.0], [5.1, 51.0]]}


def zones(write, *drawn: str):
    """The geofence of a site with these zones, named z1, z2, … ."""
    tables = "".join(f"[zones.z{number}]\n{keys}\n" for number, keys in enumerate(drawn, 1))
    site = write(more=tables)
    (site.parent / "line.geojson").write_text(json.dumps(LINE))
    (site.parent / "zone.geojson").write_text(json.dumps(polygon(SQUARE)))
    return load_geofence(load_site(site), site)


def test_a_point_with_room_around_it_is_a_circle(write) -> None:
    near = zones(write, "point = [5.0, 51.0]\naround_m = 1000").locate(5.0, 51.02)
    assert near["z1"].metres == pytest.approx(2225 - 1000, abs=10)  # 0.02° north are 2225 m


def test_a_line_with_room_around_it_is_a_corridor(write) -> None:
    fence = zones(write, 'geojson = "line.geojson"\naround_m = 500')
    assert fence.locate(5.05, 51.0)["z1"].metres == pytest.approx(-500, abs=5)
    assert fence.locate(5.05, 51.02)["z1"].metres == pytest.approx(2225 - 500, abs=10)


def test_a_polygon_with_room_around_it_is_larger(write) -> None:
    fence = zones(write, 'geojson = "zone.geojson"', 'geojson = "zone.geojson"\naround_m = 200')
    near = fence.locate(5.05, 51.2)
    assert near["z1"].metres - near["z2"].metres == pytest.approx(200, abs=1)


def test_a_zone_counts_others_and_leaves_others_out(write) -> None:
    circle = "point = [5.0, 51.05]\naround_m = 2000"
    square = 'geojson = "zone.geojson"\n'
    fence = zones(write, circle, square + 'also = ["z1"]', square + 'without = ["z1"]')
    west_of_the_edge, east_of_the_edge = fence.locate(4.99, 51.05), fence.locate(5.01, 51.05)
    assert (west_of_the_edge["z2"].metres < 0, west_of_the_edge["z3"].metres > 0) == (True, True)
    assert (east_of_the_edge["z2"].metres < 0, east_of_the_edge["z3"].metres > 0) == (True, True)


def test_within_baarle_taken_for_one_no_inner_border_counts(write) -> None:
    fence = zones(
        write,
        'place = "baarle"',
        'country = "BE"\nwithout = ["z1"]',
        'country = "NL"\nalso = ["z1"]',
        'country = "NL"',
    )
    enclave, market = fence.locate(4.9297, 51.4375), fence.locate(4.9150, 51.4460)
    for near in (enclave, market):
        assert near["z1"].metres < -100
        assert near["z2"].metres > 2000
        assert near["z3"].metres < -2000
    assert enclave["z4"].metres > 0 > market["z4"].metres  # the real border runs between them
    assert enclave["belgium"].metres < 0 < market["belgium"].metres


def test_a_zone_of_which_nothing_is_left_is_refused(write) -> None:
    with pytest.raises(SiteError, match=r"zones\.z1\.without: nothing is left of the zone"):
        zones(write, 'point = [5.0, 51.0]\naround_m = 100\nwithout = ["z2"]', "point = [5.0, 51.0]\naround_m = 500")


def test_a_place_that_does_not_ship_is_named(write) -> None:
    with pytest.raises(SiteError, match=r"zones\.z1\.place: baarl: no such place ships; did you mean 'baarle'\?"):
        zones(write, 'place = "baarl"')


def test_a_point_outside_europe_is_refused(write) -> None:
    with pytest.raises(SiteError, match=r"zones\.z1\.point: the Point: \[51, 5\] is not in Europe; longitude comes"):
        zones(write, "point = [51.0, 5.0]\naround_m = 5")
