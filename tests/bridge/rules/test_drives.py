"""Vehicles on the tracks of tests/data/tracks, past the real borders."""

from dataclasses import replace

import pytest

from crosspatch.wish import Want

A2_CROSSES = 370.0  # 20:21:10, from the track's README
A16_CROSSES = 165.0  # 20:17:45
E411_CROSSES = 335.0  # 20:20:35


@pytest.fixture
def drive(make_road, points, border_road):
    """Drive a track with a rule about this zone."""

    def drive(track: str, zone: str, every: float = 0.0):
        road = make_road(replace(border_road, zone=zone))
        road.drive(points(track), every=every)
        return road

    return drive


@pytest.mark.parametrize("case", [(5, 30), (60, 10)], ids=["every 5 s", "every 60 s"])
@pytest.mark.parametrize(
    ("track", "zone", "crosses"),
    [
        ("a2-maastricht-liege", "BE", A2_CROSSES),
        ("a16-breda-antwerp-pursuit", "BE", A16_CROSSES),
        ("e411-arlon-luxembourg", "LU", E411_CROSSES),
    ],
)
def test_a_patch_is_open_well_before_the_border(drive, track, zone, crosses, case) -> None:
    every, least = case
    opened, _ = drive(track, zone, every).first(Want.OPEN)
    assert opened <= crosses - least


@pytest.mark.parametrize("track", ["a2-maastricht-liege", "a16-breda-antwerp-pursuit"])
def test_the_distance_is_that_of_the_land_border_when_the_vehicle_crosses(make_road, points, track) -> None:
    road = make_road()
    crossed = {"a2-maastricht-liege": A2_CROSSES, "a16-breda-antwerp-pursuit": A16_CROSSES}[track]
    signs = []
    for point in points(track):
        road.drive([(point[0] - road.now + 1000.0, *point[1:])])
        signs.append((point[0], next(zone.metres for zone in road.vehicle().zones if zone.zone == "BE") <= 0))
    first = next(at for at, inside in signs if inside)
    assert abs(first - crossed) <= 5


@pytest.mark.parametrize(
    ("track", "zone"), [("n4-martelange-along-border", "LU"), ("baarle-walkabout", "BE"), ("baarle-walkabout", "NL")]
)
def test_a_road_that_crosses_again_and_again_opens_one_patch_and_keeps_it(drive, track, zone) -> None:
    road = drive(track, zone)
    assert road.wants() == [Want.OPEN]
    road.wait(400.0)
    assert road.wants() == [Want.OPEN, Want.NOTHING]


def test_a_border_reached_between_two_reports_is_foreseen(make_road, points) -> None:
    road = make_road()
    road.drive(points("a16-breda-antwerp-pursuit")[:13], every=60)
    assert road.want() is Want.ARMED
    road.wait(30.0)
    assert road.want() is Want.OPEN
    assert road.first(Want.OPEN)[1].reason == "v1 is 4.1 km before BE, 90 s at 163 km/h"
