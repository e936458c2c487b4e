"""Slow gain towards one level of speech at every vocoder's input, in a narrow range, frozen where nobody speaks.

Quick while a voice is new, since its first words go to a vocoder too, slow afterwards. Not for peaks: see limiter.
"""

import numpy as np

from crosspatch.dsp.units import BLOCK, Flags, Floats
from crosspatch_drivers.audio.ring import Block

TARGET_DB = -26.0
"""dBov of active speech (ITU-T P.56) that vocoders are made for."""

FALLS_DB = 0.4
"""Voices fall within a sentence: what is still to come is by so much below what was measured of it (four talkers)."""

LEAST_DB, MOST_DB = -12.0, 16.0
"""The range of the gain: from inputs of -42 to -14 dBov."""

ENOUGH = 0.15
"""Seconds of speech from which a level is believed."""

NEW = 100
"""Blocks of speech for which a voice is new."""

QUICK_DB, SLOW_DB = 0.35, 0.04
"""Decibels the gain moves in a block of speech, while the voice is new and afterwards."""


class SpeechGain:
    """For all channels at once."""

    def __init__(self, channels: int) -> None:
        """Gain 0 dB, no speech heard."""
        self.gain_db: Floats = np.zeros(channels, np.float32)
        self._factor: Floats = np.ones(channels, np.float32)
        self._blocks: Floats = np.zeros(channels, np.float32)  # of speech since the voice began
        self._ramp = np.arange(1, BLOCK + 1, dtype=np.float32) / BLOCK

    def follow(self, level_db: Floats, seconds: Floats, speech: Flags, begins: Flags) -> None:
        """Move towards the target where a block is ``speech`` and its channel's level is known well enough."""
        self._blocks = np.where(begins, 0, self._blocks + speech).astype(np.float32)
        wanted = np.clip(TARGET_DB + FALLS_DB - level_db, LEAST_DB, MOST_DB)
        step = np.where(self._blocks < NEW, np.float32(QUICK_DB), np.float32(SLOW_DB)) * (speech & (seconds > ENOUGH))
        self.gain_db += np.clip(wanted - self.gain_db, -step, step).astype(np.float32)

    def __call__(self, block: Block) -> Block:
        """(channels, 160) times the gain, which moves along a line within the block."""
        factor = np.asarray(np.float32(10.0) ** (self.gain_db / np.float32(20.0)), np.float32)
        out = block * (self._factor[:, None] + (factor - self._factor)[:, None] * self._ramp)
        self._factor = factor
        return np.asarray(out, np.float32)
