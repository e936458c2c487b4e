"""Speech that a leg squeezed in time is whole; what was cut out of it, silenced or replaced is seen all the same."""

import numpy as np
import pytest
from tests.drivers.twin.speech import WAYS, received

from crosspatch.dsp.squeeze import LONGEST, NEEDED, SHORTEST, Credits, seams
from crosspatch.dsp.units import BLOCK
from crosspatch_drivers.twin.judge import RATE, Samples, judge, speech_bounds
from crosspatch_drivers.twin.squeezed import judge_over, judge_squeezed

ROW = np.zeros(1, np.int64)


def squeezed(sound: Samples, speed: float = 1.25) -> Samples:
    """``sound`` as a leg that is far behind plays it, to the end."""
    credits, at, out = Credits(1), 0, []
    fade = (np.arange(BLOCK) + 1) / BLOCK
    while at + NEEDED + LONGEST < sound.size:
        credits.earn(ROW, np.array([speed], np.float32))
        skip = int(seams(sound[None, at : at + NEEDED], credits.samples)[0]) if credits.samples[0] >= SHORTEST else 0
        credits.samples[0] -= skip
        later = sound[at + skip : at + skip + BLOCK]
        out.append(sound[at : at + BLOCK] * (1 - fade) + later * fade)
        at += skip + BLOCK
    return np.concatenate([*out, sound[at:]]).astype(np.float32)


@pytest.mark.parametrize("way", ["as it was", "faint", "two telephones in a row", "gain control", "all of it"])
def test_squeezed_speech_is_whole_and_its_delay_is_seen_to_shrink(woman: Samples, way: str) -> None:
    verdict = judge_over(woman, received(WAYS[way](squeezed(woman))), 1.25)
    assert verdict.whole, verdict
    assert verdict.delay_start_ms == pytest.approx(300, abs=40)
    assert verdict.delay_start_ms - verdict.delay_end_ms > 400


@pytest.mark.parametrize("squeezed_ms", [60, 150])
def test_speech_of_which_only_a_little_was_squeezed_is_whole(woman: Samples, squeezed_ms: int) -> None:
    first, _ = speech_bounds(woman)
    begin, end = first + RATE // 10, first + RATE // 10 + squeezed_ms * 5 * RATE // 1000
    part = squeezed(woman[begin : end + NEEDED + LONGEST])
    recording = np.concatenate([woman[:begin], part, woman[end + NEEDED + LONGEST :]])
    verdict = judge_over(woman, received(recording), 1.25)
    assert not judge(woman, received(recording)).whole
    assert verdict.whole, verdict


@pytest.mark.parametrize("closed", [False, True])
def test_speech_at_its_own_pace_is_judged_as_strictly_as_ever(man: Samples, closed: bool) -> None:
    at, hole = int(0.6 * RATE), RATE // 25
    gap = man[:0] if closed else np.zeros(hole, np.float32)
    recording = received(np.concatenate([man[:at], gap, man[at + hole :]]))
    assert judge_over(man, received(man), 1.25).whole
    assert judge_squeezed(man, received(man), 1.25).whole
    assert judge_over(man, recording, 1.25).lost_middle_ms == pytest.approx(40, abs=15)


@pytest.mark.parametrize(("hole_ms", "closed"), [(100, False), (250, False), (80, True), (100, True), (250, True)])
def test_what_is_missing_within_squeezed_speech_is_seen(woman: Samples, hole_ms: int, closed: bool) -> None:
    at, hole = int(0.5 * RATE), hole_ms * RATE // 1000
    gap = woman[:0] if closed else np.zeros(hole, np.float32)
    recording = squeezed(np.concatenate([woman[:at], gap, woman[at + hole :]]))
    assert judge_squeezed(woman, received(recording), 1.25).lost_middle_ms > hole_ms / 3


@pytest.mark.parametrize("cut_ms", [80, 250])
def test_a_beginning_or_an_end_that_is_missing_is_seen(woman: Samples, cut_ms: int) -> None:
    first, last = speech_bounds(woman)
    cut = cut_ms * RATE // 1000
    assert judge_squeezed(woman, received(squeezed(woman[first + cut :])), 1.25).lost_start_ms > cut_ms / 3
    assert judge_squeezed(woman, received(squeezed(woman[: last - cut])), 1.25).lost_end_ms > cut_ms / 3


def test_a_word_that_was_replaced_by_noise_is_seen(woman: Samples) -> None:
    recording = squeezed(woman)
    at = recording.size // 3
    recording[at : at + RATE // 8] = np.random.default_rng(3).normal(0, 0.05, RATE // 8)
    assert judge_squeezed(woman, received(recording), 1.25).lost_middle_ms > 50


def test_other_speech_and_silence_are_not_heard(man: Samples, woman: Samples) -> None:
    assert not judge_over(woman, received(man), 1.25).whole
    assert not judge_squeezed(man, np.zeros(RATE, np.float32), 1.25).heard


def test_a_silent_clip_is_refused() -> None:
    with pytest.raises(ValueError, match="no speech"):
        judge_squeezed(np.zeros(RATE, np.float32), np.ones(RATE, np.float32), 1.25)
