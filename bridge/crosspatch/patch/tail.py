"""How long after our own transmission a radio's receiver still hears it, measured for each radio.

A squelch tail, an echo, a repeater that hangs: to a voice detector it sounds like an answer, and a gateway that passes
it on makes two radios key each other for ever. Not for radios that are told by their network who speaks. What begins
right after we un-keyed is doubted until the hold-off is over: a tail ends before, a person goes on and has lost
nothing, because he was recorded from his first word.
"""

from dataclasses import dataclass

ONSET_S = 0.3
"""Seconds after the un-key within which a tail begins; what begins later is an answer. People need about as long."""

FIRST_S = 0.3
"""The hold-off of a radio that was not measured yet."""

MARGIN_S = 0.05
"""Seconds added to the longest tail that was heard."""

MOST_S = 1.0
"""No tail is longer; a sound that lasts longer was a person."""

EASE = 0.1
"""The part of the way back that the hold-off goes for each transmission with a shorter tail, or none."""


@dataclass(slots=True)
class Tail:
    """One radio's. Times are monotonic seconds."""

    hold_s: float = FIRST_S
    off_at: float = float("-inf")

    def unkeyed(self, now: float) -> None:
        """Our transmission ended."""
        self.hold_s += (FIRST_S - self.hold_s) * EASE
        self.off_at = now

    def doubts(self, began: float) -> bool:
        """Whether a sound that began then may be our own."""
        return began - self.off_at < ONSET_S

    @property
    def clear_at(self) -> float:
        """A doubted sound that goes on until then is a person."""
        return self.off_at + self.hold_s

    def heard(self, ended: float) -> bool:
        """A doubted sound ended then. True: it was a tail, as far as was known until now; its length is learned."""
        length = ended - self.off_at
        tail = ended <= self.clear_at
        if length + MARGIN_S > self.hold_s and length <= MOST_S:
            self.hold_s = length + MARGIN_S
        return tail
