"""One radio on its PEI line as a pure state machine: bytes, orders and the time go in, actions come out.

It joins the parts of this room and decides what belongs to none of them: what an answer is an answer to, when a radio
counts as gone or started anew, when to look after it. The driver around it does what `take` says, in that order.
"""

import re
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
from crosspatch_drivers.radio.pei.calls import CallBook
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.framer import Framer
from crosspatch_drivers.radio.pei.lines import Error, Ok
from crosspatch_drivers.radio.pei.listening import Listening
from crosspatch_drivers.radio.pei.messages import Messages
from crosspatch_drivers.radio.pei.oddities import Oddities
from crosspatch_drivers.radio.pei.outbox import Action, Arm, Outbox
from crosspatch_drivers.radio.pei.profile import GENERIC, Profile
from crosspatch_drivers.radio.pei.service import NO_SERVICE, USUAL_ENDS, Service
from crosspatch_drivers.radio.pei.startup import Stage, Startup
from crosspatch_drivers.radio.pei.talkgroup import TalkgroupSelection
from crosspatch_drivers.radio.pei.traffic import CallMessage, Traffic
from crosspatch_drivers.radio.pei.transmitter import Phase, Transmitter
from crosspatch_drivers.radio.pei.watch import SILENT, Watch
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
        self._dice = Random(seed)
        self._outbox, self._framer = Outbox(), Framer()
        self._oddities = Oddities(self._outbox)
        self._dialogue = Dialogue(self._outbox, profile.gap_s)
        self._messages = Messages(self._outbox, self._dialogue, home)
        self._book = CallBook(home)
        self._startup = Startup(self._outbox, self._dialogue, profile, candidates)
        self._service = Service(self._outbox, self._dialogue, self._book, profile, limits)
        self._watch = Watch(self._dialogue, profile)
        self._use(profile)
        self._told_state, self._why = RadioState.OFFLINE, "its port is not open"
        self._silent = False  # it was there, went silent, and was not set up since
        self._unheard = False  # the port was open the last time, and nobody answered
        self._select_later: int | None = None
        self._restarts = self._unknown = 0

    def _use(self, profile: Profile) -> None:
        """Do everything by this profile from now on; no call and no order may be under way."""
        self.profile = profile
        self._dialogue.gap = profile.gap_s
        self._startup.use(profile)
        self._service.use(profile)
        self._watch.use(profile)
        self._messages.use(profile)
        self._listening = Listening(self._outbox, profile.over_ceiling_s)
        self._transmitter = Transmitter(self._outbox, self._dialogue, self._book, profile, self._dice)
        self._traffic = Traffic(self._outbox, self._book, self._listening, self._transmitter, profile.hang_ceiling_s)
        self._selection = TalkgroupSelection(self._outbox, self._dialogue, self._book, profile)
        self._parts = (self._startup, self._transmitter, self._selection, self._listening, self._traffic)

    # ---- what can be seen -------------------------------------------------------------------------------------

    @property
    def state(self) -> RadioState:
        """Where the radio is."""
        if (early := self._startup.state) is not None:
            return early
        if (ours := self._transmitter.state) is not None:
            return ours
        if self._listening.active:
            return RadioState.RECEIVING
        return RadioState.IDLE if self._book.current() is None else RadioState.CALL_IDLE

    @property
    def keyed(self) -> bool:
        """Whether the radio may be on the air, or be put there."""
        return self._transmitter.phase is not Phase.OFF or self._transmitter.suspect

    @property
    def counters(self) -> dict[str, int]:
        """What went by without being of use."""
        return {
            "lines too long": self._framer.dropped,
            "lines not understood": self._unknown,
            "commands dropped": self._dialogue.queue_dropped,
            "radio restarts": self._restarts,
            **self._messages.counters,
            "volume changes": self._service.levels.volume_changes,
        }

    def take(self) -> list[Action]:
        """What is to be done now, in order."""
        return self._outbox.take()

    # ---- the port ---------------------------------------------------------------------------------------------

    def opened(self, now: float) -> None:
        """The port is open: look for the radio. Whoever had the port before may have left it on the air."""
        if not self._unheard:
            self._why = "it is being set up"
        self._transmitter.suspect = True
        self._framer.reset()
        self._begin(now)
        self._settle(now)

    def closed(self, reason: str, now: float) -> None:
        """The port is gone. A radio that was keyed is told to un-key as soon as it is back."""
        unheard = self._startup.stage is Stage.DETECT or (self._startup.stage is Stage.OFF and self._unheard)
        self._unheard = unheard
        if not (unheard and self._silent):  # one outage has one reason, however often its port is tried anew
            self._why = reason
        self._forget(reason, now)
        self._startup.stop()
        self._settle(now)

    def received(self, data: bytes, now: float) -> None:
        """Bytes from the radio."""
        self._watch.heard(now)
        self._noise(data, now)
        for glued in self._framer.feed(data):
            for line in lines.split_line(glued):
                self._line(line, now)
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
                self._messages.order(order, now)
        self._settle(now)

    def release_now(self, now: float) -> None:
        """Un-key at once, ahead of everything."""
        self._transmitter.release_now(now)
        self._settle(now)

    # ---- time -------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Let time pass; to be called at `deadline`, and harmless at any other time."""
        expired = self._dialogue.expired(now)
        if expired is not None:
            self._watch.unanswered(expired, now)
            self._route(expired, None, now)
            if self._startup.stage is Stage.DONE and self._watch.deaf(now):
                self._silent = True
                self._restart(SILENT, now)
            elif self._startup.stage is Stage.DONE:
                self._watch.probe(urgent=True)
        for part in (*self._parts, self._messages):
            part.tick(now)
        if self._may_poll():
            self._service.poll(now)
        if self._may_ask_whether_alive():
            self._watch.tick(now, keyed=self._on_or_wanted)
        self._settle(now)

    def deadline(self) -> float | None:
        """When `tick` must be called if nothing else happens."""
        times = [
            self._dialogue.deadline(),
            *(part.deadline() for part in self._parts),
            self._messages.deadline(free=self._free, idle=self._dialogue.idle),
            self._service.deadline() if self._may_poll() else None,
            self._watch.deadline(keyed=self._on_or_wanted) if self._may_ask_whether_alive() else None,
        ]
        return min((time for time in times if time is not None), default=None)

    # ---- lines ------------------------------------------------------------------------------------------------

    def _noise(self, data: bytes, now: float) -> None:
        """Radios that start make noise. While one is set up that is believed at once, later it is asked first."""
        if self._startup.stage is Stage.DONE and (b"\0" in data or not data.isascii()):
            self._watch.probe()
        elif self._startup.stage in (Stage.IDENTIFY, Stage.SET_UP) and b"\0" in data:
            self._restart("it started while it was set up", now)

    def _line(self, line: str, now: float) -> None:
        if self._messages.takes(line, now):
            return
        rest = self._dialogue.echo(line)
        if rest is not None:
            if self._watch.echo_off:
                self._restart("it echoes again", now)
            if not rest:
                return
            line = rest
        message = lines.parse_line(line)
        if isinstance(message, Ok | Error):
            self._answer(message, now)
        elif not self._messages.told(message, now):
            self._told(message, now)

    def _told(self, message: lines.Message, now: float) -> None:
        """One line that is no final result, whether asked for or not."""
        match message:
            case lines.Talkgroup():
                self._talkgroup(message, now)
            case lines.RegistrationStatus():
                self._service.registration(message)
            case lines.SignalQuality():
                self._service.signal(message)
            case lines.Mode():
                if self._service.mode_told(message):
                    self._restart(f"its mode changed to {message.mode}", now)
            case lines.OwnNumber():
                self._own_number(message)
            case lines.Text(text=text):
                self._text(text, now)
            case lines.Information():
                self._information(message, now)
            case lines.SdsHeader() | Ok() | Error():
                pass  # taken by others, or of no use
            case _:
                self._call_line(message, now)

    def _own_number(self, message: lines.OwnNumber) -> None:
        self._service.own_number(message)
        self._traffic.own = self._service.own
        self._messages.own_number(self._service.own, message.number)

    def _talkgroup(self, message: lines.Talkgroup, now: float) -> None:
        if not self._dialogue.has(Purpose.SELECT, Purpose.READ_BACK, Purpose.POLL, Purpose.SET_UP):
            self._service.look_soon(now)  # unasked: radios say so when they come and go, too
        if self._selection.told(message, now):
            self._traffic.group_changed(now)

    def _call_line(self, message: CallMessage, now: float) -> None:
        if isinstance(message, lines.CallReleased) and message.cause not in USUAL_ENDS:
            self._service.look_soon(now)
        self._traffic.told(message, now)

    def _information(self, message: lines.Information, now: float) -> None:
        """A named line: part of the answer to what was asked, or a name that lost a letter."""
        if message.name == "GMI":
            self._startup.identified(message.value)
        elif message.name == "CLVL":
            self._service.levels.volume_told(message.value)
            return
        out = self._dialogue.out
        asked = out is not None and re.match(rf"AT\+{message.name}\b", out.text) is not None
        if self._startup.stage is Stage.DONE and not asked:
            self._oddities.said(f"+{message.name}: {message.value}", now)

    def _text(self, text: str, now: float) -> None:
        """No line of the standard: part of an answer, or noise, which may be a radio that starts."""
        out = self._dialogue.out
        number = lines.parse_own_number(text) if out is not None and out.text == commands.OWN_NUMBERS else None
        if number is not None:
            self._own_number(number)
            return
        self._startup.identified(text)
        echo = text.startswith(commands.ATTENTION)  # of a command that another one overtook
        self._unknown += not echo
        if self._startup.stage is Stage.DONE and not echo:
            self._oddities.said(text, now)
        if self._startup.stage is Stage.DONE and echo:
            self._watch.probe()

    # ---- answers ----------------------------------------------------------------------------------------------

    def _answer(self, result: Ok | Error, now: float) -> None:
        command = self._dialogue.answered(result, now)
        if command is None:
            return
        self._watch.answered(command, result)
        if isinstance(result, Error) and result.cme in NO_SERVICE:
            self._service.look_soon(now)
        self._route(command, result, now)

    def _route(self, command: Command, result: Ok | Error | None, now: float) -> None:
        """Whose command this was; None for no answer."""
        match command.purpose:
            case Purpose.DETECT | Purpose.SET_UP:
                self._startup.answered(command, result, now)
                if self._unheard and self._startup.stage is not Stage.DETECT:
                    self._unheard = False
                    self._why = self._why if self._silent else "it is being set up"
                if self._startup.profile != self.profile:
                    self._adopt(self._startup.profile)
                if self._startup.stage is Stage.DONE:
                    self._ready(now)
            case Purpose.SELECT | Purpose.READ_BACK:
                self._selection.answered(command, result, now)
            case Purpose.MESSAGE:
                self._messages.answered(result, now)
            case Purpose.PROBE | Purpose.KEEP_ALIVE | Purpose.POLL:
                if self._watch.started_anew(command, result):
                    self._restart("it started anew", now)
            case _:
                self._transmitter.answered(command, result, now)

    # ---- orders -----------------------------------------------------------------------------------------------

    def _key(self, priority: int, now: float) -> None:
        if self._startup.stage is not Stage.DONE or not self._service.fit:
            self._outbox.emit(TransmitEnded(EndReason.LOST, self._service.reason or self._why))
        elif self._selection.busy or self._select_later is not None:
            self._outbox.emit(TransmitEnded(EndReason.REFUSED, "the radio is changing its talkgroup"))
        else:
            self._dialogue.withdraw(Purpose.POLL, Purpose.KEEP_ALIVE)
            self._messages.give_way(now)
            self._transmitter.key(priority, now)

    def _unkey(self, now: float) -> None:
        if self._transmitter.phase is Phase.OFF:
            known = self._startup.stage is Stage.DONE
            self._outbox.emit(StateChanged(self.state, "the transmitter is off" if known else self._why))
        self._transmitter.unkey(EndReason.RELEASED, "", now)

    def _select(self, gssi: int, now: float) -> None:
        if self._startup.stage is not Stage.DONE:
            self._outbox.emit(Unfit(self._service.reason or self._why))
        elif self._transmitter.phase is not Phase.OFF:
            self._select_later = gssi
        else:
            self._dialogue.withdraw(Purpose.POLL)
            self._messages.give_way(now)
            self._selection.order(gssi, now)

    # ---- the radio as a whole ---------------------------------------------------------------------------------

    def _begin(self, now: float) -> None:
        self._watch.begin(now)
        if self._transmitter.suspect:
            self._outbox.put(Arm(ReleasePlan(commands.unkey_bytes())))
        self._startup.begin(suspect=self._transmitter.suspect, now=now)

    def _adopt(self, profile: Profile) -> None:
        """The radio told its brand."""
        suspect = self._transmitter.suspect or self._transmitter.phase is not Phase.OFF
        self._transmitter.lost("the radio is being identified")
        self._listening.ended("the radio is being identified")
        self._use(profile)
        self._transmitter.suspect = suspect

    def _ready(self, now: float) -> None:
        """Set up: whatever it was before, it has left all calls if it had to."""
        if self._transmitter.suspect and not self._startup.suspect:
            self._transmitter.cleared()
        self._silent = False
        self._service.looked(now)

    def _restart(self, reason: str, now: float) -> None:
        """The radio started anew, or went silent: nothing it said before counts."""
        self._restarts += 1
        self._outbox.note(f"set up again: {reason}", "warning")
        self._why = SILENT if self._silent else f"set up again: {reason}"
        self._forget(self._why, now)
        self._begin(now)

    def _forget(self, reason: str, now: float) -> None:
        self._service.judge(self._why)  # first, so that nobody keys it again when its transmission ends
        self._transmitter.lost(reason)
        self._listening.ended(reason)
        self._dialogue.clear()
        self._book.clear()
        self._selection.reset()
        self._service.reset()
        self._messages.reset(now)
        self._select_later = None

    def _settle(self, now: float) -> None:
        """What follows from whatever just happened."""
        if self._transmitter.deaf:
            self._restart("it does not confirm that its transmitter is off", now)
        trouble = self._why if self._startup.stage is not Stage.DONE else self._selection.trouble or self._watch.trouble
        self._service.judge(trouble)
        if not self._service.fit and self._transmitter.phase in KEYED:
            self._transmitter.unkey(EndReason.LOST, self._service.reason, now)
        if self._select_later is not None and self._transmitter.phase is Phase.OFF:
            gssi, self._select_later = self._select_later, None
            self._selection.order(gssi, now)
        for command in self._dialogue.overtaken():
            self._route(command, None, now)
        if self._startup.stage is Stage.DONE and self._dialogue.idle:
            self._messages.write(free=self._free, patience=self.profile.answer_s, now=now)
        self._dialogue.pump(now)
        if self.state is not self._told_state:
            self._told_state = self.state
            self._outbox.emit(StateChanged(self.state, self._why if self._startup.stage is not Stage.DONE else ""))

    @property
    def _on_or_wanted(self) -> bool:
        return self._transmitter.phase is not Phase.OFF

    @property
    def _free(self) -> bool:
        """Whether a message may leave: radios send short data on the control channel only, never in a call."""
        ready = self._startup.stage is Stage.DONE and self._service.fit is True and not self._selection.busy
        return ready and not self.keyed and self._book.current() is None

    def _may_poll(self) -> bool:
        ready = self._startup.stage is Stage.DONE and not self._on_or_wanted
        return ready and self._dialogue.idle and not self._selection.busy

    def _may_ask_whether_alive(self) -> bool:
        return self._startup.stage is Stage.DONE and self._dialogue.idle
