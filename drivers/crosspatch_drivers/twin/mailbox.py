"""The short messages of a virtual radio: AT+CTSDS and AT+CMGS from the terminal, +CTSDSR and +CMGS to it. Pure.

Not for delivering them (see `post`), and not for what they say.
"""

from collections.abc import Callable

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.commands import (
    BUSY,
    NO_SERVICE,
    OUT_OF_RANGE,
    SYNTAX,
    WRONG_TYPE,
    Command,
    Refused,
)
from crosspatch_drivers.twin.lines import Printer, type_of
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.told import DataSent, ShortData

SDS_4, STATUS = 12, 13
"""AI services of messages: SDS type 4 and status."""

LENGTHS = {9: 16, 10: 32, 11: 64, STATUS: 16}
"""Bits of the types that have one length."""

MOST_BITS = 1184
"""Bits of the longest message, as one real radio says."""

DIGITS_S = 5.0
"""Seconds in which the digits of a message must have come after AT+CMGS."""

END, ABORT = "\x1a", "\x1b"
"""What ends the digits of a message, and what gives it up."""

GENERIC = {True: (2, 25), False: (2, 24)}
"""Services of SDS type 4 in general, by whether the protocol identifier is 128 or more."""

Indicate = Callable[[tuple[tuple[int, int], ...], tuple[str, ...], float], None]
"""Print lines, if one of these services is routed to the terminal."""


class Mailbox:
    """One radio's messages: at most one is being sent."""

    def __init__(self, network: Network, identity: Identity, printer: Printer, padded: bool) -> None:
        """``padded``: hex digits come in whole octets, else as many as are needed."""
        self._network, self._identity, self._print, self._padded = network, identity, printer, padded
        self.clear()

    def clear(self) -> None:
        """As after switching on."""
        self._service = SDS_4
        self._asked: tuple[Identity, int] | None = None
        self._asked_at = 0.0
        self._under_way = False

    @property
    def gives_up_at(self) -> float:
        """When the digits of the message that was announced come too late."""
        return float("inf") if self._asked is None else self._asked_at + DIGITS_S

    def give_up(self) -> None:
        """They came too late."""
        self._asked = None

    @property
    def expects_digits(self) -> bool:
        """The next line is a message, no command."""
        return self._asked is not None

    # ---- from the terminal ------------------------------------------------------------------------------------

    def choose(self, command: Command, _now: float) -> None:
        """AT+CTSDS: what the next messages are."""
        service = command.numbers(1, 5)[0]
        if service != SDS_4 and service not in LENGTHS:
            raise Refused(OUT_OF_RANGE)
        self._service = service

    def announce(self, command: Command, now: float) -> None:
        """AT+CMGS: to whom, and how many bits follow."""
        to, comma, length = command.value.partition(",")
        if not comma:
            raise Refused(SYNTAX)
        if not (length.strip().isascii() and length.strip().isdigit()):
            raise Refused(WRONG_TYPE)
        bits = int(length)
        if not 8 <= bits <= MOST_BITS or LENGTHS.get(self._service, bits) != bits:
            raise Refused(OUT_OF_RANGE)
        if not self._network.registered(self._identity):
            raise Refused(NO_SERVICE)
        if self._under_way or self._network.attaching(self._identity):
            raise Refused(BUSY)
        try:
            self._asked, self._asked_at = (Identity.from_digits(to, self._identity), bits), now
        except ValueError as error:
            raise Refused(OUT_OF_RANGE) from error

    def digits(self, line: str, now: float) -> list[str]:
        """The message itself, ended by Ctrl-Z; the lines before OK."""
        asked, self._asked = self._asked, None
        if asked is None or ABORT in line:
            return []
        data = line.partition(END)[0].strip().upper()
        to, bits = asked
        if len(data) * 4 < bits or not all(digit in "0123456789ABCDEF" for digit in data):
            raise Refused(SYNTAX)
        try:
            self._network.post.hand_in(ShortData(self._identity, to, self._service, bits, data), now)
        except ValueError as error:
            raise Refused(BUSY) from error
        self._under_way = True
        return [self._print.line("CMGS", 0)]

    # ---- from the network -------------------------------------------------------------------------------------

    def told(self, told: ShortData | DataSent, at: float, indicate: Indicate) -> None:
        """A message came, or one has left or failed."""
        match told:
            case DataSent(reference, delivered):
                self._under_way = False
                indicate((), (self._print.line("CMGS", 0, 4 if delivered else 5, reference),), at)
            case ShortData():
                indicate(self._services(told), (self._header(told), self._shown(told)), at)

    def _services(self, message: ShortData) -> tuple[tuple[int, int], ...]:
        """What must be routed to the terminal for it to hear of this message: one of these."""
        if message.service == STATUS:
            return ((2, 20),)
        if message.service != SDS_4:
            return ((2, 12 + message.service),)
        protocol = int(message.data[:2] or "0", 16)
        return (3, protocol), GENERIC[protocol >= 128]

    def _header(self, message: ShortData) -> str:
        sender, called = self._print.digits(message.sender), self._print.digits(message.called)
        types = type_of(sender, 5), type_of(called, 5)
        return self._print.line("CTSDSR", message.service, sender, types[0], called, types[1], message.bits)

    def _shown(self, message: ShortData) -> str:
        """The digits, as this radio prints them."""
        digits = message.data[: -(-message.bits // 4)]
        return digits + "0" if self._padded and len(digits) % 2 else digits
