"""Does somebody speak on this channel? For the gain, the pauses and, where a radio has no other sign, the over itself.

The level of each block against the channel's own noise, which is learnt from its quietest moments. Not for words.
"""

import numpy as np

from crosspatch.dsp.units import TICK, Flags, Floats, Ints, to_db
from crosspatch_drivers.audio.ring import Block

OPENS_DB = 9.0
"""Decibels above the noise from which a block counts as speech."""

LEAST_DB = -58.0
"""dBov below which nothing is speech."""

QUIET_DB = 4.0
"""Decibels above the noise below which a block is surely a pause."""

RISE_DB, FALL = 4.0 * TICK, 0.3
"""The noise's estimate rises by 4 dB a second and falls by so much of the difference in each block."""

STARTS = 3
"""Blocks of speech among the last eight that open the detector."""

HANG = 80
"""Blocks without speech that close it again: pauses between words are shorter than 0.8 s."""


class VoiceDetector:
    """For all channels at once."""

    def __init__(self, channels: int) -> None:
        """Nobody speaks."""
        self._noise: Floats = np.full(channels, -70.0, np.float32)
        self._recent = np.zeros((channels, 8), bool)
        self._since: Ints = np.full(channels, HANG, np.int64)
        self.speech: Flags = np.zeros(channels, bool)  # this block
        self.quiet: Flags = np.ones(channels, bool)  # this block is surely a pause
        self.open: Flags = np.zeros(channels, bool)  # somebody has the word

    def __call__(self, block: Block) -> None:
        """Look at (channels, samples) of band-passed sound."""
        level = to_db(np.einsum("cn,cn->c", block, block) / block.shape[1])
        below = level < self._noise
        self._noise += np.where(below, FALL * (level - self._noise), np.minimum(RISE_DB, level - self._noise))
        np.maximum(self._noise, -80.0, out=self._noise)
        above = level - self._noise
        self.speech = np.asarray((above > OPENS_DB) & (level > LEAST_DB))
        self.quiet = np.asarray((above < QUIET_DB) | (level < LEAST_DB - 12.0))
        self._recent = np.concatenate([self._recent[:, 1:], self.speech[:, None]], axis=1)
        opens = self._recent.sum(axis=1) >= STARTS
        self._since = np.where(self.speech & (self.open | opens), 0, self._since + 1)
        self.open = np.asarray(self._since < HANG)
