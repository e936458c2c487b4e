"""The far end of a PEI line: a radio of a virtual network that obeys AT commands and tells what its network says.

Pure: bytes and indications in, bytes out, `now` passed in. Not for audio. There is no watch over the gateway in it on
purpose: once keyed it stays on the air until it is told otherwise or the network's transmit time-out comes, so that
tests of safety are honest. Not imitated yet: SDS, scanned groups, individual calls, faults.
"""

import heapq
from collections.abc import Callable

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin import call as net
from crosspatch_drivers.twin.commands import (
    BUSY,
    DIAL_CHARACTERS,
    DIAL_LONG,
    NO_SERVICE,
    NOT_IN_DMO,
    NOT_NOW,
    NOT_SUPPORTED,
    OUT_OF_RANGE,
    SYNTAX,
    Command,
    CommandLines,
    Refused,
    parse_command,
)
from crosspatch_drivers.twin.lines import Printer, framed
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.settings import TwinRadio

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

MOST_WAITING = 512
"""Lines that may wait to be sent; the rest is dropped and counted."""

SPEECH_GROUP_CALL = [0, 0, 0, 1, 1, 0, 1, 1, 0, 0]
"""The call that ATD sets up when AT+CTSDC was never sent."""

MOST_DIAL_DIGITS = 25
"""Longest dial string (error 26)."""


def demand_priority(call_priority: int) -> int:
    """Transmit demand priority (0-3) that goes with a call priority (0-15): 15 emergency, 12-14 pre-emptive."""
    return 3 if call_priority == 15 else 2 if call_priority >= 12 else 1


class PeiRadio:
    """One radio. `take` gives the bytes due; `transmitting` and the times tell what its transmitter does."""

    def __init__(self, settings: TwinRadio, network: Network) -> None:
        """Switched off; see `power_on`."""
        self.settings, self.network = settings, network
        self.identity = network.identity(settings.ssi)
        self.on = False
        self.mode = 0
        self.stored_group = settings.group
        self.services: dict[tuple[int, int], int] = {}
        self.requested_at: float | None = None
        self.keyed_at: float | None = None
        self.unkeyed_at: float | None = None
        self.lines_dropped = 0
        self._print = Printer(settings, self.identity)
        self._lines = CommandLines()
        self._echo, self._numeric = True, True
        self._starts_at: float | None = None
        self._grumpy = 0
        self._definition = list(SPEECH_GROUP_CALL)
        self._calls: dict[int, int] = {}  # the network's call number: our instance number
        self._counted = 0
        self._unnamed: dict[int, tuple[Identity, int]] = {}  # calls announced without their caller
        self._out: list[tuple[float, int, bytes]] = []
        self._sequence = 0
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
        return sorted(self._calls.values())

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
        self._unnamed.clear()
        self._lines.clear()
        self._out.clear()
        self._answered_until = self._told_until = now
        if self.keyed_at is not None and self.unkeyed_at is None:
            self.unkeyed_at = now
        self._starts_at = now + (self.settings.boot_ms or REBOOT_MS) / 1000

    def feed(self, data: bytes, now: float) -> None:
        """Bytes from the terminal, obeyed at once."""
        self.advance(now)
        if not self.on:
            return
        for line in self._lines.feed(data):
            if self._echo:
                self._put(line.encode("latin-1") + b"\r", now)
            self._obey(line, now)

    def advance(self, now: float) -> None:
        """Start when it is time."""
        if self._starts_at is not None and now >= self._starts_at:
            at, self._starts_at = self._starts_at, None
            self.on, self.mode, self._grumpy = True, 0, GRUMPY_COMMANDS
            self._echo, self._numeric = True, True
            self.services.clear()
            self._definition = list(SPEECH_GROUP_CALL)
            self._put(NOISE, at)
            self.network.register(self.identity, at)

    def next_due(self) -> float:
        """When something is to be sent or done."""
        waiting = self._out[0][0] if self._out else float("inf")
        return min(waiting, float("inf") if self._starts_at is None else self._starts_at)

    def take(self, now: float) -> bytes:
        """The bytes for the terminal that are due."""
        data = bytearray()
        while self._out and self._out[0][0] <= now:
            data += heapq.heappop(self._out)[2]
        return bytes(data)

    # ---- indications ------------------------------------------------------------------------------------------

    def told(self, told: net.Told, at: float) -> None:
        """The network told us something."""
        match told:
            case net.Registered():
                if self.stored_group in self.network.settings.groups:
                    self.network.attach(self.identity, self.stored_group, at)
            case net.Attached(gssi):
                self._indicate(GROUPS, self._print.talkgroup(self._group(gssi)), at)
            case _:
                self._call_told(told, at)

    def _call_told(self, told: net.Told, at: float) -> None:
        assert not isinstance(told, net.Registered | net.Attached)
        cc = self._instance(told.call)
        self._follow(told, at)
        for line in self._call_lines(told, cc):
            self._indicate(CALLS, line, at)
        if isinstance(told, net.Released):
            self._calls.pop(told.call, None)
            self._unnamed.pop(told.call, None)

    def _call_lines(self, told: net.Told, cc: int) -> list[str]:  # one line for each thing a network says
        say = self._print
        match told:
            case net.Incoming(number, gssi, caller, priority):
                called = self.network.identity(gssi)
                if self.settings.late_caller:
                    self._unnamed[number] = (caller, priority)
                    return [say.incoming(cc, None, called, priority)]
                return [say.incoming(cc, caller, called, priority)]
            case net.Proceeding(_, queued):
                return [say.proceeding(cc, queued)]
            case net.Connected():
                return [say.connected(cc)]
            case net.Granted():
                return [say.grant(cc, 0)]
            case net.Denied():
                return [say.grant(cc, 1)]
            case net.Queued():
                return [say.grant(cc, 2)]
            case net.OtherTalks(number, talker):
                unnamed = self._unnamed.pop(number, None)
                if unnamed is None:
                    return [say.other("CTXG", cc, talker)]
                called = self.network.identity(self.network.group(self.identity))
                return [say.other("CTXG", cc, None), say.incoming(cc, unnamed[0], called, unnamed[1])]
            case net.Interrupted(_, talker):
                return [say.other(self.settings.preempted.upper(), cc, talker)]
            case net.Ceased():
                return [say.ceased(cc)]
            case net.Released(_, cause):
                return [say.released(cc, cause.value)]
        return []

    def _follow(self, told: net.Told, at: float) -> None:
        """Keep the times of our own transmitter."""
        if isinstance(told, net.Granted):
            self.keyed_at, self.unkeyed_at = at, None
        elif isinstance(told, net.Ceased | net.Interrupted | net.Released) and self.keyed_at is not None:
            self.unkeyed_at = at if self.unkeyed_at is None else self.unkeyed_at

    def _instance(self, number: int) -> int:
        """Our instance number for a call of the network."""
        if number not in self._calls:
            self._counted += 1
            used = set(self._calls.values())
            lowest = next(cc for cc in range(1, len(used) + 2) if cc not in used)
            self._calls[number] = self._counted if self.settings.count_calls else lowest
        return self._calls[number]

    def _group(self, gssi: int) -> Identity | None:
        return self.network.identity(gssi) if gssi else None

    # ---- commands ---------------------------------------------------------------------------------------------

    def _obey(self, line: str, now: float) -> None:
        try:
            if self._grumpy:
                self._grumpy -= 1
                raise Refused(SYNTAX)
            information = self._run(parse_command(line), now)
        except Refused as refused:
            self._answer(str(refused) if self._numeric else "ERROR", now)
            return
        for text in information:
            self._answer(text, now)
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
        group = self._dialled(command.value.partition(",")[2].strip())
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
        self._ready_for_calls()
        group = self._dialled(command.value)
        service, comms, others_first = self._definition[0], self._definition[6], self._definition[8]
        if group != self.network.group(self.identity) or service != 0 or comms != 1 or others_first:
            raise Refused(NOT_NOW)  # only speech calls of the selected group, with ourselves speaking first
        self.requested_at = now
        number = self.network.ask(self.identity, demand_priority(self._definition[9]), now, dialled=True)
        self._instance(number)

    def _demand(self, command: Command, now: float) -> None:
        cc, priority = command.numbers(2, 2)
        self._ready_for_calls()
        if priority > 3:
            raise Refused(OUT_OF_RANGE)
        if cc not in self._calls.values():
            raise Refused(NOT_NOW)
        self.requested_at = now
        self.network.ask(self.identity, priority, now)

    def _cease(self, command: Command, now: float) -> None:
        if command.numbers(1, 1)[0] not in self._calls.values():
            raise Refused(NOT_NOW)
        self.network.cease(self.identity, now)

    def _hang_up(self, _command: Command, now: float) -> None:
        self.network.leave(self.identity, now)

    def _ready_for_calls(self) -> None:
        if self.mode:
            raise Refused(NOT_IN_DMO)
        if not self._registered:
            raise Refused(NO_SERVICE)
        if self.network.attaching(self.identity):
            raise Refused(BUSY)

    def _dialled(self, digits: str) -> int:
        """The group that a dial string names; refused when it is none of this network."""
        if len(digits) > MOST_DIAL_DIGITS:
            raise Refused(DIAL_LONG)
        if not (digits.isascii() and digits.isdigit()):
            raise Refused(DIAL_CHARACTERS)
        try:
            group = Identity.from_digits(digits, self.identity)
        except ValueError as error:
            raise Refused(OUT_OF_RANGE) from error
        if group != self.network.identity(group.ssi) or group.ssi not in self.network.settings.groups:
            raise Refused(OUT_OF_RANGE)
        return group.ssi

    # ---- output -----------------------------------------------------------------------------------------------

    def _answer(self, text: str, now: float) -> None:
        """A line of an answer, in its turn."""
        self._answered_until = max(now + self.settings.answer_ms / 1000, self._answered_until)
        self._put(framed(text), self._answered_until)

    def _indicate(self, service: tuple[int, int], text: str, at: float) -> None:
        """A line nobody asked for; never before the answer to the command that caused it."""
        if not self.on or self.services.get(service) not in TO_TERMINAL:
            return
        early = max(0.0, -self.network.settings.audio_offset_ms / 1000)
        self._told_until = max(at + early, self._told_until, self._answered_until)
        self._put(framed(text), self._told_until)

    def _put(self, data: bytes, due: float) -> None:
        if len(self._out) >= MOST_WAITING:
            self.lines_dropped += 1
            return
        self._sequence += 1
        heapq.heappush(self._out, (due, self._sequence, data))
