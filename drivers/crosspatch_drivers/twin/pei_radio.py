"""The far end of a PEI line: a radio of a virtual network that obeys AT commands and tells what its network says.

Pure: bytes and indications in, bytes out, `now` passed in. Not for audio. There is no watch over the gateway in it on
purpose: once keyed it stays on the air until it is told otherwise or the network's transmit time-out comes, so that
tests of safety are honest; `wire.faults` break it on purpose. Not imitated: individual calls.
"""

from collections.abc import Callable
from typing import Literal

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin import told as net
from crosspatch_drivers.twin.callbook import CallBook
from crosspatch_drivers.twin.commands import (
    NO_SERVICE,
    NOT_IN_DMO,
    NOT_NOW,
    NOT_SUPPORTED,
    OUT_OF_RANGE,
    SYNTAX,
    TOO_LATE,
    Command,
    CommandLines,
    Refused,
    parse_command,
)
from crosspatch_drivers.twin.dialling import group_dialled, ready_for_calls
from crosspatch_drivers.twin.lines import Printer, framed
from crosspatch_drivers.twin.mailbox import Mailbox
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.settings import TwinRadio
from crosspatch_drivers.twin.wire import Wire

NOISE = b"\x00\xff\xfe\x80\xf8\x00\x7f\r\x00"
"""What a radio's serial line shows while it starts."""

GRUMPY_COMMANDS = 2
"""Commands answered with +CME ERROR: 35 after a start, as seen on real ones."""

REBOOT_MS = 3000.0
"""Silence of a radio that is switched off and on, when its settings name none."""

CALLS, GROUPS = (0, 0), (1, 11)
"""Services by their two layers: circuit-mode calls, group management (AT+CTSP)."""

TO_TERMINAL = {1, 2}
"""Service profiles with which the terminal hears of the service."""

SPEECH_GROUP_CALL = [0, 0, 0, 1, 1, 0, 1, 1, 0, 0]
"""The call that ATD sets up when AT+CTSDC was never sent."""

CEASING = {"+CUTXC", "H", "H0"}
"""Commands that end a transmission."""

INTERLEAVED = 0.2
"""Seconds between an answer's information and its OK, when other lines are to come between them."""

SCANNED_CC, SCANNED_HANG = 9, 1.0
"""Instance number of a scanned group's call, and seconds it stands after its over."""


def demand_priority(call_priority: int) -> int:
    """Transmit demand priority (0-3) that goes with a call priority (0-15): 15 emergency, 12-14 pre-emptive."""
    return 3 if call_priority == 15 else 2 if call_priority >= 12 else 1


class PeiRadio:
    """One radio. `take` gives the bytes due; `transmitting` and the times tell what its transmitter does."""

    def __init__(self, settings: TwinRadio, network: Network, seed: int = 0) -> None:
        """Switched off; see `power_on`. ``seed`` is for the faults of its line."""
        self.settings, self.network = settings, network
        self.identity = network.identity(settings.ssi)
        self.on, self.mode, self.volume = False, 0, settings.volume
        self.stored_group = settings.group
        self.services: dict[tuple[int, int], int] = {}
        self.requested_at: float | None = None
        self.keyed_at: float | None = None
        self.unkeyed_at: float | None = None
        self._print = Printer(settings, self.identity)
        self._lines = CommandLines()
        self._echo, self._numeric = True, True
        self._starts_at: float | None = None
        self._grumpy = 0
        self._definition = list(SPEECH_GROUP_CALL)
        self._calls = CallBook(settings, network, self.identity, self._print)
        self._mail = Mailbox(network, self.identity, self._print, settings.padded_hex)
        self.wire = Wire(f"{seed}/{settings.id}")
        self._answered_until = self._told_until = float("-inf")

    # ---- the outside ------------------------------------------------------------------------------------------

    @property
    def transmitting(self) -> bool:
        """On the air now."""
        talk = self.network.talk(self.network.group(self.identity))
        return talk is not None and talk.talker == self.identity

    @property
    def call_instances(self) -> list[int]:
        """Instance numbers of the calls it is in."""
        return self._calls.instances

    def power_on(self, now: float) -> None:
        """Switch on: at once ready on the stored group, or with the start-up of a real radio (``boot_ms``)."""
        if self.settings.boot_ms:
            self._starts_at = now + self.settings.boot_ms / 1000
            return
        self.on = True
        self.network.enlist(self.identity, self.stored_group, now)

    def reboot(self, now: float) -> None:
        """Switch off and on: whatever was is forgotten, the transmitter is off."""
        self.network.deregister(self.identity, now)
        self.on = False
        self._calls.clear()
        self._mail.clear()
        self._lines.clear()
        self.wire.clear()
        self._answered_until = self._told_until = now
        if self.keyed_at is not None and self.unkeyed_at is None:
            self.unkeyed_at = now
        self._starts_at = now + (self.settings.boot_ms or REBOOT_MS) / 1000

    def feed(self, data: bytes, now: float) -> None:
        """Bytes from the terminal, obeyed at once."""
        self.advance(now)
        if not self.on:
            return
        for line in self._lines.feed(data, lambda: self._mail.expects_digits):
            if self.wire.hears_nothing():
                continue
            if self._echo:
                self.wire.put(line.encode("latin-1") + b"\r", now)
            self._obey(line, now)

    def advance(self, now: float) -> None:
        """Start when it is time; wait for the digits of a message no longer than radios do."""
        if self._mail.gives_up_at <= now:
            at = self._mail.gives_up_at
            self._mail.give_up()
            self._lines.clear()
            self._answer(str(Refused(TOO_LATE)) if self._numeric else "ERROR", at)
        if self._starts_at is not None and now >= self._starts_at:
            at, self._starts_at = self._starts_at, None
            self.on, self.mode, self._grumpy = True, 0, GRUMPY_COMMANDS
            self._echo, self._numeric = True, True
            self.services.clear()
            self._definition = list(SPEECH_GROUP_CALL)
            self.wire.put(NOISE, at)
            self.network.register(self.identity, at)

    def next_due(self) -> float:
        """When something is to be sent or done."""
        starts = float("inf") if self._starts_at is None else self._starts_at
        return min(self.wire.next_due(), starts, self._mail.gives_up_at)

    def take(self, now: float) -> bytes:
        """The bytes for the terminal that are due."""
        return self.wire.take(now)

    # ---- indications ------------------------------------------------------------------------------------------

    def turn(self, knob: Literal["mode", "talkgroup", "volume"], value: int, now: float) -> None:
        """Somebody turns a knob of the radio; the terminal is told. ValueError when there is no such position."""
        match knob:
            case "mode" if 0 <= value <= 6:
                for line in self._enter_mode(value, now):
                    self.wire.put(framed(line), now)
            case "talkgroup" if not value or value in self.network.settings.groups:
                self.stored_group = value
                self.network.attach(self.identity, value, now)
            case "volume" if 0 <= value <= 255:
                self.volume = value
                self.wire.put(framed(self._print.line("CLVL", value)), now)
            case _:
                msg = f"radio {self.settings.id}: {knob} {value} is no position"
                raise ValueError(msg)

    def overhear(self, gssi: int, talker: Identity, seconds: float, now: float) -> None:
        """A call of a scanned group, which is none of ours, with one over of so many seconds."""
        cc, called = SCANNED_CC, self.network.identity(gssi)
        say = self._print
        for line in (say.incoming(cc, talker, called, 0), say.connected(cc), say.other("CTXG", cc, talker)):
            self._indicate(CALLS, line, now)
        told_until = self._told_until  # what comes later must not hold up what comes meanwhile
        for line, after in ((say.ceased(cc), 0.0), (say.released(cc, net.Cause.EXPIRY), SCANNED_HANG)):
            self._indicate(CALLS, line, now + seconds + after)
        self._told_until = told_until

    def told(self, told: net.Told, at: float) -> None:
        """The network told us something."""
        match told:
            case net.Registered():
                if self.stored_group in self.network.settings.groups:
                    self.network.attach(self.identity, self.stored_group, at)
            case net.Attached(gssi):
                self._indicate(GROUPS, self._print.talkgroup(self._group(gssi)), at)
            case net.ShortData() | net.DataSent():
                self._mail.told(told, at, self._tell_mail)
            case _:
                self._call_told(told, at)

    def _call_told(self, told: net.CallTold, at: float) -> None:
        self._follow(told, at)
        for line in self._calls.lines(told, self.wire.faults):
            self._indicate(CALLS, line, at)

    def _follow(self, told: net.Told, at: float) -> None:
        """Keep the times of our own transmitter."""
        if isinstance(told, net.Granted):
            self.keyed_at, self.unkeyed_at = at, None
        elif isinstance(told, net.Ceased | net.Interrupted | net.Released) and self.keyed_at is not None:
            self.unkeyed_at = at if self.unkeyed_at is None else self.unkeyed_at

    def _group(self, gssi: int) -> Identity | None:
        return self.network.identity(gssi) if gssi else None

    # ---- commands ---------------------------------------------------------------------------------------------

    def _obey(self, line: str, now: float) -> None:
        try:
            if self._mail.expects_digits:
                self._finish(self._mail.digits(line, now), now)
                return
            if self._grumpy:
                self._grumpy -= 1
                raise Refused(SYNTAX)
            command = parse_command(line)
            if (command.name, command.kind) == ("+CMGS", "="):
                self._mail.announce(command, now)  # answered when its digits have come
            elif not (self.wire.faults.ignore_cease and command.name in CEASING):
                self._finish(self._run(command, now), now)
        except Refused as refused:
            self._answer(str(refused) if self._numeric else "ERROR", now)
            if self.wire.faults.error_then_ok:
                self._answer("OK", now)

    def _finish(self, information: list[str], now: float) -> None:
        """Answer with lines of information, then OK."""
        for text in information:
            self._answer(text, now)
        if information and self.wire.faults.interleave:
            self._answered_until += INTERLEAVED
        self._answer("OK", now)

    def _run(self, command: Command, now: float) -> list[str]:
        """Do it; the lines of information that come before OK."""
        action = self._actions().get((command.name, command.kind))
        if action is None:
            raise Refused(NOT_SUPPORTED)
        return action(command, now) or []

    def _actions(self) -> dict[tuple[str, str], Callable[[Command, float], list[str] | None]]:
        """What is understood: name and kind to what is done."""
        say = self._print
        return {
            ("", ""): lambda _c, _n: None,
            ("Z", ""): self._reset,
            ("E0", ""): lambda _c, _n: self._set_echo(False),
            ("E1", ""): lambda _c, _n: self._set_echo(True),
            ("E", ""): lambda _c, _n: self._set_echo(False),
            ("I", ""): lambda _c, _n: [self.settings.manufacturer],
            ("D", "="): self._dial,
            ("H", ""): self._hang_up,
            ("H0", ""): self._hang_up,
            ("+CMEE", "="): self._errors,
            ("+GMI", "?"): lambda _c, _n: [say.line("GMI", self.settings.manufacturer)],
            ("+GMI", ""): lambda _c, _n: [say.line("GMI", self.settings.manufacturer)],
            ("+GMM", "?"): lambda _c, _n: [say.line("GMM", self.settings.model)],
            ("+GMM", ""): lambda _c, _n: [say.line("GMM", self.settings.model)],
            ("+GMR", "?"): lambda _c, _n: [say.line("GMR", self.settings.model.split(",")[-1])],
            ("+CTOM", "?"): lambda _c, _n: [say.line("CTOM", self.mode)],
            ("+CTOM", "="): self._set_mode,
            ("+CREG", "?"): lambda _c, _n: [say.registration(self._registered)],
            ("+CSQ", "?"): lambda _c, _n: [say.line("CSQ", self.settings.rssi if self._registered else 99, 99)],
            ("+CLVL", "?"): lambda _c, _n: [say.line("CLVL", self.volume)],
            ("+CNUMF", "?"): lambda _c, _n: say.own_numbers(),
            ("+CPIN", "?"): lambda _c, _n: [say.line("CPIN", "MT PIN-UNLOCKED")],
            ("+CTGS", "?"): lambda _c, _n: [say.talkgroup(self._group(self.network.group(self.identity)))],
            ("+CTGS", "="): self._select,
            ("+CTSP", "?"): lambda _c, _n: [say.line("CTSP", p, *layers) for layers, p in self.services.items()],
            ("+CTSP", "="): self._route,
            ("+CTSDC", "="): self._define,
            ("+CTSDC", "?"): lambda _c, _n: [say.line("CTSDC", *self._definition)],
            ("+CTXD", "="): self._demand,
            ("+CUTXC", "="): self._cease,
            ("+CTSDS", "="): self._mail.choose,
        }

    @property
    def _registered(self) -> bool:
        return self.network.registered(self.identity)

    def _set_echo(self, echo: bool) -> None:
        self._echo = echo

    def _errors(self, command: Command, _now: float) -> None:
        self._numeric = command.numbers(1, 1)[0] != 0

    def _reset(self, _command: Command, _now: float) -> None:
        self._echo, self._numeric = True, True
        self.services.clear()
        self._definition = list(SPEECH_GROUP_CALL)

    def _set_mode(self, command: Command, now: float) -> list[str]:
        mode = command.numbers(1, 2)[0]
        if mode > 6:
            raise Refused(OUT_OF_RANGE)
        return self._enter_mode(mode, now)

    def _enter_mode(self, mode: int, now: float) -> list[str]:
        if mode and not self.mode:
            self.network.deregister(self.identity, now)
        elif self.mode and not mode:
            self.network.register(self.identity, now)
        self.mode = mode
        return [self._print.line("CTOM", mode)]

    def _select(self, command: Command, now: float) -> None:
        fields = command.numbers(1, 2)
        if not self._registered:
            raise Refused(NOT_IN_DMO if self.mode else NO_SERVICE)
        if fields == [0] or fields[0] == 0:
            self.stored_group = 0
            self.network.attach(self.identity, 0, now)
            return
        if fields[0] != 1:
            raise Refused(OUT_OF_RANGE)  # scan lists are not imitated
        if len(fields) < 2:
            raise Refused(SYNTAX)
        group = group_dialled(command.value.partition(",")[2].strip(), self.network, self.identity)
        self.stored_group = group
        self.network.attach(self.identity, group, now)

    def _route(self, command: Command, _now: float) -> None:
        profile, *layers = command.numbers(2, 5)
        first, second = layers[0], layers[1] if len(layers) > 1 else 0
        if profile > 3 or first > 4 or second > 255:
            raise Refused(OUT_OF_RANGE)
        self.services[first, second] = profile

    def _define(self, command: Command, _now: float) -> None:
        fields = command.numbers(2, 11)
        limits = (13, 5, 15, 1, 1, 1, 3, 4, 1, 15, 1)
        if any(value > limit for value, limit in zip(fields, limits, strict=False)):
            raise Refused(OUT_OF_RANGE)
        self._definition = fields + SPEECH_GROUP_CALL[len(fields) :]

    def _dial(self, command: Command, now: float) -> None:
        ready_for_calls(self.network, self.identity, self.mode)
        group = group_dialled(command.value, self.network, self.identity)
        service, comms, others_first = self._definition[0], self._definition[6], self._definition[8]
        if group != self.network.group(self.identity) or service != 0 or comms != 1 or others_first:
            raise Refused(NOT_NOW)  # only speech calls of the selected group, with ourselves speaking first
        self.requested_at = now
        number = self.network.ask(self.identity, demand_priority(self._definition[9]), now, dialled=True)
        self._calls.instance(number)

    def _demand(self, command: Command, now: float) -> None:
        cc, priority = command.numbers(2, 2)
        ready_for_calls(self.network, self.identity, self.mode)
        if priority > 3:
            raise Refused(OUT_OF_RANGE)
        if cc not in self._calls.instances:
            raise Refused(NOT_NOW)
        self.requested_at = now
        self.network.ask(self.identity, priority, now)

    def _cease(self, command: Command, now: float) -> None:
        if command.numbers(1, 1)[0] not in self._calls.instances:
            raise Refused(NOT_NOW)
        self.network.cease(self.identity, now)

    def _hang_up(self, _command: Command, now: float) -> None:
        self.network.leave(self.identity, now)

    # ---- output -----------------------------------------------------------------------------------------------

    def _answer(self, text: str, now: float) -> None:
        """A line of an answer, in its turn."""
        self._answered_until = max(now + self.settings.answer_ms / 1000, self._answered_until)
        self.wire.put(framed(text), self._answered_until)

    def _indicate(self, service: tuple[int, int], text: str, at: float) -> None:
        """A line nobody asked for; never before the answer to the command that caused it."""
        if not self.on or self.services.get(service) not in TO_TERMINAL:
            return
        early = max(0.0, -self.network.settings.audio_offset_ms / 1000)
        answered = float("-inf") if self.wire.faults.interleave else self._answered_until
        self._told_until = max(at + early, self._told_until, answered)
        self.wire.put(framed(text), self._told_until)

    def _tell_mail(self, services: tuple[tuple[int, int], ...], lines: tuple[str, ...], at: float) -> None:
        """Lines about a message that go together, when one of ``services`` (none: always) is for the terminal."""
        wanted = not services or any(self.services.get(service) in TO_TERMINAL for service in services)
        if self.on and wanted:
            self._told_until = max(at, self._told_until, self._answered_until)
            self.wire.put(b"".join(framed(line) for line in lines), self._told_until)
