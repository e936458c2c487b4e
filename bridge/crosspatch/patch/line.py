"""The line of legs that wait for a radio of one network: by their patch's priority, then by how long they wait.

Everybody in it can see his place, and hears when it changes. Not for taking radios away: that is `staffing`'s.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass
from itertools import count

from crosspatch.patch.desk import Desk


@dataclass(frozen=True, slots=True, order=True)
class Waiter:
    """One leg in the line; ordered as they are served."""

    after: int  # the negative of the patch's priority
    number: int  # in the order of their coming
    patch: str
    talkgroup: str


class Line:
    """One network's."""

    def __init__(self, desk: Desk) -> None:
        """Nobody waits."""
        self._desk = desk
        self._numbers = count()
        self._waiters: list[Waiter] = []
        self._of: dict[tuple[str, str], Waiter] = {}

    @property
    def first(self) -> Waiter | None:
        """Who is served next."""
        return self._waiters[0] if self._waiters else None

    def join(self, patch: str, talkgroup: str, priority: int) -> int:
        """Wait, if it does not yet; its place, from 1."""
        known = self._of.get((patch, talkgroup))
        if known is None:
            known = self._of[patch, talkgroup] = Waiter(-priority, next(self._numbers), patch, talkgroup)
            insort(self._waiters, known)
            self._moved(bisect_left(self._waiters, known) + 1)
        return bisect_left(self._waiters, known) + 1

    def leave(self, patch: str, talkgroup: str) -> None:
        """Wait no more."""
        known = self._of.pop((patch, talkgroup), None)
        if known is not None:
            at = bisect_left(self._waiters, known)
            del self._waiters[at]
            self._moved(at)

    def ahead(self, patch: str, talkgroup: str, priority: int) -> int:
        """How many are served before this leg, which need not be in the line."""
        known = self._of.get((patch, talkgroup))
        if known is not None:
            return bisect_left(self._waiters, known)
        return sum(waiter.after <= -priority for waiter in self._waiters)

    def _moved(self, start: int) -> None:
        for waiter in self._waiters[start:]:
            self._desk.touch(waiter.patch)
