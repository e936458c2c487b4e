"""Absolute deadlines in one heap, so that a tick costs nothing for the hundreds of patches that have none due."""

from heapq import heapify, heappop, heappush
from itertools import count

from crosspatch.state import State


class Timer(State):
    """What a deadline is for; with the name of its patch or radio it is unique."""

    OVER = "over"  # of a patch: the talker's limit
    HANG = "hang"  # of a patch
    WAIT = "wait"  # of an over that waits for the floor, named by its number
    MEND = "mend"  # of a patch: another radio goes on with an over whose radio was lost
    RESUME = "resume"  # of a patch: a leg that was pre-empted on its far side may go on
    TONE = "tone"  # of a patch: a tone that could not be played yet is too old to be understood
    START = "start"  # of a patch: radios had their time to come up with the box
    OPEN = "open"  # of a patch: go up with the legs there are
    PART = "part"  # of a patch: the running over is cut
    EXPIRE = "expire"  # of a patch: what its rule wants
    HAND = "hand"  # of a patch: what a person wants
    CONSENT = "consent"  # of a patch: nobody accepted
    CLOSING = "closing"  # of a patch: its crews are told that it expires soon
    REPEATED = "repeated"  # of a sentence that was left out: how often is written down
    FOREIGN = "foreign"  # of another box: it has said nothing of its radios for long
    BROKEN = "broken"  # of a patch: it may be tried again
    LEG = "leg"  # of a radio: grant, queue, retry or drain
    SELECT = "select"  # of a radio: the talkgroup's read-back
    RELEASE = "release"  # of a radio: the end of its transmission after un-key
    EMERGENCY = "emergency"  # of a radio: the alarm that it heard one has been shown for long enough
    WATCH = "watch"  # of a radio: the longest it may ever be keyed


Due = tuple[Timer, str]

ROOM = 64
"""Cancelled entries the heap may hold beyond as many as there are deadlines, before it is built anew."""


class Deadlines:
    """At most one deadline for each (timer, name)."""

    def __init__(self) -> None:
        """No deadline yet."""
        self._when: dict[Due, float] = {}
        self._heap: list[tuple[float, int, Due]] = []
        self._order = count()

    def set(self, timer: Timer, name: str, when: float) -> None:
        """Set it, or move it."""
        key = (timer, name)
        self._when[key] = when
        heappush(self._heap, (when, next(self._order), key))
        if len(self._heap) > 2 * len(self._when) + ROOM:
            self._heap = [(when, next(self._order), key) for key, when in self._when.items()]
            heapify(self._heap)

    def cancel(self, timer: Timer, name: str) -> None:
        """Forget it, if it is there."""
        self._when.pop((timer, name), None)

    def is_set(self, timer: Timer, name: str) -> bool:
        """Whether it is still to come."""
        return (timer, name) in self._when

    def earliest(self) -> float | None:
        """When the next one passes."""
        while self._heap and self._when.get(self._heap[0][2]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def next_due(self, now: float) -> Due | None:
        """Take the earliest deadline that has passed; None when there is none."""
        while self._heap and self._heap[0][0] <= now:
            when, _, key = heappop(self._heap)
            if self._when.get(key) == when:
                del self._when[key]
                return key
        return None
