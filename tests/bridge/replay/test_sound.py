"""The ideal engine's times."""

from tests.bridge.replay.test_run import SITE

from crosspatch.config import load_site
from crosspatch.events import LegDrained, LegStarted
from crosspatch.orders import BeginOver, DropLeg, EndOver, ForgetOver, JoinOver, StartLeg, ToneOver
from crosspatch.replay.sound import IdealEngine


def engine() -> IdealEngine:
    return IdealEngine(load_site(SITE).radios)


def test_a_leg_begins_after_its_settling_and_ends_as_late_as_it_began() -> None:
    ideal = engine()
    ideal.order(BeginOver(1, "nl-1", ("be-1",)), 10.0)
    assert ideal.next_due() is None
    ideal.order(StartLeg(1, "be-1"), 10.3)
    assert round(ideal.next_due() or 0, 3) == 10.36
    (started,) = ideal.advance(10.361)
    assert isinstance(started, LegStarted)
    assert round(started.delay_ms, 3) == 560.0  # 200 ms of look-back, 300 until the grant, 60 of settling
    ideal.order(EndOver(1), 15.0)
    assert round(ideal.next_due() or 0, 3) == 15.81  # 250 ms of tail, then 560 ms late
    (drained,) = ideal.advance(20.0)
    assert isinstance(drained, LegDrained)
    assert (round(drained.delay_ms), round(drained.played_ms), drained.lost_ms) == (560, 5450, 0.0)
    assert ideal.next_due() is None


def test_a_dropped_leg_and_a_forgotten_over_say_nothing_more() -> None:
    ideal = engine()
    ideal.order(BeginOver(1, "nl-1", ("be-1",)), 10.0)
    ideal.order(StartLeg(1, "be-1"), 10.3)
    ideal.order(DropLeg(1, "be-1"), 10.31)
    assert ideal.advance(20.0) == []
    ideal.order(ForgetOver(1), 20.0)
    ideal.order(StartLeg(1, "be-1"), 20.0)
    ideal.order(EndOver(1), 20.0)
    assert ideal.next_due() is None


def test_a_leg_that_joins_later_plays_from_where_it_was_told() -> None:
    ideal = engine()
    ideal.order(BeginOver(1, "nl-1", (), 30.0), 10.0)
    ideal.order(JoinOver(1, ("be-1",), 1.0), 14.0)
    ideal.order(StartLeg(1, "be-1"), 14.2)
    (started,) = ideal.advance(15.0)
    assert round(started.delay_ms) == 1260  # type: ignore[union-attr]


def test_a_signal_is_started_and_drains_by_itself() -> None:
    ideal = engine()
    ideal.order(ToneOver(7, "be-1", "not delivered"), 10.0)
    ideal.order(StartLeg(7, "be-1"), 10.1)
    assert [type(event) for event in ideal.advance(11.0)] == [LegStarted, LegDrained]
