"""A virtual vehicle drives its track: where it is at each moment, how fast, and what it says of that."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.twin.vehicle import (
    Fix,
    Position,
    Track,
    course_between,
    metres_between,
    owntracks_location,
    read_track,
)

SHIPPED = Path(str(files("crosspatch.demo"))) / "data" / "a2-maastricht-liege.gpx"
NORTH = Track([Fix(second, 50.0 + second * 0.0003, 5.7) for second in range(101)])  # 33.36 m a second, due north


def gpx(*points: str) -> str:
    return f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{"".join(points)}</trkseg></trk></gpx>'


def point(lat: object, lon: object, time: str) -> str:
    return f'<trkpt lat="{lat}" lon="{lon}"><time>{time}</time></trkpt>'


def test_distance_and_course_of_a_degree() -> None:
    here = Fix(0, 50.0, 5.0)
    assert metres_between(here, Fix(1, 51.0, 5.0)) == pytest.approx(111195, abs=5)
    assert course_between(here, Fix(1, 51.0, 5.0)) == pytest.approx(0)
    assert course_between(here, Fix(1, 50.0, 5.001)) == pytest.approx(90, abs=0.01)
    assert course_between(here, Fix(1, 49.0, 5.0)) == pytest.approx(180)
    assert course_between(here, Fix(1, 50.0, 4.999)) == pytest.approx(270, abs=0.01)


def test_it_is_between_its_points_in_proportion() -> None:
    place = NORTH.at(10.5)
    assert place.lat == pytest.approx(50.00315)
    assert place.lon == pytest.approx(5.7)


def test_speed_and_course_are_those_of_the_track() -> None:
    place = NORTH.at(50)
    assert place.speed_kmh == pytest.approx(120.1, abs=0.1)
    assert place.course_deg == pytest.approx(0)


def test_it_stands_before_the_beginning_and_after_the_end() -> None:
    assert NORTH.at(-5) == Position(50.0, 5.7, 0.0, NORTH.at(-5).course_deg)
    assert (NORTH.at(500).lat, NORTH.at(500).speed_kmh) == (pytest.approx(50.03), 0.0)


@given(st.floats(-1000, 2000))
def test_it_is_always_on_the_track(elapsed: float) -> None:
    place = NORTH.at(elapsed)
    assert 50.0 <= place.lat <= 50.03 + 1e-9
    assert 0.0 <= place.course_deg < 360.0
    assert 0.0 <= place.speed_kmh < 125.0


def test_the_shipped_track_is_the_one_its_readme_describes() -> None:
    track = read_track(SHIPPED.read_bytes())
    assert track.duration == 836
    start, end = track.at(0), track.at(track.duration)
    assert (start.lat, start.lon) == (pytest.approx(50.87, abs=0.01), pytest.approx(5.72, abs=0.01))
    assert (end.lat, end.lon) == (pytest.approx(50.64, abs=0.05), pytest.approx(5.60, abs=0.1))
    assert 60 < track.at(track.duration / 2).speed_kmh < 150


def test_times_may_have_any_zone_and_fractions() -> None:
    track = read_track(gpx(point(50, 5, "2026-11-24T10:00:00Z"), point(50.1, 5, "2026-11-24T11:00:01.5+01:00")))
    assert track.duration == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "drive.gpx: no GPX file"),
        ("<gpx>", "drive.gpx: no GPX file"),
        (gpx(), "drive.gpx: a track needs at least two points"),
        (gpx(point(50, 5, "2026-11-24T10:00:00Z")), "drive.gpx: a track needs at least two points"),
        (gpx(point(50, 5, "2026-11-24T10:00:01Z"), point(50, 5, "2026-11-24T10:00:01Z")), "later than the one before"),
        (gpx(point(50, 5, "2026-11-24T10:00:00Z"), point("north", 5, "2026-11-24T10:00:01Z")), "track point 2"),
        (gpx(point(50, 5, "noon")), "track point 1"),
        (gpx('<trkpt lat="50" lon="5"/>'), "track point 1"),
        (gpx(point(91, 5, "2026-11-24T10:00:00Z")), "nowhere on earth"),
        (gpx(point("nan", 5, "2026-11-24T10:00:00Z")), "nowhere on earth"),
    ],
)
def test_a_bad_track_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(Cannot, match=says):
        read_track(text, "drive.gpx")


def test_it_reports_like_an_owntracks_phone() -> None:
    sent = datetime(2026, 11, 24, 10, 0, tzinfo=UTC).timestamp()
    assert owntracks_location(Position(50.7512344, 5.7098764, 118.6, 359.7), sent + 0.9, "v1") == {
        "_type": "location",
        "lat": 50.751234,
        "lon": 5.709876,
        "tst": int(sent),
        "acc": 5,
        "vel": 119,
        "cog": 0,
        "tid": "v1",
    }
