"""Lines of a radio that nobody understands, told in the log as they came: a lost call line may have been among them.

Not for counting them. Noise must not flood the log: what comes soon after the last one is told as a number.
"""

from crosspatch_drivers.radio.pei.outbox import Outbox

QUIET_S = 10.0
"""Seconds after a line was told in which further ones are only counted."""

MOST_SHOWN = 80
"""Characters of a line that are told."""


class Oddities:
    """Tells of them."""

    def __init__(self, outbox: Outbox) -> None:
        """None yet."""
        self._outbox = outbox
        self._told_at = float("-inf")
        self._more = 0

    def said(self, line: str, now: float) -> None:
        """One more."""
        if now < self._told_at + QUIET_S:
            self._more += 1
            return
        more = f" (and {self._more} more before it)" if self._more else ""
        self._outbox.note(f"a line is not understood: {line[:MOST_SHOWN]!r}{more}", "info")
        self._told_at, self._more = now, 0
