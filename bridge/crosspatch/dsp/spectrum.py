"""Short-time spectra with little delay: 16 ms windows every 10 ms, which overlap by 6 ms, there and back again.

The window is flat but for its 6 ms slopes, and the same on both ways, so that a spectrum left alone comes back as the
sound it was, 6 ms later. Not for what is done to the spectrum.
"""

import numpy as np

from crosspatch.dsp.transform import SIZE, Spectra
from crosspatch.dsp.units import BLOCK, RATE, Floats, Ints
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

OVERLAP = SIZE - BLOCK
"""Samples that two windows share: the delay."""

WIDTH = RATE / SIZE
"""Hz between two bins."""

BINS = 60
"""Bins that are looked at: up to 3.7 kHz; those above go with the last one."""


def _window() -> Floats:
    slope = np.sin(np.pi / 2 * (np.arange(OVERLAP) + 0.5) / OVERLAP)
    return np.concatenate([slope, np.ones(BLOCK - OVERLAP), slope[::-1]]).astype(np.float32)


WINDOW = _window()
SCALE = np.float32(2.0 / (SIZE * float(np.sum(WINDOW**2))))
"""What makes mean squares of the squares of a spectrum."""


class Spectrum:
    """What `framed` and `overlapped` go on with, for all channels."""

    def __init__(self, channels: int) -> None:
        """At rest."""
        self.before: Block = np.zeros((channels, OVERLAP), np.float32)
        self.tail: Block = np.zeros((channels, OVERLAP), np.float32)


@compiled
def framed(block: Block, rows: Ints, before: Block) -> Block:
    """What came before and the block, under the window; the end of the block is kept for the next one."""
    frame = np.empty((rows.size, SIZE), np.float32)
    for index in range(rows.size):
        row = before[rows[index]]
        for n in range(OVERLAP):
            frame[index, n] = row[n] * WINDOW[n]
            row[n] = block[index, BLOCK - OVERLAP + n]
        for n in range(BLOCK):
            frame[index, OVERLAP + n] = block[index, n] * WINDOW[OVERLAP + n]
    return frame


@compiled
def power_of(spectra: Spectra) -> Floats:
    """Power of each of the first `BINS` bins; their sum is the mean square of the sound."""
    power = np.empty((spectra.shape[0], BINS), np.float32)
    for index in range(spectra.shape[0]):
        for b in range(BINS):
            value = spectra[index, b]
            power[index, b] = (value.real * value.real + value.imag * value.imag) * SCALE
    return power


@compiled
def overlapped(frame: Block, rows: Ints, tail: Block) -> Block:
    """The beginning of each frame over the end of the one before it."""
    out = np.empty((rows.size, BLOCK), np.float32)
    for index in range(rows.size):
        row = tail[rows[index]]
        for n in range(OVERLAP):
            out[index, n] = frame[index, n] * WINDOW[n] + row[n]
            row[n] = frame[index, BLOCK + n] * WINDOW[BLOCK + n]
        for n in range(OVERLAP, BLOCK):
            out[index, n] = frame[index, n] * WINDOW[n]
    return out
