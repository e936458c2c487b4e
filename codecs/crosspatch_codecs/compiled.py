"""Loops over samples, bins and ports that are compiled: for what array operations on a few of them would take too long.

A tick of a gateway has a few hundred small steps; as array operations each costs more for being called than for its
work. Compiling a loop takes about a second, once on a machine: what comes out is kept in ``NUMBA_CACHE_DIR``, beside
the module or in the user's cache. `crosspatch.engine.warm` compiles everything ahead. Not for what BLAS or an FFT does.
"""

import zlib
from collections.abc import Callable
from types import FunctionType
from typing import TypeVar, cast

import numpy as np
from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., object])

FREELY = {"reassoc", "contract", "arcp", "nsz"}
"""Sums may be taken in any order; infinities and what is not a number stay what they are."""


def compiled(loop: Loop) -> Loop:
    """The same function, compiled when it is first called with arguments of new types."""
    assert isinstance(loop, FunctionType)
    # What is kept is found by this name, and by when the loop's own module was written: not by what that is built on.
    loop.__qualname__ += f"_{_stamp(loop.__globals__):08x}"
    try:
        return cast(Loop, njit(cache=True, error_model="numpy", fastmath=FREELY)(loop))
    except RuntimeError:  # nowhere to keep it: a home that cannot be written to
        return cast(Loop, njit(error_model="numpy", fastmath=FREELY)(loop))


def _stamp(world: dict[str, object]) -> int:
    """Of the constants and loops that a module has so far, those of other modules among them."""
    stamp = 0
    for name, part in sorted(world.items()):
        if isinstance(part, int | float | np.ndarray | np.generic):
            stamp = zlib.crc32(name.encode() + np.asarray(part).tobytes(), stamp)
        elif isinstance(inner := getattr(part, "py_func", None), FunctionType):
            code = inner.__code__
            stamp = zlib.crc32(repr((inner.__qualname__, code.co_code, code.co_consts)).encode(), stamp)
    return stamp
