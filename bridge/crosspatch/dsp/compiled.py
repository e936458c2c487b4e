"""Loops over samples and bins that are compiled: for what array operations on a few channels would take too long.

A tick of a gateway has a few hundred small steps; as array operations each costs more for being called than for its
work. Compiling a loop takes about a second, once on a machine: what comes out is kept in ``NUMBA_CACHE_DIR``, beside
the module or in the user's cache. `crosspatch.engine.warm` compiles everything ahead. Not for what BLAS or an FFT does.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., object])

FREELY = {"reassoc", "contract", "arcp", "nsz"}
"""Sums may be taken in any order; infinities and what is not a number stay what they are."""


def compiled(loop: Loop) -> Loop:
    """The same function, compiled when it is first called with arguments of new types."""
    try:
        return cast(Loop, njit(cache=True, error_model="numpy", fastmath=FREELY)(loop))
    except RuntimeError:  # nowhere to keep it: a home that cannot be written to
        return cast(Loop, njit(error_model="numpy", fastmath=FREELY)(loop))
