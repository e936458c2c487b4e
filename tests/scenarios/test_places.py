"""Every border place of the Benelux that a crew knows: what must happen there, and what must not."""

import pytest
from tests.scenarios.conftest import end_of, talk
from tests.scenarios.roads import ALONG, BAARLE, BE_TO_LU, BE_TO_NL, NL_TO_BE, ROADS, Road, drive, stand


@pytest.mark.parametrize("case", [(5.0, 30.0), (60.0, 10.0)], ids=["every 5 s", "every 60 s"])
@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.name)
def test_the_patch_is_up_in_time_and_down_again(replay, road: Road, case: tuple[float, float]) -> None:
    every, least = case
    result = replay({road.vehicle: drive(road.way, road.kmh, every)})
    assert result.errors() == []
    assert result.ups(road.rule) == 1
    assert result.states(road.rule)[-1] == "down"
    assert min(result.leads(road.rule), default=-1) >= least


@pytest.mark.parametrize("road", ALONG, ids=lambda road: road.name)
def test_a_road_along_the_line_arms_and_opens_once_and_cuts_no_over(replay, road: Road) -> None:
    track = drive(road.way, road.kmh, 10)
    presses = [talk("nl-pursuit", at) for at in range(60, int(end_of(track)), 20)]
    result = replay({road.vehicle: track}, presses)
    assert result.ups(road.rule) == 1
    assert {over.outcomes for over in result.story.overs} == {("delivered",)}
    assert result.errors() == []


def test_martelange_where_the_border_follows_the_road_does_not_flap(replay, recorded) -> None:
    result = replay({"be-101": recorded("n4-martelange-along-border")})
    assert result.crossings("luxembourg") >= 4
    assert result.ups(BE_TO_LU) == 1
    assert result.errors() == []


def test_baarle_is_one_place(replay, recorded) -> None:
    """Nine crossings between enclaves: the crews' own patch comes once and stays, and no other is asked for again."""
    result = replay({"nl-201": recorded("baarle-walkabout"), "be-201": recorded("baarle-walkabout")})
    assert result.states(BAARLE) == ["armed", "up", "down"]
    assert result.crossings("belgium") == 0
    assert result.crossings("baarle") == 2  # each vehicle enters once
    for rule in (NL_TO_BE, BE_TO_NL):
        assert result.ups(rule) <= 1
    assert result.errors() == []


def test_brushing_baarle_arms_it_and_opens_nothing_there(replay) -> None:
    result = replay({"nl-201": drive(((51.50, 4.96), (51.4605, 4.945), (51.47, 5.02)), 80)})
    assert result.states(BAARLE) == ["armed", "down"]


def test_the_tunnel_at_zelzate_hides_a_vehicle_and_nothing_changes(replay) -> None:
    before = drive(((51.15, 3.80), (51.200, 3.805)), 90)
    after = drive(((51.225, 3.82), (51.30, 3.85)), 90, begin=end_of(before) + 110)
    result = replay({"be-101": [*before, *after]})
    assert result.ups(BE_TO_NL) == 1
    assert result.errors() == []


def test_schengen_opens_nothing(replay) -> None:
    """LU, DE and FR meet there; none of the other two is near."""
    way = ((49.52, 6.33), (49.4697, 6.3669), (49.46, 6.40), (49.4697, 6.3669), (49.45, 6.36), (49.52, 6.33))
    result = replay({"lu-101": drive(way, 100)})
    assert result.crossings("luxembourg") >= 4
    assert result.touched() == set()


def test_at_vaals_three_countries_and_back_is_one_patch(replay, recorded) -> None:
    result = replay({"nl-101": recorded("vaals-three-countries")})
    assert result.ups(NL_TO_BE) == 1
    assert not result.touched() - {NL_TO_BE}
    assert result.errors() == []


def test_a_crew_at_home_far_from_the_border_asks_for_nothing(replay) -> None:
    tracks = {
        "nl-101": drive(((52.09, 5.12), (51.70, 5.30)), 120),  # Utrecht to 's-Hertogenbosch
        "be-101": drive(((50.85, 4.35), (51.05, 3.73)), 120),  # Brussels to Ghent
        "lu-101": stand((49.61, 6.13), 600, 0.0),  # Luxembourg city
    }
    assert replay(tracks).touched() == set()
