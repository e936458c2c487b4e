"""The slow loop that holds a buffer between two clocks at its level, by a ratio a little off one.

For many ports at once. A level is known only in steps (a frame arrives, a block is taken), and where in the step we
look slides with the drift; so inside a band as wide as the step nothing is done, outside of it the loop pulls gently,
and what it had to pull for long it keeps (the drift). Pitch moves by less than one part in a thousand, and slowly.
Not for sudden excess: that is left out where nobody speaks.
"""

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.units import RATE, TICK, Flags

WINDOW = 50
"""Levels (one a tick) whose least is what the loop looks at: 0.5 s, longer than any frame."""

PULL = 0.06
"""Ratio for each second outside of the band: 10 ms too much make 600 ppm."""

PUSH = 0.3
"""The same below the band, where the next thing to happen is a gap: 1 ms too little makes 300 ppm."""

LEARN = 2e-4
"""Ratio learnt for each second outside of the band in each second of time."""

MOST = 1e-3
"""Largest ratio: 1000 ppm, twice what crystals need; inaudible."""

SMOOTH = 0.5
"""Share of the way to the new ratio gone in each window."""

Levels = npt.NDArray[np.float64]


class Servo:
    """One loop for each port. ``ratio`` > 0: take faster."""

    def __init__(self, ports: int, band: float) -> None:
        """``band``: samples (at the core's rate) between the lowest and the highest level that needs nothing done."""
        self.ratio: Levels = np.zeros(ports)
        self.drift: Levels = np.zeros(ports)
        self.least: Levels = np.full(ports, np.inf)  # of the present window
        self.band: Levels = np.full(ports, band)
        self._count = 0

    def step(self, level: Levels, low: Levels, live: Flags) -> Levels | None:
        """A tick: levels in samples, the lowest wanted, which ports flow. The least of a window when one is complete.

        A port that does not flow, or began within the window, keeps its ratio.
        """
        np.minimum(self.least, np.where(live, level, -np.inf), out=self.least)
        self._count += 1
        if self._count < WINDOW:
            return None
        self._count = 0
        least, self.least = self.least, np.full(level.size, np.inf)
        valid = np.isfinite(least)
        safe = np.where(valid, least, low)
        above, below = np.maximum(safe - low - self.band, 0.0) / RATE, np.minimum(safe - low, 0.0) / RATE
        pull = PULL * above + PUSH * below
        self.drift = np.clip(self.drift + LEARN / PULL * pull * WINDOW * TICK, -MOST, MOST)
        aim = np.clip(self.drift + pull, -MOST, MOST)
        self.ratio = np.where(valid, self.ratio + SMOOTH * (aim - self.ratio), self.ratio)
        return least

    def spoil(self, port: int) -> None:
        """What this window saw of the port does not count: it was set right by hand."""
        self.least[port] = -np.inf
