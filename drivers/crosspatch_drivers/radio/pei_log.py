r"""The raw log of a radio's serial line: one line for each read or write, written, and read back whoever wrote it.

A line is a time, a direction and the bytes: ``2026-03-01T09:41:05.123456+00:00 > AT+CTGS=1,1234567\r``. The direction
is ``>`` to the radio and ``<`` from it. Bytes that are no printable ASCII are escaped as in Python, the backslash too.
``#`` stands before what the driver was told or saw meanwhile (``# order Key(priority=1)``), so that a log can be
replayed. When read, the time may also be seconds, or missing, bytes may be in quotes, and lines that are no entry are
skipped.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TextIO

LONGEST_LINE = 65536
"""Characters of a line that is still read; a longer one is no entry of ours."""

MOST_BYTES = 16 * 1024 * 1024
"""A log larger than this is put aside as ``NAME.1``, in the place of an older one, and a new one is begun."""

ENTRY = re.compile(r"(?:(?P<time>[0-9][0-9T:+.Z-]*(?: [0-9]{2}:[0-9:.+Z-]+)?)\s+)?(?P<way>[<>#])(?: (?P<data>.*))?$")
QUOTED = re.compile(r"""b?(?P<quote>['"])(?P<inside>.*)(?P=quote)$""")

ESCAPE = re.compile(
    r"""\\(?:x(?P<hex>[0-9a-fA-F]{2})|u00(?P<wide>[0-9a-fA-F]{2})|(?P<octal>[0-7]{1,3})|(?P<name>[\\'"abfnrtv]))"""
)
NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
"""Escapes of Python that stand for one byte."""


class Way(Enum):
    """Which way bytes went."""

    TO_RADIO = ">"
    FROM_RADIO = "<"
    REMARK = "#"  # no bytes of the line: see `pei_remarks`


@dataclass(frozen=True, slots=True)
class Entry:
    """One read or write. ``at`` is in seconds, since the epoch or since the log began; None when not told."""

    at: float | None
    way: Way
    data: bytes


def format_entry(entry: Entry) -> str:
    """One line, without its end. A time from 2001 on is written as date and time, an earlier one as seconds."""
    time = "" if entry.at is None else f"{_time(entry.at)} "
    return f"{time}{entry.way.value} {escape(entry.data)}"


def parse_entry(line: str) -> Entry | None:
    """What a line tells; None when it is no entry. Never raises."""
    line = line.rstrip("\r\n")
    match = ENTRY.match(line) if len(line) <= LONGEST_LINE else None
    if match is None:
        return None
    at = None if match["time"] is None else _seconds(match["time"])
    if at is None and (match["time"] is not None or match["way"] == Way.REMARK.value):
        return None
    data = unescape(match["data"] or "")
    return None if data is None else Entry(at, Way(match["way"]), data)


def read_entries(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries among these lines."""
    for line in lines:
        entry = parse_entry(line)
        if entry is not None:
            yield entry


def escape(data: bytes) -> str:
    """Printable ASCII stays, everything else is escaped, and the first of two quotes that might be taken for ours."""
    text = data.decode("latin-1").encode("unicode_escape").decode("ascii")
    return f"\\x{ord(text[0]):02x}{text[1:]}" if QUOTED.match(text) else text


def unescape(text: str) -> bytes | None:
    """The bytes; None when an escape is none, or a character is no byte."""
    quoted = QUOTED.match(text)
    text = quoted["inside"] if quoted else text
    if "\\" in ESCAPE.sub("", text):
        return None
    try:
        return ESCAPE.sub(_plain, text).encode("latin-1")
    except (ValueError, OverflowError):
        return None


class LogFile:
    """Appends entries to a file. Each is on the disk's cache when `write` returns, so that a crash loses none."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        """OSError when the file cannot be opened."""
        self._path, self._most = path, most_bytes
        self._file: TextIO = path.open("a", encoding="ascii", buffering=1)

    def write(self, entry: Entry) -> None:
        """OSError when the disk is full."""
        self._file.write(format_entry(entry) + "\n")
        if self._file.tell() > self._most:
            self._file.close()
            self._path.replace(self._path.with_name(self._path.name + ".1"))
            self._file = self._path.open("a", encoding="ascii", buffering=1)

    def close(self) -> None:
        """Write no more."""
        self._file.close()


def _plain(escape: "re.Match[str]") -> str:
    """The character of one escape."""
    if digits := escape["hex"] or escape["wide"]:
        return chr(int(digits, 16))
    if escape["octal"]:
        return chr(int(escape["octal"], 8))
    return NAMED.get(escape["name"], escape["name"])


FIRST_DATE = 1_000_000_000.0
"""Seconds since the epoch (2001) from which on a number is taken for a date."""

LAST_DATE = datetime(9999, 12, 30, tzinfo=UTC).timestamp()


def _time(at: float) -> str:
    if FIRST_DATE <= at < LAST_DATE:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")
    return f"{at:.6f}"


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
