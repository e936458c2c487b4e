"""The judge follows speech that was squeezed in time, and still sees what is missing of it."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from crosspatch_drivers.twin.judge import RATE, Samples, judge, speech_bounds
from crosspatch_drivers.twin.wav import read_wav

DATA = Path(str(files("crosspatch.demo"))) / "data"
FADE = 160


@pytest.fixture(scope="module")
def woman() -> Samples:
    return read_wav(DATA / "harvard_F1_16k.wav")[: int(2.7 * RATE)]


def squeezed(sound: Samples, speed: float) -> Samples:
    """Pitch periods left out at the best seam that comes, as long as there is credit for it."""
    at, credit, pieces = 0, 0.0, []
    fade = np.arange(FADE) / FADE
    while at + 4 * FADE < sound.size:
        here = sound[at : at + FADE]
        credit, skip = credit + (speed - 1) * FADE, 0
        lengths = np.arange(40, int(min(credit, 320)) + 1)
        if lengths.size:
            later = np.stack([sound[at + length : at + length + FADE] for length in lengths])
            likeness = later @ here / (np.linalg.norm(later, axis=1) * np.linalg.norm(here) + 1e-9)
            if likeness.max() > 0.8 or credit > 400:
                skip = int(lengths[np.argmax(likeness)])
        pieces.append(here * (1 - fade) + sound[at + skip : at + skip + FADE] * fade)
        at, credit = at + skip + FADE, credit - skip
    return np.concatenate([*pieces, sound[at:]]).astype(np.float32)


def received(sound: Samples) -> Samples:
    return np.pad(sound, (RATE // 4, RATE // 4))


@pytest.mark.parametrize("speed", [1.0, 1.25])
def test_squeezed_speech_is_whole_and_its_delay_is_seen_to_shrink(woman: Samples, speed: float) -> None:
    recording = received(squeezed(woman, speed))
    verdict = judge(woman, recording, squeezed=True)
    assert verdict.whole, verdict
    assert verdict.delay_start_ms == pytest.approx(250, abs=25)
    first, last = speech_bounds(woman)
    least = 0.8 * (speed - 1) / speed * 1000 * (last - first) / RATE
    assert verdict.delay_start_ms - verdict.delay_end_ms >= least


def test_without_being_told_squeezed_speech_counts_as_damaged(woman: Samples) -> None:
    assert not judge(woman, received(squeezed(woman, 1.25))).whole


@pytest.mark.parametrize("cut_ms", [60, 250])
def test_a_beginning_that_is_missing_is_seen(woman: Samples, cut_ms: int) -> None:
    first, _ = speech_bounds(woman)
    verdict = judge(woman, received(squeezed(woman[first + cut_ms * RATE // 1000 :], 1.25)), squeezed=True)
    assert not verdict.whole
    assert verdict.lost_start_ms == pytest.approx(cut_ms, abs=60)


@pytest.mark.parametrize("cut_ms", [120, 250])
def test_an_end_that_is_missing_is_seen(woman: Samples, cut_ms: int) -> None:
    _, last = speech_bounds(woman)
    verdict = judge(woman, received(squeezed(woman[: last - cut_ms * RATE // 1000], 1.25)), squeezed=True)
    assert verdict.lost_end_ms >= cut_ms / 2


def test_a_word_that_is_missing_in_the_middle_is_seen(woman: Samples) -> None:
    at, end = int(0.5 * RATE), int(0.8 * RATE)
    for gap in (np.zeros(end - at, np.float32), woman[:0]):
        recording = squeezed(np.concatenate([woman[:at], gap, woman[end:]]), 1.25)
        verdict = judge(woman, received(recording), squeezed=True)
        assert verdict.lost_middle_ms > 50, verdict


def test_other_speech_is_not_heard(woman: Samples) -> None:
    man = read_wav(DATA / "harvard_M1_16k.wav")[: int(2.05 * RATE)]
    assert not judge(woman, received(man), squeezed=True).whole
