"""Overs that wait for the floor: recorded from their first word, in turn, in bounded number, and not for ever.

Not for who gets the floor: `overs` asks here who is next. An over whose talker has ended waits on, up to ``wait_s``;
after that nobody would understand what it was about, and its talker is told that it was not delivered.
"""

from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.over import Over
from crosspatch.patch.patch import Patch

MOST_IN_PATCH = 4
"""Overs that wait in one patch; with more, the oldest that has ended makes room."""

MOST_IN_BOX = 32
"""Overs that wait in the whole box: what the engine keeps of them in memory (up to 4 MB for each minute) is bounded."""


class Waiting:
    """The waiting overs of all patches."""

    def __init__(self, desk: Desk) -> None:
        """Nobody waits."""
        self._desk = desk
        self._by_number: dict[int, Over] = {}

    def get(self, number: int) -> Over | None:
        """The waiting over of this number."""
        return self._by_number.get(number)

    def to_make_room(self, patch: Patch) -> Over | None:
        """The over that has to go before one more may wait; None when there is room."""
        if len(patch.waiting) < MOST_IN_PATCH and len(self._by_number) < MOST_IN_BOX:
            return None
        return next((over for over in patch.waiting if over.ended is not None), None)

    def full(self, patch: Patch) -> bool:
        """Whether one more must not wait."""
        return len(patch.waiting) >= MOST_IN_PATCH or len(self._by_number) >= MOST_IN_BOX

    def add(self, patch: Patch, over: Over) -> None:
        """From now on it waits."""
        self._by_number[over.number] = over
        patch.waiting.append(over)
        if len(patch.waiting) > 1:
            patch.waiting.sort(key=lambda over: over.started)

    def remove(self, patch: Patch, over: Over) -> None:
        """It has the floor, or is forgotten."""
        del self._by_number[over.number]
        patch.waiting.remove(over)
        self._desk.deadlines.cancel(Timer.WAIT, str(over.number))

    def look_at(self, over: Over, when: float) -> None:
        """Something will be different with it then."""
        self._desk.deadlines.set(Timer.WAIT, str(over.number), when)

    def line(self, patch: Patch) -> list[Over]:
        """Who waits, in the order in which they get the floor: by priority, then by when they began."""
        if len(patch.waiting) < 2:
            return patch.waiting
        return sorted(patch.waiting, key=lambda over: (-over.priority, over.started))
