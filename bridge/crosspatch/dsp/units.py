"""The units that every part of the signal path shares: core rate, block, decibels. Not for device rates."""

from typing import Any

import numpy as np
import numpy.typing as npt

RATE = 16000
"""Samples per second of the core."""

TICK = 0.01
"""Seconds of sound in one block."""

BLOCK = 160
"""Samples of one block: `RATE` times `TICK`."""

LOWEST_DB = -120.0
"""What digital silence is called, in dB relative to full scale."""

Floats = npt.NDArray[np.float32]
"""A value for each channel, or for each channel and something else."""

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def numbers_of(flags: Flags) -> Ints:
    """The numbers of those that are true, as an array."""
    return flags.nonzero()[0]


def which(flags: Flags) -> list[int]:
    """The numbers of those that are true."""
    numbers: list[int] = flags.nonzero()[0].tolist()
    return numbers


def to_db(power: npt.NDArray[Any]) -> Floats:
    """Decibels of mean squares (full scale 1), not below `LOWEST_DB`."""
    return np.asarray(10.0 * np.log10(np.maximum(power, 10 ** (LOWEST_DB / 10))), np.float32)


def from_db(decibels: float) -> float:
    """The factor by which samples grow."""
    return float(10.0 ** (decibels / 20.0))
