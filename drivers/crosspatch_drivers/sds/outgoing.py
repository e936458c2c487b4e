"""Short messages on their way out of one radio: one at a time, never during a call, each with a deadline. Pure.

The session asks `command` for what to write when nothing else waits for an answer, and tells what the radio says.
Radios send short data on the control channel only, so nothing leaves while a call or its hang time lasts.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from crosspatch_drivers.identity import Form, form_of
from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.concatenation import MOST_BITS
from crosspatch_drivers.sds.message import STATUS

END = b"\x1a"
"""Ends the user data."""

ON_AIR_S = 30.0
"""How long a radio may take to say whether a message it took was sent."""

RETRY_S = 3.0
"""Between two attempts at a message."""

ATTEMPTS = 5

MOST_WAITING = 32
"""Messages that may wait; of more the oldest of the lowest priority goes."""

MOST_OUTCOMES = 256
"""Outcomes that may wait to be taken; of more the oldest goes."""

SENT, FAILED = 4, 5
"""SDS status of +CMGS: sent over the air, not sent."""

WORTH_RETRYING = frozenset({0, 1, 3, 20, 30, 31, 36, 37, 41, 42})
"""+CME ERROR numbers that may go away by themselves: not in this state, no coverage, no answer, busy."""

IDENTITY_TYPES = {Form.SSI: 0, Form.TSI_15: 1, Form.TSI_16: 1, Form.TSI_17: 5}
"""Called identity type of AT+CTSDS."""

LENGTHS = frozenset({*range(1, 9), 15, 16, 17})
"""Numbers of digits that an identity may have."""


NO_MOMENT = "no moment in time: the radio was in calls, or out of service"
"""Why a message expired that was never tried."""


class Priority(IntEnum):
    """Access priority of AT+CTSDS; the larger goes first."""

    LOW = 0
    HIGH = 1
    EMERGENCY = 2


class Stage(Enum):
    """Where the message that is out is."""

    NONE = "none"
    DEFINING = "defining"  # AT+CTSDS waits for its answer
    DEFINED = "defined"  # AT+CMGS is next
    SENDING = "sending"  # AT+CMGS waits for its answer
    ON_AIR = "on air"  # taken; +CMGS will say whether it was sent


class Fate(Enum):
    """What became of a message."""

    SENT = "sent"  # over the air; not that anybody has it
    UNCONFIRMED = "unconfirmed"  # taken by the radio, which then said no more
    FAILED = "failed"
    EXPIRED = "expired"  # its deadline passed before it could be sent
    DROPPED = "dropped"  # too many waited


@dataclass(frozen=True, slots=True)
class Outbound:
    """A message to send. ``deadline`` is on the clock of ``now``; ``id`` comes back in the outcome."""

    id: int
    destination: str  # digits in a form the radio takes
    service: int
    bits: Bits
    deadline: float
    priority: Priority = Priority.LOW
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message. ``reference`` is the radio's number for it, if it told."""

    message: Outbound
    fate: Fate
    detail: str = ""
    reference: int | None = None


@dataclass(frozen=True, slots=True)
class SendingReport:
    """+CMGS: the radio took a message (``status`` None), or tells what became of it."""

    instance: int | None
    status: int | None = None
    reference: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of radio wants to be told; a profile may replace any of it."""

    define: str = "AT+CTSDS={service},{type},0,{priority},{encrypted}"
    define_status: str = "AT+CTSDS={service},{type}"
    send: str = "AT+CMGS={destination},{bits}"
    whole_octets: bool = True  # hex digits are filled up to whole octets
    line_end: bytes = b"\r\n"  # between command and digits
    most_bits: int = MOST_BITS


def parse_sending_report(value: str) -> SendingReport:
    """What stands behind ``+CMGS:``. Never raises; a number that is none is None."""
    fields = [field.strip() for field in value.split(",")[:3]]
    numbers = [int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None for text in fields]
    numbers += [None] * (3 - len(numbers))
    return SendingReport(*numbers)


@dataclass(slots=True, eq=False)
class _Waiting:
    message: Outbound
    attempts: int = 0
    not_before: float = float("-inf")
    why: str = ""


@dataclass(slots=True, eq=False)
class Outgoing:
    """The queue of one radio and the message that is out."""

    dialect: Dialect = field(default_factory=Dialect)
    stage: Stage = Stage.NONE
    _queue: list[_Waiting] = field(default_factory=list)
    _out: _Waiting | None = None
    _told: SendingReport | None = None  # came before the answer to AT+CMGS
    _patience: float = 0.0
    _outcomes: list[Outcome] = field(default_factory=list)

    def offer(self, message: Outbound) -> Refusal | None:
        """Put a message in line; or why it can never be sent, and nothing else will be told of it."""
        digits = message.destination
        if not (digits.isascii() and digits.isdigit() and len(digits) in LENGTHS):
            return Refusal("short message", f"destination {digits[:30]!r} is no identity in digits")
        if not 0 < message.bits.count <= self.dialect.most_bits:
            return Refusal("short message", f"{message.bits.count} bits; the radio takes 1 to {self.dialect.most_bits}")
        self._queue.append(_Waiting(message))
        if len(self._queue) > MOST_WAITING:
            lowest = min(self._queue, key=lambda waiting: waiting.message.priority)  # the first, so the oldest, of them
            self._queue.remove(lowest)
            self._tell(lowest, Fate.DROPPED, "too many messages wait")
        return None

    def command(self, free: bool, now: float) -> bytes | None:
        """What to write now, if anything; then `answered` or `unanswered` must follow.

        To be asked only while no other command waits for its answer. ``free``: no call stands, not even its hang time.
        """
        self.tick(now)
        if self.stage is Stage.DEFINED:
            if not free:
                self._put_back(now)
                return None
            self.stage, self._told = Stage.SENDING, None
            return self._send()
        if self.stage is not Stage.NONE or not free:
            return None
        self._out = next(self._ready(now), None)
        if self._out is None:
            return None
        self._queue.remove(self._out)
        self.stage = Stage.DEFINING
        return self._define()

    def answered(self, ok: bool, now: float, cme: int | None = None) -> None:
        """The answer to the command given by `command`: OK, or an error with its number if it has one."""
        if self._out is None or self.stage not in (Stage.DEFINING, Stage.SENDING):
            return
        if self._told is not None and self._told.status is not None:
            self._finish(self._told, now)
        elif not ok:
            self._again("refused" + (f", +CME ERROR {cme}" if cme is not None else ""), now, cme)
        elif self.stage is Stage.DEFINING:
            self.stage = Stage.DEFINED
        else:
            self.stage, self._patience = Stage.ON_AIR, now + ON_AIR_S

    def unanswered(self, now: float) -> None:
        """The answer to the command given by `command` did not come."""
        if self._told is not None and self._told.status is not None:
            self._finish(self._told, now)
        elif self._out is not None and self.stage in (Stage.DEFINING, Stage.SENDING):
            self._again("no answer from the radio", now)

    def withdrawn(self, now: float) -> None:
        """The command given by `command` was never written: something more urgent came."""
        if self._out is not None and self.stage in (Stage.DEFINING, Stage.SENDING):
            self._put_back(now)

    def cancel(self, ids: Container[int]) -> None:
        """Forget those of these messages that still wait; nothing is told of them."""
        self._queue = [waiting for waiting in self._queue if waiting.message.id not in ids]

    def heard(self, report: SendingReport, now: float) -> None:
        """A +CMGS came, at whatever time."""
        if self.stage is Stage.SENDING:
            self._told = report if report.status is not None else self._told or report
        elif self.stage is Stage.ON_AIR and report.status is not None:
            self._finish(report, now)

    def reset(self, now: float) -> None:
        """The port was opened anew, or the radio started anew: what was out is tried again if it was not taken."""
        if self.stage is Stage.ON_AIR:
            self._done(Fate.UNCONFIRMED, "the radio was lost")
        elif self._out is not None:
            self._put_back(now)

    def tick(self, now: float) -> None:
        """Let time pass: deadlines, and a radio that says no more."""
        for waiting in [waiting for waiting in self._queue if now >= waiting.message.deadline]:
            self._queue.remove(waiting)
            self._tell(waiting, Fate.EXPIRED, waiting.why or NO_MOMENT)
        if self.stage is Stage.DEFINED and now >= self._message.deadline:
            self._done(Fate.EXPIRED, "too late to be sent")
        if self.stage is Stage.ON_AIR and now >= self._patience:
            self._done(Fate.UNCONFIRMED, f"the radio told nothing for {ON_AIR_S:.0f} s")

    def deadline(self, free: bool) -> float | None:
        """When `tick` or `command` should next be called, at the latest; now or earlier means at once."""
        times = [waiting.message.deadline for waiting in self._queue]
        if self.stage is Stage.ON_AIR:
            times.append(self._patience)
        elif self.stage is Stage.DEFINED:
            times.append(float("-inf"))
        elif self.stage is Stage.NONE and free:
            times += [waiting.not_before for waiting in self._queue]
        return min(times, default=None)

    def take(self) -> list[Outcome]:
        """Outcomes since it was last asked."""
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def __len__(self) -> int:
        """Messages not yet done."""
        return len(self._queue) + (self._out is not None)

    def _ready(self, now: float) -> Iterator[_Waiting]:
        ready = [waiting for waiting in self._queue if now >= waiting.not_before]
        yield from sorted(ready, key=lambda waiting: -waiting.message.priority)

    def _define(self) -> bytes:
        message = self._message
        template = self.dialect.define_status if message.service == STATUS else self.dialect.define
        text = template.format(
            service=message.service,
            type=IDENTITY_TYPES[form_of(message.destination)],
            priority=int(message.priority),
            encrypted=int(message.encrypted),
        )
        return text.encode("ascii") + b"\r"

    def _send(self) -> bytes:
        message = self._message
        text = self.dialect.send.format(destination=message.destination, bits=message.bits.count)
        digits = message.bits.hex(octets=self.dialect.whole_octets)
        return text.encode("ascii") + self.dialect.line_end + digits.encode("ascii") + END

    @property
    def _message(self) -> Outbound:
        assert self._out is not None
        return self._out.message

    def _finish(self, report: SendingReport, now: float) -> None:
        """The radio says what became of the message that is out."""
        if report.status == SENT:
            self._done(Fate.SENT, "", report.reference)
        elif report.status == FAILED:
            self._again("not sent over the air", now)
        elif self.stage is Stage.SENDING:  # stored or read: says nothing about sending
            self.stage, self._patience = Stage.ON_AIR, now + ON_AIR_S

    def _again(self, why: str, now: float, cme: int | None = None) -> None:
        assert self._out is not None
        self._out.attempts += 1
        self._out.why = why
        if self._out.attempts >= ATTEMPTS or (cme is not None and cme not in WORTH_RETRYING):
            self._done(Fate.FAILED, why)
            return
        self._out.not_before = now + RETRY_S
        self._put_back(now)

    def _put_back(self, now: float) -> None:
        """To its place in line. Past its deadline it is told as expired by the next tick."""
        assert self._out is not None
        self._queue.insert(0, self._out)
        self._out, self.stage, self._told = None, Stage.NONE, None
        self.tick(now)

    def _done(self, fate: Fate, detail: str, reference: int | None = None) -> None:
        assert self._out is not None
        done, self._out, self.stage, self._told = self._out, None, Stage.NONE, None
        self._tell(done, fate, detail, reference)

    def _tell(self, waiting: _Waiting, fate: Fate, detail: str, reference: int | None = None) -> None:
        self._outcomes.append(Outcome(waiting.message, fate, detail, reference))
        del self._outcomes[:-MOST_OUTCOMES]
