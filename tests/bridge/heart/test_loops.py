"""Loops outside of the box: other boxes' radios are nobody, and a patch that feeds itself is broken at once."""

from tests.bridge.heart.box import make_box

from crosspatch.events import EchoHeard, ForeignIdentities
from crosspatch.orders import BeginOver, Record, TellRadio
from crosspatch.wish import Want
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import Key, OverEnded, OverStarted, TalkerKnown, Unkey

ECHO = EchoHeard("r-lu", "r-be", 640.0, 0.93)
STRANGER = Identity(206, 1, 8001)


def test_a_patch_that_hears_itself_is_broken_at_once_and_says_which_leg(three) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    orders = three.event(ECHO)
    told = [order for order in orders if isinstance(order, TellRadio)]
    assert [TellRadio("r-be", Unkey()), TellRadio("r-lu", Unkey())] == told
    assert three.patch().state == "failed"
    assert three.patch().reason == (
        "a loop: lu brings back what was sent: r-lu (patch border) hears what r-be sent 640 ms before; "
        "tried again after 60 s"
    )
    assert three.outcomes() == {"be": "safety", "lu": "safety"}
    (record,) = [order for order in orders if isinstance(order, Record) and order.subject == "r-lu"]
    assert record.facts == {"heard_on": "r-lu", "sent_on": "r-be", "delay_ms": 640.0, "likeness": 0.93}


def test_nothing_is_forwarded_while_a_patch_is_broken(three) -> None:
    three.event(ECHO)
    three.forget()
    three.talk("r-nl", priority=3)
    three.wait(30.0)
    assert three.orders(BeginOver) == []
    assert [order for order in three.orders(TellRadio) if isinstance(order.order, Key)] == []


def test_a_broken_patch_comes_back_and_stays_down_twice_as_long_when_it_happens_again(three) -> None:
    for lasting in (60.0, 120.0, 240.0):
        three.event(ECHO)
        three.event(ECHO)  # told again: the same loop
        assert three.count("patches broken because of a loop") == {60.0: 1, 120.0: 2, 240.0: 3}[lasting]
        three.wait(lasting - 0.1)
        assert three.patch().state == "failed"
        three.wait(0.2)
        assert three.patch().state == "up"
    three.wait(7300.0)
    three.wish(Want.NOTHING)
    three.wish(Want.OPEN)
    three.answer_selections()
    three.event(ECHO)
    assert "tried again after 60 s" in three.patch().reason  # long ago is forgotten


def test_a_broken_patch_that_nobody_wants_any_more_is_down(three) -> None:
    three.event(ECHO)
    three.wish(Want.NOTHING, reason="v1 has left")
    assert (three.patch().state, three.patch().reason) == ("down", "v1 has left")


def test_an_echo_on_a_radio_that_serves_no_patch_is_written_down_and_breaks_nothing(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.event(ECHO)
    assert box.patch().state == "up"
    assert box.outcomes() == {"be": "running"}
    assert "r-lu (no patch) hears what r-be sent 640 ms before" in box.records("safety")


def test_what_one_patch_sends_and_another_one_hears_breaks_the_one_that_hears_it(make_box) -> None:
    box = make_box(
        {"border": ("nl", "be"), "other": ("nl-2", "lu")}, {"a": "c2000", "b": "c2000", "c": "astrid", "d": "renita"}
    )
    box.up("border")
    box.wish(Want.OPEN, "other")
    box.answer_selections()
    heard, sent = box.leg("lu", "other").radio, box.leg("be", "border").radio
    box.event(EchoHeard(heard, sent, 300.0, 0.9))
    assert (box.patch("border").state, box.patch("other").state) == ("up", "failed")


def test_an_echo_of_radios_the_box_does_not_have_is_counted(box) -> None:
    box.event(EchoHeard("nobody", "r-be", 300.0, 0.9))
    assert box.count("events of unknown radios") == 1


def test_the_radios_of_other_boxes_are_never_forwarded(box) -> None:
    box.event(ForeignIdentities("box-2", frozenset({STRANGER})))
    box.say("r-nl", OverStarted(STRANGER))
    box.wait(1.0)
    assert box.orders(BeginOver) == []
    assert box.count("own overs not forwarded") == 1


def test_a_box_tells_all_its_radios_each_time(box) -> None:
    box.event(ForeignIdentities("box-2", frozenset({STRANGER})))
    box.event(ForeignIdentities("box-3", frozenset({Identity(206, 1, 8002)})))
    box.event(ForeignIdentities("box-2", frozenset()))
    box.say("r-nl", OverStarted(STRANGER))
    assert box.begun() == [(1, "r-nl", ("r-be",))]


def test_a_box_that_claims_half_the_country_is_not_believed(box) -> None:
    box.event(ForeignIdentities("box-2", frozenset(Identity(206, 1, ssi) for ssi in range(1, 5001))))
    assert box.count("boxes with too many radios refused") == 1
    box.say("r-nl", OverStarted(Identity(206, 1, 77)))
    assert len(box.begun()) == 1


def test_an_over_that_waits_and_turns_out_to_be_a_radio_of_ours_is_forgotten(three) -> None:
    three.event(ForeignIdentities("box-2", frozenset({STRANGER})))
    three.talk("r-nl")
    three.talk("r-be", None)
    assert three.patch().waiting == ("",)
    three.say("r-be", TalkerKnown(STRANGER))
    assert three.patch().waiting == ()
    three.stop("r-be")
    three.wait(2.0)
    assert [over for over, _, _ in three.begun()] == [1]


def test_the_radios_of_a_box_that_says_nothing_more_are_forgotten_in_time() -> None:
    box = make_box()
    box.up()
    box.event(ForeignIdentities("box-2", frozenset({STRANGER})))
    box.wait(600.0)
    box.event(ForeignIdentities("box-2", frozenset({STRANGER})))
    box.wait(899.0)
    box.say("r-be", OverStarted(STRANGER, 0))
    assert box.orders(BeginOver) == []
    box.say("r-be", OverEnded())
    box.wait(2.0)
    box.say("r-be", OverStarted(STRANGER, 0))
    assert len(box.orders(BeginOver)) == 1


def test_boxes_are_bounded() -> None:
    box = make_box()
    for number in range(300):
        box.event(ForeignIdentities(f"box-{number}", frozenset({Identity(206, 1, number + 1)})))
    assert box.count("boxes refused: too many") == 300 - 256
