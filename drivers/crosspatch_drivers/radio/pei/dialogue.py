"""One command at a time: which one waits for its answer, which come next, and what to do about answers too many.

Not for what answers mean. Un-key commands go before key commands, those before all others. A radio that may be waiting
for the digits of a message takes any command for them: until it has answered with OK, everything that is written to it
begins with what gives such a message up.

An answer has no name: one that comes after its command was given up would be taken for that of the next. So after an
answer that may be such a late one nothing but un-keying is written until the other has come, too, or is not to be
expected any more.
"""

from dataclasses import dataclass
from enum import IntEnum

from crosspatch_drivers.radio.pei.commands import ATTENTION, GIVE_UP, wire
from crosspatch_drivers.radio.pei.lines import Error, Ok
from crosspatch_drivers.radio.pei.outbox import Outbox, Write

STRAY_OK = 0.2
"""Seconds in which a radio that answered ERROR may say OK as well, to the same command (seen on one brand)."""

LATEST = 1.2
"""Seconds after which no answer to the first AT comes any more: some lines hold up each way for half a second."""

LATE = 5.0
"""The same for other commands: radios were seen to be busy for so long."""

MARGIN = 0.2
"""Seconds on top of twice the longest that this radio took of late, which is how long a late answer is waited for."""

FADING = 0.9
"""What is left of that longest time with each answer."""

LONGEST_QUEUE = 32
"""Commands that may wait; more can only be a defect, and the oldest goes."""


class Purpose(IntEnum):
    """What a command is for; the smaller goes first."""

    CEASE = 0
    HANG_UP = 1
    PROBE = 2
    DEMAND = 3
    DEFINE = 4
    DIAL = 5
    DETECT = 6
    SET_UP = 7
    SELECT = 8
    READ_BACK = 9
    MESSAGE = 10
    SET_UP_LATER = 11
    KEEP_ALIVE = 12
    POLL = 13


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
        self._late: list[tuple[float, bool]] = []  # of commands given up: until when an answer may come; an un-key's
        self._hold_until: float | None = None  # one of these may have come for that of another command
        self._slowest: float | None = None
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

    @property
    def slowest(self) -> float:
        """Seconds that answers take on this line at their slowest, as seen of late."""
        return self._slowest or 0.0

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
        """Forget everything: the port was opened anew, or the radio started anew. Answers may come all the same."""
        self._queue.clear()
        self._give_up_out()
        self._stray_until = None
        self._overtaken.clear()

    def pump(self, now: float) -> None:
        """Write the next command if none is out and its time has come."""
        if self._hold_until is not None and now >= self._hold_until:
            self._hold_until = None
            self._late.clear()
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
        self._late = [late for late in self._late if now < late[0]]
        if self._out is None:
            if isinstance(result, Ok):
                self._stray_until = None
            self._late_one_came()
            return None
        if self._owed:
            self._owed -= 1
            return None
        if self._belongs_to_another(now):
            self._late_one_came()
            return None
        command, self._out = self._out, None
        if self._late:
            self._hold_until = now + self._lateness()
        elif command.patience < LATE:
            self._slowest = max(now - self._written_at, self.slowest * FADING)
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
        command = self._out
        self._give_up_out()
        if command.message:
            self._give_up(now)
        return command

    def deadline(self) -> float | None:
        """When `expired` or `pump` should next be called."""
        if self._out is not None:
            return self._expires
        command = self._next()
        return None if command is None else self._due(command)

    def _give_up_out(self) -> None:
        """Whatever is out is awaited no longer; what was written of it may be answered yet."""
        if self._out is not None:
            patient = LATEST if self._out.purpose is Purpose.DETECT else max(LATE, self._out.patience)
            late = self._written_at + patient, self._out.purpose <= Purpose.HANG_UP
            self._late += [late] * (self._owed + 1)
        self._out, self._owed = None, 0

    def _belongs_to_another(self, now: float) -> bool:
        """Whether an answer while an un-key is out may be a late one. An un-key's own late one is as good as any."""
        awaited = self._hold_until is not None and now < self._hold_until
        unkey = self._out is not None and self._out.purpose <= Purpose.HANG_UP
        return awaited and unkey and any(not of_unkey for _, of_unkey in self._late)

    def _late_one_came(self) -> None:
        if self._late:
            self._late.pop(0)
        if not self._late:
            self._hold_until = None

    def _lateness(self) -> float:
        """Seconds after one answer in which the next one comes, if it comes."""
        return LATEST if self._slowest is None else min(LATEST, 2 * self._slowest + MARGIN)

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
        due = max(self._stray_until or float("-inf"), self._hold_until or float("-inf"))
        spaced = command.purpose in (Purpose.SET_UP, Purpose.SET_UP_LATER)
        return max(due, self._written_at + self.gap) if spaced else due
