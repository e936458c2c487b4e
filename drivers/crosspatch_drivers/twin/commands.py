"""From the bytes of an AT command line to what it asks for; not for doing it."""

from dataclasses import dataclass

MAX_LINE = 2600
"""Bytes of the longest command line kept: the largest SDS in hex with its command; more is noise."""


class Refused(Exception):  # noqa: N818 - what happens to the command
    """The command is answered with this +CME ERROR."""

    def __init__(self, code: int) -> None:
        """``code`` is the number of EN 300 392-5."""
        super().__init__(f"+CME ERROR: {code}")
        self.code = code


NOT_NOW, NOT_SUPPORTED, NO_SERVICE, OUT_OF_RANGE, SYNTAX, NOT_IN_DMO, BUSY = 3, 4, 30, 34, 35, 40, 42
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
    """Collects bytes into command lines that end with CR, LF or both, and messages, which end with Ctrl-Z."""

    def __init__(self) -> None:
        """Begin at the start of a line."""
        self._part = bytearray()
        self._skipping = False
        self.dropped = 0

    def feed(self, data: bytes) -> list[str]:
        """The lines that ``data`` completes; empty ones are left out."""
        *ends, rest = data.replace(b"\x1a", b"\x1a\r").replace(b"\n", b"\r").split(b"\r")
        lines = []
        for end in ends:
            self._add(end)
            lines.append(self._part.decode("latin-1").strip(" \t"))
            self.clear()
        self._add(rest)
        return [line for line in lines if line]

    def clear(self) -> None:
        """Forget the line that was begun."""
        self._part.clear()
        self._skipping = False

    def _add(self, part: bytes) -> None:
        if self._skipping:
            return
        if len(self._part) + len(part) > MAX_LINE:
            self._part.clear()
            self._skipping = True
            self.dropped += 1
        else:
            self._part += part
