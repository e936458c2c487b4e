"""A limiter that sees a peak before it comes: no sample above -3 dBFS, no click, no distortion of a single cycle.

The gain is a straight line within each piece of 1.25 ms and is down before the piece with the peak begins; it comes
back by 10 dB in about 100 ms. Sound comes out one piece later. Not for setting levels.
"""

import numpy as np

from crosspatch.dsp.units import RATE, Floats
from crosspatch_drivers.audio.ring import Block

CEILING = 10 ** (-3 / 20)
"""Highest sample that leaves: -3 dBFS."""

PIECE = 20
"""Samples of a piece: 1.25 ms, the look-ahead and the delay."""

RECOVER = 10 ** (10 / 20 * PIECE / RATE / 0.1)
"""Factor by which the gain may grow from one piece to the next."""


class Limiter:
    """For all channels at once; blocks are whole numbers of pieces."""

    def __init__(self, channels: int) -> None:
        """At rest."""
        self._held: Block = np.zeros((channels, PIECE), np.float32)  # came in, not yet out
        self._held_need: Floats = np.ones(channels, np.float32)
        self._gain: Floats = np.ones(channels, np.float32)  # at the end of what went out

    def __call__(self, block: Block) -> Block:
        """(channels, samples), one piece later and never above `CEILING`."""
        channels, samples = block.shape
        pieces = samples // PIECE
        sound = np.concatenate([self._held, block], axis=1)
        peaks = np.abs(block).reshape(channels, pieces, PIECE).max(axis=2)
        need = np.concatenate([self._held_need[:, None], np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))], axis=1)
        out = sound[:, :samples]
        if (need < 1.0).any() or (self._gain < 1.0).any():
            out = out * self._curve(np.asarray(need, np.float32))
        self._held = sound[:, samples:]
        self._held_need = np.asarray(need[:, -1], np.float32)
        return out

    def _curve(self, need: Floats) -> Floats:
        """Gain of each sample that goes out, from what each piece (channels, pieces + 1) allows."""
        channels, pieces = need.shape[0], need.shape[1] - 1
        corners = np.empty((channels, pieces + 1), np.float32)
        corners[:, 0] = self._gain
        allowed = np.minimum(need[:, :-1], need[:, 1:])
        for piece in range(pieces):
            corners[:, piece + 1] = np.minimum(allowed[:, piece], corners[:, piece] * RECOVER)
        self._gain = corners[:, -1].copy()
        ramp = np.arange(PIECE, dtype=np.float32) / PIECE
        lines = corners[:, :-1, None] + (corners[:, 1:] - corners[:, :-1])[:, :, None] * ramp
        return np.asarray(lines.reshape(channels, pieces * PIECE), np.float32)
