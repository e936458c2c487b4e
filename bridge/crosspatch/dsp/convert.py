"""Streaming conversion between a device's nominal rate and the core's, by a whole-number ratio; not for clock drift.

A window of the input times a matrix of windowed sincs gives one unit of output: polyphase filtering as one product for
all channels. Flat up to 7/8 of the lower rate's half; what aliases falls above that.
"""

from math import ceil, gcd

import numpy as np

from crosspatch.dsp.units import Floats
from crosspatch_drivers.audio.ring import Block

EDGE = 0.125
"""Half the width of the transition, as a share of half the lower rate."""

BETA, PRODUCT = 7.0, 4.6
"""Kaiser window with side lobes at -70 dB, and its length in seconds times its transition in Hz."""


class Converter:
    """One direction of one port. Feed it blocks of any size; a remainder below one unit waits for the next."""

    def __init__(self, channels: int, rate_in: int, rate_out: int) -> None:
        """Rates in Hz."""
        common = gcd(rate_in, rate_out)
        self._down, self._up = rate_in // common, rate_out // common
        half_band = min(rate_in, rate_out) / 2
        self._half = ceil(PRODUCT / (2 * EDGE * half_band) * rate_in / 2)
        self._matrix = self._design(half_band / rate_in)
        self._memory: Block = np.zeros((channels, self._half), np.float32)
        self.delay = self._half / rate_in
        """Seconds by which sound comes later."""

    def __call__(self, block: Block) -> Block:
        """(channels, any) at the one rate to (channels, what is whole) at the other."""
        if self._down == self._up:
            return block
        wide = np.concatenate([self._memory, block], axis=1)
        units = max(0, (wide.shape[1] - 2 * self._half) // self._down)
        self._memory = wide[:, units * self._down :]
        if not units:
            return np.zeros((block.shape[0], 0), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(wide, self._matrix.shape[0], axis=1)
        out = windows[:, : units * self._down : self._down] @ self._matrix
        return np.asarray(out.reshape(block.shape[0], units * self._up), np.float32)

    def _design(self, cutoff: float) -> Floats:
        """(inputs of a window, outputs of a unit); ``cutoff`` in cycles per input sample."""
        inputs = np.arange(self._down + 2 * self._half) - self._half
        outputs = np.arange(self._up) * self._down / self._up
        distance = inputs[:, None] - outputs[None, :]
        inside = np.clip(1 - (distance / self._half) ** 2, 0, None)
        window = np.where(inside > 0, np.i0(BETA * np.sqrt(inside)) / np.i0(BETA), 0.0)
        matrix = 2 * cutoff * np.sinc(2 * cutoff * distance) * window
        return np.asarray(matrix / matrix.sum(axis=0), np.float32)
