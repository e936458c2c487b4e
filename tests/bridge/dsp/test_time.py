"""Time is made up for without a word lost: pauses shortened, speech squeezed at its own pitch, gaps concealed."""

import numpy as np
import pytest
from tests.bridge.dsp.conftest import blocks, sine

from crosspatch.dsp.conceal import HISTORY, SILENT, conceal, period
from crosspatch.dsp.pauses import AFTER_SPEECH, BEFORE_SPEECH, LOOK, left_out
from crosspatch.dsp.squeeze import LONGEST, NEEDED, SHORTEST, Credits, seams
from crosspatch.dsp.tape import CAPACITY, Tape
from crosspatch.dsp.units import BLOCK, RATE

ROW = np.zeros(1, np.int64)


def squeezed(sound: np.ndarray, speed: float) -> np.ndarray:
    """``sound`` as a leg that is far behind plays it."""
    credits, at, out = Credits(1), 0, []
    fade = (np.arange(BLOCK) + 1) / BLOCK
    while at + NEEDED + LONGEST < sound.size:
        credits.earn(ROW, np.array([speed], np.float32))
        skip = 0
        if credits.samples[0] >= SHORTEST:
            skip = int(seams(sound[None, at : at + NEEDED], credits.samples)[0])
            credits.samples[0] -= skip
        later = sound[at + skip : at + skip + BLOCK]
        out.append(sound[at : at + BLOCK] * (1 - fade) + later * fade)
        at += skip + BLOCK
    return np.concatenate(out).astype(np.float32)


def test_speech_takes_less_time_but_never_less_than_allowed(man: np.ndarray, woman: np.ndarray) -> None:
    for voice in (man, woman):
        faster = (voice.size - NEEDED - LONGEST) / squeezed(voice, 1.25).size
        assert 1.2 < faster <= 1.25


def test_at_normal_speed_speech_is_what_it_was(man: np.ndarray) -> None:
    out = squeezed(man, 1.0)
    assert np.array_equal(out, man[: out.size])


@pytest.mark.parametrize("hertz", [90.0, 150.0, 280.0])
def test_pitch_stays_and_seams_are_not_heard(hertz: float) -> None:
    voice = sum(sine(hertz * k, 2.0, -30.0 - k) for k in range(1, 8))
    out = squeezed(voice, 1.25)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(out.size))) ** 2
    hertzes = np.fft.rfftfreq(out.size, 1 / RATE)
    near = np.abs(hertzes / hertz - np.rint(hertzes / hertz)) * hertz < 6
    assert 10 * np.log10(spectrum[~near].sum() / spectrum[near].sum()) < -22
    assert np.abs(np.diff(out)).max() < 1.3 * np.abs(np.diff(voice)).max()


def test_silence_may_be_left_out_as_fast_as_allowed() -> None:
    assert seams(np.zeros((1, NEEDED), np.float32), np.array([200.0], np.float32))[0] == 200


def test_noise_and_transients_wait_for_a_better_place() -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, (1, NEEDED)).astype(np.float32)
    assert seams(noise, np.array([SHORTEST], np.float32))[0] == 0


def marks(*runs: tuple[bool, int]) -> np.ndarray:
    return np.concatenate([np.full(count, quiet) for quiet, count in runs])[None, : AFTER_SPEECH + LOOK]


def test_of_a_pause_its_beginning_and_its_end_are_kept() -> None:
    quiet = marks((True, AFTER_SPEECH), (True, 30), (False, 200))
    assert left_out(quiet).tolist() == [(30 - BEFORE_SPEECH) * BLOCK]


def test_nothing_is_left_out_of_speech_or_right_after_it() -> None:
    assert left_out(marks((True, AFTER_SPEECH), (False, 200))).tolist() == [0]
    assert left_out(marks((False, 1), (True, 200))).tolist() == [0]
    assert left_out(marks((True, AFTER_SPEECH - 1), (False, 1), (True, 200))).tolist() == [0]


def test_a_long_pause_is_left_out_in_steps() -> None:
    assert left_out(marks((True, 500))).tolist() == [(LOOK - BEFORE_SPEECH) * BLOCK]


def test_a_gap_is_filled_with_the_last_period_and_fades() -> None:
    history = sine(160.0, 1.0)[None]
    lag = period(history)
    assert lag % 100 == pytest.approx(0, abs=1)
    filled = conceal(history, lag, 0, SILENT + 100)[0]
    assert np.abs(np.diff(np.concatenate([history[0, -100:], filled]))).max() < 1.2 * np.abs(np.diff(history)).max()
    assert np.abs(filled[:160]).max() > 0.9 * np.abs(history).max()
    assert np.abs(filled[SILENT:]).max() == 0.0
    again = np.concatenate([conceal(history, lag, 0, 300)[0], conceal(history, lag, 300, 760)[0]])
    assert np.array_equal(filled, again)


def test_silence_is_concealed_by_silence() -> None:
    history = np.zeros((1, HISTORY), np.float32)
    assert np.abs(conceal(history, period(history), 0, 400)).max() == 0.0


def test_a_tape_gives_back_what_was_written_from_any_place(man: np.ndarray) -> None:
    tape = Tape(3)
    first, second = tape.take(), tape.take()
    assert first is not None
    assert second is not None
    tracks = np.array([first, second])
    for number, block in enumerate(blocks(np.stack([man, -man]))):
        tape.write(tracks, block, np.array([number % 2 == 0, False]))
    got = tape.read(tracks, np.array([1234, 777]), 500)
    assert np.array_equal(got[0], man[1234:1734])
    assert np.array_equal(got[1], -man[777:1277])
    assert tape.quiet(tracks[:1], np.array([BLOCK * 2 + 5]), 3, 2).tolist() == [[True, True, False, True, False]]


def test_a_tape_holds_a_minute_and_says_what_is_gone() -> None:
    tape = Tape(1)
    track = np.array([tape.take()])
    block = np.zeros((1, BLOCK), np.float32)
    for number in range(CAPACITY // BLOCK + 10):
        block[:] = number
        tape.write(track, block, np.zeros(1, bool))
    oldest = tape.oldest(track)
    assert oldest[0] == tape.written[0] - CAPACITY
    assert tape.read(track, oldest, 1)[0, 0] == oldest[0] // BLOCK
    assert tape.take() is None
    tape.give_back(int(track[0]))
    assert tape.take() == int(track[0])
