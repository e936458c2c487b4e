"""Complaint 1: first syllables are lost while the far radio waits for its grant ("don't shoot" becomes "shoot")."""

import pytest

from crosspatch.orders import BeginOver, JoinOver, StartLeg
from crosspatch.wish import Want
from crosspatch_drivers.radio.base import EndReason, Granted, OverStarted, Queued, TransmitEnded


@pytest.mark.parametrize("grant_s", [0.02, 0.35, 2.0, 4.9])
def test_recording_begins_with_the_announcement_and_playing_with_the_first_sample(box, grant_s: float) -> None:
    orders = box.talk("r-nl")
    assert isinstance(orders[0], BeginOver)  # before anything else, whatever the grant takes
    box.wait(grant_s)
    assert StartLeg(1, "r-be") in box.say("r-be", Granted())


def test_a_word_shorter_than_the_grant_arrives_whole(box) -> None:
    box.talk("r-nl")
    box.wait(0.2)
    box.stop("r-nl")
    box.say("r-be", Queued())
    box.wait(10.0)
    assert StartLeg(1, "r-be") in box.say("r-be", Granted())
    box.drain("r-be")
    assert box.outcomes() == {"be": "delivered"}


def test_whoever_waits_for_the_floor_is_recorded_from_his_first_word(three) -> None:
    three.talk("r-nl")
    orders = three.talk("r-be", 777)
    assert [BeginOver(2, "r-be", (), 60.0)] == [order for order in orders if isinstance(order, BeginOver)]
    three.grant("r-lu")
    three.wait(5.0)
    three.stop("r-nl")
    three.drain("r-lu", over=1)
    assert JoinOver(2, ("r-nl", "r-lu")) in three.orders(JoinOver)  # all that is kept: from the first word


def test_whoever_speaks_when_the_patch_comes_up_is_heard_from_his_first_word(make_box) -> None:
    box = make_box()
    box.fit()
    box.wish(Want.ARMED)
    box.answer_selections()
    box.talk("r-nl")
    box.wait(3.0)
    box.wish(Want.OPEN)
    assert [JoinOver(1, ("r-be",))] == box.orders(JoinOver)
    assert box.count("overs begun late") == 0


def test_a_denied_request_loses_nothing(box) -> None:
    box.talk("r-nl")
    box.wait(0.5)
    box.stop("r-nl")
    for _ in range(3):
        box.say("r-be", TransmitEnded(EndReason.DENIED))
        box.wait(1.1)
    assert StartLeg(1, "r-be") in box.say("r-be", Granted())


def test_two_who_start_together_both_arrive_from_their_first_word(box) -> None:
    box.talk("r-nl")
    box.say("r-be", OverStarted(None))
    box.say("r-be", TransmitEnded(EndReason.DENIED))
    box.wait(2.0)
    for radio in ("r-be", "r-nl"):
        box.stop(radio)
    box.wait(1.1)
    box.grant("r-be")
    box.drain("r-be", over=1)
    box.wait(0.4)
    box.grant("r-nl")
    box.drain("r-nl", over=2)
    assert (box.outcomes(0), box.outcomes(1)) == ({"be": "delivered"}, {"nl": "delivered"})
    assert box.count("overs begun late") == 0
