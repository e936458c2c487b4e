"""What each transmitter gets: ``tx = routes @ rx``, with gains that never jump.

A leg hears one over at a time, at a place of its own, so of its row of the matrix of routes one entry at most is not
zero: the matrix is kept as that entry, and the product is one of rows.
"""

import numpy as np

from crosspatch.dsp.compiled import compiled
from crosspatch.dsp.units import Floats, Ints
from crosspatch_drivers.audio.ring import Block

FADE = 40
"""Samples within which a gain goes to its new value: 2.5 ms, short enough for a first syllable."""


class Mixer:
    """For all transmitters at once. Set `gains` between two blocks."""

    def __init__(self, outputs: int) -> None:
        """Nobody hears anything."""
        self.gains: Floats = np.zeros(outputs, np.float32)
        self._before: Floats = np.zeros(outputs, np.float32)

    def __call__(self, heard: Block, rows: Ints) -> Block:
        """What each leg hears of its over, (outputs, 160), to what ``rows`` of them are given, (rows, 160)."""
        return _mixed(heard, rows, self.gains, self._before)


@compiled
def _mixed(heard: Block, rows: Ints, gains: Floats, before: Floats) -> Block:
    out = np.empty((rows.size, heard.shape[1]), np.float32)
    for index in range(rows.size):
        row = rows[index]
        gain = gains[row]
        change, before[row] = before[row] - gain, gain
        for n in range(heard.shape[1]):
            fade = np.float32(max(0.0, 1.0 - (n + 1) / FADE))
            out[index, n] = heard[row, n] * (gain + change * fade)
    return out
