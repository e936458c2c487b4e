"""Short-time spectra with little delay: 16 ms windows every 10 ms, which overlap by 6 ms, there and back again.

The window is flat but for its 6 ms slopes, and the same on both ways, so that a spectrum left alone comes back as the
sound it was, 6 ms later. Not for what is done to the spectrum.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft

from crosspatch.dsp.units import BLOCK, RATE, Floats
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
    """There and back for all channels at once."""

    def __init__(self, channels: int) -> None:
        """At rest."""
        self._window = _window()
        self._scale = np.float32(2.0 / (SIZE * float(np.sum(self._window**2))))
        self._before: Block = np.zeros((channels, OVERLAP), np.float32)
        self._tail: Block = np.zeros((channels, OVERLAP), np.float32)

    def analyse(self, block: Block) -> Spectra:
        """The spectra of the window that ends with (channels, 160)."""
        frame = np.concatenate([self._before, block], axis=1)
        self._before = block[:, BLOCK - OVERLAP :]
        return np.asarray(scipy.fft.rfft(frame * self._window, axis=1), np.complex64)

    def power(self, spectra: Spectra) -> Floats:
        """Power of each of the first `BINS` bins; their sum is the mean square of the sound."""
        part = spectra[:, :BINS]
        return np.asarray((part.real**2 + part.imag**2) * self._scale, np.float32)

    def synthesise(self, spectra: Spectra) -> Block:
        """(channels, 160) of sound."""
        frame = scipy.fft.irfft(spectra, SIZE, axis=1) * self._window
        frame[:, :OVERLAP] += self._tail
        self._tail = frame[:, BLOCK:]
        return np.asarray(frame[:, :BLOCK], np.float32)
