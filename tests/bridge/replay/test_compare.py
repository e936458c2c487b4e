"""Two dry runs side by side, also where a patch was never asked for."""

from crosspatch.replay.compare import Difference, compare
from crosspatch.replay.page import render
from crosspatch.replay.story import Change, Figures, Story


def story(patches: dict[str, list[Change]]) -> Story:
    return Story(
        site="site.toml",
        gateway="box",
        begin=0.0,
        figures=Figures(100.0, 1.0, 10, {}),
        tracks={},
        patches=patches,
        radios={},
        crossings=[],
        leads=[],
        overs=[],
        findings=[],
    )


def test_a_patch_that_was_never_asked_for_is_told_as_such() -> None:
    up = [Change(10.0, "armed", "near"), Change(20.0, "up", "nearer"), Change(50.0, "down", "left")]
    here, there = story({"one": [], "two": up}), story({"one": up})
    assert compare(here, there) == [
        Difference("one: time up", "never", "0:00:30"),
        Difference("two: time up", "0:00:30", "no such rule"),
    ]
    assert compare(here, here) == []


def test_the_page_is_drawn_although_a_patch_was_never_asked_for() -> None:
    page = render(story({"one": []}), {}, {}, [])
    assert "patch one" in page
    assert "No difference" in page
