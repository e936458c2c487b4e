"""Short-time spectra with little delay: 16 ms windows every 10 ms, which overlap by 6 ms, there and back again.

The window is flat but for its 6 ms slopes, and the same on both ways, so that a spectrum left alone comes back as the
sound it was, 6 ms later. Not for what is done to the spectrum.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft

from crosspatch.dsp.compiled import compiled
from crosspatch.dsp.units import BLOCK, RATE, Floats, Ints
from crosspatch_drivers.audio.ring import Block

SIZE = 256
"""Samples of a window."""

OVERLAP = SIZE - BLOCK
"""Samples that two windows share: the delay."""

WIDTH = RATE / SIZE
"""Hz between two bins."""

BINS = 60
"""Bins that are looked at: up to 3.7 kHz; those above go with the last one."""

Spectra = npt.NDArray[np.complex64]
"""(channels, SIZE // 2 + 1)."""


def _window() -> Floats:
    slope = np.sin(np.pi / 2 * (np.arange(OVERLAP) + 0.5) / OVERLAP)
    return np.concatenate([slope, np.ones(BLOCK - OVERLAP), slope[::-1]]).astype(np.float32)


class Spectrum:
    """There and back for all channels at once. ``rows``: which channels are given (None: all)."""

    def __init__(self, channels: int) -> None:
        """At rest."""
        self._window = _window()
        self._scale = np.float32(2.0 / (SIZE * float(np.sum(self._window**2))))
        self._before: Block = np.zeros((channels, OVERLAP), np.float32)
        self._tail: Block = np.zeros((channels, OVERLAP), np.float32)
        self._all: Ints = np.arange(channels)

    def analyse(self, block: Block, rows: Ints | None = None) -> Spectra:
        """The spectra of the window that ends with (rows, 160)."""
        frame = _framed(block, self._all if rows is None else rows, self._window, self._before)
        return np.asarray(scipy.fft.rfft(frame, axis=1, overwrite_x=True), np.complex64)

    def power(self, spectra: Spectra) -> Floats:
        """Power of each of the first `BINS` bins; their sum is the mean square of the sound."""
        return _power(spectra, self._scale)

    def synthesise(self, spectra: Spectra, rows: Ints | None = None) -> Block:
        """(rows, 160) of sound."""
        frame = scipy.fft.irfft(spectra, SIZE, axis=1, overwrite_x=True)
        return _overlapped(frame, self._all if rows is None else rows, self._window, self._tail)


@compiled
def _framed(block: Block, rows: Ints, window: Floats, before: Block) -> Block:
    """What came before and the block, under the window; the end of the block is kept for the next one."""
    frame = np.empty((rows.size, SIZE), np.float32)
    for index in range(rows.size):
        row = before[rows[index]]
        for n in range(OVERLAP):
            frame[index, n] = row[n] * window[n]
            row[n] = block[index, BLOCK - OVERLAP + n]
        for n in range(BLOCK):
            frame[index, OVERLAP + n] = block[index, n] * window[OVERLAP + n]
    return frame


@compiled
def _power(spectra: Spectra, scale: np.float32) -> Floats:
    power = np.empty((spectra.shape[0], BINS), np.float32)
    for index in range(spectra.shape[0]):
        for b in range(BINS):
            value = spectra[index, b]
            power[index, b] = (value.real * value.real + value.imag * value.imag) * scale
    return power


@compiled
def _overlapped(frame: Block, rows: Ints, window: Floats, tail: Block) -> Block:
    """The beginning of each frame over the end of the one before it."""
    out = np.empty((rows.size, BLOCK), np.float32)
    for index in range(rows.size):
        row = tail[rows[index]]
        for n in range(OVERLAP):
            out[index, n] = frame[index, n] * window[n] + row[n]
            row[n] = frame[index, BLOCK + n] * window[BLOCK + n]
        for n in range(OVERLAP, BLOCK):
            out[index, n] = frame[index, n] * window[n]
    return out
