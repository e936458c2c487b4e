"""Texts and statuses that were ordered: cut into messages, handed to the sender, and the one end of each.

A message to one subscriber asks for a report that he has it, and its end waits for that; one to a group ends when it is
on the air. Not for when a message may leave (see `sds.outgoing`), nor for what comes in.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

from crosspatch_drivers.identity import Form, Identity
from crosspatch_drivers.radio.base import MessageEnded, RadioEvent, SendStatus, SendText
from crosspatch_drivers.sds.bits import Refusal
from crosspatch_drivers.sds.concatenation import References, compose
from crosspatch_drivers.sds.deliveries import Deliveries, Delivery
from crosspatch_drivers.sds.inbox import Answer
from crosspatch_drivers.sds.message import Sds, encode, service_of
from crosspatch_drivers.sds.outgoing import Fate, Outbound, Outcome, Outgoing, Priority
from crosspatch_drivers.sds.status import EMERGENCY, Status
from crosspatch_drivers.sds.transport import RECEIVED, status_name

TEXT_S, EMERGENCY_S, ANSWER_S = 120.0, 600.0, 60.0
"""Seconds in which a text or status, an emergency, or a report of ours must have left; later it would mislead."""

REPORT_S = 60.0
"""Seconds after the last part has left in which the far end is to report it."""

FAILED_FROM = 0x40
"""Delivery statuses from this on are final; those below it that are not good say that the network keeps trying."""


@dataclass(slots=True, eq=False)
class Letter:
    """One order: numbers of its messages that have not left, and of those that are to be reported."""

    reference: int
    unsent: set[int]
    unreported: set[int]
    until: float = float("inf")  # how long reports are awaited
    unconfirmed: str = ""  # why it may not have been sent
    delayed: str = ""  # why it has not arrived yet
    reported: bool = False  # the far end has every part


class Letters:
    """All of them on one radio. ``own`` and ``form``: who the radio is, and how it prints identities."""

    def __init__(
        self, home: Identity, outgoing: Outgoing, deliveries: Deliveries, tell: Callable[[RadioEvent], None]
    ) -> None:
        """``home`` is any identity of the radio's network."""
        self.own, self.form = home, Form.TSI_16
        self.unsent_answers = 0
        self._outgoing, self._deliveries, self._tell = outgoing, deliveries, tell
        self._references = References()
        self._numbers = count(1)
        self._letters: dict[int, Letter] = {}  # by the number of each message

    def order(self, order: SendText | SendStatus, now: float) -> None:
        """Put it in line."""
        emergency = isinstance(order, SendStatus) and order.status == EMERGENCY
        try:
            messages: list[Sds]
            if isinstance(order, SendStatus):
                messages = [Status(order.status)]
            else:
                report, most = 0 if order.group else RECEIVED, self._outgoing.dialect.most_bits
                messages = list(compose(order.text, self._references, report=report, most_bits=most))
            numbers = {next(self._numbers): message for message in messages}
            bits = {number: encode(message) for number, message in numbers.items()}
        except ValueError as error:
            self._tell(MessageEnded(order.reference, sent=False, detail=str(error)))
            return
        reported = set(numbers) if isinstance(order, SendText) and not order.group else set[int]()
        letter = Letter(order.reference, set(numbers), reported)
        self._letters |= dict.fromkeys(numbers, letter)
        for number, message in numbers.items():
            outbound = Outbound(
                number,
                order.called.digits_in(self.own, self.form),
                service_of(message),
                bits[number],
                now + (EMERGENCY_S if emergency else TEXT_S),
                Priority.EMERGENCY if emergency else Priority.LOW,
            )
            refusal = self._outgoing.offer(outbound)
            if isinstance(refusal, Refusal):
                self._end(letter, sent=False, detail=str(refusal))
                return
            self._deliveries.sent(number, order.called, message, now)

    def answer(self, answer: Answer, now: float) -> None:
        """Send a report, or the acknowledgement of one, of which nobody waits for the end."""
        bits = encode(answer.message)
        outbound = Outbound(next(self._numbers), answer.to, service_of(answer.message), bits, now + ANSWER_S)
        self.unsent_answers += self._outgoing.offer(outbound) is not None

    def ended(self, outcome: Outcome, now: float) -> None:
        """One message has left, or never will."""
        number = outcome.message.id
        letter = self._letters.get(number)
        if letter is None:
            self.unsent_answers += outcome.fate not in (Fate.SENT, Fate.UNCONFIRMED)
            return
        if outcome.fate not in (Fate.SENT, Fate.UNCONFIRMED):
            self._end(letter, sent=False, detail=f"{outcome.fate.value}: {outcome.detail}")
            return
        if outcome.fate is Fate.UNCONFIRMED:
            letter.unconfirmed = f"not known whether it was sent: {outcome.detail}"
        letter.unsent.discard(number)
        if not letter.unsent:
            letter.until = now + REPORT_S
            self._look(letter)

    def delivered(self, delivery: Delivery) -> None:
        """The far end, or the network, told of one message."""
        letter = self._letters.get(delivery.id)
        if letter is None:
            return
        words = "refused by the far end" if delivery.status is None else status_name(delivery.status)
        if delivery.delivered:
            letter.unreported.discard(delivery.id)
            letter.reported = not letter.unreported
            self._look(letter)
        elif delivery.status is None or delivery.status >= FAILED_FROM:
            self._end(letter, sent=False, detail=words)
        else:
            letter.delayed = words

    def tick(self, now: float) -> None:
        """Let time pass: reports that stay out."""
        for letter in [letter for letter in self._each() if now >= letter.until]:
            why = letter.unconfirmed or letter.delayed or "nobody reported to have it"
            self._end(letter, sent=not letter.unconfirmed, detail=why)

    def deadline(self) -> float | None:
        """When `tick` should next be called."""
        return min((letter.until for letter in self._each() if letter.until < float("inf")), default=None)

    def _each(self) -> Iterable[Letter]:
        return dict.fromkeys(self._letters.values())

    def _look(self, letter: Letter) -> None:
        """Whether nothing of it is awaited any more."""
        if not letter.unsent and not letter.unreported:
            lost = letter.unconfirmed if not letter.reported else ""
            self._end(letter, sent=not lost, detail=lost)

    def _end(self, letter: Letter, *, sent: bool, detail: str) -> None:
        """Exactly once: whatever is told of it later is about nothing."""
        numbers = {number for number, each in self._letters.items() if each is letter}
        for number in numbers:
            del self._letters[number]
        self._outgoing.cancel(numbers)
        self._tell(MessageEnded(letter.reference, sent=sent, detail=detail))
