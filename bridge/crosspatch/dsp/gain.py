"""Slow gain towards one level of speech at every vocoder's input, in a narrow range, frozen where nobody speaks.

The level is the mean over blocks of speech, near to the active speech level of ITU-T P.56. Not for peaks: see limiter.
"""

import numpy as np

from crosspatch.dsp.units import BLOCK, Flags, Floats, to_db
from crosspatch_drivers.audio.ring import Block

TARGET_DB = -26.0
"""dBov of active speech that vocoders are made for."""

LEAST_DB, MOST_DB = -12.0, 16.0
"""The range of the gain."""

LEARN = 0.02
"""Share of a block's power in the mean: half a second of speech."""

STEP_DB = 0.15
"""Most decibels the gain moves in a block: 15 dB in a second."""


class SpeechGain:
    """For all channels at once."""

    def __init__(self, channels: int) -> None:
        """Gain 0 dB, no speech heard."""
        self._power: Floats = np.full(channels, 10 ** (TARGET_DB / 10), np.float32)
        self._blocks = np.zeros(channels, np.int64)
        self.gain_db: Floats = np.zeros(channels, np.float32)
        self._factor: Floats = np.ones(channels, np.float32)

    def __call__(self, block: Block, speech: Flags) -> Block:
        """(channels, samples) times the gain, which moves along a line within the block."""
        power = np.einsum("cn,cn->c", block, block) / block.shape[1]
        self._blocks = self._blocks + speech
        share = np.maximum(LEARN, 1.0 / np.maximum(self._blocks, 1))
        self._power = np.where(speech, self._power + share * (power - self._power), self._power).astype(np.float32)
        wanted = np.clip(TARGET_DB - to_db(self._power), LEAST_DB, MOST_DB)
        self.gain_db += np.where(speech, np.clip(wanted - self.gain_db, -STEP_DB, STEP_DB), 0.0).astype(np.float32)
        factor = np.asarray(10.0 ** (self.gain_db / 20.0), np.float32)
        ramp = np.arange(1, BLOCK + 1, dtype=np.float32) / BLOCK
        out = block * (self._factor[:, None] + (factor - self._factor)[:, None] * ramp)
        self._factor = factor
        return np.asarray(out, np.float32)
