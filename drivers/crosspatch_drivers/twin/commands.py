"""From the bytes of an AT command line to what it asks for; not for doing it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_LINE = 2600
"""Bytes of the longest command line kept: the largest SDS in hex with its command; more is noise."""


LINE_ENDS, MESSAGE_ENDS, IGNORED = b"\r\n", b"\x1a\x1b", b"\x1a\x1b"
"""What ends a command, and a message; what means nothing in a command (ITU-T V.250 clause 5.2.2)."""


class Refused(Exception):  # noqa: N818 - what happens to the command
    """The command is answered with this +CME ERROR."""

    def __init__(self, code: int) -> None:
        """``code`` is the number of EN 300 392-5."""
        super().__init__(f"+CME ERROR: {code}")
        self.code = code


NOT_NOW, NOT_SUPPORTED, NO_SERVICE, OUT_OF_RANGE, SYNTAX, NOT_IN_DMO, BUSY = 3, 4, 30, 34, 35, 40, 42
TOO_LATE = 37
DIAL_LONG, DIAL_CHARACTERS, WRONG_TYPE = 26, 27, 33


@dataclass(frozen=True, slots=True)
class Command:
    """``name`` is what follows AT up to ``=`` or ``?``; ``kind`` is "", "?", "=" or "=?"."""

    name: str
    kind: str = ""
    value: str = ""

    def numbers(self, least: int, most: int) -> list[int]:
        """The comma-separated parameters as numbers; refused as a radio would."""
        fields = [field.strip() for field in self.value.split(",")]
        if not least <= len(fields) <= most:
            raise Refused(SYNTAX)
        if not all(field.isascii() and field.isdigit() and len(field) < 18 for field in fields):
            raise Refused(WRONG_TYPE)
        return [int(field) for field in fields]


def parse_command(line: str) -> Command:
    """What a line asks for. Refused(35) when it is no AT command."""
    text = line.strip()
    if text[:2].upper() != "AT":
        raise Refused(SYNTAX)
    rest = text[2:].strip()
    if rest[:1].upper() == "D":
        return Command("D", "=", rest[1:].strip())
    name, equals, value = rest.partition("=")
    if equals:
        return Command(name.strip().upper(), "=?") if value == "?" else Command(name.strip().upper(), "=", value)
    if rest.endswith("?"):
        return Command(rest[:-1].strip().upper(), "?")
    return Command(rest.upper())


class CommandLines:
    """Collects bytes into command lines, which end with CR or LF, and messages, which end with Ctrl-Z or ESC alone."""

    def __init__(self) -> None:
        """Begin at the start of a line."""
        self._part = bytearray()
        self._skipping = False
        self.dropped = 0

    def feed(self, data: bytes, in_message: Callable[[], bool]) -> Iterator[str]:
        """The lines that ``data`` completes; empty ones are left out. ``in_message``: whether a message is entered now.

        Obey each line before the next one is taken: whether a message follows depends on it. Outside of a message
        Ctrl-Z and ESC are nothing, so digits that nobody waits for spoil the command that comes behind them.
        """
        for byte in data:
            if byte not in (MESSAGE_ENDS if in_message() else LINE_ENDS):
                self._add(byte)
                continue
            line = self._part.decode("latin-1").strip(" \t\r\n") + (chr(byte) if in_message() else "")
            self.clear()
            if line:
                yield line

    def clear(self) -> None:
        """Forget the line that was begun."""
        self._part.clear()
        self._skipping = False

    def _add(self, byte: int) -> None:
        if byte in IGNORED or self._skipping:
            return
        if len(self._part) >= MAX_LINE:
            self._part.clear()
            self._skipping = True
            self.dropped += 1
        else:
            self._part.append(byte)
