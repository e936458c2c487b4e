"""Sound between two samples: what fractional resampling reads, for all channels in one product.

A Farrow structure: five fixed filters of ten taps, combined by powers of the place between the samples, so that the
place may be another one for every channel and every sample. Error below -71 dB up to 3.6 kHz, which is what radios
carry, and below -90 dB at 1 kHz; above, sound passes but is not exact. (C. W. Farrow, A continuously variable digital
delay element, ISCAS 1988; designed here by least squares.)
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.units import Flags, Floats, Ints
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

Doubles = npt.NDArray[np.float64]

TAPS = 10
"""Samples that each value is made of; even."""

BEFORE, AFTER = TAPS // 2 - 1, TAPS // 2
"""Samples needed before and after the one whose place is rounded down to."""

ORDER = 4
"""Highest power of the place."""

BAND = 3600 / 16000
"""Cycles per sample up to which the design is held to be exact; above it only to be harmless."""

REACH = 0.08
"""How far outside of 0…1 the place may be, so that a block with drift keeps one whole-number part."""

OUTSIDE = 0.0005
"""Weight of errors above `BAND`."""


@cache
def filters() -> Floats:
    """The fixed filters, (powers, taps)."""
    powers = np.arange(ORDER + 1)
    reach = np.arange(TAPS) - BEFORE
    rows, wanted = [], []
    for low, high, weight in ((0.0, BAND, 1.0), (1.05 * BAND, 0.5, OUTSIDE)):
        omega = 2 * np.pi * np.linspace(low, high, 60)
        phases = np.exp(1j * omega[:, None] * reach)
        for place in np.linspace(-REACH, 1 + REACH, 24):
            rows.append(weight * (place ** powers[None, :, None] * phases[:, None, :]).reshape(omega.size, -1))
            wanted.append(weight * np.exp(1j * omega * place))
    system, right = np.concatenate(rows), np.concatenate(wanted)
    system, right = np.concatenate([system.real, system.imag]), np.concatenate([right.real, right.imag])
    solution = np.linalg.lstsq(system, right, rcond=None)[0]
    return np.asarray(solution.reshape(ORDER + 1, TAPS), np.float32)


def between(sound: Block, places: Floats) -> Block:
    """(channels, n + TAPS - 1) and places (channels, n) to (channels, n).

    Output n of a channel lies ``places[n]`` (about 0…1) after its sample n + `BEFORE`.
    """
    channels, count = places.shape
    windows = np.lib.stride_tricks.sliding_window_view(sound, TAPS, axis=1)
    terms = (filters() @ windows.reshape(-1, TAPS).T).reshape(ORDER + 1, channels, count)
    out = terms[ORDER] * places
    for power in range(ORDER - 1, 0, -1):
        out += terms[power]
        out *= places
    out += terms[0]
    return np.asarray(out, np.float32)


@compiled
def read(
    stores: Block,
    source: Ints,
    places: Doubles,
    ratios: Doubles,
    on: Flags,
    fixed: Floats,
    count: int,
) -> tuple[Block, Floats]:
    """The next ``count`` samples of each of ``stores`` (rows, a power of two), and their mean squares.

    ``source[row]``: what the row is read by: from which place on, at what ratio to one, and whether at all (else 0).
    ``fixed``: `filters`. Places are counted in samples ever stored; where all are whole, samples are taken as they are.
    """
    size = stores.shape[1]
    out, powers = np.zeros((stores.shape[0], count), np.float32), np.zeros(stores.shape[0], np.float32)
    window = np.empty(count + TAPS - 1, np.float32)
    for row in range(stores.shape[0]):
        number = source[row]
        if not on[number]:
            continue
        whole = np.int64(np.floor(places[number]))
        part, ratio = places[number] - whole, ratios[number]
        for n in range(window.size):
            window[n] = stores[row, (whole - BEFORE + n) & (size - 1)]
        power = np.float32(0.0)
        for n in range(count):
            value = window[n + BEFORE]
            if part != 0.0 or ratio != 0.0:
                place, value = np.float32(part + ratio * n), np.float32(0.0)
                for tap in range(TAPS):
                    factor = fixed[ORDER, tap]
                    for step in range(ORDER):
                        factor = factor * place + fixed[ORDER - 1 - step, tap]
                    value += factor * window[n + tap]
            out[row, n] = value
            power += value * value
        powers[row] = power / np.float32(count)
    return out, powers
