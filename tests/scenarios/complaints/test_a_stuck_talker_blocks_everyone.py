"""Complaint 6: a stuck talker blocks everyone."""

from crosspatch.plan import Limits


def test_a_stuck_talker_loses_the_floor_at_the_limit_and_the_others_go_on(make_box) -> None:
    box = make_box({"border": ("nl", "be", "lu")}, limits=Limits(over_s=30.0))
    box.up()
    box.talk("r-nl")
    box.grant("r-be", "r-lu")
    box.wait(30.1)
    box.drain("r-be", "r-lu", over=1)
    box.wait(0.4)
    box.talk("r-be", 777)
    assert box.begun()[-1] == (2, "r-be", ("r-nl", "r-lu"))
    assert box.overs()[0].reason == "over limit of 30 s reached"


def test_a_stuck_talker_is_not_heard_again_until_he_lets_go(make_box) -> None:
    box = make_box(limits=Limits(over_s=30.0))
    box.up()
    box.talk("r-nl")
    box.grant("r-be")
    box.wait(30.1)
    box.drain("r-be", over=1)
    for _ in range(20):
        box.talk("r-nl")  # the radio reports him again and again
        box.wait(5.0)
    assert len(box.begun()) == 1
    box.stop("r-nl")
    box.talk("r-nl")
    assert len(box.begun()) == 2


def test_an_emergency_need_not_wait_for_the_limit(three) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.wait(5.0)
    three.talk("r-lu", 31, priority=3)
    three.wait(0.02)
    assert three.patch().talker == "204-00001-501"  # our own transmitter is on: his network interrupts it first
    from crosspatch_drivers.radio.base import EndReason, TransmitEnded

    three.say("r-lu", TransmitEnded(EndReason.PREEMPTED))
    assert three.patch().talker == "270-00001-31"
