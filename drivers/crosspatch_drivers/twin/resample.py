"""Streaming conversion between a port's rate and the twin's 16 kHz by whole-number ratios, with a fixed small delay.

Not for clock drift and not for odd ratios: 44.1 kHz ports are refused.
"""

import numpy as np
from scipy.signal import firwin, lfilter

from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.twin.officer import RATE, Samples

TAPS = 65
"""Length of the low-pass per 16 kHz period; its delay is half of it at the higher rate, about 0.7 ms at 48 kHz."""


class Resampler:
    """One direction of one channel. Feed it blocks of any size."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        """`Cannot` unless one rate is a multiple of the other."""
        self._up, self._down = max(1, rate_out // rate_in), max(1, rate_in // rate_out)
        if rate_in * self._up != rate_out * self._down:
            msg = f"a twin's audio runs at {RATE} Hz; a port at {max(rate_in, rate_out)} Hz does not go with that"
            raise Cannot(msg)
        factor = max(self._up, self._down)
        self._filter = firwin(TAPS, 0.95 / factor) * self._up if factor > 1 else np.ones(1)
        self._memory = np.zeros(self._filter.size - 1)
        self._phase = 0

    def __call__(self, samples: Samples) -> Samples:
        """The same sound at the other rate."""
        if self._up == self._down or not samples.size:
            return samples
        wide = np.zeros(samples.size * self._up)
        wide[:: self._up] = samples
        smooth, self._memory = lfilter(self._filter, [1.0], wide, zi=self._memory)
        out = smooth[self._phase :: self._down]
        self._phase = (self._phase - smooth.size) % self._down
        return np.asarray(out, np.float32)
