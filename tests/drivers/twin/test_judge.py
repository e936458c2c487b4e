"""The judge finds what is missing to within 10 ms (15 ms at a splice), whatever a telephone does to speech."""

import numpy as np
import pytest
from tests.drivers.twin.speech import DATA, MS, WAYS, noisy, received

from crosspatch_drivers.twin.judge import RATE, Samples, judge, speech_bounds
from crosspatch_drivers.twin.wav import read_wav


@pytest.mark.parametrize("way", WAYS)
def test_what_arrived_whole_is_whole(man: Samples, way: str) -> None:
    verdict = judge(man, received(WAYS[way](man)))
    assert verdict.whole, verdict
    assert verdict.delay_start_ms == pytest.approx(300, abs=3)
    assert verdict.delay_end_ms == pytest.approx(300, abs=3)


@pytest.mark.parametrize("cut_ms", [20, 250])
@pytest.mark.parametrize("way", ["as it was", "all of it"])
def test_a_cut_beginning_is_measured_to_10_ms(woman: Samples, cut_ms: int, way: str) -> None:
    first, _ = speech_bounds(woman)
    verdict = judge(woman, received(WAYS[way](woman)[first + cut_ms * MS :]))
    assert not verdict.whole
    assert verdict.lost_start_ms == pytest.approx(active_ms(woman, 0, first + cut_ms * MS), abs=10)
    assert (verdict.lost_middle_ms, verdict.lost_end_ms) == (0, 0)


@pytest.mark.parametrize("cut_ms", [60, 250])
@pytest.mark.parametrize("way", ["as it was", "all of it"])
def test_a_cut_end_is_measured_to_10_ms(man: Samples, cut_ms: int, way: str) -> None:
    _, last = speech_bounds(man)
    verdict = judge(man, received(WAYS[way](man)[: last - cut_ms * MS]))
    assert not verdict.whole
    assert verdict.lost_end_ms == pytest.approx(active_ms(man, last - cut_ms * MS, man.size), abs=10)
    assert (verdict.lost_start_ms, verdict.lost_middle_ms) == (0, 0)


@pytest.mark.parametrize("hole_ms", [30, 100, 400])
@pytest.mark.parametrize("closed", [False, True], ids=["silenced", "cut out"])
def test_a_hole_in_the_middle_is_measured(woman: Samples, hole_ms: int, closed: bool) -> None:
    at = int(0.55 * RATE)
    end = at + hole_ms * MS
    gap = woman[:0] if closed else np.zeros(end - at, np.float32)
    verdict = judge(woman, received(np.concatenate([woman[:at], gap, woman[end:]])))
    assert not verdict.whole
    # A frame that lies across a splice holds half of each side: there the grain is one frame.
    assert verdict.lost_middle_ms == pytest.approx(active_ms(woman, at, end), abs=15 if closed else 10)
    assert (verdict.lost_start_ms, verdict.lost_end_ms) == (0, 0)


def test_a_pause_made_shorter_is_no_loss(woman: Samples) -> None:
    whole = read_wav(DATA / "harvard_F1_16k.wav")
    first, second = whole[: int(2.75 * RATE)], whole[int(3.4 * RATE) :]  # what is left out is silent
    verdict = judge(whole, received(np.concatenate([first, second])))
    assert verdict.whole, verdict
    assert verdict.delay_start_ms == pytest.approx(300, abs=2)
    assert verdict.delay_end_ms == pytest.approx(300 - 650, abs=2)


def test_other_speech_is_not_heard(man: Samples, woman: Samples) -> None:
    for clip, other in ((man, woman), (woman, man)):
        verdict = judge(clip, received(other))
        assert not verdict.heard
        assert not verdict.whole


@pytest.mark.parametrize("size", [0, 100, 32000])
def test_nothing_is_heard_in_silence_of_any_length(man: Samples, size: int) -> None:
    assert not judge(man, np.zeros(size, np.float32)).heard


def test_nothing_is_heard_in_noise(man: Samples) -> None:
    assert not judge(man, noisy(np.zeros(3 * RATE, np.float32), -20.0)).heard


def test_the_gain_is_that_of_the_way(man: Samples) -> None:
    assert judge(man, received(0.1 * man)).gain_db == pytest.approx(-20, abs=0.5)


def test_a_silent_clip_is_refused() -> None:
    with pytest.raises(ValueError, match="no speech"):
        judge(np.zeros(RATE, np.float32), np.ones(RATE, np.float32))


def active_ms(clip: Samples, begin: int, end: int) -> float:
    """Milliseconds of speech between two samples of the clip, counted as the judge counts it: pauses are no loss."""
    from crosspatch_drivers.twin import judge as judging

    active = judging.active_frames(judging.energies(judging.band_of(clip)))
    return 5.0 * float(active[begin // judging.HOP : max(begin, end) // judging.HOP].sum())
