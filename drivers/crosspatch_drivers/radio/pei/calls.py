"""Calls by their instance number, as far as the radio told of them: whose they are, who began them.

Scanned groups and individual calls show up on the same interface; only calls of the selected talkgroup are ours. Not
for who talks now or who may: see `listening` and `transmitter`.
"""

from dataclasses import dataclass

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.pei.lines import CallIncoming

MOST_CALLS = 16
"""Records kept; a radio has a handful of calls, more are noise, and the oldest goes."""

POINT_TO_POINT = 0
"""Communication type of an individual call."""

EMERGENCY_CALL, PREEMPTIVE_CALL = 15, 12
"""Call priorities: emergency; the least one that takes resources from others."""


def demand_priority(call_priority: int) -> int:
    """The priority of a talker (0 low, 1 high, 2 pre-emptive, 3 emergency) in a call of priority 0 to 15."""
    if call_priority >= PREEMPTIVE_CALL:
        return 3 if call_priority == EMERGENCY_CALL else 2
    return min(call_priority, 1)


@dataclass(slots=True)
class Call:
    """What is known of one call."""

    cc: int
    called: str = ""
    comms: int | None = None
    own: bool = False  # we set it up
    connected: bool = False
    caller: Identity | None = None
    priority: int = 0  # of the call, 0 to 15
    speaking: bool = False  # somebody else, as far as told
    speaker: Identity | None = None


class CallBook:
    """All calls now known, newest last; and the talkgroup that tells ours from the others."""

    def __init__(self, home: Identity) -> None:
        """``home`` is of the network that short identities belong to."""
        self.home = home
        self.home_told = False
        """Whether the radio itself told its network."""
        self.group: Identity | None = None
        """The selected talkgroup as read back; None while unknown, SSI 0 for none."""
        self.group_in_full = False
        """Whether the radio told the network of the selected talkgroup, too."""
        self._calls: dict[int, Call] = {}

    def identity(self, digits: str) -> Identity | None:
        """The identity these digits print; None when they print none."""
        try:
            return Identity.from_digits(digits, self.home)
        except ValueError:
            return None

    def incoming(self, message: CallIncoming) -> Call | None:
        """Keep what +CTICN tells. The same instance with another called identity is another call."""
        if message.cc is None:
            return None
        known = self._calls.get(message.cc)
        if known and message.called and known.called and not self._same(message.called, known.called):
            known = None
        call = known or Call(message.cc)
        call.called = message.called or call.called
        call.comms = message.comms if message.comms is not None else call.comms
        call.caller = self.identity(message.caller) or call.caller
        call.priority = message.priority or call.priority
        self._keep(call)
        return call

    def outgoing(self, cc: int) -> Call:
        """Keep a call that we set up to the selected talkgroup."""
        call = self._calls.get(cc)
        if call is None or not self.ours(call):
            call = Call(cc, called=str(self.group.ssi) if self.group else "", own=True)
        self._keep(call)
        return call

    def hear(self, cc: int | None) -> Call | None:
        """The call a line is about, now the newest. Without an instance it is the current one."""
        if cc is None:
            return self.current()
        call = self._calls.get(cc) or Call(cc)
        self._keep(call)
        return call

    def find(self, cc: int | None) -> Call | None:
        """The call with this instance, as it stands; the current one for None."""
        return self.current() if cc is None else self._calls.get(cc)

    def release(self, cc: int) -> None:
        """The call is over."""
        self._calls.pop(cc, None)

    def release_group(self) -> None:
        """All calls of the selected talkgroup are over."""
        for cc in [cc for cc, call in self._calls.items() if self.ours(call)]:
            del self._calls[cc]

    def clear(self) -> None:
        """All calls are over, and nothing the radio told before counts."""
        self._calls.clear()
        self.group, self.group_in_full, self.home_told = None, False, False

    def current(self) -> Call | None:
        """The newest call of ours."""
        return next((call for call in reversed(self._calls.values()) if self.ours(call)), None)

    def ours(self, call: Call) -> bool:
        """Whether this is a call of the selected talkgroup. A call of which nothing is known is taken for one."""
        if not call.called or self.group is None:
            return call.comms != POINT_TO_POINT
        called = self.identity(call.called)
        if called is None or called.ssi != self.group.ssi:
            return False
        network_is_told = len(call.called) > 8 and (self.group_in_full or self.home_told)
        return not network_is_told or called == self.group

    def _same(self, one: str, other: str) -> bool:
        first, second = self.identity(one), self.identity(other)
        return first is not None and second is not None and first.ssi == second.ssi

    def _keep(self, call: Call) -> None:
        self._calls.pop(call.cc, None)
        self._calls[call.cc] = call
        while len(self._calls) > MOST_CALLS:
            del self._calls[next(iter(self._calls))]
