"""Our own transmission: requested, queued, granted, taken away, given back; exactly one end for each Key order.

Not for others' overs (see `listening`), nor for how it is asked for (see `asking`) and how giving it back is made sure
of (see `release`).
"""

from enum import Enum
from random import Random

from crosspatch_drivers.radio.base import (
    Alarm,
    EndReason,
    Granted,
    Pausing,
    Queued,
    RadioState,
    ReleasePlan,
    Resumed,
    TransmitEnded,
)
from crosspatch_drivers.radio.pei.asking import Asking
from crosspatch_drivers.radio.pei.calls import Call, CallBook
from crosspatch_drivers.radio.pei.commands import ABORT, release_bytes
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.lines import Error, Ok
from crosspatch_drivers.radio.pei.outbox import Arm, Disarm, Outbox, PressKey
from crosspatch_drivers.radio.pei.profile import Profile
from crosspatch_drivers.radio.pei.release import Release

OUR_OWN_DOING = 1
PREEMPTED = frozenset({9, 32})
LIMITED = frozenset({13, 37, 38})
NO_ROOM = frozenset({2, 5, 12})
"""Disconnect causes: a call we left; pre-empted; a timer or the right to transmit ran out; busy or congested."""

HIGHEST_PRIORITY = 3

ABOUT = "transmitter"
"""What the alarm is about that a radio may be on the air and cannot be asked."""


class Phase(Enum):
    """How far our transmission is."""

    OFF = "off"
    ASKING = "asking"
    QUEUED = "queued"
    ON = "on"
    PAUSED = "paused"  # on, but the radio changes its cell
    RELEASING = "releasing"


WAITING = frozenset({Phase.ASKING, Phase.QUEUED})
ON_AIR = frozenset({Phase.ON, Phase.PAUSED})


class Transmitter:
    """The transmitter as far as the radio told of it. ``suspect``: it may be on without our knowing."""

    def __init__(self, outbox: Outbox, dialogue: Dialogue, book: CallBook, profile: Profile, dice: Random) -> None:
        """Off."""
        self._outbox, self._dialogue, self._book, self._profile = outbox, dialogue, book, profile
        self._asking = Asking(outbox, dialogue, book, profile, dice)
        self._release = Release(outbox, dialogue, profile)
        self.phase = Phase.OFF
        self.suspect = False
        self._ordered = self._told_granted = self._renewing = self._pausing = self._doubted = False
        self._priority = 1
        self._was_on = False
        self._give_up_at = 0.0  # while waiting or paused: when to stop; while on: when to renew
        self._end: tuple[EndReason, str] = EndReason.RELEASED, ""
        self._plan: ReleasePlan | None = None

    @property
    def state(self) -> RadioState | None:
        """The radio's state as far as it is ours to tell; None when the transmitter is off."""
        match self.phase:
            case Phase.OFF:
                return None
            case Phase.ASKING:
                return RadioState.REQUESTED
            case Phase.QUEUED | Phase.PAUSED:
                return RadioState.QUEUED
            case Phase.ON:
                return RadioState.TRANSMITTING
            case Phase.RELEASING:
                return RadioState.TRANSMITTING if self._was_on else RadioState.REQUESTED

    @property
    def deaf(self) -> bool:
        """The radio confirms no un-key, however often it is told."""
        return self._release.hopeless

    # ---- orders -----------------------------------------------------------------------------------------------

    def key(self, priority: int, now: float) -> None:
        """Ask for the transmitter."""
        if self.phase is not Phase.OFF:
            self._outbox.emit(TransmitEnded(EndReason.REFUSED, "the transmitter is not off yet"))
            return
        self._ordered, self._told_granted, self._pausing = True, False, False
        self._priority = min(max(priority, 0), HIGHEST_PRIORITY)
        self._request(now)

    def unkey(self, reason: EndReason, detail: str, now: float) -> None:
        """Give the transmitter back, or withdraw the request."""
        self._renewing = False
        if self.phase is Phase.RELEASING and self._end[0] is not EndReason.SAFETY:
            self._end = reason, detail
        if self.phase in (Phase.OFF, Phase.RELEASING):
            return
        self._end = reason, detail
        if self.phase is Phase.ASKING and self._asking.nothing_has_left:
            self._off(now)
        else:
            self._give_back(now)

    def release_now(self, now: float) -> None:
        """Un-key ahead of everything: what carried the audio failed."""
        self._renewing = False
        if self.phase is not Phase.OFF:
            self._end = EndReason.SAFETY, ""
            self._give_back(now, at_once=True)

    def lost(self, reason: str) -> None:
        """The radio is out of reach. What it does with its transmitter is not known."""
        self.suspect = self.suspect or self.phase is not Phase.OFF
        self._renewing = False
        self._end = EndReason.LOST, reason
        self.doubt(reason)
        self._over()
        self._asking.reset()

    def doubt(self, reason: str) -> None:
        """The radio is silent, or out of reach: an alarm, until what is asked for or on the air is known to be off."""
        if self.phase is not Phase.OFF and not self._doubted:
            self._doubted = True
            self._outbox.emit(Alarm(ABOUT, f"its transmitter is not known to be off: {reason}"))

    def cleared(self) -> None:
        """A radio that may have been keyed has left all its calls."""
        self.suspect, self._doubted = False, True  # whoever doubted it, under whatever profile, hears that it is over
        self._disarm()

    def expects(self, cc: int | None) -> bool:
        """Whether a grant in this call would be the answer to something: asked for, or given back just now."""
        if self.phase in WAITING:
            return cc == self._asking.cc or (self._asking.cc is None and self._asking.open_for_any)
        return self.phase is not Phase.OFF

    def give_back_blind(self, cc: int) -> None:
        """Un-key in a call that may not exist: it costs nothing where nothing is on the air."""
        text = self._profile.cease.format(call=cc)
        self._dialogue.ask(Command(text, Purpose.CEASE, self._profile.patience(text)))

    # ---- what the network says --------------------------------------------------------------------------------

    def proceeding(self, call: Call, queued: bool, now: float) -> None:
        """+CTOCP: the call that we set up has a number now."""
        if self._awaits(call):
            self._learn(call)
            if queued:
                self._queue(now)

    def connected(self, call: Call) -> None:
        """+CTCC: the call stands."""
        if self.phase in WAITING and call.cc == self._asking.cc:
            self._asking.connected = True
            self._arm()

    def granted(self, call: Call, now: float) -> None:
        """+CTXG 0: on the air. Without an order it is late, or the radio's own key: given back at once."""
        if self._awaits(call) or (self.phase in WAITING and (call.connected or call.called)):
            self._learn(call)
            self._asking.end()
            self._on_air(now)
        elif self.phase is Phase.PAUSED:
            self.continued(call, now)
        elif self.phase is Phase.RELEASING:
            self._learn(call)
            self._was_on = self._asking.connected = True
            self._release.granted(call.cc, now)
        elif self.phase is Phase.OFF:
            self._outbox.note("transmitter granted though nobody asked: given back", "warning")
            self._asking.cc, self._asking.connected, self._was_on = call.cc, True, True
            self._arm()
            self._give_back(now)

    def queued(self, call: Call, now: float) -> None:
        """+CTXG 2."""
        if self._awaits(call):
            self._learn(call)
            self._queue(now)

    def denied(self, call: Call, now: float) -> None:
        """+CTXG 1: no, or no longer."""
        if self._awaits(call):
            self._asking.denied(now)
            self._end = EndReason.DENIED, ""
            self._off(now)
        else:
            self.taken(call, "the network withdrew it", now)

    def taken(self, call: Call, detail: str, now: float) -> None:
        """+CTXI, or a grant to another: whatever we had is gone."""
        if call.cc == self._asking.cc:
            self._cut(EndReason.PREEMPTED, detail, now)

    def ceased(self, call: Call, now: float) -> None:
        """+CDTXC: nobody transmits any more."""
        if call.cc == self._asking.cc:
            self._cut(EndReason.LIMIT, "the network ended the transmission", now)

    def paused(self, call: Call, now: float) -> None:
        """+CTXW: the radio changes its cell, nothing is transmitted meanwhile."""
        if self.phase is Phase.ON and call.cc == self._asking.cc:
            self.phase, self._give_up_at = Phase.PAUSED, now + self._profile.pause_ceiling_s
            self._pause()

    def continued(self, call: Call, now: float) -> None:
        """+CTXN, or a new grant: on the air again."""
        if self.phase is Phase.PAUSED and call.cc == self._asking.cc:
            self._on_air(now)

    def released(self, call: Call, cause: int | None, now: float) -> None:
        """+CTCR: the call is over, and our part in it. A demand that met its end goes on with a new call."""
        self._asking.call_ended(now)
        set_up_failed = self._asking.cc is None and self._asking.open_for_any and cause != OUR_OWN_DOING
        if not (call.cc == self._asking.cc or set_up_failed):
            return
        why = "the call ended" if cause is None else f"the call ended, cause {cause}"
        if self.phase in WAITING and self._asking.may_fall_back:
            self.phase = Phase.ASKING
            self._asking.fall_back(now)
            self._arm()
            self._look(now)
        elif self.phase in WAITING:
            if cause in NO_ROOM:
                self._asking.denied(now)
            self._end = (EndReason.DENIED if cause in NO_ROOM else EndReason.LOST), why
            self._off(now)
        elif self.phase is Phase.RELEASING:
            self._off(now)
        else:
            reason = EndReason.PREEMPTED if cause in PREEMPTED else EndReason.LOST
            self._cut(EndReason.LIMIT if cause in LIMITED else reason, why, now)

    # ---- what the radio answers, and time ---------------------------------------------------------------------

    def answered(self, command: Command, result: Ok | Error | None, now: float) -> None:
        """The answer to a command of ours; None when there was none."""
        if command.purpose in (Purpose.CEASE, Purpose.HANG_UP):
            if self._release.answered(command, result, now) and self.phase is Phase.RELEASING:
                if command.purpose is Purpose.HANG_UP:
                    self._book.release_group()
                self._off(now)
        elif self.phase is Phase.ASKING or command.purpose is Purpose.DEFINE:
            self._asking.answered(command, result, now)
            self._arm()
            self._look(now)

    def tick(self, now: float) -> None:
        """Let time pass."""
        if self.phase in WAITING and now >= self._give_up_at:
            self.unkey(EndReason.TIMED_OUT, "no grant in time", now)
        elif self.phase is Phase.PAUSED and now >= self._give_up_at:
            self.unkey(EndReason.LOST, "the change of cell took too long", now)
        elif self.phase is Phase.ON and now >= self._give_up_at and not self._pausing:
            self._give_up_at = now + self._profile.renew_lead_s
            self._pause()
        elif self.phase is Phase.ON and now >= self._give_up_at:
            self._renewing = True
            self._give_back(now)
        elif self.phase is Phase.ASKING:
            self._asking.tick(now)
            self._arm()
            self._look(now)
        self._release.tick(now)

    def deadline(self) -> float | None:
        """When `tick` should next be called."""
        running = self.phase not in (Phase.OFF, Phase.RELEASING)
        times = [
            self._release.deadline(),
            self._asking.deadline(),
            self._give_up_at if running else None,
        ]
        return min((time for time in times if time is not None), default=None)

    # ---- inside -----------------------------------------------------------------------------------------------

    def _request(self, now: float) -> None:
        self.phase, self._was_on = Phase.ASKING, False
        self._give_up_at = now + self._profile.grant_ceiling_s
        self._asking.cc, self._asking.connected = None, False
        self._arm()
        self._asking.begin(self._priority, now)
        self._arm()
        self._look(now)

    def _look(self, now: float) -> None:
        """A request that was refused is over."""
        if self._asking.refusal is not None and self.phase is Phase.ASKING:
            self._end, self._asking.refusal = self._asking.refusal, None
            self._off(now)

    def _awaits(self, call: Call) -> bool:
        """Whether this call is the one we wait in."""
        known, ours = self._asking.cc, self._asking.open_for_any
        return self.phase in WAITING and (call.cc == known or (known is None and ours))

    def _learn(self, call: Call) -> None:
        if self._asking.cc != call.cc:
            self._asking.cc = call.cc
            self._arm()

    def _queue(self, now: float) -> None:
        if self.phase is Phase.ASKING:
            self.phase = Phase.QUEUED
            self._give_up_at = now + self._profile.queue_ceiling_s
            self._outbox.emit(Queued())

    def _on_air(self, now: float) -> None:
        self._asking.connected = self._was_on = True
        limit = max(0.0, self._profile.transmit_limit_s - self._profile.renew_lead_s)
        self.phase, self._give_up_at = Phase.ON, now + limit
        self._arm()
        if self._pausing:
            self._pausing = False
            self._outbox.emit(Resumed())
        if not self._told_granted:
            self._told_granted = True
            self._outbox.emit(Granted())

    def _pause(self) -> None:
        if not self._pausing:
            self._pausing = True
            self._outbox.emit(Pausing())

    def _cut(self, reason: EndReason, detail: str, now: float) -> None:
        """The network ended what was on the air; if we were ending it anyway, that is what we waited for."""
        if self.phase in ON_AIR:
            self._end = reason, detail
            self._off(now)
        elif self.phase is Phase.RELEASING and self._was_on:
            self._off(now)

    def _give_back(self, now: float, *, at_once: bool = False) -> None:
        asking = self._asking
        self.phase = Phase.RELEASING
        asking.end()
        if asking.cc is None and self._profile.wired_key and (call := self._book.current()) is not None:
            asking.cc, asking.connected = call.cc, True
        begin = self._release.begin_at_once if at_once else self._release.begin
        begin(asking.cc, on=self._was_on, connected=asking.connected, now=now)

    def _arm(self) -> None:
        """Tell the keeper how to un-key, whenever that changed."""
        if self.phase is Phase.OFF and not self._was_on:
            return
        profile, asking = self._profile, self._asking
        data = release_bytes(asking.cc, not asking.connected, cease=profile.cease, clear=profile.hang_up)
        plan = ReleasePlan(ABORT + data)
        if plan != self._plan:
            self._plan = plan
            self._outbox.put(Arm(plan))

    def _disarm(self) -> None:
        """Known to be off."""
        self._plan = None
        self._outbox.put(Disarm())
        if self._doubted:
            self._doubted = False
            self._outbox.emit(Alarm(ABOUT, ""))

    def _off(self, now: float) -> None:
        """Known to be off: the end, or the break between two transmissions of one order."""
        if self._was_on:
            self._asking.transmitted(now)
        if self._renewing:
            self._renewing = False
            self._release.stop()
            self._request(now)
        else:
            self._over()
            self._disarm()

    def _over(self) -> None:
        """Nothing of it is left; tell whoever ordered it."""
        if self._profile.wired_key and self.phase is not Phase.OFF:
            self._outbox.put(PressKey(False))
        self.phase, self._was_on, self._plan = Phase.OFF, False, None
        self._asking.cc, self._asking.connected = None, False
        self._asking.end()
        self._release.stop()
        if self._ordered:
            self._ordered = False
            self._outbox.emit(TransmitEnded(*self._end))
