"""One command at a time: which one waits for its answer, which come next, and what to do about answers too many.

Not for what answers mean. Un-key commands go before key commands, those before all others. A radio that may be waiting
for the digits of a message takes any command for them: until it has answered with OK, everything that is written to it
begins with what gives such a message up.
"""

from dataclasses import dataclass
from enum import IntEnum

from crosspatch_drivers.radio.pei.commands import ATTENTION, GIVE_UP, wire
from crosspatch_drivers.radio.pei.lines import Error, Ok
from crosspatch_drivers.radio.pei.outbox import Outbox, Write

STRAY_OK = 0.2
"""Seconds in which a radio that answered ERROR may say OK as well, to the same command (seen on one brand)."""

LONGEST_QUEUE = 32
"""Commands that may wait; more can only be a defect, and the oldest goes."""


class Purpose(IntEnum):
    """What a command is for; the smaller goes first."""

    CEASE = 0
    HANG_UP = 1
    DEMAND = 2
    DEFINE = 3
    DIAL = 4
    DETECT = 5
    SET_UP = 6
    SELECT = 7
    READ_BACK = 8
    MESSAGE = 9
    KEEP_ALIVE = 10
    POLL = 11


@dataclass(slots=True, eq=False)
class Command:
    """One command. ``patience`` is how long its answer may take; ``written`` says whether it has left.

    ``message`` is written behind the text as it is, instead of a CR: line end, digits and end of a message.
    """

    text: str
    purpose: Purpose
    patience: float
    written: bool = False
    message: bytes = b""


class Dialogue:
    """The queue of commands and the one that is out."""

    def __init__(self, outbox: Outbox, gap: float) -> None:
        """``gap`` seconds lie between two set-up commands."""
        self._outbox = outbox
        self.gap = gap
        """Seconds between two set-up commands."""
        self._queue: list[Command] = []
        self._out: Command | None = None
        self._expires = 0.0
        self._written_at = float("-inf")
        self._owed = 0  # answers still due to commands that another one overtook
        self._stray_until: float | None = None
        self._overtaken: list[Command] = []
        self._message_open = False  # the radio may be waiting for digits
        self.queue_dropped = 0

    @property
    def out(self) -> Command | None:
        """The command whose answer is awaited."""
        return self._out

    @property
    def message_out(self) -> bool:
        """Whether a message was written that the radio has not answered."""
        return self._out is not None and bool(self._out.message)

    def has(self, *purposes: Purpose) -> bool:
        """Whether a command for one of these is out or waits."""
        return any(command.purpose in purposes for command in (*self._queue, *([self._out] if self._out else [])))

    def waits(self, *purposes: Purpose) -> bool:
        """Whether a command for one of these has not left yet."""
        return any(command.purpose in purposes for command in self._queue)

    @property
    def idle(self) -> bool:
        """Whether nothing is out and nothing waits."""
        return self._out is None and not self._queue

    def ask(self, command: Command) -> None:
        """Put a command in line; `pump` writes it when its turn has come."""
        if len(self._queue) >= LONGEST_QUEUE:
            self._queue.pop(0)
            self.queue_dropped += 1
        self._queue.append(command)

    def withdraw(self, *purposes: Purpose) -> None:
        """Take back the commands for these that have not left."""
        self._queue = [command for command in self._queue if command.purpose not in purposes]

    def clear(self) -> None:
        """Forget everything: the port was opened anew, or the radio started anew."""
        self._queue.clear()
        self._out = None
        self._owed = 0
        self._stray_until = None
        self._overtaken.clear()

    def pump(self, now: float) -> None:
        """Write the next command if none is out and its time has come."""
        command = self._next()
        if command is not None and now >= self._due(command):
            self._queue.remove(command)
            self._stray_until = None
            data = command.text.encode("ascii") + command.message if command.message else wire(command.text)
            self._outbox.put(Write(self._safe(data)))
            self._start(command, now)

    def overtake(self, command: Command, data: bytes, answers: int, now: float) -> None:
        """Write ``data`` at once, whatever is out. It brings ``answers``, the last of which is ``command``'s."""
        self._owed += answers - 1 + (1 if self._out else 0)
        if self._out is not None:
            self._overtaken.append(self._out)
        self._outbox.put(Write(self._safe(data), first=True))
        self._start(command, now)

    def echo(self, line: str) -> str | None:
        """The line without the echo of the command that is out; None when it has none."""
        if self._out is None or not line.startswith(self._out.text):
            return None
        rest = line[len(self._out.text) :].strip()
        # AT alone begins every command: with more behind it than a result, the line echoes commands written before.
        return rest if self._out.text != ATTENTION or rest.startswith(("OK", "ERROR", "+CME ERROR")) else ""

    def answered(self, result: Ok | Error, now: float) -> Command | None:
        """Whose answer this is; None for an answer nobody waits for."""
        if self._out is None:
            if isinstance(result, Ok):
                self._stray_until = None
            return None
        if self._owed:
            self._owed -= 1
            return None
        command, self._out = self._out, None
        if isinstance(result, Ok):
            self._message_open = False
        elif command.message:
            self._give_up(now)
        elif result.text == "ERROR":
            self._stray_until = now + STRAY_OK
        return command

    def overtaken(self) -> list[Command]:
        """The commands whose answers nobody will be told of, because another one overtook them; each once."""
        commands, self._overtaken = self._overtaken, []
        return commands

    def expired(self, now: float) -> Command | None:
        """The command whose answer did not come in time; it is no longer awaited."""
        if self._out is None or now < self._expires:
            return None
        command, self._out = self._out, None
        self._owed = 0
        if command.message:
            self._give_up(now)
        return command

    def deadline(self) -> float | None:
        """When `expired` or `pump` should next be called."""
        if self._out is not None:
            return self._expires
        command = self._next()
        return None if command is None else self._due(command)

    def _safe(self, data: bytes) -> bytes:
        """What a radio that waits for digits takes for a command all the same."""
        return GIVE_UP + data if self._message_open else data

    def _give_up(self, now: float) -> None:
        """A message was refused or not answered: its digits may lie about, and bring an answer that is nobody's."""
        self._outbox.put(Write(GIVE_UP))
        self._stray_until = now + STRAY_OK

    def _start(self, command: Command, now: float) -> None:
        command.written = True
        self._message_open = self._message_open or bool(command.message)
        self._out = command
        self._expires = now + command.patience
        self._written_at = now

    def _next(self) -> Command | None:
        return None if self._out or not self._queue else min(self._queue, key=lambda command: command.purpose)

    def _due(self, command: Command) -> float:
        """When this command may leave; un-keying never waits."""
        if command.purpose <= Purpose.HANG_UP:
            return float("-inf")
        due = self._stray_until if self._stray_until is not None else float("-inf")
        return max(due, self._written_at + self.gap) if command.purpose is Purpose.SET_UP else due
