"""Hours and windows in local time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch.rules.schedule import Schedule

BRUSSELS = ZoneInfo("Europe/Brussels")


def wall(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS).timestamp()


@pytest.mark.parametrize(
    ("schedule", "moment", "in_force"),
    [
        ("mon-fri 07:00-19:00", "2026-03-13T07:00", True),  # a Friday
        ("mon-fri 07:00-19:00", "2026-03-13T06:59", False),
        ("mon-fri 07:00-19:00", "2026-03-13T19:00", False),
        ("mon-fri 07:00-19:00", "2026-03-14T12:00", False),
        ("sat,sun 00:00-24:00", "2026-03-14T00:00", True),
        ("sat,sun 00:00-24:00", "2026-03-15T23:59", True),
        ("sat,sun 00:00-24:00", "2026-03-16T00:00", False),
        ("fri-mon 10:00-11:00", "2026-03-15T10:30", True),
        ("fri-mon 10:00-11:00", "2026-03-17T10:30", False),
        ("daily 22:00-06:00", "2026-03-14T05:59", True),
        ("daily 22:00-06:00", "2026-03-14T12:00", False),
        ("fri 22:00-06:00", "2026-03-14T03:00", True),  # Friday's night
        ("fri 22:00-06:00", "2026-03-13T03:00", False),
        ("daily 07:00-08:00", "2026-03-29T07:30", True),  # the day on which the clocks go forward
        ("2026-03-14T18:00/2026-03-15T02:00", "2026-03-14T20:15", True),
        ("2026-03-14T18:00/2026-03-15T02:00", "2026-03-15T02:00", False),
        ("2026-03-14T18:00+00:00/2026-03-15T02:00+00:00", "2026-03-15T02:30", True),
    ],
)
def test_it_is_in_force_within_its_hours(schedule, moment, in_force) -> None:
    assert Schedule([schedule], "Europe/Brussels").open(wall(moment)) is in_force


def test_none_at_all_means_always() -> None:
    assert Schedule([], "Europe/Brussels").open(0.0)
    assert Schedule([], "Europe/Brussels").next_change(0.0) is None


def test_several_add_up() -> None:
    both = Schedule(["mon 07:00-08:00", "2026-03-14T18:00/2026-03-14T19:00"], "Europe/Brussels")
    assert both.open(wall("2026-03-14T18:30"))
    assert both.next_change(wall("2026-03-14T18:30")) == wall("2026-03-14T19:00")
    assert both.next_change(wall("2026-03-14T20:00")) == wall("2026-03-16T07:00")


@given(st.floats(wall("2026-03-25T00:00"), wall("2026-04-02T00:00")))
def test_between_changes_nothing_changes(now: float) -> None:
    schedule = Schedule(["mon-fri 07:00-19:00", "sun 22:00-04:00"], "Europe/Brussels")
    change = schedule.next_change(now)
    assert change is not None
    assert change > now
    middle = (now + change) / 2
    assert schedule.open(middle) is schedule.open(now)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("whenever", "is neither like"),
        ("mon-fri", "is neither like"),
        ("mon-frj 07:00-19:00", "days are mon, tue"),
        ("mon 07:00-25:00", "hours are from 00:00 to 24:00"),
        ("mon 24:00-24:00", "hours are from 00:00 to 24:00"),
        ("mon 07:61-08:00", "hours are from 00:00 to 24:00"),
        ("2026-03-14/tomorrow", "'tomorrow' is no date and time"),
        ("2026-03-14T18:00/2026-03-14T17:00", "ends before it begins"),
    ],
)
def test_what_cannot_be_understood_is_named(text, told) -> None:
    with pytest.raises(ValueError, match=told):
        Schedule([text], "Europe/Brussels")
