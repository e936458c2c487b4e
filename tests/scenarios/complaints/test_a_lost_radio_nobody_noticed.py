"""Complaint 13: the gateway lost its radio and nobody noticed; a transmitter stuck on after the service died."""

from crosspatch.events import Failed, PortChanged, Released
from crosspatch.orders import TellRadio
from crosspatch_drivers.radio.base import Key, Unfit, Unkey


def test_a_lost_radio_is_shown_written_down_and_named_as_the_reason(box) -> None:
    box.say("r-be", Unfit("no answer on the port"))
    assert (box.radio("r-be").fit, box.radio("r-be").reason) == (False, "no answer on the port")
    assert "r-be is not fit to serve: no answer on the port" in box.records("radio")
    assert (box.patch().state, "r-be: no answer on the port" in box.patch().reason) == ("failed", True)


def test_a_lost_card_is_told_the_same_way(box) -> None:
    box.event(PortChanged("r-be", False, "card unplugged"))
    assert "r-be has no audio: card unplugged" in box.records("radio")
    assert "card unplugged" in box.patch().reason


def test_a_radio_that_dies_in_an_over_is_replaced_within_it(make_box) -> None:
    box = make_box(radios={"r-nl": "c2000", "r-be": "astrid", "s-be": "astrid"})
    box.up()
    box.talk("r-nl")
    box.grant("r-be")
    box.wait(1.0)
    box.say("r-be", Unfit("no answer on the port"))
    box.answer_selections()
    box.grant("s-be")
    box.stop("r-nl")
    box.drain("s-be", over=1)
    assert [leg.outcome for leg in box.overs()[0].legs] == ["lost", "delivered"]


def test_after_a_failure_every_transmitter_it_carried_is_off_and_stays_off(three) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.event(Failed("engine", ("r-nl", "r-be", "r-lu"), "killed"))
    three.event(Released("r-be"))
    assert ([Key(1), Unkey()], [Key(1), Unkey()]) == (three.keyings("r-be")[:2], three.keyings("r-lu")[:2])
    three.forget()
    three.wait(60.0)
    assert [order for order in three.orders(TellRadio) if isinstance(order.order, Key)] == []
