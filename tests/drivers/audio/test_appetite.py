"""A driver that runs wild is noticed; work, and the burst at an opening, are not mistaken for it."""

from crosspatch_drivers.audio.appetite import Appetite


def test_a_driver_that_runs_wild_is_noticed_within_two_windows() -> None:
    appetite = Appetite()
    used = [(0.02 * tick, 0.9 * 0.02 * tick) for tick in range(101)]
    assert any(appetite.wild(now, spent) for now, spent in used)


def test_work_and_a_burst_at_the_opening_are_not_wild() -> None:
    appetite = Appetite()
    used = [(0.02 * tick, min(0.5, 0.02 * tick) + 0.1 * 0.02 * tick) for tick in range(501)]
    assert not any(appetite.wild(now, spent) for now, spent in used)
