"""Somebody else's over: when it began, who speaks, when it ended; not for our own transmissions."""

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import OverEnded, OverStarted, TalkerKnown
from crosspatch_drivers.radio.pei.calls import Call, demand_priority
from crosspatch_drivers.radio.pei.outbox import Outbox


class Listening:
    """At most one over is heard at a time: that of the newest call."""

    def __init__(self, outbox: Outbox, ceiling: float) -> None:
        """Begin in silence. An over of which nothing is told for ``ceiling`` seconds counts as ended."""
        self._outbox, self._ceiling = outbox, ceiling
        self._cc: int | None = None
        self._talker: Identity | None = None
        self._priority = 0
        self._told_at = 0.0
        self.active = False

    def started(self, call: Call, talker: Identity | None, now: float) -> None:
        """+CTXG: somebody speaks in this call. Until the first over has ended, that is the caller if nothing better."""
        talker = talker or (None if self._hears(call) else call.caller)
        self._told_at = now
        if self._hears(call) and (talker is None or self._talker in (None, talker)):
            self._know(talker)
            return
        self.ended("another talker")
        self._cc, self._talker, self.active = call.cc, talker, True
        self._priority = demand_priority(call.priority)
        self._outbox.emit(OverStarted(talker, self._priority))

    def told_more(self, call: Call) -> None:
        """+CTICN told the caller: the talker, if an over of unknown talker is heard; or a priority that is higher."""
        if not self._hears(call):
            return
        self._know(call.caller)
        if demand_priority(call.priority) > self._priority:
            self._priority = demand_priority(call.priority)
            self._outbox.emit(OverStarted(self._talker, self._priority))

    def ceased(self, call: Call) -> None:
        """+CDTXC: the over in this call has ended; the next one need not be the caller's."""
        call.caller = None
        if self._hears(call):
            self.ended()

    def released(self, call: Call, why: str) -> None:
        """+CTCR: the call is over, with the over in it."""
        if self._hears(call):
            self.ended(why)

    def ended(self, reason: str = "") -> None:
        """Whatever is heard has ended."""
        if self.active:
            self.active = False
            self._outbox.emit(OverEnded(reason))

    def tick(self, now: float) -> None:
        """Let time pass."""
        if self.active and now >= self._told_at + self._ceiling:
            self.ended("its end was not told")

    def deadline(self) -> float | None:
        """When `tick` should next be called."""
        return self._told_at + self._ceiling if self.active else None

    def _hears(self, call: Call) -> bool:
        return self.active and self._cc == call.cc

    def _know(self, talker: Identity | None) -> None:
        if self._talker is None and talker is not None:
            self._talker = talker
            self._outbox.emit(TalkerKnown(talker))
