"""The timetable is absolute: lateness is made up for, and only hopeless lateness is given up and counted."""

import pytest

from crosspatch.engine.pace import MOST_BEHIND, Pace


def test_being_late_once_does_not_move_the_timetable() -> None:
    pace = Pace(100.0)
    assert pace.wait(100.0) == pytest.approx(0.01)
    pace.done(100.010, 100.017)
    assert pace.wait(100.017) == pytest.approx(0.003)
    assert (pace.ticks, pace.skipped) == (1, 0)
    assert pace.late_max == pytest.approx(0.007)
    assert pace.took_max == pytest.approx(0.007)


def test_a_pause_is_made_up_for_tick_by_tick() -> None:
    pace = Pace(100.0)
    pace.done(100.1, 100.1)
    assert pace.wait(100.1) == 0.0
    for _ in range(9):
        pace.done(100.1, 100.1)
    assert pace.wait(100.1) == pytest.approx(0.01)
    assert (pace.ticks, pace.skipped) == (10, 0)


def test_a_pause_that_is_too_long_is_skipped_and_counted() -> None:
    pace = Pace(100.0)
    pace.done(101.0, 101.0)
    assert pace.skipped == pytest.approx(98, abs=1)
    assert pace.skipped > MOST_BEHIND
    assert 0.0 <= pace.wait(101.0) <= 0.01
