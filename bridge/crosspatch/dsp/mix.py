"""Who hears what: the matrix of routes, whose gains never jump."""

import numpy as np

from crosspatch.dsp.units import BLOCK, Floats
from crosspatch_drivers.audio.ring import Block

FADE = 40
"""Samples within which a gain goes to its new value: 2.5 ms, short enough for a first syllable."""


class Mixer:
    """``tx = routes @ rx``. Set `routes` (outputs, inputs) between two blocks."""

    def __init__(self, outputs: int, inputs: int) -> None:
        """Nobody hears anything."""
        self.routes: Floats = np.zeros((outputs, inputs), np.float32)
        self._before: Floats = np.zeros((outputs, inputs), np.float32)

    def __call__(self, inputs: Block) -> Block:
        """(inputs, 160) to (outputs, 160)."""
        out = self.routes @ inputs
        change = self._before - self.routes
        if change.any():
            fading = np.zeros(BLOCK, np.float32)
            fading[:FADE] = 1 - np.arange(1, FADE + 1, dtype=np.float32) / FADE
            out += (change @ inputs) * fading
            self._before = self.routes.copy()
        return np.asarray(out, np.float32)
