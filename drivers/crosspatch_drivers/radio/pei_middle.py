"""A raw log that begins in the middle of a session: what the radio would have answered to a driver that came before.

The driver of today asks at other moments than that of the log. So long as the log does not tell that the port was
opened, each of its commands is answered at once, and the results in the log are left out; everything that the radio
said unasked stays. Not for logs that begin with the opening of the port.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from crosspatch_drivers.radio.pei import commands, lines
from crosspatch_drivers.radio.pei.framer import Framer
from crosspatch_drivers.radio.pei_log import Entry, Way
from crosspatch_drivers.radio.pei_remarks import Opened, parse_remark

LEAD_S = 30.0
"""Seconds before the first entry in which the driver sets its radio up."""

SOME_GROUP = "1"
"""The talkgroup that a radio is taken to be on where the log names none: on none at all it could not be used."""

SELECTED = re.compile(rb"AT\+CTGS=1,(\d{1,8})")


def begins_in_the_middle(entries: Sequence[Entry]) -> bool:
    """Whether the log does not begin with the opening of the port."""
    if not entries or all(entry.way is Way.REMARK for entry in entries):
        return False
    first = entries[0]
    return not (first.way is Way.REMARK and isinstance(parse_remark(first.data), Opened))


class Middle:
    """The radio before the log and beside it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """What the log tells of the radio is taken to have been so before."""
        self.begins = (entries[0].at or 0.0) - LEAD_S
        self._framer = Framer()
        self._begun = False  # the log speaks for itself
        said = list(said_in(entries))
        self._group = _group(entries, said)
        self._number = next((each.number for each in said if isinstance(each, lines.OwnNumber) and each.number), "")

    @property
    def words(self) -> str:
        """What was taken to be so."""
        return f"registered, on {f'talkgroup {self._group}' if self._group else 'a talkgroup that is not told'}"

    def answers(self, data: bytes) -> bytes:
        """What the radio says to these commands."""
        said: list[str] = []
        for command in data.decode("latin-1").split("\r"):
            text = command.strip("\x1b\x1a\n ")
            if text.startswith("AT"):
                said += self._told(text)
                said.append("OK")
        return "".join(f"\r\n{line}\r\n" for line in said).encode("latin-1")

    def unasked(self, data: bytes) -> bytes:
        """These bytes of the log without results, whose commands the driver of today did not give."""
        self._begun = True
        kept = [
            line
            for glued in self._framer.feed(data)
            for line in lines.split_line(glued)
            if not isinstance(lines.parse_line(line), lines.Ok | lines.Error) and not line.startswith("AT")
        ]
        return "".join(f"\r\n{line}\r\n" for line in kept).encode("latin-1")

    def _told(self, command: str) -> list[str]:
        if selected := SELECTED.match(command.encode("latin-1", "replace")):
            self._group = selected[1].decode("ascii")
        match command:
            case commands.REGISTRATION if not self._begun:
                return ["+CREG: 1"]
            case commands.MODE if not self._begun:
                return ["+CTOM: 0"]
            case commands.TALKGROUP:
                return [f"+CTGS: 1,{self._group or SOME_GROUP}"]
            case commands.OWN_NUMBERS if self._number:
                return [f"+CNUMF: 0,{self._number}"]
        return []


def said_in(entries: Iterable[Entry]) -> Iterator[lines.Message]:
    """Every line of the radio, as it is understood."""
    framer = Framer()
    for entry in entries:
        for line in framer.feed(entry.data) if entry.way is Way.FROM_RADIO else ():
            yield lines.parse_line(line)


def _group(entries: Iterable[Entry], said: Iterable[lines.Message]) -> str:
    """The talkgroup that the log names first: as told by the radio, as ordered, or as that of a group call."""
    for message in said:
        if isinstance(message, lines.Talkgroup) and message.groups and message.groups[0][1]:
            return message.groups[0][1]
    for entry in entries:
        if entry.way is Way.TO_RADIO and (match := SELECTED.search(entry.data)) is not None:
            return match[1].decode("ascii")
    calls = (message for message in said if isinstance(message, lines.CallIncoming))
    return next((call.called for call in calls if call.called and call.comms), "")
