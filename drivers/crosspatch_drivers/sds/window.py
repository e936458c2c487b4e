"""Messages that come more than once are taken once: radios repeat them, and so do networks. Not for order or loss."""

from collections import OrderedDict

from crosspatch_drivers.sds.bits import Bits
from crosspatch_drivers.sds.message import Sds, Sds4

WINDOW = 60.0
"""Seconds in which the same message from the same sender is a repetition."""

MOST = 512
"""Messages remembered; of more the oldest is forgotten."""

Key = tuple[str, int | None, int | None, Bits]


def key_of(source: str, message: Sds, bits: Bits) -> Key:
    """What makes a message the same: sender, protocol, message reference and every bit of it."""
    if isinstance(message, Sds4):
        return source, message.protocol, message.reference, bits
    return source, None, None, bits


class Window:
    """Remembers what came in the last minute."""

    def __init__(self, seconds: float = WINDOW, most: int = MOST) -> None:
        """``most`` messages at most are remembered."""
        self._seconds, self._most = seconds, most
        self._seen: OrderedDict[Key, float] = OrderedDict()
        self.repetitions = 0

    def first(self, key: Key, now: float) -> bool:
        """Whether this message is new. The window runs from its first coming, so what is sent for ever is heard."""
        while self._seen:
            oldest, came = next(iter(self._seen.items()))
            if now - came < self._seconds:
                break
            del self._seen[oldest]
        if key in self._seen:
            self.repetitions += 1
            return False
        self._seen[key] = now
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True

    def __len__(self) -> int:
        """Messages remembered."""
        return len(self._seen)
