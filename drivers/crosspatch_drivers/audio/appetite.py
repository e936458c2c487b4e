"""How much of a core a process with sound cards takes, so that one whose driver runs wild is noticed.

Seen with ALSA's PulseAudio plug-in on a busy machine: PortAudio's thread goes from one underrun into the next for as
long as it is let, and at real-time priority it starves the rest of the box. Pure: times are passed in.
"""

WILD = 0.6
"""Share of one core above which something runs wild; a card in good order takes a tenth."""

WINDOW = 1.0
"""Seconds over which the share is taken: opening a device is a shorter burst."""


class Appetite:
    """One process's share of a core, window after window."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self.was_wild = False
        self._since: float | None = None
        self._used = 0.0

    def wild(self, now: float, used: float) -> bool:
        """Whether a window has just ended in which the share was above `WILD`; ``used`` is the CPU time so far."""
        if self._since is None:
            self._since, self._used = now, used
            return False
        span = now - self._since
        if span < WINDOW:
            return False
        share, self._since, self._used = (used - self._used) / span, now, used
        self.was_wild = share > WILD
        return self.was_wild
