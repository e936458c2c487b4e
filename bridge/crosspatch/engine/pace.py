"""When the next tick is due: an absolute, monotonic timetable, so that lateness never adds up. Not for doing it."""

from crosspatch.dsp.units import TICK

MOST_BEHIND = 20
"""Ticks made up one after the other when late: 200 ms, after which everybody takes this process for dead anyway."""


class Pace:
    """The timetable, and how well it was kept."""

    def __init__(self, now: float) -> None:
        """The first tick is due one tick from ``now``."""
        self._due = now + TICK
        self.ticks = 0
        self.skipped = 0
        self.late_max = 0.0  # seconds from when a tick was due until its work was done
        self.took_max = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next tick; 0 when it is due."""
        return max(0.0, self._due - now)

    def done(self, began: float, ended: float) -> None:
        """A tick was made; the next one is due one tick after this one was due, unless that is hopelessly late."""
        self.ticks += 1
        self.late_max = max(self.late_max, ended - self._due)
        self.took_max = max(self.took_max, ended - began)
        self._due += TICK
        behind = int((ended - self._due) / TICK)
        if behind > MOST_BEHIND:
            self.skipped += behind
            self._due += behind * TICK

    def reset(self) -> None:
        """Begin new maxima."""
        self.late_max = self.took_max = 0.0
