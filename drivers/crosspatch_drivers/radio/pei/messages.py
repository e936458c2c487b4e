"""Short messages on one radio, both ways: lines in, events and commands out.

It joins the parts of `crosspatch_drivers.sds` to the line. Not for what a message leads to, and not for when the line
is free (see `session`).
"""

from dataclasses import replace

from crosspatch_drivers.identity import FORMS, Identity
from crosspatch_drivers.radio.base import LocationReceived, SdsReceived, SendStatus, SendText, StatusReceived
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.letters import Letters
from crosspatch_drivers.radio.pei.lines import Error, Information, Message, Ok, SdsHeader, parse_line
from crosspatch_drivers.radio.pei.outbox import Outbox
from crosspatch_drivers.radio.pei.profile import Profile
from crosspatch_drivers.sds.inbox import Answer, Arrival, Delivered, Happening, Inbox, NotUnderstood, TextArrival
from crosspatch_drivers.sds.lip import LongReport, ShortReport
from crosspatch_drivers.sds.message import Body, Sds, Sds4
from crosspatch_drivers.sds.outgoing import Dialect, Outgoing, parse_sending_report
from crosspatch_drivers.sds.status import EMERGENCY, Status
from crosspatch_drivers.sds.text import Text

NOBODY = Identity(0, 0, 0)
"""Of a network that is none, so that every identity is printed in full."""

DIGITS_S = 3.0
"""Seconds after its header in which a message's digits come; lines that are held up are held up together."""


class Messages:
    """The messages of one radio."""

    def __init__(self, outbox: Outbox, dialogue: Dialogue, home: Identity) -> None:
        """``home`` is any identity of the radio's network."""
        self._outbox, self._dialogue = outbox, dialogue
        self._inbox, self._outgoing = Inbox(home), Outgoing()
        self._letters = Letters(home, self._outgoing, self._inbox.deliveries, outbox.emit)
        self._header_at = 0.0
        self._useless = 0

    @property
    def counters(self) -> dict[str, int]:
        """What came in, and what of it was of no use."""
        return {
            **self._inbox.counters,
            "messages of no use here": self._useless,
            "message reports not sent": self._letters.unsent_answers,
        }

    def use(self, profile: Profile) -> None:
        """Send by this profile from now on."""
        self._outgoing.dialect = Dialect(
            define=profile.define_message,
            define_status=profile.define_status,
            send=profile.send_message,
            whole_octets=profile.message_whole_octets,
            line_end=profile.message_line_end.encode("ascii"),
            most_bits=profile.most_message_bits,
        )

    def own_number(self, own: Identity | None, digits: str) -> None:
        """The radio told a number of its own: who it is, and in which form it prints that."""
        if own is not None and (form := FORMS.get(len(digits))) and own.digits_in(NOBODY, form) == digits:
            self._inbox.own = self._letters.own = own
            self._letters.form = form

    def reset(self, now: float) -> None:
        """The radio started anew, or its port is gone: what waits goes on waiting."""
        self._inbox.reset()
        self._outgoing.reset(now)
        self._follow(now)

    # ---- from the radio ---------------------------------------------------------------------------------------

    def told(self, message: Message, now: float) -> bool:
        """One line with a name. Whether it was about messages: one that comes, or the fate of the one that is out."""
        match message:
            case SdsHeader(value=value):
                self._header_at = now
                self._inbox.header(value)
            case Information(name="CMGS", value=value):
                self._outgoing.heard(parse_sending_report(value), now)
            case _:
                return False
        self._follow(now)
        return True

    def takes(self, line: str, now: float) -> bool:
        """Whether this line belonged to a message, whatever came between."""
        if not self._inbox.waiting or line.startswith("+") or isinstance(parse_line(line), Ok | Error):
            return False
        if now - self._header_at > DIGITS_S:
            self._inbox.give_up()
        taken = self._inbox.line(line, now)
        self._follow(now)
        return taken

    def answered(self, result: Ok | Error | None, now: float) -> None:
        """The answer to a command of ours; None when there was none."""
        if result is None:
            self._outgoing.unanswered(now)
        else:
            self._outgoing.answered(isinstance(result, Ok), now, result.cme if isinstance(result, Error) else None)
        self._follow(now)

    # ---- to the radio -----------------------------------------------------------------------------------------

    def order(self, order: SendText | SendStatus, now: float) -> None:
        """Take an order."""
        self._letters.order(order, now)
        self._follow(now)  # what has to give way for it is told before the next order makes more give way

    def write(self, *, free: bool, patience: float, now: float) -> None:
        """Ask for the next command, if it is time; to be called while no other is out or waits. ``free``: no call."""
        data = self._outgoing.command(free, now)
        if data is not None:
            text, end, message = data.partition(b"\r")
            message = end + message if message else b""
            self._dialogue.ask(Command(text.decode("ascii"), Purpose.MESSAGE, patience, message=message))
        self._follow(now)

    def give_way(self, now: float) -> None:
        """Something more urgent is to be written."""
        if self._dialogue.waits(Purpose.MESSAGE):
            self._dialogue.withdraw(Purpose.MESSAGE)
            self._outgoing.withdrawn(now)

    # ---- time -------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Let time pass."""
        self._inbox.tick(now)
        self._outgoing.tick(now)
        self._letters.tick(now)
        self._follow(now)

    def deadline(self, *, free: bool, idle: bool) -> float | None:
        """When `tick` or `write` should next be called. ``idle``: no command is out or waits."""
        times = [self._inbox.deadline(), self._letters.deadline(), self._outgoing.deadline(free) if idle else None]
        return min((time for time in times if time is not None), default=None)

    # ---- what follows -----------------------------------------------------------------------------------------

    def _follow(self, now: float) -> None:
        for happening in self._inbox.take():
            self._tell(happening, now)
        for outcome in self._outgoing.take():
            self._letters.ended(outcome, now)

    def _tell(self, happening: Happening, now: float) -> None:
        match happening:
            case Answer():
                self._letters.answer(happening, now)
            case Delivered(delivery=delivery):
                self._letters.delivered(delivery)
            case NotUnderstood(refusal=refusal, source=source, first=True):
                self._outbox.note(f"a message{f' of {source}' if source else ''} cannot be read: {refusal}", "warning")
            case Arrival(source=Identity() as sender, called=Identity() as called, to_us=to_us, message=message):
                self._arrived(sender, called, not to_us, message)
            case TextArrival(source=Identity() as sender, called=Identity() as called, to_us=to_us, text=text):
                self._outbox.emit(SdsReceived(sender, called, text.text, not to_us))
            case Arrival() | TextArrival():
                self._nobodys(happening)
            case _:
                pass  # not understood again: counted

    def _arrived(self, sender: Identity, called: Identity, group: bool, message: Sds) -> None:
        match message:
            case Status(value=value):
                self._outbox.emit(StatusReceived(sender, called, value, group))
            case Sds4(body=body):
                self._said(sender, called, group, body)
            case _:
                self._useless += 1

    def _said(self, sender: Identity, called: Identity, group: bool, body: Body | None) -> None:
        match body:
            case Text(text=text):
                self._outbox.emit(SdsReceived(sender, called, text, group))
            case ShortReport() | LongReport():
                self._outbox.emit(LocationReceived(sender, body))
            case _:
                self._useless += 1

    def _nobodys(self, arrival: Arrival | TextArrival) -> None:
        """Without a sender nothing is relayed, which may be our own; but an emergency is one, whoever is in it."""
        emergency = isinstance(arrival, Arrival) and isinstance(arrival.message, Status) and arrival.message.emergency
        if not emergency:
            self._useless += 1
            return
        called = arrival.called or replace(self._letters.own, ssi=0)
        self._outbox.emit(StatusReceived(None, called, EMERGENCY, not arrival.to_us))
        self._outbox.note("an emergency status came, and the radio did not tell from whom", "warning")
