"""Speech in less time, at the same pitch: pieces are left out where the waveform repeats itself.

Waveform-similarity overlap-add (W. Verhelst and M. Roelands, ICASSP 1993), with one seam at a time: the block to be
played goes over into sound that is a little later and as like it as can be, as a rule by whole pitch periods. How much
is left out in all is bounded by a speed, so that it goes unnoticed. Not for pauses: see pauses.
"""

import numpy as np
import scipy.fft

from crosspatch.dsp.units import BLOCK, Floats, Ints
from crosspatch_drivers.audio.ring import Block

SHORTEST, LONGEST = 40, 320
"""Samples left out at a seam: 2.5 to 20 ms, a pitch period or several."""

SAVED = 640.0
"""Samples of credit that may pile up while no place for a seam is found."""

LIKE, ANY = 0.9, 0.2
"""Correlation that a seam needs, as long as there may be a better place soon, and when credit has piled up."""

LONGER = 0.15
"""What the longest leaving out is worth more than none, in correlation: fewer seams."""

SILENT = 1e-6
"""Energy of a block below which any place is like any other."""

SIZE = 512
"""Samples of the transform that finds the likeness; at least a block and the longest leaving out."""

NEEDED = BLOCK + LONGEST
"""Samples that are looked at."""


class Credits:
    """How much each leg may leave out by now."""

    def __init__(self, legs: int) -> None:
        """None."""
        self.samples: Floats = np.zeros(legs, np.float32)

    def earn(self, rows: Ints, speed: Floats) -> None:
        """A block was played at up to ``speed`` (1 and more)."""
        self.samples[rows] = np.minimum(self.samples[rows] + (speed - 1) * BLOCK, SAVED)

    def clear(self, row: int) -> None:
        """A new over."""
        self.samples[row] = 0.0


def seams(sound: Block, most: Floats) -> Ints:
    """Samples to leave out after the first block of ``sound`` (legs, `NEEDED`) has gone over into what is later.

    ``most``: credit of each leg. 0 where no likeness is good enough.
    """
    block = sound[:, :BLOCK]
    spectra = scipy.fft.rfft(sound, SIZE, axis=1) * np.conj(scipy.fft.rfft(block, SIZE, axis=1))
    products = scipy.fft.irfft(spectra, SIZE, axis=1)[:, SHORTEST : LONGEST + 1]
    sums = np.cumsum(np.pad(sound.astype(np.float64) ** 2, ((0, 0), (1, 0))), axis=1)
    energies = (sums[:, BLOCK:] - sums[:, :-BLOCK])[:, SHORTEST : LONGEST + 1]
    own = sums[:, BLOCK : BLOCK + 1]
    likeness = np.where(own > SILENT, products / np.sqrt(np.maximum(energies * own, 1e-12)), 1.0)
    lengths = np.arange(SHORTEST, LONGEST + 1)
    worth = np.where(lengths <= most[:, None], likeness + LONGER * lengths / LONGEST, -1.0)
    best = np.argmax(worth, axis=1)
    rows = np.arange(best.size)
    needed = LIKE + (ANY - LIKE) * np.clip((most - LONGEST) / (SAVED - LONGEST), 0, 1)
    good = (worth[rows, best] > -1.0) & (likeness[rows, best] >= needed)
    return np.asarray(np.where(good, lengths[best], 0), np.int64)
