"""The channel's band: no direct current, hum or sub-audible tone below 200 Hz, nothing above 3.4 kHz.

What a vocoder cannot use it must not hear: with 50 Hz hum at -36 dBov PESQ behind a TETRA codec falls by 0.6, with this
high-pass by nothing. Not for equalising.
"""

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.units import Ints
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

LOW, HIGH = 200.0, 3400.0
"""Hz; corners of the band."""

RIPPLE = 0.2
"""Decibels of ripple of the low-pass within the band."""

Doubles = npt.NDArray[np.float64]

SECTIONS: Doubles = np.array(
    [
        [0.9024444568629442, -1.8048889137258883, 0.9024444568629442, 1.0, -1.8590762659582096, 0.8648248987672625],
        [1.0, -2.0, 1.0, 1.0, -1.9357148371211979, 0.9417004516037268],
        [0.04901438368801461, 0.09802876737602922, 0.04901438368801461, 1.0, -0.6427051793305962, 0.20810681099688094],
        [1.0, 2.0, 1.0, 1.0, -0.24298758319105734, 0.6623276781558748],
    ]
)
"""Second-order sections of both, high-pass first, as ``scipy.signal`` designs them: importing that takes a second of
every start of the engine."""


def at_rest(channels: int) -> Doubles:
    """What `filtered` goes on with, before any sound."""
    return np.zeros((channels, 2 * len(SECTIONS)))


@compiled
def filtered(block: Block, rows: Ints, sections: Doubles, state: Doubles) -> Block:
    """Four second-order sections in a row, each in the transposed direct form II."""
    out = np.empty((rows.size, block.shape[1]), np.float32)
    b, a = sections[:, :3], sections[:, 4:]
    for index in range(rows.size):
        s = state[rows[index]]
        p0, p1, q0, q1, r0, r1, t0, t1 = s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
        for n in range(block.shape[1]):
            x = np.float64(block[index, n])
            y = b[0, 0] * x + p0
            p0 = b[0, 1] * x - a[0, 0] * y + p1
            p1 = b[0, 2] * x - a[0, 1] * y
            z = b[1, 0] * y + q0
            q0 = b[1, 1] * y - a[1, 0] * z + q1
            q1 = b[1, 2] * y - a[1, 1] * z
            y = b[2, 0] * z + r0
            r0 = b[2, 1] * z - a[2, 0] * y + r1
            r1 = b[2, 2] * z - a[2, 1] * y
            z = b[3, 0] * y + t0
            t0 = b[3, 1] * y - a[3, 0] * z + t1
            t1 = b[3, 2] * y - a[3, 1] * z
            out[index, n] = z
        s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] = p0, p1, q0, q1, r0, r1, t0, t1
    return out
