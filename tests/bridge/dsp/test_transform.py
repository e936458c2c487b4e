"""The transforms are those of the library, both ways, for many rows and for none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosspatch.dsp.transform import SIZE, spectra_of, windows_of


@settings(max_examples=50, deadline=None)
@given(rows=st.integers(0, 5), seed=st.integers(0, 1000), dbov=st.integers(-100, 20))
def test_spectra_are_those_of_the_library(rows: int, seed: int, dbov: int) -> None:
    loud = 10 ** (dbov / 20)
    windows = np.random.default_rng(seed).normal(0, loud, (rows, SIZE)).astype(np.float32)
    spectra = spectra_of(windows)
    assert spectra.dtype == np.complex64
    assert spectra == pytest.approx(np.fft.rfft(windows), abs=1e-5 * loud, rel=1e-5)
    assert windows_of(spectra) == pytest.approx(windows, abs=2e-6 * loud, rel=1e-5)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 64, 127, 128, 255])
def test_a_single_sample_has_all_frequencies(n: int) -> None:
    windows = np.zeros((1, SIZE), np.float32)
    windows[0, n] = 1.0
    assert spectra_of(windows) == pytest.approx(np.fft.rfft(windows), abs=1e-6)


def test_the_first_and_the_last_bin_come_back_real() -> None:
    spectra = np.zeros((1, SIZE // 2 + 1), np.complex64)
    spectra[0, 0], spectra[0, -1] = 3.0 + 7j, 5.0 - 2j
    assert windows_of(spectra) == pytest.approx(np.fft.irfft(spectra, SIZE), abs=1e-6)
