"""A raw log against the real session in virtual time: what the driver makes of it, moment by moment.

A log of our own driver says when its port opened and what it was ordered, so that it is replayed as it was, and what
the driver writes today is compared with what it wrote then. In a log of somebody else orders are read off the commands
that were sent. A log that begins in the middle finds a driver that has set its radio up (see `pei_middle`). Not for
reading files, and nothing is written to any port.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio import base
from crosspatch_drivers.radio.pei import lines
from crosspatch_drivers.radio.pei.framer import Framer
from crosspatch_drivers.radio.pei.outbox import Emit, Note, Reopen, Write
from crosspatch_drivers.radio.pei.profile import Profile
from crosspatch_drivers.radio.pei.session import Session
from crosspatch_drivers.radio.pei_log import Entry, Way
from crosspatch_drivers.radio.pei_middle import Middle, begins_in_the_middle, said_in
from crosspatch_drivers.radio.pei_remarks import Closed, Opened, Ordered, ReleasedNow, parse_remark
from crosspatch_drivers.radio.pei_words import event_words, order_words

AFTER_S = 5.0
"""Seconds that the driver is given after the last entry."""

SILENT_STEPS = 5_000
"""Steps of the clock without an entry, about half an hour, after which a gap in a log is not followed any further."""

KEYED, CEASED = re.compile(rb"^AT(?:\+CTXD=\d+,(\d)|D\d+)$"), re.compile(rb"^AT(?:\+CUTXC=\d+|H0?)$")
SELECTED = re.compile(rb"^AT\+CTGS=1,(\d{1,8})$")

FLOOR = (base.Granted, base.Queued, base.TransmitEnded, base.OverStarted, base.OverEnded, base.TalkerKnown)
PAUSES = (base.Pausing, base.Resumed)
MESSAGES = (base.SdsReceived, base.StatusReceived, base.MessageEnded)
CALLS = (lines.CallIncoming, lines.CallProgress, lines.CallConnect, lines.CallReleased)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. ``at`` is in seconds, as in the log."""

    at: float
    kind: str  # state, floor, call, message, radio, order, port, oddity
    text: str


class Replay:
    """One log, once."""

    def __init__(self, home: Identity, profile: Profile, candidates: tuple[Profile, ...], name: str) -> None:
        """``name`` is the radio's in the site file: it sets the random part of its waits."""
        self._session = Session(home, profile, name, candidates)
        self._found: list[Moment] = []
        self._framer = Framer()
        self._open = self._keyed = False
        self._alarms: set[str] = set()
        self._now = 0.0
        self._wrote: list[tuple[float, bytes]] = []
        self.entries: Counter[Way] = Counter()
        self.not_understood = 0
        """Lines of the radio that say nothing to the driver."""
        self._middle: Middle | None = None
        self._asked = self._digits = False  # what the radio was asked is not answered yet; digits of a message follow

    @property
    def counters(self) -> dict[str, int]:
        """What went by without being of use."""
        return self._session.counters

    def run(self, entries: Iterable[Entry]) -> list[Moment]:
        """Everything, in order."""
        entries = with_times(entries)
        own = any(entry.way is Way.REMARK and parse_remark(entry.data) is not None for entry in entries)
        if begins_in_the_middle(entries):
            self._begin_in_the_middle(entries)
        for entry in entries:
            self._until(entry.at or 0.0)
            self.entries[entry.way] += 1
            if not self._open and entry.way is not Way.REMARK:
                self._port(True, "not told, but bytes came")
            self._take(entry, own)
        self._until(self._now + AFTER_S)
        if own and self._found and not begins_in_the_middle(entries):
            self._compare(entries)
        return sorted(self._found, key=lambda moment: moment.at)

    # ---- entries ----------------------------------------------------------------------------------------------

    def _take(self, entry: Entry, own: bool) -> None:
        match entry.way:
            case Way.FROM_RADIO:
                self._lines(entry.data)
                data = entry.data if self._middle is None else self._middle.unasked(entry.data)
                self._session.received(data, self._now)
            case Way.REMARK:
                self._remark(entry.data)
            case Way.TO_RADIO:
                self._asked = True
                for command in () if own else entry.data.split(b"\r"):
                    self._infer(command.strip())
        self._act()

    def _remark(self, data: bytes) -> None:
        match parse_remark(data):
            case Opened(how=how):
                self._port(True, how)
            case Closed(reason=reason):
                self._port(False, reason)
            case Ordered(order=order):
                self._order(order)
            case ReleasedNow():
                self._tell("order", "release now")
                self._session.release_now(self._now)
            case None:
                self._tell("oddity", f"a remark that is not understood: {data[:60]!r}")

    def _infer(self, command: bytes) -> None:
        if (match := KEYED.match(command)) is not None and not self._keyed:
            self._keyed = True
            self._order(base.Key(int(match[1] or b"1")))
        elif CEASED.match(command) and self._keyed:
            self._keyed = False
            self._order(base.Unkey())
        elif (match := SELECTED.match(command)) is not None:
            self._order(base.SelectTalkgroup(int(match[1])))

    def _order(self, order: base.RadioOrder) -> None:
        self._tell("order", order_words(order))
        self._session.order(order, self._now)

    def _port(self, is_open: bool, why: str) -> None:
        self._open = is_open
        self._middle = None
        self._tell("port", f"{'open' if is_open else 'closed'}: {why}")
        if is_open:
            self._session.opened(self._now)
        else:
            self._session.closed(why, self._now)
        self._act()

    def _begin_in_the_middle(self, entries: list[Entry]) -> None:
        """The port is open and the radio set up before the first entry."""
        self._middle = Middle(entries)
        self._open, self._now = True, self._middle.begins
        self._session.opened(self._now)
        self._until(entries[0].at or 0.0)
        self._found.clear()
        self._wrote.clear()
        self._tell("port", f"the log begins in the middle: the radio is taken to be set up, {self._middle.words}")

    def _lines(self, data: bytes) -> None:
        """What the radio says: calls are shown, and what says nothing to anybody."""
        for glued in self._framer.feed(data):
            for line in lines.split_line(glued):
                message = lines.parse_line(line)
                if isinstance(message, lines.Ok | lines.Error):
                    self._asked = False
                elif isinstance(message, CALLS):
                    self._tell("call", line)
                elif isinstance(message, lines.Text) and not (self._asked or self._digits or line.startswith("AT")):
                    self.not_understood += 1
                    self._tell("oddity", f"a line is not understood: {line[:80]!r}")
                self._digits = isinstance(message, lines.SdsHeader)

    # ---- the session ------------------------------------------------------------------------------------------

    def _until(self, at: float) -> None:
        """Let time pass for the driver."""
        for _ in range(SILENT_STEPS):
            due = self._session.deadline()
            if due is None or due >= at or not self._open:
                break
            self._now = max(self._now, due)
            self._session.tick(self._now)
            self._act()
        self._now = max(self._now, at)

    def _act(self) -> None:
        answers: list[bytes] = []
        for action in self._session.take():
            match action:
                case Write(data=data):
                    self._wrote.append((self._now, data))
                    if self._middle is not None:
                        answers.append(self._middle.answers(data))
                case Emit(event=event):
                    self._event(event)
                case Note(text=text, level="warning"):
                    self._tell("oddity", text)
                case Reopen(reason=reason):
                    self._tell("oddity", f"the driver gives the port up: {reason}")
        for answer in answers:
            self._session.received(answer, self._now)
        if answers:
            self._act()

    def _event(self, event: base.RadioEvent) -> None:
        match event:
            case base.StateChanged():
                self._tell("state", event_words(event))
            case base.Alarm(about=about, text=text):
                if text or about in self._alarms:
                    self._tell("oddity", text or f"the alarm about its {about} is over")
                (self._alarms.add if text else self._alarms.discard)(about)
            case _ if isinstance(event, FLOOR + PAUSES):
                self._tell("floor", event_words(event))
            case _ if isinstance(event, MESSAGES):
                self._tell("message", event_words(event))
            case _:
                self._tell("radio", event_words(event))

    def _compare(self, entries: list[Entry]) -> None:
        """Where the driver of today first writes something else than that of the log."""
        then = list(_commands((entry.at or 0.0, entry.data) for entry in entries if entry.way is Way.TO_RADIO))
        today = list(_commands(self._wrote))
        end = then[-1][0] if then else 0.0
        for (at, was), (_, now) in zip(then, today, strict=False):
            if was != now:
                text = f"from here on the driver of today writes something else: {_shown(now)}, then {_shown(was)}"
                self._found.append(Moment(at, "oddity", text))
                return
        if len(today) < len(then):
            self._found.append(
                Moment(then[len(today)][0], "oddity", f"not written today: {_shown(then[len(today)][1])}")
            )
        elif len(today) > len(then) and today[len(then)][0] < end:
            self._found.append(Moment(today[len(then)][0], "oddity", f"written today: {_shown(today[len(then)][1])}"))

    def _tell(self, kind: str, text: str) -> None:
        self._found.append(Moment(self._now, kind, text))


def with_times(entries: Iterable[Entry]) -> list[Entry]:
    """Every entry with a time that never goes back: one without has that of the entry before."""
    found: list[Entry] = []
    at = 0.0
    for number, entry in enumerate(entries):
        at = entry.at if entry.at is not None and (entry.at > at or not number) else at
        found.append(entry if entry.at == at else replace(entry, at=at))
    return found


def home_of(entries: Iterable[Entry]) -> Identity:
    """The network that the radio says it is of, or is registered in; 0-0 when it says neither."""
    visited = Identity(0, 0, 0)
    for message in said_in(entries):
        number = message.number if isinstance(message, lines.OwnNumber) else ""
        if len(number) in (16, 17):
            return Identity(int(number[:-13]), int(number[-13:-8]), 0)
        if isinstance(message, lines.RegistrationStatus) and len(message.mni) in (8, 9):
            visited = Identity(int(message.mni[:-5]), int(message.mni[-5:]), 0)
    return visited


def _commands(writes: Iterable[tuple[float, bytes]]) -> Iterator[tuple[float, bytes]]:
    for at, data in writes:
        for command in data.split(b"\r"):
            if command.strip():
                yield at, command.strip()


def _shown(data: bytes) -> str:
    return data[:60].decode("latin-1")
