"""Many rings at once, for compiled loops, which know each by where its memory begins.

Reading or writing a ring from Python costs microseconds whatever little is in it. Only for rings both of whose ends
are in this process: what another process must see in order, `Ring` writes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types
from numba.core.cgutils import voidptr_t
from numba.extending import intrinsic
from numba.np import numpy_support

from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import DROPPED, HEADER_WORDS, READ, WRITE, Block, Ring

Ints = npt.NDArray[np.int64]
Lane = npt.NDArray[np.float32]

MOST_CHANNELS = 8
"""Channels that a port may have."""


class Rings:
    """Where each of some rings is, as (rings, address and channels and capacity), for `header` and `samples`."""

    def __init__(self, rings: Sequence[Ring]) -> None:
        """Their memory lives as long as this."""
        self._kept = tuple(rings)
        found = [(ring.address, ring.channels, ring.capacity) for ring in rings]
        self.places: Ints = np.array(found, np.int64).reshape(-1, 3)


carray: Any = numpy_support.carray
"""An array over memory that is there already, for compiled loops."""


def _pointer(_context: Any, address: Any) -> Any:
    def generate(_target: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], voidptr_t)

    return types.voidptr(address), generate


pointer: Any = intrinsic(_pointer)
"""An address as what `carray` takes."""


@compiled
def header(place: Ints) -> Ints:
    """The counters of the ring at ``place``, a row of `Rings.places`."""
    found: Ints = carray(pointer(place[0]), HEADER_WORDS, np.int64)
    return found


@compiled
def samples(place: Ints) -> Block:
    """What the ring at ``place`` holds: (channels, capacity)."""
    found: Block = carray(pointer(place[0] + 8 * HEADER_WORDS), (place[1], place[2]), np.float32)
    return found


@compiled
def room(head: Ints, place: Ints, size: int) -> int:
    """How many of ``size`` samples fit, the others counted as dropped; to be added to `WRITE` when they are there."""
    taken = min(size, place[2] - head[WRITE] + head[READ])
    head[DROPPED] += size - taken
    return int(taken)


@compiled
def give(places: Ints, sources: Ints, block: Block, idle: npt.NDArray[np.bool_]) -> None:
    """Write a block (rows, samples) to each ring that is not ``idle`` or holds an unfinished frame.

    ``sources[ring, channel]``: the row that a channel gets; -1: silence.
    """
    silence = np.zeros(block.shape[1], np.float32)
    for number in range(places.shape[0]):
        place = places[number]
        head = header(place)
        if idle[number] and head[WRITE] == head[READ]:
            continue
        sound, start = samples(place), head[WRITE] % place[2]
        taken = room(head, place, block.shape[1])
        whole = min(taken, place[2] - start)
        for channel in range(place[1]):
            row = sources[number, channel]
            source = block[row] if row >= 0 else silence
            copy(sound[channel], start, source, 0, whole)
            copy(sound[channel], 0, source, whole, taken - whole)
        head[WRITE] += taken


@compiled
def copy(target: Lane, at: int, source: Lane, first: int, count: int) -> None:
    """``count`` samples of a channel from ``first`` on to the place ``at`` of another one: both must have as many."""
    for n in range(count):
        target[at + n] = source[first + n]
