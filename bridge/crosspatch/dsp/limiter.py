"""A limiter that sees a peak before it comes: no sample above -3 dBFS, no click, no distortion of a single cycle.

The gain is a straight line within each piece of 1.25 ms and is down before the piece with the peak begins; it comes
back by 10 dB in about 100 ms. Sound comes out one piece later. Not for setting levels.
"""

import numpy as np

from crosspatch.dsp.units import RATE, Flags, Floats
from crosspatch_drivers.audio.ring import Block

CEILING = 10 ** (-3 / 20)
"""Highest sample that leaves: -3 dBFS."""

PIECE = 20
"""Samples of a piece: 1.25 ms, the look-ahead and the delay."""

RECOVER = 10 ** (10 / 20 * PIECE / RATE / 0.1)
"""Factor by which the gain may grow from one piece to the next."""


class Limiter:
    """For all channels at once; blocks are whole numbers of pieces."""

    def __init__(self, channels: int, on: Flags | None = None) -> None:
        """At rest. ``on``: the channels that are limited (None: all); the others are as late."""
        self._off = np.zeros(channels, bool) if on is None else ~on
        self._held: Block = np.zeros((channels, PIECE), np.float32)  # came in, not yet out
        self._held_need: Floats = np.ones(channels, np.float32)
        self._gain: Floats = np.ones(channels, np.float32)  # at the end of what went out
        self._resting = True

    def __call__(self, block: Block) -> Block:
        """(channels, samples), one piece later and never above `CEILING`."""
        samples = block.shape[1]
        sound = np.concatenate([self._held, block], axis=1)
        out = sound[:, :samples]
        self._held = sound[:, samples:]
        loud = np.abs(block).max(initial=0.0) > CEILING
        if loud or not self._resting:
            out = out * self._curve(self._needs(block))
        return out

    def _needs(self, block: Block) -> Floats:
        """The gain that each piece allows, the one held back first: (channels, pieces + 1)."""
        peaks = np.abs(block).reshape(block.shape[0], block.shape[1] // PIECE, PIECE).max(axis=2)
        need = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9)).astype(np.float32)
        need[self._off] = 1.0
        return np.concatenate([self._held_need[:, None], need], axis=1)

    def _curve(self, need: Floats) -> Floats:
        """Gain of each sample that goes out, from what each piece allows."""
        channels, pieces = need.shape[0], need.shape[1] - 1
        corners = np.empty((channels, pieces + 1), np.float32)
        corners[:, 0] = self._gain
        allowed = np.minimum(need[:, :-1], need[:, 1:])
        for piece in range(pieces):
            corners[:, piece + 1] = np.minimum(allowed[:, piece], corners[:, piece] * RECOVER)
        self._gain = corners[:, -1].copy()
        self._held_need = need[:, -1].copy()
        self._resting = bool((self._gain >= 1.0).all() and (self._held_need >= 1.0).all())
        ramp = np.arange(PIECE, dtype=np.float32) / PIECE
        lines = corners[:, :-1, None] + (corners[:, 1:] - corners[:, :-1])[:, :, None] * ramp
        return np.asarray(lines.reshape(channels, pieces * PIECE), np.float32)
