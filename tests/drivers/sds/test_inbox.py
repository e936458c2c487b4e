"""What comes in is taken once, whole, and answered where it asks for it; what cannot be read is told once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.sds.bits import Refusal
from crosspatch_drivers.sds.concatenation import PATIENCE, LongText, References, compose
from crosspatch_drivers.sds.deliveries import Delivery
from crosspatch_drivers.sds.inbox import (
    ANSWER_AGAIN_S,
    MOST_HELD,
    Answer,
    Arrival,
    Delivered,
    Happening,
    Inbox,
    NotUnderstood,
    TextArrival,
)
from crosspatch_drivers.sds.lip import ShortReport
from crosspatch_drivers.sds.message import Sds4, encode
from crosspatch_drivers.sds.status import Status
from crosspatch_drivers.sds.text import Text
from crosspatch_drivers.sds.transport import Report, Transfer
from crosspatch_drivers.sds.window import WINDOW

HOME = Identity(204, 1, 0)
OWN = Identity(204, 1, 23401)
SENDER = Identity(204, 1, 23404)
GROUP = Identity(204, 1, 4037009)

TEXT = ("12,23404,0,23401,0,112", "82040801476A61746A616A676A61")
"""A text to us that wants a report."""


@pytest.fixture
def inbox() -> Inbox:
    inbox = Inbox(HOME)
    inbox.own = OWN
    return inbox


def give(inbox: Inbox, header: str, digits: str, now: float = 0.0) -> list[Happening]:
    inbox.header(header)
    assert inbox.waiting
    assert inbox.line(digits, now)
    assert not inbox.waiting
    return inbox.take()


def test_a_text_is_taken_and_answered(inbox: Inbox) -> None:
    reply, arrival = give(inbox, *TEXT)
    assert isinstance(reply, Answer)
    assert (reply.to, encode(reply.message).hex()) == ("23404", "82100008")
    assert Arrival(SENDER, OWN, True, Sds4(0x82, Text.of("Gjatjajgja"), Transfer(8, 1))) == arrival
    assert inbox.counters == {
        "messages received": 1,
        "messages repeated": 0,
        "messages not understood": 0,
        "long texts incomplete": 0,
    }


def test_repetitions_are_dropped_and_answered_again_after_a_while_only(inbox: Inbox) -> None:
    give(inbox, *TEXT, 0.0)
    assert give(inbox, *TEXT, 0.2) == []
    assert [Answer] == [type(each) for each in give(inbox, *TEXT, ANSWER_AGAIN_S)]
    assert [Answer, Arrival] == [type(each) for each in give(inbox, *TEXT, WINDOW)]
    assert inbox.counters["messages repeated"] == 2


def test_nothing_is_answered_before_we_know_who_we_are_or_when_sent_to_a_group(inbox: Inbox) -> None:
    assert [Arrival] == [type(each) for each in give(inbox, "12,23404,0,4037009,0,112", TEXT[1])]
    inbox.own = None
    assert [Arrival] == [type(each) for each in give(inbox, TEXT[0], TEXT[1], 100.0)]


def test_status_and_location_arrive(inbox: Inbox) -> None:
    assert [Arrival(SENDER, GROUP, False, Status(0))] == give(inbox, "13,23404,0,4037009,0,16", "0000")
    (arrival,) = give(inbox, "12,2042163023404,0,9999,0,84", "0A112853A9FF4D4FFFE810")
    assert isinstance(arrival, Arrival)
    assert arrival.source is None, "13 digits are no identity"
    assert isinstance(arrival.message, Sds4)
    assert isinstance(arrival.message.body, ShortReport)


def test_parts_of_a_long_text_arrive_as_one(inbox: Inbox) -> None:
    text = "Größe " * 60
    messages = compose(text, References(), report=0)
    happened: list[Happening] = []
    for message in reversed(messages):
        bits = encode(message)
        happened += give(inbox, f"12,23404,0,23401,0,{bits.count}", bits.hex())
    assert [TextArrival(SENDER, OWN, True, LongText("23404", 1, text))] == happened


def test_a_long_text_that_stays_incomplete_arrives_with_its_gap(inbox: Inbox) -> None:
    first = encode(compose("x" * 200, References(), report=0)[0])
    assert give(inbox, f"12,23404,0,4037009,0,{first.count}", first.hex()) == []
    assert inbox.deadline() == PATIENCE
    inbox.tick(PATIENCE)
    (arrival,) = inbox.take()
    assert isinstance(arrival, TextArrival)
    assert (arrival.called, arrival.to_us, arrival.text.missing) == (GROUP, False, (2,))
    assert inbox.counters["long texts incomplete"] == 1


def test_a_report_is_about_what_was_sent(inbox: Inbox) -> None:
    inbox.deliveries.sent(7, SENDER, Sds4(0x82, Text.of("x"), Transfer(0xC9, 1)), 0.0)
    assert [Delivered(Delivery(7, True, 0))] == give(inbox, "12,23404,0,23401,0,32", "821000C9")
    stranger = give(inbox, "12,23404,0,23401,0,32", "82100001")
    assert [Arrival(SENDER, OWN, True, Sds4(0x82, None, Report(0, 1)))] == stranger


def test_what_cannot_be_read_is_counted_and_told_once(inbox: Inbox) -> None:
    refusal = Refusal("short location report", "ends inside longitude, at bit 24")
    header = "12,23404,0,23401,0,24"
    assert [NotUnderstood(refusal, "23404", True)] == give(inbox, header, "0A1128")
    assert [NotUnderstood(refusal, "23404", False)] == give(inbox, header, "0A1128")
    inbox.header("nonsense")
    inbox.header("12,23404,0,23401,0,24")
    assert [each.first for each in inbox.take() if isinstance(each, NotUnderstood)] == [True]
    assert inbox.counters["messages not understood"] == 3


def test_lines_of_others_are_not_ours_and_a_new_start_forgets_the_header(inbox: Inbox) -> None:
    assert not inbox.line("0A1128", 0.0)
    inbox.header("12,23404,0")
    assert not inbox.line("2,16777184", 0.0)
    assert inbox.line(",23401,0,16", 0.0)
    inbox.reset()
    assert not inbox.line("0A1128", 0.0)


headers = st.one_of(
    st.sampled_from([TEXT[0], "13,1,0,23401,0,16", "12,2,0,23401,0,84", "12,2,0,23401", ""]), st.text(max_size=30)
)
digits = st.one_of(
    st.sampled_from([TEXT[1], "0A112853A9FF4D4FFFE810", ",0,16", "OK"]),
    st.binary(max_size=20).map(lambda data: f"8A0401{data.hex()}"),
    st.builds(
        lambda total, number: f"8A04{number:02X}01050003C9{total:02X}{number:02X}41",
        st.integers(2, 9),
        st.integers(1, 9),
    ),
    st.text(max_size=20),
)


@given(st.lists(st.tuples(headers, digits, st.floats(0, 30)), max_size=60))
@settings(deadline=None)
def test_no_lines_make_it_fall_or_grow(script: list[tuple[str, str, float]]) -> None:
    inbox = Inbox(HOME)
    inbox.own = OWN
    now = 0.0
    for header, line, pause in script:
        now += pause
        inbox.header(header)
        inbox.line(line, now)
        inbox.tick(now)
        assert len(inbox._parties) <= 32
    assert len(inbox.take()) <= MOST_HELD
