"""Our own transmission: asked for, queued, granted, taken away, given back; exactly one end for each Key order.

Not for others' overs (see `listening`), and not for how giving back is made sure of (see `release`). A request in a
call that stands is a transmit demand; without a call one is set up. Each falls back to the other once, because what we
know of calls may be old: a radio may have left the call, or have been called a moment ago.
"""

from enum import Enum

from crosspatch_drivers.radio.base import EndReason, Granted, Queued, RadioState, ReleasePlan, TransmitEnded
from crosspatch_drivers.radio.pei.calls import Call, CallBook
from crosspatch_drivers.radio.pei.commands import release_bytes
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.lines import HOPELESS_NOW, RETRY_SOON, Error, Ok
from crosspatch_drivers.radio.pei.outbox import Arm, Disarm, Outbox
from crosspatch_drivers.radio.pei.profile import Profile
from crosspatch_drivers.radio.pei.release import Release

RETRY_S = 0.3
"""Between two attempts at a command that the radio was too busy for."""

OUR_OWN_DOING = 1
PREEMPTED = frozenset({9, 32})
LIMITED = frozenset({13, 37, 38})
NO_ROOM = frozenset({2, 5, 12})
"""Disconnect causes: a call we left; pre-empted; a timer or the right to transmit ran out; busy or congested."""


class Phase(Enum):
    """How far our transmission is."""

    OFF = "off"
    ASKING = "asking"
    QUEUED = "queued"
    ON = "on"
    RELEASING = "releasing"


WAITING = frozenset({Phase.ASKING, Phase.QUEUED})


class Transmitter:
    """The transmitter as far as the radio told of it. ``suspect``: it may be on without our knowing."""

    def __init__(self, outbox: Outbox, dialogue: Dialogue, book: CallBook, profile: Profile) -> None:
        """Off."""
        self._outbox, self._dialogue, self._book, self._profile = outbox, dialogue, book, profile
        self._release = Release(dialogue, profile)
        self.phase = Phase.OFF
        self.suspect = False
        self._ordered = False
        self._priority = 1
        self._cc: int | None = None
        self._was_on = self._connected = self._dialled = self._fell_back = False
        self._ask_at: float | None = None
        self._give_up_at = 0.0
        self._end: tuple[EndReason, str] = EndReason.RELEASED, ""
        self._call_ended_at = float("-inf")
        self._defined: str | None = None

    @property
    def state(self) -> RadioState | None:
        """The radio's state as far as it is ours to tell; None when the transmitter is off."""
        match self.phase:
            case Phase.OFF:
                return None
            case Phase.ASKING:
                return RadioState.REQUESTED
            case Phase.QUEUED:
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
        self._ordered, self._priority = True, priority
        self.phase, self._cc = Phase.ASKING, None
        self._was_on = self._connected = self._dialled = self._fell_back = False
        self._give_up_at = now + self._profile.grant_ceiling_s
        self._arm()
        self._ask(now)

    def unkey(self, reason: EndReason, detail: str, now: float) -> None:
        """Give the transmitter back, or withdraw the request."""
        if self.phase in (Phase.OFF, Phase.RELEASING):
            return
        self._end = reason, detail
        if self.phase is Phase.ASKING and self._nothing_has_left():
            self._off()
            return
        self._leave_waiting()
        self._release.begin(self._cc, on=self._was_on, connected=self._connected, now=now)

    def release_now(self, now: float) -> None:
        """Un-key ahead of everything: what carried the audio failed."""
        if self.phase is Phase.OFF:
            return
        self._end = EndReason.SAFETY, ""
        self._leave_waiting()
        self._release.begin_at_once(self._cc, on=self._was_on, connected=self._connected, now=now)

    def lost(self, reason: str) -> None:
        """The radio is out of reach. What it does with its transmitter is not known."""
        self.suspect = self.suspect or self.phase is not Phase.OFF
        self._end = EndReason.LOST, reason
        self._over()
        self._call_ended_at = float("-inf")
        self._defined = None

    def cleared(self) -> None:
        """A radio that may have been keyed has left all its calls."""
        self.suspect = False
        self._outbox.put(Disarm())

    # ---- what the network says --------------------------------------------------------------------------------

    def proceeding(self, call: Call, queued: bool, now: float) -> None:
        """+CTOCP: the call that we set up has a number now."""
        if self._awaits(call):
            self._learn(call)
            if queued:
                self._queue(now)

    def connected(self, call: Call) -> None:
        """+CTCC: the call stands."""
        if self.phase in WAITING and call.cc == self._cc:
            self._connected = True
            self._arm()

    def granted(self, call: Call, now: float) -> None:
        """+CTXG 0: on the air. Without an order it is late, or the radio's own key: given back at once."""
        if self._awaits(call) or (self.phase in WAITING and (call.connected or call.called)):
            self._learn(call)
            self._connected = self._was_on = True
            self.phase = Phase.ON
            self._dialogue.withdraw(Purpose.DEMAND, Purpose.DEFINE, Purpose.DIAL)
            self._ask_at = None
            self._arm()
            self._outbox.emit(Granted())
        elif self.phase is Phase.RELEASING:
            self._cc, self._was_on = call.cc, True
            self._arm()
            self._release.granted(call.cc, now)
        elif self.phase is Phase.OFF:
            self._outbox.note("transmitter granted though nobody asked: given back", "info")
            self.phase, self._cc, self._was_on, self._connected = Phase.RELEASING, call.cc, True, True
            self._arm()
            self._release.begin(call.cc, on=True, connected=True, now=now)

    def queued(self, call: Call, now: float) -> None:
        """+CTXG 2."""
        if self._awaits(call):
            self._learn(call)
            self._queue(now)

    def denied(self, call: Call) -> None:
        """+CTXG 1: no, or no longer."""
        if self._awaits(call):
            self._end = EndReason.DENIED, ""
            self._off()
        else:
            self.taken(call, "the network withdrew it")

    def taken(self, call: Call, detail: str) -> None:
        """+CTXI, or a grant to another: whatever we had is gone."""
        if call.cc != self._cc:
            return
        if self.phase is Phase.ON:
            self._end = EndReason.PREEMPTED, detail
            self._off()
        elif self.phase is Phase.RELEASING and self._was_on:
            self._off()

    def ceased(self, call: Call) -> None:
        """+CDTXC: nobody transmits any more."""
        if call.cc != self._cc:
            return
        if self.phase is Phase.ON:
            self._end = EndReason.LIMIT, "the network ended the transmission"
            self._off()
        elif self.phase is Phase.RELEASING and self._was_on:
            self._off()

    def released(self, call: Call, cause: int | None, now: float) -> None:
        """+CTCR: the call is over, and our part in it. A demand that met its end goes on with a new call."""
        self._call_ended_at = now
        set_up_failed = self._cc is None and self._dialled and cause != OUR_OWN_DOING
        if not (call.cc == self._cc or set_up_failed):
            return
        why = "the call ended" if cause is None else f"the call ended, cause {cause}"
        if self.phase is Phase.RELEASING:
            self._off()
        elif self.phase in WAITING and not self._dialled and not self._fell_back:
            self._fall_back(now)
        elif self.phase in WAITING:
            self._end = (EndReason.DENIED if cause in NO_ROOM else EndReason.LOST), why
            self._off()
        elif self.phase is Phase.ON:
            reason = EndReason.PREEMPTED if cause in PREEMPTED else EndReason.LOST
            self._end = (EndReason.LIMIT if cause in LIMITED else reason), why
            self._off()

    # ---- what the radio answers -------------------------------------------------------------------------------

    def answered(self, command: Command, result: Ok | Error | None, now: float) -> None:
        """The answer to a command of ours; None when there was none."""
        match command.purpose:
            case Purpose.CEASE | Purpose.HANG_UP:
                if self._release.answered(command, result, now) and self.phase is Phase.RELEASING:
                    if command.purpose is Purpose.HANG_UP:
                        self._book.release_group()
                    self._off()
            case Purpose.DEFINE:
                self._defined = command.text if isinstance(result, Ok) else None
            case Purpose.DEMAND | Purpose.DIAL if self.phase is Phase.ASKING and not isinstance(result, Ok):
                self._refused(command.purpose, result, now)

    def _refused(self, purpose: Purpose, result: Error | None, now: float) -> None:
        """The request failed: again, in the other way, or not at all."""
        text = "no answer" if result is None else result.text
        if result is not None and result.cme in RETRY_SOON:
            self._ask_at = now + RETRY_S
        elif result is not None and (result.cme in HOPELESS_NOW or self._fell_back):
            self._end = EndReason.REFUSED, f"the radio answered {text}"
            self._off()
        elif purpose is Purpose.DEMAND and not self._fell_back:
            self._fall_back(now)
        elif purpose is Purpose.DIAL and not self._fell_back and self._book.current() is not None:
            self._fell_back = True
            self._ask(now)
        elif result is not None:
            self._end = (EndReason.DENIED if text == "BUSY" else EndReason.REFUSED), f"the radio answered {text}"
            self._off()
        # No answer at all: the radio may have heard us, and the grant may come. If not, time runs out.

    # ---- time -------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Let time pass."""
        if self.phase in WAITING and now >= self._give_up_at:
            self.unkey(EndReason.TIMED_OUT, "no grant in time", now)
        elif self._ask_at is not None and now >= self._ask_at:
            self._ask(now)
        self._release.tick(now)

    def deadline(self) -> float | None:
        """When `tick` should next be called."""
        times = [self._release.deadline(), self._ask_at, self._give_up_at if self.phase in WAITING else None]
        return min((time for time in times if time is not None), default=None)

    # ---- inside -----------------------------------------------------------------------------------------------

    def _awaits(self, call: Call) -> bool:
        """Whether this call is the one we wait in."""
        return self.phase in WAITING and (call.cc == self._cc or (self._cc is None and self._dialled))

    def _learn(self, call: Call) -> None:
        if self._cc != call.cc:
            self._cc = call.cc
            self._arm()

    def _queue(self, now: float) -> None:
        if self.phase is Phase.ASKING:
            self.phase = Phase.QUEUED
            self._give_up_at = now + self._profile.queue_ceiling_s
            self._outbox.emit(Queued())

    def _ask(self, now: float) -> None:
        """Ask in the call that stands, or set one up, not too soon after the last one."""
        self._ask_at = None
        call = self._book.current()
        profile = self._profile
        if call is not None:
            self._cc, self._connected = call.cc, True
            self._arm()
            demand = profile.demand.format(call=call.cc, priority=self._priority)
            self._dialogue.ask(Command(demand, Purpose.DEMAND, profile.patience(demand)))
        elif now < self._call_ended_at + profile.redial_s:
            self._ask_at = self._call_ended_at + profile.redial_s
        elif self._book.group is None or not self._book.group.ssi:
            self._end = EndReason.REFUSED, "no talkgroup is selected"
            self._off()
        else:
            self._dial(self._book.group.ssi)

    def _dial(self, group: int) -> None:
        profile = self._profile
        self._dialled = True
        definition = profile.service_definition.format(priority=profile.call_priorities[self._priority])
        if definition != self._defined:
            self._dialogue.ask(Command(definition, Purpose.DEFINE, profile.patience(definition)))
        dial = profile.dial.format(group=group)
        self._dialogue.ask(Command(dial, Purpose.DIAL, profile.patience(dial)))

    def _fall_back(self, now: float) -> None:
        """From a demand in a call that is gone to a new call."""
        if self._cc is not None:
            self._book.release(self._cc)
        self._fell_back, self._cc, self._connected = True, None, False
        self.phase = Phase.ASKING
        self._arm()
        self._ask(now)

    def _nothing_has_left(self) -> bool:
        """Whether no byte of the request was written: then taking it back is enough."""
        asked = (Purpose.DEMAND, Purpose.DIAL)
        waits = self._ask_at is not None or self._dialogue.waits(*asked)
        out = self._dialogue.out
        return waits and not self._fell_back and (out is None or out.purpose not in asked)

    def _leave_waiting(self) -> None:
        self.phase = Phase.RELEASING
        self._ask_at = None
        self._dialogue.withdraw(Purpose.DEMAND, Purpose.DEFINE, Purpose.DIAL)

    def _arm(self) -> None:
        profile = self._profile
        hang_up = not self._connected
        data = release_bytes(self._cc, hang_up, cease=profile.cease, clear=profile.hang_up)
        self._outbox.put(Arm(ReleasePlan(data)))

    def _off(self) -> None:
        """Known to be off."""
        self._over()
        self._outbox.put(Disarm())

    def _over(self) -> None:
        """Nothing of it is left; tell whoever ordered it."""
        self.phase = Phase.OFF
        self._cc, self._ask_at = None, None
        self._dialogue.withdraw(Purpose.DEMAND, Purpose.DEFINE, Purpose.DIAL)
        self._release.stop()
        if self._ordered:
            self._ordered = False
            self._outbox.emit(TransmitEnded(*self._end))
