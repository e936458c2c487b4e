"""What each transmitter gets: ``tx = routes @ rx``, with gains that never jump.

A leg hears one over at a time, at a place of its own, so of its row of the matrix of routes one entry at most is not
zero: the matrix is kept as that entry, and the product is one of rows.
"""

import numpy as np

from crosspatch.dsp.units import BLOCK, Floats
from crosspatch_drivers.audio.ring import Block

FADE = 40
"""Samples within which a gain goes to its new value: 2.5 ms, short enough for a first syllable."""


class Mixer:
    """For all transmitters at once. Set `gains` between two blocks."""

    def __init__(self, outputs: int) -> None:
        """Nobody hears anything."""
        self.gains: Floats = np.zeros(outputs, np.float32)
        self._before: Floats = np.zeros(outputs, np.float32)
        self._fade = (1 - np.minimum(np.arange(1, BLOCK + 1) / FADE, 1)).astype(np.float32)

    def __call__(self, heard: Block) -> Block:
        """What each leg hears of its over, (outputs, 160), to what it is given."""
        out = heard * self.gains[:, None]
        change = self._before - self.gains
        if change.any():
            out += heard * (change[:, None] * self._fade)
            self._before = self.gains.copy()
        return np.asarray(out, np.float32)
