"""Speech in less time, at the same pitch: pieces are left out where the waveform repeats itself.

Waveform-similarity overlap-add (W. Verhelst and M. Roelands, ICASSP 1993), with one seam at a time: the block to be
played goes over into sound that is a little later and as like it as can be, as a rule by whole pitch periods. How much
is left out in all is bounded by a speed, so that it goes unnoticed. Not for pauses: see pauses.
"""

import numpy as np

from crosspatch.dsp.units import BLOCK, Floats, Ints
from crosspatch_codecs.compiled import compiled
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


@compiled
def seams(sound: Block, most: Floats) -> Ints:
    """Samples to leave out after the first block of ``sound`` (legs, `NEEDED`) has gone over into what is later.

    ``most``: credit of each leg. 0 where no likeness is good enough.
    """
    found = np.zeros(most.size, np.int64)
    for leg in range(most.size):
        row, length, likeness = sound[leg], 0, 0.0
        worth, own, energy = -1.0, _energy(sound[leg], 0), _energy(sound[leg], SHORTEST)
        for candidate in range(SHORTEST, min(LONGEST, int(most[leg])) + 1):
            like = 1.0
            if own > SILENT:
                like = _product(row, candidate) / np.sqrt(max(energy * own, 1e-12))
            if candidate < LONGEST:
                energy += np.float64(row[candidate + BLOCK]) ** 2 - np.float64(row[candidate]) ** 2
            if like + LONGER * candidate / LONGEST > worth:
                worth, length, likeness = like + LONGER * candidate / LONGEST, candidate, like
        spare = min(max((most[leg] - LONGEST) / (SAVED - LONGEST), 0.0), 1.0)
        if length and likeness >= LIKE + (ANY - LIKE) * spare:
            found[leg] = length
    return found


@compiled
def _energy(row: Floats, start: int) -> float:
    """Of a block."""
    energy = 0.0
    for n in range(start, start + BLOCK):
        energy += np.float64(row[n]) * row[n]
    return energy


@compiled
def _product(row: Floats, later: int) -> np.float32:
    """Of the first block and one that is ``later``."""
    product = np.float32(0.0)
    for n in range(BLOCK):
        product += row[n] * row[n + later]
    return product
