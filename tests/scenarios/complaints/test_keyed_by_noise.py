"""Complaint 5: voice keying that opens on noise, or hangs on for two seconds."""

from crosspatch.events import VoiceEnded, VoiceStarted
from crosspatch_drivers.radio.base import RadioState, StateChanged


def test_where_the_network_says_who_speaks_no_noise_opens_anything(box) -> None:
    for _ in range(50):
        box.event(VoiceStarted("r-nl"))
        box.wait(0.2)
        box.event(VoiceEnded("r-nl"))
    assert box.begun() == []
    assert box.patch().waiting == ()


def test_an_over_ends_when_the_network_says_so_and_not_some_time_later(box) -> None:
    box.talk("r-nl")
    box.event(VoiceStarted("r-nl"))
    box.grant("r-be")
    box.wait(2.0)
    box.stop("r-nl")  # noise on the channel goes on
    assert box.overs()[-1].ended_s == box.now


def test_a_radio_that_hears_nobody_ends_the_over_though_nobody_said_so(box) -> None:
    box.talk("r-nl")
    box.say("r-nl", StateChanged(RadioState.RECEIVING))
    box.wait(2.0)
    box.say("r-nl", StateChanged(RadioState.CALL_IDLE))
    assert box.overs()[-1].ended_s == box.now
