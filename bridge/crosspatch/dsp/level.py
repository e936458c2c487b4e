"""Active speech level as ITU-T P.56 (method B) has it, while somebody speaks, and what a meter shows beside it.

The envelope is taken every 1.25 ms and compared with the thresholds every 10 ms: against the standard's sample by
sample that is a few hundredths of a decibel. Old speech is forgotten, most of it when somebody else may speak.
"""

import numpy as np

from crosspatch.dsp.compiled import compiled
from crosspatch.dsp.units import LOWEST_DB, RATE, TICK, Flags, Floats, Ints
from crosspatch_drivers.audio.ring import Block

PIECE = 20
"""Samples of one value of the envelope."""

ENVELOPE = 0.03
"""Seconds; time constant of each of the envelope's two smoothings (P.56)."""

HANG = round(0.2 / TICK)
"""Blocks for which a threshold counts as exceeded after it was (P.56: 0.2 s)."""

MARGIN_DB = 15.9
"""How far the threshold of activity lies below the active level (P.56)."""

THRESHOLDS_DB = np.arange(-16, 0, dtype=np.float32) * np.float32(20 * np.log10(2))
"""Thresholds: 6 dB apart (P.56), in dB relative to full scale."""

FORGET = np.float32(np.exp(-TICK / 8.0))
"""What is left of old speech after a block of new: 8 s."""

KEPT = 0.3
"""Seconds for which earlier speech counts when a voice begins."""


class SpeechLevel:
    """For all channels at once."""

    def __init__(self, channels: int) -> None:
        """Nothing heard."""
        self._state: Floats = np.zeros((channels, 2), np.float32)  # of the envelope's two smoothings
        self._peaks: Floats = np.zeros((channels, HANG + 1), np.float32)  # of the envelope, by block, in a circle
        self._at = 0
        self._thresholds = (10 ** (THRESHOLDS_DB / 20)).astype(np.float32)
        self._energy: Floats = np.zeros(channels, np.float32)  # mean squares, summed over blocks
        self._active: Floats = np.zeros((channels, THRESHOLDS_DB.size), np.float32)  # blocks above each threshold
        self._all: Ints = np.arange(channels)

    def __call__(self, block: Block, power: Floats, speaking: Flags, begins: Flags, rows: Ints | None = None) -> None:
        """Look at (rows, 160) and its mean squares; only where somebody is ``speaking`` does it count.

        ``speaking`` and ``begins`` are of all channels. ``rows``: those that are given (None: all).
        """
        if begins.any():
            self._forget(begins)
        state = self._state, self._peaks, self._energy, self._active
        _measure(block, power, speaking, self._all if rows is None else rows, self._thresholds, self._at, *state)
        self._at = (self._at + 1) % self._peaks.shape[1]

    @property
    def seconds(self) -> Floats:
        """How much speech the level is made of."""
        return np.asarray(self._active[:, 0] * np.float32(TICK), np.float32)

    def level_db(self) -> Floats:
        """dBov of each channel's active speech; `LOWEST_DB` where none was heard."""
        active = np.maximum(self._active, 1e-6)
        levels = 10 * np.log10(np.maximum(self._energy, 1e-12)[:, None] / active)
        apart = np.where(self._active > 0.5, levels - THRESHOLDS_DB - MARGIN_DB, -1.0)
        last = np.maximum((apart >= 0).sum(axis=1) - 1, 0)  # the highest threshold that is far enough below
        after = np.minimum(last + 1, THRESHOLDS_DB.size - 1)
        rows = np.arange(last.size)
        here, there = apart[rows, last], apart[rows, after]
        share = np.where(self._active[rows, after] > 0.5, here / np.maximum(here - there, 1e-6), 0.0)
        level = levels[rows, last] + np.clip(share, 0, 1) * (levels[rows, after] - levels[rows, last])
        return np.asarray(np.where(self._energy > 0, level, LOWEST_DB), np.float32)

    def _forget(self, rows: Flags) -> None:
        share = np.minimum(1.0, KEPT / np.maximum(self.seconds[rows], 1e-3)).astype(np.float32)
        self._energy[rows] *= share
        self._active[rows] *= share[:, None]


@compiled
def _measure(
    block: Block,
    power: Floats,
    speaking: Flags,
    rows: Ints,
    thresholds: Floats,
    at: int,
    state: Floats,
    peaks: Floats,
    energy: Floats,
    active: Floats,
) -> None:
    """The envelope's peak in each block, and what it and those before it say of who speaks."""
    keep = np.float32(np.exp(-PIECE / (RATE * ENVELOPE)))
    new = np.float32(1.0) - keep
    for index in range(rows.size):
        row = rows[index]
        p, q, peak = state[row, 0], state[row, 1], np.float32(0.0)
        for start in range(0, block.shape[1], PIECE):
            magnitude = np.float32(0.0)
            piece = block[index, start : start + PIECE]
            for n in range(PIECE):
                magnitude += abs(piece[n])
            p = keep * p + new * magnitude / np.float32(PIECE)
            q = keep * q + new * p
            peak = max(peak, q)
        state[row, 0], state[row, 1], peaks[row, at] = p, q, peak
        if speaking[row]:
            highest = peaks[row].max()
            energy[row] = energy[row] * FORGET + power[index]
            for number in range(thresholds.size):
                above = np.float32(highest >= thresholds[number])
                active[row, number] = active[row, number] * FORGET + above
