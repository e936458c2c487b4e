"""What a radio prints, line by line: each line is given to the part it is for, and signs of a new start are noticed.

Not for final results (the session knows what was asked), nor for what a line leads to.
"""

import re
from collections.abc import Callable

from crosspatch_drivers.radio.pei import commands, lines
from crosspatch_drivers.radio.pei.dialogue import Purpose
from crosspatch_drivers.radio.pei.lines import Error, Ok
from crosspatch_drivers.radio.pei.parts import Parts
from crosspatch_drivers.radio.pei.service import USUAL_ENDS
from crosspatch_drivers.radio.pei.startup import Stage
from crosspatch_drivers.radio.pei.traffic import CallMessage


class Reading:
    """Reads for one session."""

    def __init__(self, parts: Parts, restart: Callable[[str, float], None]) -> None:
        """``restart(reason, now)`` sets the radio up again."""
        self._parts, self._restart = parts, restart
        self.unknown = 0
        """Lines that were not understood."""

    def noise(self, data: bytes, now: float) -> None:
        """Radios that start make noise. While one is set up that is believed at once, later it is asked first."""
        if self._parts.startup.stage is Stage.DONE and (b"\0" in data or not data.isascii()):
            self._parts.watch.probe()
        elif self._parts.startup.stage in (Stage.IDENTIFY, Stage.SET_UP) and b"\0" in data:
            self._restart("it started while it was set up", now)

    def line(self, line: str, now: float) -> Ok | Error | None:
        """One line; the final result of a command if it is one."""
        if self._parts.messages.takes(line, now):
            return None
        rest = self._parts.dialogue.echo(line)
        if rest is not None:
            if self._parts.watch.echo_off:
                self._restart("it echoes again", now)
            if not rest:
                return None
            line = rest
        message = lines.parse_line(line)
        if isinstance(message, Ok | Error):
            return message
        if not self._parts.messages.told(message, now):
            self._told(message, now)
        return None

    def _told(self, message: lines.Message, now: float) -> None:
        """One line that is no final result, whether asked for or not."""
        match message:
            case lines.Talkgroup():
                self._talkgroup(message, now)
            case lines.RegistrationStatus():
                self._parts.service.registration(message)
            case lines.SignalQuality():
                self._parts.service.signal(message)
            case lines.Mode():
                if self._parts.service.mode_told(message):
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
        self._parts.service.own_number(message)
        self._parts.traffic.own = self._parts.service.own
        self._parts.messages.own_number(self._parts.service.own, message.number)

    def _talkgroup(self, message: lines.Talkgroup, now: float) -> None:
        if not self._parts.dialogue.has(Purpose.SELECT, Purpose.READ_BACK, Purpose.POLL, Purpose.SET_UP):
            self._parts.service.look_soon(now)  # unasked: radios say so when they come and go, too
        if self._parts.selection.told(message, now):
            self._parts.traffic.group_changed(now)

    def _call_line(self, message: CallMessage, now: float) -> None:
        if isinstance(message, lines.CallReleased) and message.cause not in USUAL_ENDS:
            self._parts.service.look_soon(now)
        self._parts.traffic.told(message, now)

    def _information(self, message: lines.Information, now: float) -> None:
        """A named line: part of the answer to what was asked, or a name that lost a letter."""
        if message.name == "GMI":
            self._parts.startup.identified(message.value)
        elif message.name == "CLVL":
            self._parts.service.levels.volume_told(message.value)
            return
        out = self._parts.dialogue.out
        asked = out is not None and re.match(rf"AT\+{message.name}\b", out.text) is not None
        if self._parts.startup.stage is Stage.DONE and not asked:
            self._parts.oddities.said(f"+{message.name}: {message.value}", now)

    def _text(self, text: str, now: float) -> None:
        """No line of the standard: part of an answer, or noise, which may be a radio that starts."""
        out = self._parts.dialogue.out
        number = lines.parse_own_number(text) if out is not None and out.text == commands.OWN_NUMBERS else None
        if number is not None:
            self._own_number(number)
            return
        self._parts.startup.identified(text)
        echo = text.startswith(commands.ATTENTION)  # of a command that another one overtook
        self.unknown += not echo
        if self._parts.startup.stage is not Stage.DONE:
            return
        if echo:
            self._parts.watch.probe()
        else:
            self._parts.oddities.said(text, now)
