"""The twin's converter gives the same sound, whatever the sizes of the blocks it comes in."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.twin.resample import Resampler

TONE = np.sin(2 * np.pi * 400 * np.arange(4800) / 48000).astype(np.float32)


@given(st.lists(st.integers(0, 700), max_size=20), st.sampled_from([(48000, 16000), (16000, 48000), (8000, 16000)]))
def test_the_sizes_of_the_blocks_do_not_matter(sizes: list[int], rates: tuple[int, int]) -> None:
    whole, pieces = Resampler(*rates), Resampler(*rates)
    cuts = [0, *np.minimum(np.cumsum(sizes), TONE.size).astype(int), TONE.size]
    parts = [pieces(TONE[start:stop]) for start, stop in itertools.pairwise(cuts)]
    np.testing.assert_allclose(np.concatenate(parts), whole(TONE), atol=1e-6)


def test_a_tone_keeps_its_level() -> None:
    assert np.max(np.abs(Resampler(48000, 16000)(TONE)[200:])) == pytest.approx(1.0, abs=0.02)


def test_a_rate_that_does_not_go_with_the_twins_is_refused() -> None:
    with pytest.raises(Cannot, match="44100"):
        Resampler(44100, 16000)
