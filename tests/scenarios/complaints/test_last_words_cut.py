"""Complaint 12: the last words are cut: the floor was released when the last sample arrived, not when it was played."""

from crosspatch.events import LegDrained
from crosspatch.orders import DropLeg, EndOver
from crosspatch_drivers.radio.base import Key, Unkey


def test_the_transmitter_is_given_back_when_the_last_sample_was_played(box) -> None:
    box.talk("r-nl")
    box.wait(2.0)
    box.grant("r-be")
    box.wait(1.0)
    box.stop("r-nl")
    box.wait(2.0)  # two seconds behind: still playing
    assert [Key(1)] == box.keyings("r-be")
    assert box.patch().floor == "draining"
    box.event(LegDrained(1, "r-be", 1900.0, 3400.0, 0.0, 0.0))
    assert [Key(1), Unkey()] == box.keyings("r-be")


def test_nobody_else_has_the_floor_before(three) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.stop("r-nl")
    three.talk("r-nl", 502)
    assert three.patch().floor == "draining"
    assert [over for over, _, _ in three.begun()] == [1]
    three.drain("r-be", over=1)
    assert [over for over, _, _ in three.begun()] == [1]
    three.drain("r-lu", over=1)
    assert [over for over, _, _ in three.begun()] == [1, 2]


def test_the_words_of_a_talker_who_vanished_are_played_to_their_end(box) -> None:
    from crosspatch_drivers.radio.base import Unfit

    box.talk("r-nl")
    box.grant("r-be")
    box.say("r-nl", Unfit("cable pulled"))
    assert EndOver(1) in box.orders(EndOver)
    assert box.orders(DropLeg) == []
    box.drain("r-be", over=1)
    assert box.outcomes() == {"be": "delivered"}
