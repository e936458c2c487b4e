"""Complaint 2: a fixed delay, long enough for the worst case, makes every over slow."""

from crosspatch.orders import StartLeg
from crosspatch_drivers.radio.base import Granted


def test_each_leg_plays_from_its_own_grant_and_waits_for_no_other(three) -> None:
    three.talk("r-nl")
    three.wait(0.1)
    assert StartLeg(1, "r-be") in three.say("r-be", Granted())  # at once
    three.wait(3.0)
    assert StartLeg(1, "r-lu") in three.say("r-lu", Granted())
    be, lu = three.overs()[-1].legs
    assert (round(be.access_ms), round(lu.access_ms)) == (100, 3100)


def test_one_slow_over_does_not_make_the_next_one_slow(box) -> None:
    for grant_s in (4.0, 0.1):
        box.talk("r-nl")
        box.wait(grant_s)
        assert isinstance(box.say("r-be", Granted())[0], StartLeg)
        box.stop("r-nl")
        box.drain("r-be")
        box.wait(1.0)
    assert [round(over.legs[0].access_ms, -1) for over in box.overs()] == [4000, 100]
