"""Active speech level as ITU-T P.56 (method B) has it, while somebody speaks, and what a meter shows beside it.

The envelope is taken every 1.25 ms and compared with the thresholds every 10 ms: against the standard's sample by
sample that is a few hundredths of a decibel. Old speech is forgotten, most of it when somebody else may speak.
"""

import numpy as np

from crosspatch.dsp.units import LOWEST_DB, RATE, TICK, Flags, Floats, Ints
from crosspatch_codecs.compiled import compiled
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

THRESHOLDS = (10 ** (THRESHOLDS_DB / 20)).astype(np.float32)
"""The same as magnitudes."""

FORGET = np.float32(np.exp(-TICK / 8.0))
"""What is left of old speech after a block of new: 8 s."""

KEPT = 0.3
"""Seconds for which earlier speech counts when a voice begins."""


class SpeechLevel:
    """What `measure` goes on with, for all channels at once."""

    def __init__(self, channels: int) -> None:
        """Nothing heard."""
        self._state: Floats = np.zeros((channels, 2), np.float32)  # of the envelope's two smoothings
        self._peaks: Floats = np.zeros((channels, HANG + 1), np.float32)  # of the envelope, by block, in a circle
        self._at = 0
        self._energy: Floats = np.zeros(channels, np.float32)  # mean squares, summed over blocks
        self._active: Floats = np.zeros((channels, THRESHOLDS_DB.size), np.float32)  # blocks above each threshold

    @property
    def state(self) -> tuple[Floats, Floats, Floats, Floats]:
        """What `measure` goes on with."""
        return self._state, self._peaks, self._energy, self._active

    def next(self) -> int:
        """The place of the next block among the peaks."""
        at, self._at = self._at, (self._at + 1) % self._peaks.shape[1]
        return at


@compiled
def measure(
    block: Block,
    power: Floats,
    speaking: Flags,
    begins: Flags,
    rows: Ints,
    at: int,
    state: Floats,
    peaks: Floats,
    energy: Floats,
    active: Floats,
) -> None:
    """The envelope's peak in each block (rows, 160), and what it and those before it say of who speaks.

    ``power``: its mean squares, which count where somebody is ``speaking``. Of speech before a voice that ``begins``
    little counts any more.
    """
    for row in range(begins.size):
        if begins[row]:
            share = np.float32(min(1.0, KEPT / max(active[row, 0] * TICK, 1e-3)))
            energy[row] *= share
            active[row] *= share
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
            for number in range(THRESHOLDS.size):
                above = np.float32(highest >= THRESHOLDS[number])
                active[row, number] = active[row, number] * FORGET + above


@compiled
def level_of(energy: np.float32, active: Floats) -> np.float32:
    """dBov of the speech of so much energy: between the two thresholds that lie about `MARGIN_DB` below it."""
    if not energy > 0:
        return np.float32(LOWEST_DB)
    levels, apart = np.empty(active.size, np.float32), np.full(active.size, np.float32(-1.0))
    far = 0  # thresholds that are far enough below
    for number in range(active.size):
        levels[number] = 10 * np.log10(max(energy, np.float32(1e-12)) / max(active[number], np.float32(1e-6)))
        if active[number] > 0.5:
            apart[number] = levels[number] - THRESHOLDS_DB[number] - np.float32(MARGIN_DB)
        far += apart[number] >= 0
    last = max(far - 1, 0)
    after = min(last + 1, active.size - 1)
    share = apart[last] / max(apart[last] - apart[after], np.float32(1e-6)) if active[after] > 0.5 else np.float32(0)
    return np.float32(levels[last] + min(max(share, 0), 1) * (levels[after] - levels[last]))
