"""Slow gain towards one level of speech at every vocoder's input, in a narrow range, frozen where nobody speaks.

Quick while a voice is new, since its first words go to a vocoder too, slow afterwards. Not for peaks: see limiter.
"""

import numpy as np

from crosspatch.dsp.units import BLOCK, Flags, Floats, Ints
from crosspatch_codecs.compiled import compiled
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
        self.factor: Floats = np.ones(channels, np.float32)
        self.blocks: Floats = np.zeros(channels, np.float32)  # of speech since the voice began


@compiled
def applied(block: Block, rows: Ints, gain_db: Floats, factors: Floats) -> Block:
    """(rows, 160) times the gain, which moves along a line within the block."""
    out = np.empty(block.shape, np.float32)
    for index in range(rows.size):
        row = rows[index]
        before = factors[row]
        factors[row] = np.float32(10.0) ** (gain_db[row] / np.float32(20.0))
        step = (factors[row] - before) / np.float32(BLOCK)
        for n in range(block.shape[1]):
            out[index, n] = block[index, n] * (before + step * np.float32(n + 1))
    return out


@compiled
def follow(
    level_db: Floats, seconds: Floats, speech: Flags, begins: Flags, rows: Ints, gain_db: Floats, blocks: Floats
) -> None:
    """Move towards the target where a block is ``speech`` and its channel's level is known well enough."""
    for index in range(rows.size):
        row = rows[index]
        blocks[row] = 0.0 if begins[row] else blocks[row] + np.float32(speech[row])
        if speech[row] and seconds[row] > ENOUGH:
            wanted = min(max(TARGET_DB + FALLS_DB - level_db[row], LEAST_DB), MOST_DB)
            step = QUICK_DB if blocks[row] < NEW else SLOW_DB
            gain_db[row] += np.float32(min(max(wanted - gain_db[row], -step), step))
