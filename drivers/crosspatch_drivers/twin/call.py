"""One group call of a virtual network: who may speak, who waits, and when it all ends.

Pure: time comes in, what subscribers are told goes out through the `Switch`. Not for who is in the group, and not for
how a radio prints what it is told.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.settings import TwinNetwork
from crosspatch_drivers.twin.told import (
    Cause,
    Ceased,
    Connected,
    Denied,
    Granted,
    Incoming,
    Interrupted,
    OtherTalks,
    Proceeding,
    Queued,
    Released,
    Told,
)

PREEMPTIVE = 2
"""Demand priority (0 low, 1 high, 2 pre-emptive, 3 emergency) from which a talker of lower priority is interrupted."""


@dataclass(slots=True, eq=False)
class Talk:
    """One over, from grant to end. Times are those of the network's clock."""

    number: int
    gssi: int
    talker: Identity
    priority: int
    requested_at: float
    granted_at: float
    ended_at: float | None = None
    reason: str = ""


class Switch(Protocol):
    """What a call needs of its network."""

    settings: TwinNetwork

    def grant_delay(self) -> float:
        """Seconds until the next request is served."""

    def members(self, gssi: int) -> Iterable[Identity]:
        """Who is attached to the group."""

    def tell(self, who: Identity, told: Told, at: float) -> None:
        """Send an indication."""

    def begin_talk(self, request: "Request", gssi: int, at: float) -> Talk:
        """Book a new over."""

    def forget(self, call: "GroupCall") -> None:
        """The call is over."""


@dataclass(slots=True, eq=False)
class Request:
    """Somebody wants to speak. The order of service is by priority, then by age."""

    who: Identity
    priority: int
    asked_at: float

    @property
    def rank(self) -> tuple[int, float]:
        """Smaller is served sooner."""
        return -self.priority, self.asked_at


class GroupCall:
    """A call: at most one talk, at most one request about to be served, and a queue of others."""

    def __init__(self, switch: Switch, number: int, gssi: int, owner: Identity) -> None:
        """Not connected until the first request is served."""
        self.number, self.gssi, self.owner = number, gssi, owner
        self.talk: Talk | None = None
        self.connected = False
        self.emergency = False
        self.pending: Request | None = None
        self.queue: list[Request] = []
        self._switch = switch
        self._serve_at = 0.0
        self._hang_until = 0.0
        self._ends_at = 0.0
        self._dialled: set[Identity] = set()
        self._joined: set[Identity] = set()

    # ---- what subscribers do ----------------------------------------------------------------------------------

    def ask(self, who: Identity, priority: int, dialled: bool, at: float) -> None:
        """A request to speak; answered by `Granted`, `Denied` or `Released`, after `Queued` if it must wait."""
        if dialled and who not in self._joined:
            self._dialled.add(who)
        if self.talk and self.talk.talker == who:
            self._switch.tell(who, Granted(self.number), at)
            return
        if self.pending and self.pending.who == who:
            self.pending.priority = max(priority, self.pending.priority)
            return
        self.queue = [request for request in self.queue if request.who != who]
        self._place(Request(who, priority, at), at)

    def cease(self, who: Identity, at: float) -> None:
        """The talker has ended, or a request is withdrawn."""
        if self.talk and self.talk.talker == who:
            self._end_talk("released", at)
            self._tell_all(Ceased(self.number), at)
            self._free(at)
        elif self.pending and self.pending.who == who:
            if self._switch.settings.late_grant:
                return
            self.pending = None
            self._next(at)
        else:
            self.queue = [request for request in self.queue if request.who != who]
        if not self.connected and not self.pending:
            self.release(Cause.USER, at)

    def concerns(self, who: Identity) -> bool:
        """Whether the subscriber is in the call, or dialled it."""
        return who in self._joined or who in self._dialled

    def leave(self, who: Identity, at: float) -> None:
        """Out of the call; an owner who leaves while nobody speaks or wants to takes the call with him."""
        self.cease(who, at)
        concerned = who in self._joined | self._dialled
        self._joined.discard(who)
        self._dialled.discard(who)
        if concerned:
            self._switch.tell(who, Released(self.number, Cause.USER), at)
        if concerned and who == self.owner and not self.talk and not self.pending:
            self.release(Cause.USER, at)

    def enter(self, who: Identity, at: float) -> None:
        """Late entry: somebody attached to the group while the call stands."""
        if self.connected:
            self._join(who, at)
            if self.talk:
                self._switch.tell(who, OtherTalks(self.number, self.talk.talker), at)

    def release(self, cause: Cause, at: float) -> None:
        """The call is over for everybody."""
        self._end_talk(f"call released, cause {cause.value}", at)
        self.pending = None
        self.queue.clear()
        concerned = sorted(self._joined | self._dialled)
        self._joined.clear()
        self._dialled.clear()
        for who in concerned:
            self._switch.tell(who, Released(self.number, cause), at)
        self._switch.forget(self)

    # ---- time -------------------------------------------------------------------------------------------------

    def timers(self) -> Iterator[tuple[float, Callable[[float], None]]]:
        """What is to happen by itself, and when."""
        settings = self._switch.settings
        if self.pending:
            yield self._serve_at, self._serve
        if self.talk and settings.tot_s:
            yield self.talk.granted_at + settings.tot_s, self._time_out
        if self.connected and not self.talk and not self.pending:
            yield self._hang_until, partial(self.release, Cause.EXPIRY)
        if self.connected and settings.call_s:
            yield self._ends_at, partial(self.release, Cause.EXPIRY)
        for request in self.queue:
            yield request.asked_at + settings.queue_s, partial(self._give_up, request)

    # ---- inside -----------------------------------------------------------------------------------------------

    def _place(self, request: Request, at: float) -> None:
        """Where a new request goes: to be served, into the queue, or away."""
        holder = self.pending or self.talk
        if holder is None:
            self._take(request, at)
        elif request.priority >= PREEMPTIVE and request.priority > holder.priority:
            ousted, self.pending = self.pending, None
            self._take(request, at)
            if ousted:
                self._enqueue(ousted, at)
        elif self._switch.settings.busy == "queue":
            self._enqueue(request, at)
        else:
            self._switch.tell(request.who, Denied(self.number), at)

    def _take(self, request: Request, at: float) -> None:
        self.pending = request
        self._serve_at = at + self._switch.grant_delay()

    def _enqueue(self, request: Request, at: float) -> None:
        self.queue.append(request)
        self.queue.sort(key=lambda entry: entry.rank)
        if request.who in self._dialled:
            self._switch.tell(request.who, Proceeding(self.number, queued=True), at)
        self._switch.tell(request.who, Queued(self.number), at)

    def _next(self, at: float) -> None:
        if self.pending or self.talk:
            return
        self._hang_until = max(self._hang_until, at)
        if self.queue:
            self._take(self.queue.pop(0), at)

    def _free(self, at: float) -> None:
        self._hang_until = at + self._switch.settings.hang_s
        self._next(at)

    def _serve(self, at: float) -> None:
        request, self.pending = self.pending, None
        if request is None:
            return
        if self._switch.settings.deny:
            self._deny(request, at)
        else:
            self._grant(request, at)

    def _deny(self, request: Request, at: float) -> None:
        if self.connected:
            self._switch.tell(request.who, Denied(self.number), at)
        else:
            self._dialled.discard(request.who)
            self._switch.tell(request.who, Released(self.number, Cause.CONGESTION), at)
        self._next(at)
        if not self.connected and not self.pending:
            self.release(Cause.CONGESTION, at)

    def _give_up(self, request: Request, at: float) -> None:
        self.queue.remove(request)
        self._switch.tell(request.who, Denied(self.number), at)

    def _grant(self, request: Request, at: float) -> None:
        ousted = self.talk.talker if self.talk else None
        if ousted:
            self._end_talk("pre-empted", at)
            self._switch.tell(ousted, Interrupted(self.number, request.who), at)
        if not self.connected:
            self.connected = True
            self.owner = request.who
            self.emergency = request.priority > PREEMPTIVE
            self._ends_at = at + self._switch.settings.call_s
        self.talk = self._switch.begin_talk(request, self.gssi, at)
        self._join(request.who, at)
        self._switch.tell(request.who, Granted(self.number), at)
        for who in self._others(request.who):
            self._join(who, at)
            if who != ousted:
                self._switch.tell(who, OtherTalks(self.number, request.who), at)

    def _join(self, who: Identity, at: float) -> None:
        if who in self._joined:
            return
        self._joined.add(who)
        if who in self._dialled:
            self._dialled.discard(who)
            self._switch.tell(who, Proceeding(self.number, queued=False), at)
        else:
            caller = self.talk.talker if self.talk else self.owner
            self._switch.tell(who, Incoming(self.number, self.gssi, caller, 15 if self.emergency else 0), at)
        self._switch.tell(who, Connected(self.number), at)

    def _time_out(self, at: float) -> None:
        self._end_talk("transmit time-out", at)
        self._tell_all(Ceased(self.number), at)
        self._free(at)

    def _end_talk(self, reason: str, at: float) -> None:
        if self.talk:
            self.talk.ended_at, self.talk.reason = at, reason
            self.talk = None

    def _tell_all(self, told: Told, at: float) -> None:
        for who in sorted(self._joined):
            self._switch.tell(who, told, at)

    def _others(self, who: Identity) -> list[Identity]:
        return [member for member in self._switch.members(self.gssi) if member != who]
