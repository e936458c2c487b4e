"""Overs that wait for the floor, legs that join later, and tones: whole where they arrive."""

import numpy as np
import pytest
from tests.bridge.engine.conftest import RATE, Gateway

from crosspatch.dsp.tones import NOTES, sound_of
from crosspatch.dsp.units import BLOCK
from crosspatch.orders import BeginOver, EndOver, ForgetOver, JoinOver, StartLeg, Tone, ToneOver
from crosspatch_drivers.twin.judge import Samples, judge

SENTENCE = int(1.27 * RATE)


def speak(gateway: Gateway, clip: Samples, number: int, source: str = "a") -> None:
    """A talker who has no floor: recorded for nobody, until he has ended."""
    gateway.radios[source].say(clip)
    gateway.order(BeginOver(number, source, (), 60.0))
    gateway.run(clip.size / RATE + 0.05)
    gateway.order(EndOver(number))


def heard_of(gateway: Gateway, clip: Samples, radio: str, since: int) -> bool:
    return judge(clip, gateway.radios[radio].recording()[since:]).whole


def test_words_that_waited_for_the_floor_arrive_whole_after_their_talker_has_ended(man: Samples) -> None:
    gateway = Gateway()
    gateway.run(0.5)
    speak(gateway, man[:SENTENCE], 1)
    gateway.run(3.0)
    before = gateway.radios["b"].recording().size
    gateway.order(JoinOver(1, ("b",)), StartLeg(1, "b"))
    gateway.until(lambda: bool(gateway.drained()), 10.0)
    gateway.order(ForgetOver(1))
    gateway.run(0.1)
    assert heard_of(gateway, man[:SENTENCE], "b", before)
    assert gateway.drained()[0].lost_ms == 0


def test_a_talker_who_still_speaks_when_he_gets_the_floor_is_heard_from_his_first_word(man: Samples) -> None:
    gateway = Gateway()
    gateway.run(0.5)
    gateway.radios["a"].say(man[:SENTENCE])
    gateway.order(BeginOver(1, "a", (), 60.0))
    gateway.run(1.0)
    gateway.order(JoinOver(1, ("b",)), StartLeg(1, "b"))
    gateway.run(1.1)
    gateway.order(EndOver(1))
    gateway.until(lambda: bool(gateway.drained()), 10.0)
    gateway.run(0.1)
    assert heard_of(gateway, man[:SENTENCE], "b", 0)


def test_two_overs_of_one_radio_wait_and_neither_holds_a_word_of_the_other(man: Samples, woman: Samples) -> None:
    gateway = Gateway()
    gateway.run(0.5)
    speak(gateway, man[:SENTENCE], 1)
    speak(gateway, woman[:SENTENCE], 2)
    gateway.run(0.5)
    for number, clip in ((1, man[:SENTENCE]), (2, woman[:SENTENCE])):
        before = gateway.radios["b"].recording().size
        gateway.order(JoinOver(number, ("b",)), StartLeg(number, "b"))
        gateway.until(lambda number=number: len(gateway.drained()) == number, 10.0)  # type: ignore[misc]
        gateway.run(0.1)
        assert heard_of(gateway, clip, "b", before)


def test_a_radio_that_replaces_another_one_goes_on_where_it_is_told(man: Samples) -> None:
    gateway = Gateway("abc")
    gateway.run(0.5)
    gateway.radios["a"].say(man)
    gateway.order(BeginOver(1, "a", ("b",), 10.0), StartLeg(1, "b"))
    gateway.run(2.0)
    gateway.order(JoinOver(1, ("c",), 1.0), StartLeg(1, "c"))
    gateway.run(2.0)
    gateway.order(EndOver(1))
    gateway.until(lambda: len(gateway.drained()) == 2, 10.0)
    whole, part = sorted(gateway.drained(), key=lambda event: event.leg)
    assert whole.played_ms + whole.skipped_ms - part.played_ms - part.skipped_ms == pytest.approx(1000 + 200, abs=30)
    started = gateway.started()[1]
    assert (started.leg, started.delay_ms) == ("c", pytest.approx(1060, abs=30))


@pytest.mark.parametrize("tone", Tone)
def test_a_tone_is_played_whole_and_drains_like_an_over(tone: Tone) -> None:
    gateway = Gateway()
    gateway.run(0.5)
    before = gateway.radios["a"].recording().size
    gateway.order(ToneOver(1, "a", tone))
    gateway.run(0.5)
    gateway.order(StartLeg(1, "a"))
    gateway.until(lambda: bool(gateway.drained()), 5.0)
    gateway.run(0.1)
    sound = sound_of(tone)
    assert judge(sound, gateway.radios["a"].recording()[before:]).whole
    assert gateway.drained()[0].played_ms == pytest.approx(1000 * sound.size / RATE, abs=1)


def test_a_tone_is_played_to_several_legs_of_one_over() -> None:
    gateway = Gateway("abc")
    gateway.run(0.5)
    gateway.order(*(ToneOver(1, leg, Tone.PATCH_UP) for leg in "abc"))
    gateway.order(*(StartLeg(1, leg) for leg in "abc"))
    gateway.until(lambda: len(gateway.drained()) == 3, 5.0)
    assert [event.played_ms for event in gateway.drained()] == [1000 * sound_of(Tone.PATCH_UP).size / RATE] * 3


@pytest.mark.parametrize("tone", Tone)
def test_a_tone_is_short_as_loud_as_speech_and_made_of_whole_blocks(tone: Tone) -> None:
    sound = sound_of(tone)
    assert sound.size % BLOCK == 0
    assert sound.size < 1.0 * RATE
    assert np.abs(sound).max() == pytest.approx(10 ** (-23 / 20), rel=0.01)
    notes = [hertz for hertz, _ in NOTES[tone] if hertz]
    assert 300 < min(notes) <= max(notes) < 1000
