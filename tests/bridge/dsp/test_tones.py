"""Tones for crews: the notes they should be, as loud as speech, without a click at any edge."""

import numpy as np
import pytest
from tests.bridge.dsp.conftest import active_level

from crosspatch.dsp.tones import AMPLITUDE, NOTES, sound_of
from crosspatch.dsp.units import RATE
from crosspatch.orders import Tone


def test_every_tone_has_notes_of_its_own() -> None:
    assert set(NOTES) == set(Tone)
    assert len(set(NOTES.values())) == len(Tone)


@pytest.mark.parametrize("tone", Tone)
def test_each_note_has_its_pitch(tone: Tone) -> None:
    sound, at = sound_of(tone), 0
    for hertz, seconds in NOTES[tone]:
        note = sound[at : at + round(seconds * RATE)]
        at += note.size
        spectrum = np.abs(np.fft.rfft(note * np.hanning(note.size), 1 << 16))
        if hertz:
            assert np.argmax(spectrum) * RATE / (1 << 16) == pytest.approx(hertz, abs=5)
        else:
            assert not note.any()


@pytest.mark.parametrize("tone", Tone)
def test_no_step_is_larger_than_a_steady_note_s(tone: Tone) -> None:
    sound = np.pad(sound_of(tone), 100)
    steady = AMPLITUDE * 2 * np.pi * max(hertz for hertz, _ in NOTES[tone]) / RATE
    assert np.abs(np.diff(sound)).max() <= 1.01 * steady
    assert np.abs(sound[np.flatnonzero(sound)[[0, -1]]]).max() < 1e-4


@pytest.mark.parametrize("tone", Tone)
def test_what_lies_away_from_its_notes_is_too_faint_to_be_a_click(tone: Tone) -> None:
    sound = sound_of(tone)
    power = np.abs(np.fft.rfft(np.pad(sound, RATE // 4))) ** 2
    hertz = np.arange(power.size) * RATE / (sound.size + RATE // 2)
    near = np.any([np.abs(hertz - note) < 400 for note, _ in NOTES[tone] if note], axis=0)
    assert 10 * np.log10(power[~near].sum() / power.sum()) < -50


@pytest.mark.parametrize("tone", Tone)
def test_it_is_as_loud_as_speech(tone: Tone) -> None:
    assert active_level(np.tile(sound_of(tone), 4)) == pytest.approx(-26.0, abs=2.0)
