"""Short messages coming in on one radio: lines in; messages taken once, long texts whole, and answers out. Pure.

It joins header and digits, drops repetitions, puts parts together, says what to answer, and finds reports back to what
was sent. Not for what a message leads to.
"""

from dataclasses import dataclass

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.sds.answers import answer
from crosspatch_drivers.sds.bits import Refusal
from crosspatch_drivers.sds.concatenation import MOST_TEXTS, Assembler, LongText
from crosspatch_drivers.sds.deliveries import Deliveries, Delivery
from crosspatch_drivers.sds.header import Collector, Header, Received
from crosspatch_drivers.sds.message import Sds, Sds4, decode
from crosspatch_drivers.sds.text import Part
from crosspatch_drivers.sds.window import Window, key_of

ANSWER_AGAIN_S = 10.0
"""A message that comes again after this is answered again: its sender has not had the answer."""

MOST_KINDS = 64
"""Kinds of refusals remembered as told; of more the memory begins anew."""

MOST_HELD = 256
"""Happenings that may wait to be taken; of more the oldest goes."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message. ``source`` is None when the radio did not tell; ``to_us`` when it was for this radio alone."""

    source: Identity | None
    called: Identity | None
    to_us: bool
    message: Sds


@dataclass(frozen=True, slots=True)
class TextArrival:
    """A long text, put together from its parts; ``called`` and ``to_us`` as of the newest."""

    source: Identity | None
    called: Identity | None
    to_us: bool
    text: LongText


@dataclass(frozen=True, slots=True)
class Answer:
    """To be sent back, to this identity in the radio's own digits."""

    to: str
    message: Sds4


@dataclass(frozen=True, slots=True)
class Delivered:
    """The far end told what became of a message of ours."""

    delivery: Delivery


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Something that could not be read, from whom, and whether it is the first of its kind: that one is for the log."""

    refusal: Refusal
    source: str
    first: bool


Happening = Arrival | TextArrival | Answer | Delivered | NotUnderstood


class Inbox:
    """What comes in on one radio."""

    def __init__(self, home: Identity) -> None:
        """``home`` is any identity of the radio's network; nothing is answered before `own` is known."""
        self.own: Identity | None = None
        self.deliveries = Deliveries()
        self.received = self.refused = 0
        self._home = home
        self._collector = Collector()
        self._window, self._answered = Window(), Window(ANSWER_AGAIN_S)
        self._assembler = Assembler()
        self._parties: dict[str, tuple[Identity | None, bool]] = {}  # to whom the parts of a source were sent
        self._told: set[str] = set()
        self._happened: list[Happening] = []

    @property
    def counters(self) -> dict[str, int]:
        """What came in, and what of it was of no use."""
        return {
            "messages received": self.received,
            "messages repeated": self._window.repetitions,
            "messages not understood": self.refused,
            "long texts incomplete": self._assembler.given_up,
        }

    @property
    def waiting(self) -> bool:
        """Whether the next lines should be offered to `line` before anybody else."""
        return self._collector.waiting

    def header(self, value: str) -> None:
        """A +CTSDSR line came: what stands behind the colon."""
        lost = self._collector.header(value)
        if lost is not None:
            self._refuse(lost, "")

    def line(self, line: str, now: float) -> bool:
        """Another line that is no final result and has no name. Whether it was ours."""
        waited = self._collector.waiting
        got = self._collector.line(line)
        if isinstance(got, Received):
            self._receive(got, now)
        elif isinstance(got, Refusal):
            self._refuse(got, "")
        return got is not None or (waited and line.startswith(","))

    def give_up(self) -> None:
        """The digits of the last header do not come any more."""
        lost = self._collector.give_up()
        if lost is not None:
            self._refuse(lost, "")

    def reset(self) -> None:
        """The port was opened anew, or the radio started anew."""
        self._collector.reset()

    def tick(self, now: float) -> None:
        """Let time pass: long texts whose parts stay out."""
        for text in self._assembler.expired(now):
            self._long_text(text)

    def deadline(self) -> float | None:
        """When `tick` should next be called."""
        return self._assembler.deadline()

    def take(self) -> list[Happening]:
        """What has happened since it was last asked."""
        happened, self._happened = self._happened, []
        return happened

    def _receive(self, got: Received, now: float) -> None:
        header = got.header
        message = decode(header.service, got.bits)
        if isinstance(message, Refusal):
            self._refuse(message, header.calling)
            return
        key = key_of(header.calling, message, got.bits)
        if self.own is not None and self._answered.first(key, now):
            reply = answer(header, message, self.own)
            if reply is not None:
                self._happen(Answer(header.calling, reply))
        if not self._window.first(key, now):
            return
        self.received += 1
        self._take_in(header, message, now)

    def _take_in(self, header: Header, message: Sds, now: float) -> None:
        source, called = self._identity(header.calling), self._identity(header.called)
        to_us = called is not None and called == self.own
        delivery = self.deliveries.reported(source, message, now) if source is not None else None
        if delivery is not None:
            self._happen(Delivered(delivery))
            return
        if isinstance(message, Sds4) and isinstance(message.body, Part):
            self._parties.pop(header.calling, None)
            self._parties[header.calling] = (called, to_us)
            while len(self._parties) > MOST_TEXTS:
                del self._parties[next(iter(self._parties))]
            for text in self._assembler.add(header.calling, message.body, now):
                self._long_text(text)
            return
        self._happen(Arrival(source, called, to_us, message))

    def _long_text(self, text: LongText) -> None:
        called, to_us = self._parties.get(text.source, (None, False))
        self._happen(TextArrival(self._identity(text.source), called, to_us, text))

    def _identity(self, digits: str) -> Identity | None:
        try:
            return Identity.from_digits(digits, self.own or self._home)
        except ValueError:
            return None

    def _refuse(self, refusal: Refusal, source: str) -> None:
        self.refused += 1
        kind = f"{source} {refusal.what}"
        first = kind not in self._told
        if len(self._told) >= MOST_KINDS:
            self._told.clear()
        self._told.add(kind)
        self._happen(NotUnderstood(refusal, source, first))

    def _happen(self, happening: Happening) -> None:
        self._happened.append(happening)
        del self._happened[:-MOST_HELD]
