"""Messages leave one at a time, never during a call, before their deadline; each has exactly one outcome."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.outgoing import (
    ATTEMPTS,
    MOST_WAITING,
    NO_MOMENT,
    ON_AIR_S,
    RETRY_S,
    Dialect,
    Fate,
    Outbound,
    Outcome,
    Outgoing,
    Priority,
    SendingReport,
    Stage,
    parse_sending_report,
)

STATUS = Bits(0x8004, 16)
LIP = Bits(0x0A112853A9FF4D4FFFE81, 84)
DEFINE, SEND = b"AT+CTSDS=12,0,0,0,0\r", b"AT+CMGS=6101629,84\r\n0A112853A9FF4D4FFFE810\x1a"


def message(
    number: int = 1, bits: Bits = LIP, deadline: float = 100.0, to: str = "6101629", priority: Priority = Priority.LOW
) -> Outbound:
    return Outbound(number, to, 13 if bits is STATUS else 12, bits, deadline, priority)


def sending(*messages: Outbound) -> Outgoing:
    """One whose first message has been handed to the radio, which has not answered yet."""
    outgoing = Outgoing()
    for each in messages or (message(),):
        assert outgoing.offer(each) is None
    assert outgoing.command(True, 0.0) is not None
    outgoing.answered(True, 0.0)
    assert outgoing.command(True, 0.0) is not None
    return outgoing


def fates(outgoing: Outgoing) -> list[tuple[int, Fate]]:
    return [(outcome.message.id, outcome.fate) for outcome in outgoing.take()]


def test_a_message_is_defined_sent_and_reported() -> None:
    outgoing = Outgoing()
    assert outgoing.command(True, 0.0) is None
    outgoing.offer(message())
    assert outgoing.command(True, 0.0) == DEFINE
    assert outgoing.command(True, 0.0) is None, "not before the answer"
    outgoing.answered(True, 0.1)
    assert outgoing.command(True, 0.1) == SEND
    outgoing.heard(SendingReport(0), 0.2)
    outgoing.answered(True, 0.3)
    assert (outgoing.stage, outgoing.take(), len(outgoing)) == (Stage.ON_AIR, [], 1)
    outgoing.heard(SendingReport(0, 4, 65), 2.0)
    assert [Outcome(message(), Fate.SENT, "", 65)] == outgoing.take()
    assert (outgoing.stage, len(outgoing), outgoing.deadline(True)) == (Stage.NONE, 0, None)


@pytest.mark.parametrize(
    ("sent", "define", "send"),
    [
        (message(bits=STATUS), b"AT+CTSDS=13,0\r", b"AT+CMGS=6101629,16\r\n8004\x1a"),
        (message(bits=STATUS, to="2620100106101629"), b"AT+CTSDS=13,1\r", b"AT+CMGS=2620100106101629,16\r\n8004\x1a"),
        (
            message(to="09011638300023404", priority=Priority.EMERGENCY),
            b"AT+CTSDS=12,5,0,2,0\r",
            b"AT+CMGS=09011638300023404,84\r\n0A112853A9FF4D4FFFE810\x1a",
        ),
        (
            Outbound(1, "9", 12, Bits(0x821000C9, 32), 9.0, encrypted=True),
            b"AT+CTSDS=12,0,0,0,1\r",
            b"AT+CMGS=9,32\r\n821000C9\x1a",
        ),
    ],
)
def test_what_is_written_is_exact(sent: Outbound, define: bytes, send: bytes) -> None:
    outgoing = Outgoing()
    outgoing.offer(sent)
    assert outgoing.command(True, 0.0) == define
    outgoing.answered(True, 0.0)
    assert outgoing.command(True, 0.0) == send


def test_a_dialect_may_differ() -> None:
    outgoing = Outgoing(Dialect(define="AT+CTSDS={service}", whole_octets=False, line_end=b"\r"))
    outgoing.offer(message())
    assert outgoing.command(True, 0.0) == b"AT+CTSDS=12\r"
    outgoing.answered(True, 0.0)
    assert outgoing.command(True, 0.0) == b"AT+CMGS=6101629,84\r0A112853A9FF4D4FFFE81\x1a"


def test_nothing_leaves_during_a_call_and_everything_after_it() -> None:
    outgoing = Outgoing()
    outgoing.offer(message())
    assert outgoing.command(False, 0.0) is None
    assert outgoing.deadline(False) == 100.0
    assert outgoing.deadline(True) is not None
    assert outgoing.command(True, 1.0) == DEFINE
    outgoing.answered(True, 1.0)
    assert outgoing.command(False, 1.0) is None, "a call began between the two commands"
    assert outgoing.stage is Stage.NONE
    assert outgoing.command(True, 2.0) == DEFINE


def test_a_message_that_finds_no_time_without_a_call_expires() -> None:
    outgoing = Outgoing()
    outgoing.offer(message(deadline=10.0))
    assert outgoing.command(False, 9.9) is None
    assert outgoing.take() == []
    outgoing.tick(10.0)
    assert [Outcome(message(deadline=10.0), Fate.EXPIRED, NO_MOMENT)] == outgoing.take()


def test_one_that_expires_between_its_commands_is_not_sent() -> None:
    outgoing = Outgoing()
    outgoing.offer(message(deadline=10.0))
    outgoing.command(True, 9.0)
    outgoing.answered(True, 9.5)
    assert outgoing.command(True, 10.0) is None
    assert fates(outgoing) == [(1, Fate.EXPIRED)]


def test_urgent_messages_go_first_and_others_in_their_order() -> None:
    outgoing = Outgoing()
    for number, priority in enumerate((Priority.LOW, Priority.LOW, Priority.EMERGENCY, Priority.HIGH)):
        outgoing.offer(message(number, priority=priority))
    order = []
    for _ in range(4):
        outgoing.command(True, 0.0)
        outgoing.answered(True, 0.0)
        outgoing.command(True, 0.0)
        outgoing.answered(True, 0.0)
        outgoing.heard(SendingReport(0, 4), 0.0)
        order += [outcome.message.id for outcome in outgoing.take()]
    assert order == [2, 3, 0, 1]


@pytest.mark.parametrize("before_ok", [True, False])
def test_a_message_not_sent_over_the_air_is_tried_again(before_ok: bool) -> None:
    outgoing = sending()
    if before_ok:
        outgoing.heard(SendingReport(0, 5, 1), 0.0)
    outgoing.answered(True, 0.0)
    if not before_ok:
        outgoing.heard(SendingReport(0, 5, 1), 0.0)
    assert outgoing.command(True, RETRY_S - 0.1) is None
    assert outgoing.deadline(True) == RETRY_S
    assert outgoing.command(True, RETRY_S) == DEFINE


def test_after_so_many_attempts_it_has_failed() -> None:
    outgoing, now = sending(), 0.0
    for _ in range(ATTEMPTS - 1):
        outgoing.answered(False, now, 42)
        now += RETRY_S
        assert outgoing.command(True, now) == DEFINE
        outgoing.answered(True, now)
        assert outgoing.command(True, now) == SEND
    outgoing.answered(False, now, 42)
    assert [Outcome(message(), Fate.FAILED, "refused, +CME ERROR 42")] == outgoing.take()


@pytest.mark.parametrize("cme", [4, 33, 34, 35, 40, 43])
def test_what_will_not_get_better_is_not_tried_again(cme: int) -> None:
    outgoing = sending()
    outgoing.answered(False, 0.0, cme)
    assert fates(outgoing) == [(1, Fate.FAILED)]


@pytest.mark.parametrize("cme", [None, 1, 3, 30, 31, 36, 37, 42])
def test_what_may_get_better_is_tried_again(cme: int | None) -> None:
    outgoing = Outgoing()
    outgoing.offer(message())
    outgoing.command(True, 0.0)
    outgoing.answered(False, 0.0, cme)
    assert outgoing.take() == []
    assert outgoing.command(True, RETRY_S) == DEFINE


def test_a_radio_that_does_not_answer_is_tried_again() -> None:
    outgoing = sending()
    outgoing.unanswered(2.0)
    assert outgoing.command(True, 2.0 + RETRY_S) == DEFINE
    late = sending()
    late.heard(SendingReport(0, 4, 7), 1.0)
    late.unanswered(2.0)
    assert fates(late) == [(1, Fate.SENT)], "it told that it had sent it"


def test_a_radio_that_tells_no_more_leaves_the_message_unconfirmed_and_goes_on() -> None:
    outgoing = sending(message(1), message(2))
    outgoing.answered(True, 1.0)
    assert outgoing.deadline(True) == 1.0 + ON_AIR_S
    assert outgoing.command(True, ON_AIR_S) is None
    assert outgoing.command(True, 1.0 + ON_AIR_S) == DEFINE
    assert fates(outgoing) == [(1, Fate.UNCONFIRMED)]


def test_a_stray_error_after_the_radio_took_it_changes_nothing() -> None:
    outgoing = sending()
    outgoing.answered(True, 0.0)
    outgoing.answered(False, 0.1, 35)
    outgoing.heard(SendingReport(0), 0.1)
    outgoing.heard(SendingReport(0, 2), 0.1)
    assert outgoing.stage is Stage.ON_AIR
    outgoing.heard(SendingReport(0, 4, 9), 0.2)
    assert fates(outgoing) == [(1, Fate.SENT)]


def test_a_radio_lost_is_given_again_what_it_had_not_taken() -> None:
    outgoing = sending()
    outgoing.reset(1.0)
    assert outgoing.command(True, 1.0) == DEFINE
    taken = sending()
    taken.answered(True, 0.0)
    taken.reset(1.0)
    assert fates(taken) == [(1, Fate.UNCONFIRMED)]


def test_too_many_drop_the_oldest_of_the_lowest_priority() -> None:
    outgoing = Outgoing()
    outgoing.offer(message(0, priority=Priority.HIGH))
    for number in range(1, MOST_WAITING + 1):
        outgoing.offer(message(number))
    assert fates(outgoing) == [(1, Fate.DROPPED)]
    assert len(outgoing) == MOST_WAITING


@pytest.mark.parametrize(
    "wrong",
    [
        message(to=""),
        message(to="123456789"),
        message(to="12a"),
        message(to="1" * 18),
        message(bits=Bits()),
        message(bits=Bits(0, 1185)),
    ],
)
def test_what_can_never_be_sent_is_refused_at_once(wrong: Outbound) -> None:
    outgoing = Outgoing()
    assert isinstance(outgoing.offer(wrong), Refusal)
    assert len(outgoing) == 0


@pytest.mark.parametrize(
    ("value", "report"),
    [
        ("0", SendingReport(0)),
        ("0,4,65", SendingReport(0, 4, 65)),
        (" 0 , 5 , 65 ", SendingReport(0, 5, 65)),
        ("", SendingReport(None)),
        ("0,,x,9", SendingReport(0)),
        ("-1,²,99999999999", SendingReport(None)),
    ],
)
def test_sending_reports_are_read(value: str, report: SendingReport) -> None:
    assert report == parse_sending_report(value)


class Life(RuleBasedStateMachine):
    """A radio that answers, refuses, is silent, has calls, reboots; whatever it does, no message is lost or doubled."""

    def __init__(self) -> None:
        super().__init__()
        self.outgoing = Outgoing()
        self.now = 0.0
        self.offered: list[int] = []
        self.done: dict[int, Fate] = {}
        self.awaited = False
        self.calling = False

    def collect(self) -> None:
        for outcome in self.outgoing.take():
            assert outcome.message.id not in self.done, "one outcome each"
            self.done[outcome.message.id] = outcome.fate

    @rule(patience=st.floats(0, 60), priority=st.sampled_from(Priority), status=st.booleans())
    def offer(self, patience: float, priority: Priority, status: bool) -> None:
        number = len(self.offered)
        self.offered.append(number)
        bits = STATUS if status else LIP
        assert self.outgoing.offer(message(number, bits, self.now + patience, priority=priority)) is None

    @rule(calling=st.booleans())
    def call(self, calling: bool) -> None:
        self.calling = calling

    @rule(seconds=st.floats(0, 40))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.outgoing.tick(self.now)

    @precondition(lambda self: not self.awaited)
    @rule()
    def write(self) -> None:
        command = self.outgoing.command(not self.calling, self.now)
        if command is not None:
            self.awaited = True
            assert not self.calling
            assert command.startswith((b"AT+CTSDS=", b"AT+CMGS="))
            assert command.endswith(b"\x1a") == command.startswith(b"AT+CMGS=")

    @precondition(lambda self: self.awaited)
    @rule(ok=st.booleans(), cme=st.sampled_from([None, 3, 35, 42]))
    def answer(self, ok: bool, cme: int | None) -> None:
        self.awaited = False
        self.outgoing.answered(ok, self.now, None if ok else cme)

    @precondition(lambda self: self.awaited)
    @rule()
    def silence(self) -> None:
        self.awaited = False
        self.outgoing.unanswered(self.now)

    @rule(status=st.sampled_from([None, 2, 4, 4, 5]), reference=st.integers(0, 255))
    def report(self, status: int | None, reference: int) -> None:
        self.outgoing.heard(SendingReport(0, status, reference), self.now)

    @rule()
    def reboot(self) -> None:
        self.awaited = False
        self.outgoing.reset(self.now)

    @invariant()
    def every_message_is_waiting_or_done(self) -> None:
        self.collect()
        assert len(self.offered) == len(self.done) + len(self.outgoing)
        assert len(self.outgoing) <= MOST_WAITING + 1
        waiting = self.outgoing.stage in (Stage.DEFINING, Stage.SENDING)
        assert waiting == self.awaited

    def teardown(self) -> None:
        """With the radio silent, everything ends by itself."""
        if self.awaited:
            self.outgoing.unanswered(self.now)
        self.now += 200.0
        self.outgoing.tick(self.now)
        self.collect()
        assert sorted(self.offered) == sorted(self.done)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
