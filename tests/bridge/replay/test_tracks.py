"""Recorded tracks and traffic, read from what people have."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch.plan import Talkgroup
from crosspatch.replay.tracks import READERS, BadTrack, Point, read_track
from crosspatch.replay.traffic import Press, read_traffic

TRACKS = Path(__file__).parents[2] / "data" / "tracks"
T = 1_773_519_300.0  # 2026-03-14T20:15:00Z
GROUPS = {name: Talkgroup(id=name, network="n", gssi=i) for i, name in enumerate(("nl", "be"), 1)}


def gpx(*points: str) -> str:
    return f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{"".join(points)}</trkseg></trk></gpx>'


TRKPT = '<trkpt lat="51.5" lon="4.7"><time>2026-03-14T20:15:00Z</time><speed>10</speed><course>90</course></trkpt>'
LATER = '<trkpt lat="51.6" lon="4.8"><time>2026-03-14T20:15:10Z</time></trkpt>'
REC = """\
2026-03-14T20:15:00Z\t*\t{"_type":"location","lat":51.5,"lon":4.7,"tst":1773519300,"vel":36,"cog":90,"acc":5}
2026-03-14T20:15:05Z\tlwt               \t{"_type":"lwt","tst":1}
2026-03-14T20:15:10Z\t*\t{"_type":"location","lat":51.6,"lon":4.8,"tst":1773519310}
"""
CSV = "time,lat,lon,speed_kmh,course_deg,accuracy_m\n2026-03-14T20:15:00Z,51.5,4.7,36,90,5\n1773519310,51.6,4.8,,,\n"
LINE = {
    "type": "Feature",
    "geometry": {"type": "LineString", "coordinates": [[4.7, 51.5], [4.8, 51.6]]},
    "properties": {"coordTimes": ["2026-03-14T20:15:00Z", "2026-03-14T20:15:10Z"]},
}
DOTS = {
    "type": "FeatureCollection",
    "features": [
        {"geometry": {"type": "Point", "coordinates": [4.8, 51.6]}, "properties": {"time": T + 10}},
        {"geometry": {"type": "Point", "coordinates": [4.7, 51.5]}, "properties": {"time": T, "accuracy_m": 5}},
    ],
}


@pytest.mark.parametrize(
    ("text", "kind", "first"),
    [
        (gpx(TRKPT, LATER), "gpx", Point(T, 51.5, 4.7, None, 36.0, 90.0)),
        (REC, ".rec", Point(T, 51.5, 4.7, 5.0, 36.0, 90.0)),
        (CSV, "CSV", Point(T, 51.5, 4.7, 5.0, 36.0, 90.0)),
        (json.dumps(LINE), "geojson", Point(T, 51.5, 4.7)),
        (json.dumps(DOTS), "json", Point(T, 51.5, 4.7, 5.0)),
    ],
)
def test_every_kind_of_track_gives_its_points_in_order(text, kind, first) -> None:
    assert read_track(text, kind) == [first, Point(T + 10, 51.6, 4.8)]


def test_the_tracks_that_come_with_the_tests_are_read_whole() -> None:
    counts = {path.stem: len(read_track(path.read_text(), "gpx")) for path in TRACKS.glob("*.gpx")}
    assert counts["a2-maastricht-liege"] == 837
    assert len(counts) == 6


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("x", "kml", "no such kind of track: 'kml'; known: gpx, geojson, json, rec, csv"),
        ("<gpx", "gpx", "is no GPX file"),
        (gpx(TRKPT), "gpx", "holds less than two points with a time"),
        (
            gpx(TRKPT, '<trkpt lat="51.5" lon="4.7"/>'),
            "gpx",
            "track point 2: its time, latitude or longitude is missing",
        ),
        (gpx(TRKPT, LATER.replace("51.6", "95")), "gpx", "track point 2: 95, 4.8 is nowhere on earth"),
        ("{", "geojson", "is no GeoJSON file"),
        (
            json.dumps({**LINE, "properties": {}}),
            "geojson",
            "feature 1: a track is a LineString with as many coordTimes",
        ),
        (json.dumps({"features": [1]}), "geojson", "feature 1: no geometry with positions"),
        (REC.replace('"lat":51.6', '"lat":"x"'), "rec", "line 3: its time, latitude or longitude is missing"),
        ('x {"_type":', "rec", "line 1 is no OwnTracks message"),
        ("a,b\n1,2\n", "csv", "its first line does not name time, lat, lon"),
        (CSV.replace("51.6", ""), "csv", "line 3: its time, latitude or longitude is missing"),
    ],
)
def test_what_is_no_track_is_named(text, kind, told) -> None:
    with pytest.raises(BadTrack, match=told):
        read_track(text, kind)


@given(st.sampled_from(sorted(READERS)), st.text(max_size=60))
def test_no_text_breaks_a_reader(kind: str, text: str) -> None:
    with pytest.raises(BadTrack):
        read_track(text, kind)


def test_traffic_names_who_speaks_when_and_how_long() -> None:
    text = "time,talkgroup,seconds,talker,priority\n+90,be,4,,\n2026-03-14T20:15:30Z,nl,5.5,501,3\n"
    assert read_traffic(text, GROUPS, T) == [Press(T + 30, "nl", 5.5, 501, 3), Press(T + 90, "be", 4.0, 9_000_001, 1)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time,seconds\n", "its first line does not name talkgroup"),
        ("time,talkgroup,seconds\n+1,lu,5\n", "line 2: no talkgroup 'lu' in the site"),
        ("time,talkgroup,seconds\n+1,nl,x\n", "line 2: seconds, talker or priority is no number"),
        ("time,talkgroup,seconds\n+x,nl,5\n", "line 2: its time, seconds"),
        ("time,talkgroup,seconds\n+1,nl,0\n", "line 2: its time, seconds"),
        ("time,talkgroup,seconds,priority\n+1,nl,5,4\n", "line 2: its time, seconds"),
    ],
)
def test_traffic_that_cannot_be_is_named(text, told) -> None:
    with pytest.raises(BadTrack, match=told):
        read_traffic(text, GROUPS, T)
