"""A limiter that sees a peak before it comes: no sample above -3 dBFS, no click, no distortion of a single cycle.

The gain is a straight line within each piece of 1.25 ms and is down before the piece with the peak begins; it comes
back by 10 dB in about 100 ms. Sound comes out one piece later. Not for setting levels.
"""

import numpy as np

from crosspatch.dsp.units import RATE, Flags, Floats, Ints
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

CEILING = 10 ** (-3 / 20)
"""Highest sample that leaves: -3 dBFS."""

PIECE = 20
"""Samples of a piece: 1.25 ms, the look-ahead and the delay."""

RECOVER = 10 ** (10 / 20 * PIECE / RATE / 0.1)
"""Factor by which the gain may grow from one piece to the next."""


class Limiter:
    """What `limited` goes on with, for all channels at once."""

    def __init__(self, channels: int, on: Flags | None = None) -> None:
        """At rest. ``on``: the channels that are limited (None: all); the others are as late."""
        self._on = np.ones(channels, bool) if on is None else on
        self._held: Block = np.zeros((channels, PIECE), np.float32)  # came in, not yet out
        self._need: Floats = np.ones(channels, np.float32)  # the gain that what is held allows
        self._gain: Floats = np.ones(channels, np.float32)  # at the end of what went out

    @property
    def state(self) -> tuple[Flags, Block, Floats, Floats]:
        """Switches, what is held, and gains."""
        return self._on, self._held, self._need, self._gain


@compiled
def limited(block: Block, rows: Ints, on: Flags, held: Block, needs: Floats, gains: Floats) -> Block:
    """(rows, samples), whole numbers of pieces: one piece later and never above `CEILING`.

    Each piece times a line from the gain before it to one that it and the next piece allow.
    """
    samples = block.shape[1]
    out = np.empty(block.shape, np.float32)
    one, ceiling, recover = np.float32(1.0), np.float32(CEILING), np.float32(RECOVER)
    for index in range(rows.size):
        row = rows[index]
        gain, need = gains[row], needs[row]
        for start in range(0, samples, PIECE):
            peak = np.float32(0.0)
            piece = block[index, start : start + PIECE]
            for n in range(PIECE):
                peak = max(peak, abs(piece[n]))
            after = ceiling / peak if on[row] and peak > ceiling else one
            to = min(min(need, after), gain * recover)
            step = (to - gain) / np.float32(PIECE)
            came = held[row] if start == 0 else block[index, start - PIECE : start]
            goes = out[index, start : start + PIECE]
            for n in range(PIECE):
                goes[n] = came[n] * (gain + step * np.float32(n))
            gain, need = to, after
        for n in range(PIECE):
            held[row, n] = block[index, samples - PIECE + n]
        gains[row], needs[row] = gain, need
    return out
