"""One radio on its PEI line as a pure state machine: bytes, orders and the time go in, actions come out.

It joins the parts of this room (`parts`, `reading`) and decides what belongs to none of them: what an answer is an
answer to, when a radio counts as gone or started anew, when to look after it. The driver around it does what `take`
says, in that order.
"""

from random import Random

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Key,
    RadioOrder,
    RadioState,
    ReleasePlan,
    SelectTalkgroup,
    SendStatus,
    SendText,
    StateChanged,
    TransmitEnded,
    Unfit,
    Unkey,
)
from crosspatch_drivers.radio.pei import commands, lines
from crosspatch_drivers.radio.pei.dialogue import Command, Purpose
from crosspatch_drivers.radio.pei.framer import Framer
from crosspatch_drivers.radio.pei.lines import Error, Ok
from crosspatch_drivers.radio.pei.outbox import Action, Arm
from crosspatch_drivers.radio.pei.parts import Parts
from crosspatch_drivers.radio.pei.profile import GENERIC, Profile
from crosspatch_drivers.radio.pei.reading import Reading
from crosspatch_drivers.radio.pei.service import NO_SERVICE
from crosspatch_drivers.radio.pei.startup import Stage
from crosspatch_drivers.radio.pei.transmitter import Phase
from crosspatch_drivers.radio.pei.watch import SILENT
from crosspatch_drivers.radio.settings import USUAL_SIGNAL, SignalLimits

KEYED = frozenset({Phase.ASKING, Phase.QUEUED, Phase.ON, Phase.PAUSED})


class Session:
    """Everything known of one radio. Every method ends with a look at what follows from it."""

    def __init__(
        self,
        home: Identity,
        profile: Profile = GENERIC,
        seed: str | int = 0,
        candidates: tuple[Profile, ...] = (),
        limits: SignalLimits = USUAL_SIGNAL,
    ) -> None:
        """``home`` is any identity of the radio's network: whose short identities it prints until it tells its own.

        ``seed`` should differ between radios: it sets the random part of waits. ``candidates`` are the profiles of
        which one is taken once the radio has told its brand.
        """
        self._parts = Parts(home, profile, Random(seed), candidates, limits)
        self._framer = Framer()
        self._reading = Reading(self._parts, self._restart)
        self._told_state, self._why = RadioState.OFFLINE, "its port is not open"
        self._silent = False  # it was there, went silent, and was not set up since
        self._unheard = False  # the port was open the last time, and nobody answered
        self._select_later: int | None = None
        self._restarts = 0

    # ---- what can be seen -------------------------------------------------------------------------------------

    @property
    def profile(self) -> Profile:
        """How the radio is dealt with: as told at first, or as its brand asks for."""
        return self._parts.profile

    @property
    def state(self) -> RadioState:
        """Where the radio is."""
        return self._parts.state

    @property
    def keyed(self) -> bool:
        """Whether the radio may be on the air, or be put there."""
        return self._parts.transmitter.phase is not Phase.OFF or self._parts.transmitter.suspect

    @property
    def counters(self) -> dict[str, int]:
        """What went by without being of use."""
        return {
            "lines too long": self._framer.dropped,
            "lines not understood": self._reading.unknown,
            "commands dropped": self._parts.dialogue.queue_dropped,
            "radio restarts": self._restarts,
            **self._parts.messages.counters,
            "volume changes": self._parts.service.levels.volume_changes,
        }

    def take(self) -> list[Action]:
        """What is to be done now, in order."""
        return self._parts.outbox.take()

    # ---- the port ---------------------------------------------------------------------------------------------

    def opened(self, now: float) -> None:
        """The port is open: look for the radio. Whoever had the port before may have left it on the air."""
        if not self._unheard:
            self._why = "it is being set up"
        self._parts.transmitter.suspect = True
        self._framer.reset()
        self._begin(now)
        self._settle(now)

    def closed(self, reason: str, now: float) -> None:
        """The port is gone. A radio that was keyed is told to un-key as soon as it is back."""
        unheard = self._parts.startup.stage is Stage.DETECT or (
            self._parts.startup.stage is Stage.OFF and self._unheard
        )
        self._unheard = unheard
        if not (unheard and self._silent):  # one outage has one reason, however often its port is tried anew
            self._why = reason
        self._forget(reason, now)
        self._parts.startup.stop()
        self._settle(now)

    def received(self, data: bytes, now: float) -> None:
        """Bytes from the radio."""
        self._parts.watch.heard(now)
        self._reading.noise(data, now)
        for glued in self._framer.feed(data):
            for line in lines.split_line(glued):
                result = self._reading.line(line, now)
                if result is not None:
                    self._answer(result, now)
        self._settle(now)

    # ---- orders -----------------------------------------------------------------------------------------------

    def order(self, order: RadioOrder, now: float) -> None:
        """Take an order; what comes of it is told by events."""
        match order:
            case Key(priority=priority):
                self._key(priority, now)
            case Unkey():
                self._unkey(now)
            case SelectTalkgroup(gssi=gssi):
                self._select(gssi, now)
            case SendText() | SendStatus():
                self._parts.messages.order(order, now)
        self._settle(now)

    def release_now(self, now: float) -> None:
        """Un-key at once, ahead of everything."""
        self._parts.transmitter.release_now(now)
        self._settle(now)

    # ---- time -------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Let time pass; to be called at `deadline`, and harmless at any other time."""
        expired = self._parts.dialogue.expired(now)
        if expired is not None:
            self._parts.watch.unanswered(expired, now)
            self._route(expired, None, now)
            if self._parts.startup.stage is Stage.DONE and self._parts.watch.deaf(now):
                self._silent = True
                self._restart(SILENT, now)
            elif self._parts.startup.stage is Stage.DONE:
                self._parts.watch.probe(urgent=True)
        for part in (*self._parts.timed, self._parts.messages):
            part.tick(now)
        if self._may_poll():
            self._parts.service.poll(now)
        if self._may_ask_whether_alive():
            self._parts.watch.tick(now, keyed=self._on_or_wanted)
        self._settle(now)

    def deadline(self) -> float | None:
        """When `tick` must be called if nothing else happens."""
        times = [
            self._parts.dialogue.deadline(),
            *(part.deadline() for part in self._parts.timed),
            self._parts.messages.deadline(free=self._free, idle=self._parts.dialogue.idle),
            self._parts.service.deadline() if self._may_poll() else None,
            self._parts.watch.deadline(keyed=self._on_or_wanted) if self._may_ask_whether_alive() else None,
        ]
        return min((time for time in times if time is not None), default=None)

    # ---- answers ----------------------------------------------------------------------------------------------

    def _answer(self, result: Ok | Error, now: float) -> None:
        command = self._parts.dialogue.answered(result, now)
        if command is None:
            return
        self._parts.watch.answered(command, result)
        if isinstance(result, Error) and result.cme in NO_SERVICE:
            self._parts.service.look_soon(now)
        self._route(command, result, now)

    def _route(self, command: Command, result: Ok | Error | None, now: float) -> None:
        """Whose command this was; None for no answer."""
        match command.purpose:
            case Purpose.SET_UP_LATER:
                self._parts.startup.answered(command, result, now)
            case Purpose.DETECT | Purpose.SET_UP:
                self._parts.startup.answered(command, result, now)
                if self._unheard and self._parts.startup.stage is not Stage.DETECT:
                    self._unheard = False
                    self._why = self._why if self._silent else "it is being set up"
                if self._parts.startup.profile != self.profile:
                    self._adopt(self._parts.startup.profile)
                if self._parts.startup.stage is Stage.DONE:
                    self._ready(now)
            case Purpose.SELECT | Purpose.READ_BACK:
                self._parts.selection.answered(command, result, now)
            case Purpose.MESSAGE:
                self._parts.messages.answered(result, now)
            case Purpose.PROBE | Purpose.KEEP_ALIVE | Purpose.POLL:
                if self._parts.watch.started_anew(command, result):
                    self._restart("it started anew", now)
            case _:
                self._parts.transmitter.answered(command, result, now)

    # ---- orders -----------------------------------------------------------------------------------------------

    def _key(self, priority: int, now: float) -> None:
        if self._parts.startup.stage is not Stage.DONE or not self._parts.service.fit:
            self._parts.outbox.emit(TransmitEnded(EndReason.LOST, self._parts.service.reason or self._why))
        elif self._parts.selection.busy or self._select_later is not None:
            self._parts.outbox.emit(TransmitEnded(EndReason.REFUSED, "the radio is changing its talkgroup"))
        else:
            self._parts.dialogue.withdraw(Purpose.POLL, Purpose.KEEP_ALIVE)
            self._parts.messages.give_way(now)
            self._parts.transmitter.key(priority, now)

    def _unkey(self, now: float) -> None:
        if self._parts.transmitter.phase is Phase.OFF:
            known = self._parts.startup.stage is Stage.DONE
            self._parts.outbox.emit(StateChanged(self.state, "the transmitter is off" if known else self._why))
        self._parts.transmitter.unkey(EndReason.RELEASED, "", now)

    def _select(self, gssi: int, now: float) -> None:
        if self._parts.startup.stage is not Stage.DONE:
            self._parts.outbox.emit(Unfit(self._parts.service.reason or self._why))
        elif self._parts.transmitter.phase is not Phase.OFF:
            self._select_later = gssi
        else:
            self._parts.dialogue.withdraw(Purpose.POLL)
            self._parts.messages.give_way(now)
            self._parts.selection.order(gssi, now)

    # ---- the radio as a whole ---------------------------------------------------------------------------------

    def _begin(self, now: float) -> None:
        self._parts.watch.begin(now)
        if self._parts.transmitter.suspect:
            self._parts.outbox.put(Arm(ReleasePlan(commands.unkey_bytes())))
        self._parts.startup.begin(suspect=self._parts.transmitter.suspect, now=now)

    def _adopt(self, profile: Profile) -> None:
        """The radio told its brand."""
        suspect = self._parts.transmitter.suspect or self._parts.transmitter.phase is not Phase.OFF
        self._parts.transmitter.lost("the radio is being identified")
        self._parts.listening.ended("the radio is being identified")
        self._parts.use(profile)
        self._parts.transmitter.suspect = suspect

    def _ready(self, now: float) -> None:
        """Set up: whatever it was before, it has left all calls if it had to."""
        if self._parts.transmitter.suspect and not self._parts.startup.suspect:
            self._parts.transmitter.cleared()
        self._silent = False
        self._parts.service.looked(now)

    def _restart(self, reason: str, now: float) -> None:
        """The radio started anew, or went silent: nothing it said before counts."""
        self._restarts += 1
        self._parts.outbox.note(f"set up again: {reason}", "warning")
        self._why = SILENT if self._silent else f"set up again: {reason}"
        self._forget(self._why, now)
        self._begin(now)

    def _forget(self, reason: str, now: float) -> None:
        self._parts.service.judge(self._why)  # first, so that nobody keys it again when its transmission ends
        self._parts.forget(reason, now)
        self._select_later = None

    def _settle(self, now: float) -> None:
        """What follows from whatever just happened."""
        if self._parts.transmitter.deaf:
            self._restart("it does not confirm that its transmitter is off", now)
        trouble = (
            self._why
            if self._parts.startup.stage is not Stage.DONE
            else self._parts.selection.trouble or self._parts.watch.trouble
        )
        was_fit = self._parts.service.fit
        self._parts.service.judge(trouble)
        if was_fit and not self._parts.service.fit:
            self._parts.service.failed(now)
        if not self._parts.service.fit and self._parts.transmitter.phase in KEYED:
            self._parts.transmitter.unkey(EndReason.LOST, self._parts.service.reason, now)
        if self._parts.watch.trouble:
            self._parts.transmitter.doubt(self._parts.watch.trouble)
        if self._select_later is not None and self._parts.transmitter.phase is Phase.OFF:
            gssi, self._select_later = self._select_later, None
            self._parts.selection.order(gssi, now)
        for command in self._parts.dialogue.overtaken():
            self._route(command, None, now)
        if self._parts.startup.stage is Stage.DONE and self._parts.dialogue.idle:
            self._parts.messages.write(free=self._free, patience=self.profile.answer_s, now=now)
        if self._may_poll() and (later := self._parts.startup.later()) is not None:
            self._parts.dialogue.ask(later)
        self._parts.dialogue.pump(now)
        if self.state is not self._told_state:
            self._told_state = self.state
            self._parts.outbox.emit(
                StateChanged(self.state, self._why if self._parts.startup.stage is not Stage.DONE else "")
            )

    @property
    def _on_or_wanted(self) -> bool:
        return self._parts.transmitter.phase is not Phase.OFF

    @property
    def _free(self) -> bool:
        """Whether a message may leave: radios send short data on the control channel only, never in a call."""
        ready = (
            self._parts.startup.stage is Stage.DONE
            and self._parts.service.fit is True
            and not self._parts.selection.busy
        )
        return ready and not self.keyed and self._parts.book.current() is None

    def _may_poll(self) -> bool:
        ready = self._parts.startup.stage is Stage.DONE and not self._on_or_wanted
        return ready and self._parts.dialogue.idle and not self._parts.selection.busy

    def _may_ask_whether_alive(self) -> bool:
        return self._parts.startup.stage is Stage.DONE and self._parts.dialogue.idle
