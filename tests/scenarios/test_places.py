"""Every border place of the Benelux that a crew knows: what must happen there, and what must not."""

from dataclasses import dataclass

import pytest
from tests.scenarios.conftest import Place, drive, end_of, stand

NL_TO_BE, BE_TO_NL, BE_TO_LU, LU_TO_BE, BAARLE = "nl-to-be", "be-to-nl", "be-to-lu", "lu-to-be", "baarle"


@dataclass(frozen=True, slots=True)
class Road:
    """A road across a border: from deep inside one country to deep inside the other, by way of the place."""

    name: str
    way: tuple[Place, ...]
    vehicle: str
    rule: str
    kmh: float


ROADS = [
    Road("Hazeldonk A16-E19", ((51.59, 4.78), (51.495, 4.737), (51.40, 4.72)), "nl-101", NL_TO_BE, 200),
    Road("Hazeldonk E19-A16", ((51.40, 4.72), (51.495, 4.737), (51.59, 4.78)), "be-101", BE_TO_NL, 200),
    Road("Wernhout N133", ((51.53, 4.66), (51.446, 4.634), (51.37, 4.62)), "nl-101", NL_TO_BE, 80),
    Road("Putte", ((51.44, 4.32), (51.360, 4.395), (51.30, 4.44)), "nl-101", NL_TO_BE, 50),
    Road("Reusel A67-E34", ((51.37, 5.34), (51.312, 5.216), (51.28, 5.03)), "nl-101", NL_TO_BE, 200),
    Road("Bergeijk N69-N74", ((51.34, 5.41), (51.261, 5.379), (51.18, 5.37)), "nl-101", NL_TO_BE, 100),
    Road("Roosteren bridge", ((51.09, 5.93), (51.088, 5.800), (51.09, 5.68)), "nl-101", NL_TO_BE, 80),
    Road("Stein A2-E314", ((50.955, 5.85), (50.964, 5.746), (50.97, 5.60)), "nl-101", NL_TO_BE, 200),
    Road("Eijsden A2-E25", ((50.85, 5.716), (50.759, 5.719), (50.70, 5.68)), "nl-101", NL_TO_BE, 200),
    Road("Sterpenich E25-A6", ((49.69, 5.76), (49.642, 5.904), (49.62, 6.05)), "be-101", BE_TO_LU, 200),
    Road("Sterpenich A6-E25", ((49.62, 6.05), (49.642, 5.904), (49.69, 5.76)), "lu-101", LU_TO_BE, 200),
    Road("Wemperhardt N7-N62", ((50.06, 6.03), (50.148, 6.060), (50.24, 6.05)), "lu-101", LU_TO_BE, 100),
]


@pytest.mark.parametrize("case", [(5.0, 30.0), (60.0, 10.0)], ids=["every 5 s", "every 60 s"])
@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.name)
def test_the_patch_is_up_in_time_and_down_again(replay, road: Road, case: tuple[float, float]) -> None:
    every, least = case
    result = replay({road.vehicle: drive(road.way, road.kmh, every)})
    assert result.errors() == []
    assert result.ups(road.rule) == 1
    assert result.states(road.rule)[-1] == "down"
    assert min(result.leads(road.rule), default=-1) >= least


def test_a_road_along_the_line_arms_and_opens_once(replay) -> None:
    """Smeermaas-Maastricht: up and down the Meuse, half a kilometre inside, for a quarter of an hour."""
    way = ((50.875, 5.685), (50.90, 5.70), (50.93, 5.72)) * 3
    result = replay({"nl-101": drive(way, 60, 10)})
    assert result.ups(NL_TO_BE) == 1
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
