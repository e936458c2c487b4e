"""A virtual TETRA network, the switching side: subscribers, their groups, and the calls in these.

Pure: `now` is passed in, what subscribers are told is taken out with `take`. Not for audio (see `air`) and not for
the PEI (see `pei_radio`). Not imitated: cells, individual calls, scanned groups, encryption.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.call import GroupCall, Request, Talk
from crosspatch_drivers.twin.post import Post
from crosspatch_drivers.twin.settings import TwinNetwork
from crosspatch_drivers.twin.told import Attached, Cause, Registered, Told

KEPT_TALKS = 64
"""Overs kept by the network: those under way and the last few, for whoever moves the audio."""

MOST_INDICATIONS = 4096
"""Indications that may wait to be taken; more can only mean that nobody takes them, and the oldest go."""


@dataclass(slots=True)
class Subscriber:
    """What the network knows of one radio. ``group`` 0: none."""

    registered: bool = False
    registers_at: float | None = None
    group: int = 0
    back: bool = False  # registers as soon as there is service again
    wanted: int | None = None  # group being attached
    attaches_at: float = 0.0


class Network:
    """One network. Every method first lets happen what was due before ``now``."""

    def __init__(self, settings: TwinNetwork, seed: int = 0) -> None:
        """``settings`` may be replaced while it runs. Equal seeds and equal inputs give equal networks."""
        self.settings = settings
        self.talks: deque[Talk] = deque(maxlen=KEPT_TALKS)
        self.lost_indications = 0
        self._dice = Random(f"{seed}/{settings.id}")
        self._subscribers: dict[Identity, Subscriber] = {}
        self._calls: dict[int, GroupCall] = {}  # by group
        self._number = 0
        self._talk_number = 0
        self._told: deque[tuple[Identity, Told, float]] = deque(maxlen=MOST_INDICATIONS)
        self.post = Post(self, Random(f"{seed}/{settings.id}/post"))

    # ---- asking -----------------------------------------------------------------------------------------------

    def identity(self, ssi: int) -> Identity:
        """The subscriber or group of this network with that SSI."""
        return Identity(self.settings.mcc, self.settings.mnc, ssi)

    def registered(self, who: Identity) -> bool:
        """Whether the network knows the subscriber."""
        return self._subscriber(who).registered

    def group(self, who: Identity) -> int:
        """The group the subscriber is attached to; 0: none."""
        return self._subscriber(who).group

    def attaching(self, who: Identity) -> bool:
        """Whether the subscriber is on its way into a group."""
        return self._subscriber(who).wanted is not None

    def call(self, gssi: int) -> GroupCall | None:
        """The call in this group."""
        return self._calls.get(gssi)

    def talk(self, gssi: int) -> Talk | None:
        """The over under way in this group."""
        call = self._calls.get(gssi)
        return call.talk if call else None

    def in_call(self, who: Identity) -> bool:
        """Whether the subscriber is in a call of his group, its hang time included."""
        call = self._calls.get(self._subscriber(who).group)
        return call is not None and call.concerns(who)

    def members(self, gssi: int) -> list[Identity]:
        """Who is attached to the group, in a fixed order."""
        return sorted(who for who, known in self._subscribers.items() if known.group == gssi)

    # ---- what subscribers do ----------------------------------------------------------------------------------

    def change(self, settings: TwinNetwork, now: float) -> None:
        """Other settings from now on. Service that goes takes every call and registration with it."""
        self.advance(now)
        had_service, self.settings = self.settings.service, settings
        if had_service and not settings.service:
            for call in list(self._calls.values()):
                call.release(Cause.SWMI, now)
            for known in self._subscribers.values():
                known.back = known.registered or known.registers_at is not None
                known.registered, known.registers_at, known.group, known.wanted = False, None, 0, None
        elif settings.service and not had_service:
            for known in self._subscribers.values():
                if known.back:
                    known.back, known.registers_at = False, now + settings.registration_ms / 1000

    def cut(self, gssi: int, now: float) -> None:
        """Take the call of a group away, as an emergency elsewhere does."""
        self.advance(now)
        call = self._calls.get(gssi)
        if call:
            call.release(Cause.PREEMPTION, now)

    def register(self, who: Identity, now: float) -> None:
        """A radio was switched on; told `Registered` later, when there is service."""
        self.advance(now)
        if not self.settings.service:
            self._subscriber(who).back = True
            return
        self._subscriber(who).registers_at = now + self.settings.registration_ms / 1000

    def deregister(self, who: Identity, now: float) -> None:
        """A radio was switched off or lost."""
        self.advance(now)
        self._detach(who, now)
        self._subscribers[who] = Subscriber()

    def enlist(self, who: Identity, gssi: int, now: float) -> None:
        """Put a subscriber into a group at once: for talkers of the network's own."""
        self.advance(now)
        if not self.settings.service:
            msg = f"network {self.settings.id} has no service"
            raise ValueError(msg)
        known = self._subscriber(who)
        known.registered = True
        if known.group != gssi:
            self._detach(who, now)
            self._arrive(who, gssi, now)

    def attach(self, who: Identity, gssi: int, now: float) -> None:
        """Go to a known group (0: to none); told `Attached` later. The old one is left now."""
        self.advance(now)
        known = self._subscriber(who)
        if gssi and gssi not in self.settings.groups:
            msg = f"network {self.settings.id} has no talkgroup {gssi}"
            raise ValueError(msg)
        self._detach(who, now)
        jitter = self._dice.random() * self.settings.attach_jitter_ms
        known.wanted = gssi
        known.attaches_at = now + (self.settings.attach_ms + jitter) / 1000 if gssi else now
        self.advance(now)

    def ask(self, who: Identity, priority: int, now: float, *, dialled: bool = False) -> int:
        """Ask to speak in the subscriber's group; ``dialled``: by setting a call up. Returns the call's number."""
        self.advance(now)
        known = self._subscriber(who)
        if not known.group:
            msg = f"{who} is in no talkgroup"
            raise ValueError(msg)
        call = self._calls.get(known.group)
        if call is None:
            self._number += 1
            call = self._calls[known.group] = GroupCall(self, self._number, known.group, who)
            dialled = True
        call.ask(who, priority, dialled, now)
        return call.number

    def cease(self, who: Identity, now: float) -> None:
        """End the over, or withdraw the request."""
        self.advance(now)
        call = self._calls.get(self.group(who))
        if call:
            call.cease(who, now)

    def leave(self, who: Identity, now: float) -> None:
        """Leave the call in the subscriber's group."""
        self.advance(now)
        call = self._calls.get(self.group(who))
        if call:
            call.leave(who, now)

    # ---- time and indications ---------------------------------------------------------------------------------

    def next_due(self) -> float:
        """When something will happen by itself."""
        return min((due for due, _ in self._timers()), default=float("inf"))

    def advance(self, now: float) -> None:
        """Let happen what is due by ``now``, in order, each at its own time."""
        while True:
            due, action = min(self._timers(), key=lambda timer: timer[0], default=(float("inf"), None))
            if action is None or due > now:
                return
            action(due)

    def take(self) -> list[tuple[Identity, Told, float]]:
        """What subscribers were told since the last time: to whom, what, when."""
        told = list(self._told)
        self._told.clear()
        return told

    # ---- for calls (`Switch`) ---------------------------------------------------------------------------------

    def grant_delay(self) -> float:
        """Seconds until a request is served."""
        return (self.settings.grant_ms + self._dice.random() * self.settings.grant_jitter_ms) / 1000

    def tell(self, who: Identity, told: Told, at: float) -> None:
        """Keep an indication until it is taken."""
        self.lost_indications += len(self._told) == MOST_INDICATIONS
        self._told.append((who, told, at))

    def begin_talk(self, request: Request, gssi: int, at: float) -> Talk:
        """Book a new over."""
        self._talk_number += 1
        talk = Talk(self._talk_number, gssi, request.who, request.priority, request.asked_at, at)
        self.talks.append(talk)
        return talk

    def forget(self, call: GroupCall) -> None:
        """The call is over."""
        if self._calls.get(call.gssi) is call:
            del self._calls[call.gssi]

    # ---- inside -----------------------------------------------------------------------------------------------

    def _subscriber(self, who: Identity) -> Subscriber:
        return self._subscribers.setdefault(who, Subscriber())

    def _timers(self) -> Iterator[tuple[float, Callable[[float], None]]]:
        for who, known in self._subscribers.items():
            if known.registers_at is not None:
                yield known.registers_at, partial(self._registers, who)
            if known.wanted is not None:
                yield known.attaches_at, partial(self._attaches, who)
        for call in self._calls.values():
            yield from call.timers()
        yield from self.post.timers()

    def _registers(self, who: Identity, at: float) -> None:
        known = self._subscriber(who)
        known.registers_at, known.registered = None, True
        self.tell(who, Registered(), at)

    def _attaches(self, who: Identity, at: float) -> None:
        gssi = self._subscriber(who).wanted or 0
        self._subscriber(who).wanted = None
        self.tell(who, Attached(gssi), at)
        self._arrive(who, gssi, at)

    def _arrive(self, who: Identity, gssi: int, at: float) -> None:
        self._subscriber(who).group = gssi
        call = self._calls.get(gssi)
        if call:
            call.enter(who, at)

    def _detach(self, who: Identity, at: float) -> None:
        known = self._subscriber(who)
        call = self._calls.get(known.group)
        if call:
            call.leave(who, at)
        known.group, known.wanted = 0, None
