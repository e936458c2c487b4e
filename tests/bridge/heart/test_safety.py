"""Transmitters never stay on: processes fail, engines fall silent, radios do not answer."""

import pytest

from crosspatch.events import Failed, LegDrained, PortChanged, Released
from crosspatch.orders import BeginOver, DropLeg, EndOver, TellRadio
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet, Transmitter
from crosspatch.patch.transmitters import Transmitters
from crosspatch.plan import Limits
from crosspatch.wish import Want
from crosspatch_drivers.radio.base import EndReason, Key, RadioState, StateChanged, TransmitEnded, Unkey


def test_a_failed_process_ends_the_over_with_every_transmitter_taken_back_first(three) -> None:
    three.talk("r-nl")
    three.grant("r-be")
    orders = three.event(Failed("engine", ("r-nl", "r-be", "r-lu"), "silent for 200 ms"))
    kinds = [order for order in orders if isinstance(order, TellRadio | EndOver | DropLeg)]
    last_unkey = max(i for i, order in enumerate(kinds) if isinstance(order, TellRadio))
    assert {"r-be", "r-lu"} <= {order.radio for order in kinds[: last_unkey + 1] if isinstance(order, TellRadio)}
    assert {Unkey()} == {order.order for order in kinds if isinstance(order, TellRadio)}
    assert [EndOver(1), DropLeg(1, "r-be"), DropLeg(1, "r-lu")] == kinds[last_unkey + 1 :]
    assert three.outcomes() == {"be": "safety", "lu": "safety"}
    assert three.overs()[-1].reason == "engine failed: silent for 200 ms"


def test_after_a_failure_nothing_is_keyed_before_a_new_over(three) -> None:
    three.talk("r-nl")
    three.talk("r-be", 777)
    three.grant("r-lu")
    three.event(Failed("card:1", ("r-lu",), "killed"))
    for radio in ("r-be", "r-lu"):
        three.say(radio, TransmitEnded(EndReason.SAFETY))
    three.forget()
    three.wait(3.0)
    assert three.orders(BeginOver, TellRadio) == []
    three.stop("r-nl")
    three.talk("r-nl")
    assert three.begun() == [(3, "r-nl", ("r-be", "r-lu"))]


def test_an_over_ends_when_only_one_of_its_legs_was_released_by_the_keeper(three) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.say("r-lu", TransmitEnded(EndReason.SAFETY))  # the driver tells it first
    three.event(Released("r-lu"))
    assert [Key(1), Unkey()] == three.keyings("r-be")
    assert three.outcomes() == {"be": "safety", "lu": "safety"}


def test_a_failure_elsewhere_leaves_an_over_alone(make_box) -> None:
    box = make_box({"border": ("nl", "be")})
    box.up()
    box.talk("r-nl")
    box.grant("r-be")
    box.event(Failed("card:9", ("r-lu",), "killed"))
    assert box.outcomes() == {"be": "running"}


def test_an_engine_that_never_reports_the_end_keeps_no_radio_keyed(box) -> None:
    box.talk("r-nl")
    box.wait(0.5)
    box.grant("r-be")
    box.wait(4.5)
    box.stop("r-nl")
    box.wait(0.5 + 0.51 + 1.0 + 0.1)  # the delay of the grant, the edges of the over, the slack
    assert [Key(1), Unkey()] == box.keyings("r-be")
    assert box.outcomes() == {"be": "timed out"}
    assert box.count("drains overdue") == 1


def test_a_talker_and_an_engine_that_never_end_keep_no_radio_keyed(make_box) -> None:
    box = make_box(limits=Limits(over_s=10.0))
    box.up()
    box.talk("r-nl")
    box.wait(0.1)
    box.grant("r-be")
    box.wait(12.0)
    assert [Key(1), Unkey()] == box.keyings("r-be")


def test_an_un_key_that_is_not_confirmed_is_told_again_until_it_is(box) -> None:
    box.talk("r-nl")
    box.wait(5.1)
    box.wait(6.1)
    assert [Key(1)] + [Unkey()] * 4 == box.keyings("r-be")
    box.say("r-be", TransmitEnded(EndReason.RELEASED))
    box.wait(10.0)
    assert [Key(1)] + [Unkey()] * 4 == box.keyings("r-be")


def test_a_radio_seen_idle_after_a_repeated_un_key_counts_as_off(box) -> None:
    box.talk("r-nl")
    box.stop("r-nl")
    box.wait(5.1)
    box.talk("r-nl")
    box.say("r-be", StateChanged(RadioState.IDLE))  # may be older than the un-key
    assert [Key(1), Unkey()] == box.keyings("r-be")
    box.wait(2.1)
    box.say("r-be", StateChanged(RadioState.IDLE))
    assert [Key(1), Unkey(), Unkey(), Key(1)] == box.keyings("r-be")


def test_a_radio_that_never_confirms_costs_its_leg_the_next_over_not_the_others(three) -> None:
    three.talk("r-nl")
    three.grant("r-lu")
    three.wait(5.1)  # no grant for r-be, and no answer to its un-key either
    three.stop("r-nl")
    three.drain("r-lu")
    three.wait(1.0)
    three.talk("r-nl")
    three.grant("r-lu")
    three.wait(5.1)
    assert three.outcomes() == {"be": "timed out", "lu": "running"}
    assert three.keyings("r-be").count(Key(1)) == 1


def test_shutdown_takes_every_transmitter_back_and_nothing_opens_again(three) -> None:
    three.talk("r-nl")
    three.grant("r-be")
    orders = three.keep(three.heart.shutdown(three.now))
    assert [TellRadio("r-be", Unkey()), TellRadio("r-lu", Unkey())] == [
        order for order in orders if isinstance(order, TellRadio)
    ]
    assert (three.patch().state, three.patch().reason) == ("down", "the gateway stops")
    three.forget()
    three.wish(Want.OPEN)
    three.talk("r-be")
    three.wait(1.0)
    assert three.begun() == []
    assert Key(1) not in three.keyings("r-nl")
    assert three.patch().state == "down"


def test_a_radio_whose_audio_port_is_down_is_never_keyed(three) -> None:
    three.event(PortChanged("r-lu", False, "card gone"))
    three.talk("r-nl")
    three.wait(6.0)
    assert three.keyings("r-lu") == []
    assert three.begun() == [(1, "r-nl", ("r-be",))]


@pytest.fixture
def transmitters(make_box) -> tuple[Transmitters, Fleet, Desk]:
    desk = Desk()
    plan = make_box(limits=Limits(over_s=10.0)).plan
    fleet = Fleet(plan, desk)
    return Transmitters(plan, desk, fleet), fleet, desk


def test_the_watch_ends_a_transmission_that_everyone_else_forgot(transmitters) -> None:
    switch, fleet, desk = transmitters
    radio = fleet.radios["r-be"]
    radio.fit = radio.audio_up = True
    switch.key(radio, 1, 0.0)
    assert desk.deadlines.next_due(switch.bound_s - 0.01) is None
    assert desk.deadlines.next_due(switch.bound_s) == (Timer.WATCH, "r-be")
    switch.overdue(radio, switch.bound_s)
    assert radio.transmitter is Transmitter.RELEASING
    assert TellRadio("r-be", Unkey()) in desk.take()


def test_a_radio_that_must_not_be_keyed_is_not(transmitters) -> None:
    switch, fleet, desk = transmitters
    with pytest.raises(ValueError, match="r-be must not be keyed: nothing heard from it yet"):
        switch.key(fleet.radios["r-be"], 1, 0.0)
    assert desk.take() == []


def test_a_failure_un_keys_a_radio_whose_un_key_is_not_confirmed_yet_and_leaves_idle_ones_alone(three) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.stop("r-nl")
    three.drain("r-lu")
    three.event(LegDrained(1, "r-be", 300.0, 2000.0, 0.0, 0.0))
    three.forget()
    three.event(Failed("engine", ("r-nl", "r-be", "r-lu"), "killed"))
    assert ([], [Unkey()], []) == (three.keyings("r-nl"), three.keyings("r-be"), three.keyings("r-lu"))
