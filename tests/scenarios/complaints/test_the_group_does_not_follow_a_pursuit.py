"""Complaint 9: the patched group does not follow a pursuit out of its area; the driver finds out when he presses."""

import pytest
from tests.scenarios.conftest import end_of, replay, talk
from tests.scenarios.roads import Place, drive

__all__ = ["replay"]  # a fixture of the scenarios

BREDA, HAZELDONK, ANTWERP, BRUSSELS = (51.59, 4.78), (51.495, 4.737), (51.22, 4.40), (50.85, 4.35)

DEEP: tuple[Place, ...] = (BREDA, HAZELDONK, ANTWERP, BRUSSELS, ANTWERP, HAZELDONK, BREDA)
"""Far beyond everything near the border, and home again."""


@pytest.fixture(scope="module")
def pursuit(replay):
    """At 130 km/h, and the crew speaks every four minutes, on its own group all the way."""
    way = drive(DEEP, 130)
    presses = [talk("nl-pursuit", at) for at in range(240, int(end_of(way)) - 240, 240)]
    return replay({"nl-101": way}, presses), presses


def test_the_patch_stays_up_from_before_the_border_until_after_the_way_back(pursuit) -> None:
    result, _ = pursuit
    assert (result.ups("nl-to-be"), result.states("nl-to-be")[-1]) == (1, "down")
    assert all(lead > 30 for lead in result.leads("nl-to-be"))


def test_every_word_of_the_crew_abroad_is_delivered(pursuit) -> None:
    result, presses = pursuit
    abroad = [over for over in result.story.overs if over.patch == "nl-to-be"]
    assert len(abroad) >= len(presses) - 4  # deep at home, before and after, nobody needs the other side
    assert {outcome for over in abroad for outcome in over.outcomes} == {"delivered"}
    assert result.errors() == []
