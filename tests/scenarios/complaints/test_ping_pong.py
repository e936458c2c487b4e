"""Complaint 3: ping-pong after un-key; two radios that hear the same signal; radios in scan mode."""

from crosspatch.events import EchoHeard, VoiceEnded, VoiceStarted
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import OverStarted, OwnIdentity


def squelch_tail(box, radio: str, seconds: float) -> None:
    """The receiver opens when we un-key and hears ourselves for a moment."""
    box.event(VoiceStarted(radio))
    box.wait(seconds)
    box.event(VoiceEnded(radio))
    box.wait(1.0)


def over(box) -> None:
    """From the Dutch radio, known by its detector only, to the Belgian one."""
    box.event(VoiceStarted("r-nl"))
    box.wait(0.5)
    box.grant("r-be")
    box.wait(1.0)
    box.event(VoiceEnded("r-nl"))
    box.drain("r-be")


def test_tails_of_two_radios_without_signalling_do_not_key_each_other(make_box) -> None:
    box = make_box(voice=("r-nl", "r-be"))
    box.up()
    over(box)
    squelch_tail(box, "r-be", 0.15)
    assert len(box.begun()) == 1
    box.wait(10.0)
    assert len(box.begun()) == 1


def test_a_long_tail_bounces_once_and_is_known_then(make_box) -> None:
    box = make_box(voice=("r-be",))
    box.up()
    for _ in range(5):
        box.talk("r-nl")
        box.grant("r-be")
        box.stop("r-nl")
        box.drain("r-be")
        before = len(box.begun())
        squelch_tail(box, "r-be", 0.7)
        if len(box.begun()) > before:  # it was believed: let it pass
            box.grant("r-nl")
            box.drain("r-nl")
            box.wait(1.0)
    assert [source for _, source, _ in box.begun()].count("r-be") == 1


def test_two_radios_that_hear_the_same_signal_forward_it_once(make_box) -> None:
    box = make_box({"border": ("nl", "nl-2", "be")}, {"a": "c2000", "b": "c2000", "r-be": "astrid"})
    box.up()
    box.say("a", OwnIdentity(Identity(204, 1, 9001)))
    box.talk("r-be", 777)
    box.grant("a", "b")
    box.event(EchoHeard("b", "a", 200.0, 0.95))  # the second one hears the first one
    assert (box.patch().state, [source for _, source, _ in box.begun()]) == ("failed", ["r-be"])


def test_a_radio_in_scan_mode_that_hears_our_own_radio_forwards_nothing(three) -> None:
    own = Identity(206, 1, 9001)
    three.say("r-be", OwnIdentity(own))
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.stop("r-nl")
    three.drain("r-lu")
    three.say("r-lu", OverStarted(own))  # its own network would not say so: it scanned the other one
    three.wait(1.0)
    assert len(three.begun()) == 1
    assert three.count("own overs not forwarded") == 1
