"""A leg that is pre-empted on its far side goes on with the over when that is over; its talker is told."""

from dataclasses import replace

import pytest
from tests.bridge.heart.box import NETWORKS, THREE, Box, make_box

from crosspatch.events import LegDrained, PortChanged
from crosspatch.heart import Heart
from crosspatch.orders import JoinOver, Record
from crosspatch.plan import Limits, Rule
from crosspatch.texts import Texts
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import EndReason, Key, OverStarted, Queued, SendText, TransmitEnded

RULE = Rule(id="border", talkgroups=("nl", "be", "lu"), notices=("interrupted",))


@pytest.fixture
def three() -> Box:
    """Dutch talkers may not be interrupted by foreign ones."""
    networks = NETWORKS | {"c2000": replace(NETWORKS["c2000"], foreign_priority=1)}
    box = make_box(rule=RULE, networks=networks)
    box.heart = Heart(box.plan, box.rules, Texts({"nl": {"interrupted": "{missed} later"}}))
    box.up()
    return box


def pre_empted(box: Box, seconds: float) -> None:
    """Somebody on be takes the far network's grant and speaks for so long."""
    box.say("r-be", TransmitEnded(EndReason.PREEMPTED))
    box.talk("r-be", 777, priority=2)
    box.wait(seconds)
    box.stop("r-be")


def test_it_goes_on_where_it_was_cut_when_the_other_has_ended(three: Box) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.wait(4.0)
    pre_empted(three, 3.0)
    assert three.orders(JoinOver)[-1] == JoinOver(1, ("r-be",), pytest.approx(4.0))  # what was missed, and 1 s again
    three.grant("r-be")
    three.stop("r-nl")
    three.drain("r-be", "r-lu", over=1)
    assert [(leg.talkgroup, leg.outcome) for leg in three.overs()[0].legs] == [
        ("be", "pre-empted"),
        ("lu", "delivered"),
        ("be", "delivered"),
    ]
    assert three.count("overs not delivered to everybody") == 0


def test_its_talker_is_told_at_once(three: Box) -> None:
    three.talk("r-nl", 501)
    three.grant("r-be", "r-lu")
    three.say("r-be", TransmitEnded(EndReason.PREEMPTED))
    assert three.told("r-nl")[-1] == SendText(Identity(204, 1, 501), "be later", False)
    assert three.count("legs pre-empted on their far side") == 1


def test_it_does_not_ask_while_the_other_speaks_nor_at_once_when_nobody_is_announced(three: Box) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.say("r-be", TransmitEnded(EndReason.PREEMPTED))
    three.wait(0.9)
    assert three.keyings("r-be") == [Key(1)]
    three.wait(0.2)
    assert three.keyings("r-be") == [Key(1), Key(1)]


def test_an_over_that_has_ended_meanwhile_is_not_taken_up_again(three: Box) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.say("r-be", TransmitEnded(EndReason.PREEMPTED))
    three.talk("r-be", 777, priority=2)
    three.stop("r-nl")
    three.stop("r-be")
    three.wait(2.0)
    assert three.keyings("r-be") == [Key(1)]
    three.drain("r-lu", over=1)
    assert three.count("overs not delivered to everybody") == 1


def test_its_talker_is_told_when_more_was_missed_than_is_kept() -> None:
    box = make_box(rule=RULE, limits=Limits(late_s=2.0))
    box.up()
    box.talk("r-nl", priority=2)
    box.grant("r-be", "r-lu")
    box.wait(1.0)
    pre_empted(box, 5.0)
    box.grant("r-be")
    box.stop("r-nl")
    box.drain("r-be", "r-lu", over=1)
    assert box.overs()[0].legs[-1].outcome == "delivered"
    assert box.count("overs not delivered to everybody") == 1


def test_it_goes_on_only_so_often_within_one_over(three: Box) -> None:
    three.talk("r-nl")
    three.grant("r-lu")
    for _ in range(5):
        three.grant("r-be")
        three.say("r-be", TransmitEnded(EndReason.PREEMPTED))
        three.wait(1.1)
    assert [order for order in three.keyings("r-be") if isinstance(order, Key)] == [Key(1)] * 3


def test_the_time_in_a_queue_and_the_level_of_the_talker_are_in_the_record(three: Box) -> None:
    three.talk("r-nl")
    three.grant("r-lu")
    three.say("r-be", Queued())
    three.wait(2.0)
    three.grant("r-be")
    three.stop("r-nl")
    three.event(LegDrained(1, "r-be", 300.0, 2000.0, 0.0, 0.0, -26.5))
    three.drain("r-lu", over=1)
    (over,) = three.overs()
    assert [round(leg.queued_ms) for leg in over.legs] == [2000, 0]
    assert over.level_dbov == -26.5
    (record,) = [order for order in three.orders(Record) if order.kind == "over" and "outcomes" in order.facts]
    assert (record.facts["queued_ms"], record.facts["level_dbov"]) == ([2000, 0], -26.5)


def test_a_radio_that_is_lost_while_its_over_waits_for_the_floor_is_not_keyed() -> None:
    """The over lends the floor to a talker who is in its way; when it is back, its leg has no sound any more."""
    box = make_box(THREE)
    box.up()
    box.talk("r-nl")
    box.grant("r-lu")
    box.say("r-be", OverStarted(Identity(206, 1, 777), 0))
    box.say("r-be", TransmitEnded(EndReason.DENIED))
    box.stop("r-nl")
    box.drain("r-lu", over=1)
    assert box.count("floors lent to a talker who was in the way") == 1
    box.grant("r-nl", "r-lu")
    box.event(PortChanged("r-be", False, "card gone"))
    box.drain("r-nl", "r-lu", over=2)
    box.wait(1.0)
    assert {leg.talkgroup: leg.detail for leg in box.overs()[0].legs if leg.outcome == "lost"} == {
        "be": "its radio was lost while the over waited"
    }
    assert [order for order in box.keyings("r-be") if isinstance(order, Key)] == [Key(1)]
