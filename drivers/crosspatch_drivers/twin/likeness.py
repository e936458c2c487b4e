"""How much the spectra of a clip and of its recording differ, frame by frame: blind to phase, so to filters and drift.

Pure arrays; helps `judge`, which finds the places. Not for finding them: spectra are too coarse for that.
"""

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

RATE = 16000
"""Samples per second of both signals."""

EDGES = np.geomspace(300.0, 3400.0, 13)
"""Hz; edges of the twelve bands that are compared."""

FRAME, SIZE = 320, 512
"""Samples of a frame (20 ms) and of its transform."""

FLOOR = 1e-4
"""Energies below this share of a loud frame's are not told apart: noise."""

AROUND = 60
"""Frames to each side over which the level is taken for one that a gain control may have set."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FREQUENCIES = np.arange(SIZE // 2 + 1) * RATE / SIZE
_BANDS = np.stack([(low <= _FREQUENCIES) & (low * EDGES[1] / EDGES[0] > _FREQUENCIES) for low in EDGES[:-1]]).T


def difference(source: Floats, heard: Floats, centres: Ints, lags: Ints) -> Floats:
    """Mean difference (dB) over the bands between the frame at each of ``centres`` and that ``lags`` samples later.

    What differs everywhere (a filter), or for the whole of the neighbourhood (a gain), is taken out.
    """
    if not centres.size:
        return np.zeros(0)
    level = _levels(heard, centres + lags) - _levels(source, centres)
    level -= np.median(level, axis=0)
    middle = median_filter(np.median(level, axis=1), 2 * AROUND + 1, mode="nearest")
    return np.asarray(np.mean(np.abs(level - middle[:, None]), axis=1), np.float64)


def _levels(samples: Floats, centres: Ints) -> Floats:
    """Level (dB) in each band (frames × bands) of the frames at ``centres``; silence outside of ``samples``."""
    at = (centres[:, None] + np.arange(FRAME) - FRAME // 2).clip(-FRAME, samples.size + FRAME - 1) + FRAME
    power = np.abs(np.fft.rfft(np.pad(samples, FRAME)[at] * np.hanning(FRAME), SIZE)) ** 2
    energy = np.stack([power[:, band].sum(axis=1) for band in _BANDS.T], axis=1)
    loud = np.percentile(energy.sum(axis=1), 95) / len(_BANDS.T)
    return np.asarray(10 * np.log10(energy + FLOOR * loud + 1e-12), np.float64)
