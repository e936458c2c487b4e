"""Pursuits and exercises that happened at these borders, run again: the patches that would have been there."""

from pathlib import Path

from tests.scenarios.conftest import end_of, talk
from tests.scenarios.roads import BE_TO_LU, BE_TO_NL, NL_TO_BE, drive, stand

from crosspatch.config import load_site
from crosspatch.config.advice import advise


def delivered(result) -> list[tuple[str, ...]]:
    return [over.outcomes for over in result.story.overs]


def test_rotterdam_to_brecht_2018_a_column_at_200_holds_one_patch(replay) -> None:
    """Two units a minute apart, and who speaks all the way: one patch, until the last has gone home."""
    way = ((51.70, 4.66), (51.59, 4.78), (51.495, 4.737), (51.35, 4.64))
    first, second = drive(way, 210), drive(way, 210, begin=60)
    home = drive(way[::-1], 120, begin=end_of(second) + 600)
    waiting = stand(way[-1], 600, end_of(second) + 5)
    presses = [talk(group, at) for at in range(150, 900, 50) for group in ("nl-pursuit",)]
    result = replay({"nl-101": first, "nl-102": [*second, *waiting, *home]}, presses)
    assert result.states(NL_TO_BE)[-2:] == ["up", "down"]
    assert result.ups(NL_TO_BE) == 1
    assert min(result.leads(NL_TO_BE)) >= 30
    assert len(delivered(result)) >= 11
    assert set(delivered(result)) == {("delivered",)}
    assert result.errors() == []


def test_tongeren_to_aachen_and_back_2018_three_countries_and_a_return(replay) -> None:
    way = ((50.79, 5.47), (50.93, 5.62), (50.964, 5.746), (50.93, 5.85), (50.80, 6.00), (50.79, 6.08), (50.80, 5.98))
    back = ((50.80, 5.98), (50.88, 5.90), (50.96, 5.75), (50.97, 5.55))
    out = drive(way, 160)
    result = replay({"be-101": [*out, *drive(back, 120, begin=end_of(out) + 5)]})
    assert result.ups(BE_TO_NL) == 1  # through Germany and back: it was never given up
    assert min(result.leads(BE_TO_NL)) >= 30
    assert result.errors() == []


def test_essen_to_son_2022_for_three_quarters_of_an_hour(replay) -> None:
    way = ((51.42, 4.47), (51.47, 4.46), (51.58, 4.78), (51.56, 5.08), (51.51, 5.49))
    first, second = drive(way, 110), drive(way, 110, begin=120)
    presses = [talk("be-pursuit", at) for at in range(200, 1500, 100)]
    result = replay({"be-101": first, "be-102": second}, presses)
    assert result.ups(BE_TO_NL) == 1
    assert set(delivered(result)) == {("delivered",)}
    assert result.errors() == []


def test_antwerp_to_rijsbergen_2023_ends_on_foot_and_the_patch_stays(replay) -> None:
    chase = drive(((51.30, 4.45), (51.40, 4.72), (51.495, 4.737), (51.52, 4.70)), 180)
    foot = drive(((51.52, 4.70), (51.525, 4.705), (51.518, 4.699)) * 3, 5, 20, begin=end_of(chase) + 10)
    presses = [talk("be-pursuit", end_of(chase) + 60 * i) for i in range(1, 15)]
    result = replay({"be-101": [*chase, *foot]}, presses)
    assert result.ups(BE_TO_NL) == 1
    assert len(delivered(result)) == 14
    assert set(delivered(result)) == {("delivered",)}


def test_border_alert_2025_crossing_several_times_does_not_flap(replay) -> None:
    there = ((49.66, 5.85), (49.642, 5.904), (49.63, 5.96))
    result = replay({"be-101": drive((there + there[::-1]) * 4, 110)})
    assert result.crossings("luxembourg") >= 7
    assert result.ups(BE_TO_LU) == 1
    assert result.errors() == []


def test_namur_to_hainaut_2018_no_common_group_is_told_before(tmp_path: Path) -> None:
    """A fleet whose network has no talkgroup in the rule that is about it: the crew would hear nothing."""
    example = Path(__file__).parents[2] / "config" / "examples" / "benelux.toml"
    site = tmp_path / "site.toml"
    site.write_text(example.read_text().replace('homes = ["renita"]', 'homes = ["c2000"]'))
    told = [f"{remark.key}: {remark.text}" for remark in advise(load_site(site))]
    assert any("lu-to-be.talkgroups: none is of the home network of nl-101" in text for text in told), told
