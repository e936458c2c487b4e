"""Dry runs: what they find, that they are repeatable, and how fast they are."""

from dataclasses import replace
from pathlib import Path

import pytest

from crosspatch.config import load_geofence, load_site
from crosspatch.replay.compare import compare
from crosspatch.replay.run import run
from crosspatch.replay.story import Story
from crosspatch.replay.tracks import read_track
from crosspatch.replay.traffic import Press
from crosspatch.replay.verdict import Kind, Policy

HOUSE = Path(__file__).parents[3]
SITE = HOUSE / "config" / "examples" / "eijsden.toml"
A2 = read_track((HOUSE / "tests/data/tracks/a2-maastricht-liege.gpx").read_text(), "gpx")
BEGIN = A2[0].at
PLAN = load_site(SITE)
GEOFENCE = load_geofence(PLAN, SITE)


def dry(plan=PLAN, points=A2, presses=(), policy=None) -> Story:
    return run("site.toml", plan, GEOFENCE, {"v4101": points}, presses=presses, policy=policy)


def ruled(**changes):
    """The site with its rule changed."""
    return replace(PLAN, rules={"to-belgium": replace(PLAN.rules["to-belgium"], **changes)})


def errors(story: Story) -> list[str]:
    return [finding.kind for finding in story.findings if finding.error]


def states(story: Story) -> list[str]:
    return [change.state for change in story.patches["to-belgium"]]


def test_a_plan_that_holds_says_how_long_before_the_border_the_patch_was_up() -> None:
    story = dry()
    assert story.holds
    assert story.findings == []
    (lead,) = story.leads
    assert (lead.vehicle, lead.rule, lead.at) == ("v4101", "to-belgium", 385.0)
    assert lead.seconds == pytest.approx(369.5, abs=1)
    assert (states(story)[0], states(story)[-1]) == ("proposed", "down")


def test_equal_runs_are_equal_to_the_last_digit() -> None:
    presses = [Press(BEGIN + 60 + 20 * i, ("nl-maastricht", "be-liege")[i % 2], 5.0, 501 + i) for i in range(10)]
    first, second = dry(presses=presses), dry(presses=presses)
    assert replace_took(first) == replace_took(second)


def replace_took(story: Story) -> Story:
    import msgspec

    return msgspec.structs.replace(story, figures=msgspec.structs.replace(story.figures, took_s=0.0))


def test_overs_cross_both_ways_with_the_delay_of_grant_and_settling() -> None:
    presses = [Press(BEGIN + 60, "nl-maastricht", 5.0, 501), Press(BEGIN + 90, "be-liege", 5.0, 502)]
    story = dry(presses=presses)
    assert [over.outcomes for over in story.overs] == [("delivered",), ("delivered",)]
    # 200 ms of look-back, 200 ms until the grant, 60 ms of settling, a few for lines on the wire.
    odd = [over.delay_start_ms for over in story.overs if not 460 <= (over.delay_start_ms[0] or 0) <= 480]
    assert odd == []


def test_two_who_press_at_once_both_come_through_or_are_told() -> None:
    presses = [Press(BEGIN + 60, "nl-maastricht", 5.0, 501), Press(BEGIN + 60, "be-liege", 5.0, 502)]
    story = dry(presses=presses)
    assert len(story.overs) >= 1
    undelivered = [over for over in story.overs if over.outcomes != ("delivered",)]
    assert len(undelivered) == errors(story).count(Kind.UNDELIVERED.value)


def test_a_patch_that_comes_late_fails_the_plan_and_is_named() -> None:
    story = dry(ruled(open_m=0.0, open_s=2.0, arm_m=0.0, arm_s=2.0, leave_m=9000.0))
    assert not story.holds
    assert errors(story) == ["late"]
    assert "before v4101 was in the zone" in story.findings[0].text
    assert dry(ruled(open_m=0.0, open_s=2.0, arm_m=0.0, arm_s=2.0), policy=Policy(late_s=0.0)).holds


def test_a_patch_that_was_not_up_at_all_is_late() -> None:
    story = dry(ruled(approval="confirm"))
    assert story.leads[0].seconds is None
    assert errors(story) == ["late"]


def test_too_few_radios_are_told_with_the_reason() -> None:
    story = dry(replace(PLAN, radios={"nl-1": PLAN.radios["nl-1"]}))
    assert sorted(errors(story)) == ["late", "short"]
    assert "wanted but not ready" in next(finding.text for finding in story.findings if finding.kind == "short")


def test_two_rules_for_one_talkgroup_are_a_conflict() -> None:
    rules = {name: replace(PLAN.rules["to-belgium"], id=name) for name in ("one", "two")}
    story = dry(replace(PLAN, rules=rules))
    assert "conflict" in errors(story)


def test_a_patch_without_hold_or_hysteresis_flaps_and_is_told() -> None:
    there_and_back = []
    for i in range(12):
        half = [replace(point, at=BEGIN + 200 * i + point.at - A2[0].at) for point in A2[250:450:10]]
        whole = (
            half if i % 2 == 0 else [replace(p, lat=q.lat, lon=q.lon) for p, q in zip(half, half[::-1], strict=True)]
        )
        there_and_back += [replace(point, at=point.at - (A2[250].at - A2[0].at)) for point in whole]
    rule = ruled(hold_s=0.0, open_m=0.0, arm_m=0.0, leave_m=0.0, open_s=0.0, arm_s=0.0)
    assert "flapping" in errors(dry(rule, there_and_back))
    assert "flapping" not in errors(dry(points=there_and_back))


def test_a_track_that_concerns_no_rule_is_a_note_and_fails_a_strict_policy() -> None:
    away = [replace(point, lat=point.lat + 1.0) for point in A2]
    story = dry(points=away)
    assert story.holds
    assert [finding.kind for finding in story.findings] == ["never up", "unreached"]
    assert "the nearest came within" in story.findings[1].text
    assert not dry(points=away, policy=Policy(allowed=frozenset())).holds


def test_refused_reports_are_counted_by_reason() -> None:
    wild = [*A2[:100], replace(A2[100], lat=40.0), *A2[101:200], replace(A2[150], at=A2[200].at, accuracy_m=9000.0)]
    figures = dry(points=wild).figures
    assert figures.refused == {"impossible speed": 1, "inaccurate": 1}
    assert figures.reports == 201


def test_a_radio_keyed_by_voice_takes_part() -> None:
    radios = {**PLAN.radios, "nl-1": replace(PLAN.radios["nl-1"], keying="voice", port=None)}
    presses = [Press(BEGIN + 60, "nl-maastricht", 5.0, 501), Press(BEGIN + 90, "be-liege", 5.0, 502)]
    story = dry(replace(PLAN, radios=radios), presses=presses)
    assert [over.outcomes for over in story.overs] == [("delivered",), ("delivered",)]


def test_plans_are_compared_in_what_matters() -> None:
    here, there = dry(), dry(ruled(open_m=500.0, open_s=5.0))
    told = {each.what: (each.here, each.there) for each in compare(here, there)}
    assert "v4101" in next(iter(key for key in told if "before the border" in key))
    assert compare(here, here) == []
