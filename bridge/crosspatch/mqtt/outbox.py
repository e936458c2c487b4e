"""What waits to be published, pure: the newest payload of each state, and events in order, bounded.

A state that changes again before it could leave is replaced: only its newest payload matters. Events are all wanted;
when too many wait, the oldest is dropped and counted. Nothing is forgotten before the broker has confirmed it.
"""

from collections import deque
from dataclasses import dataclass

MAX_EVENTS = 1000
"""Events kept while the broker is away: overs of many hours."""


@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    """One message to publish with QoS 1. Retained it is a state, else an event or an answer.

    ``expires_s`` and ``correlation`` are properties of MQTT 5 and left out where that is not spoken.
    """

    topic: str
    payload: bytes
    retain: bool = False
    expires_s: int | None = None
    correlation: bytes | None = None


class Outbox:
    """Take one, publish it, say that it is `done`; after a lost connection `again` puts back what was under way."""

    def __init__(self, max_events: int = MAX_EVENTS) -> None:
        """Empty."""
        self._states: dict[str, Outgoing] = {}
        self._events: deque[Outgoing] = deque()
        self._under_way: dict[Outgoing, None] = {}
        self._max_events = max_events
        self.dropped = 0

    def __len__(self) -> int:
        """How many wait or are under way."""
        return len(self._states) + len(self._events) + len(self._under_way)

    def put(self, *messages: Outgoing) -> None:
        """Messages to publish, a state in place of what waited for the same topic."""
        for message in messages:
            if message.retain:
                self._states[message.topic] = message
            else:
                self._events.append(message)
        self._trim()

    def take(self) -> Outgoing | None:
        """The next to publish: states first, since they are what is true now. None when nothing waits."""
        if self._states:
            message = self._states.pop(next(iter(self._states)))
        elif self._events:
            message = self._events.popleft()
        else:
            return None
        self._under_way[message] = None
        return message

    def done(self, message: Outgoing) -> None:
        """The broker has confirmed it."""
        self._under_way.pop(message, None)

    def again(self) -> None:
        """The connection is lost: what was not confirmed waits again, in its old order, unless it is outdated."""
        for message in self._under_way:
            if message.retain:
                self._states.setdefault(message.topic, message)
        self._events.extendleft(message for message in reversed(self._under_way) if not message.retain)
        self._under_way.clear()
        self._trim()

    def _trim(self) -> None:
        while len(self._events) > self._max_events:
            self._events.popleft()
            self.dropped += 1
