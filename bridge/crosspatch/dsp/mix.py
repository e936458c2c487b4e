"""What each transmitter gets: ``tx = routes @ rx``, with gains that never jump.

A leg hears one over at a time, at a place of its own, so of its row of the matrix of routes one entry at most is not
zero: the matrix is kept as that entry, and the product is one of rows.
"""

import numpy as np

from crosspatch.dsp.units import Floats, Ints
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

FADE = 40
"""Samples within which a gain goes to its new value: 2.5 ms, short enough for a first syllable."""


@compiled
def mixed(heard: Block, rows: Ints, gains: Floats, before: Floats) -> Block:
    """What each leg hears of its over, (outputs, 160), to what ``rows`` of them are given, (rows, 160).

    ``gains``: of each output; ``before``: in the last block, which is renewed.
    """
    out = np.empty((rows.size, heard.shape[1]), np.float32)
    for index in range(rows.size):
        row = rows[index]
        gain = gains[row]
        change, before[row] = before[row] - gain, gain
        for n in range(heard.shape[1]):
            fade = np.float32(max(0.0, 1.0 - (n + 1) / FADE))
            out[index, n] = heard[row, n] * (gain + change * fade)
    return out
