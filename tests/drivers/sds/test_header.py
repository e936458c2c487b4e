"""+CTSDSR in all its forms, the digits that follow it whatever comes between; the same message taken once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.header import LINES_BETWEEN, Collector, Header, Received, parse_header
from crosspatch_drivers.sds.message import Sds4, decode
from crosspatch_drivers.sds.status import Status
from crosspatch_drivers.sds.text import Text
from crosspatch_drivers.sds.window import WINDOW, Window, key_of

HEADERS = [
    ("12,23404,0,23401,0,112", Header(12, "23404", "23401", 112, 0, 0)),
    ("12,23404,0,23401,0,96", Header(12, "23404", "23401", 96, 0, 0)),
    (
        "12,262100101234567,1,262100102345678,1,808,1",
        Header(12, "262100101234567", "262100102345678", 808, 1, 1, 1),
    ),
    ("13,1234567,0,2345678,0,16", Header(13, "1234567", "2345678", 16, 0, 0)),
    ("12,2269001,0,9999,0,84", Header(12, "2269001", "9999", 84, 0, 0)),
    ("13,6101629,0,1234567,0,16", Header(13, "6101629", "1234567", 16, 0, 0)),
    ("12,9999,84", Header(12, "", "9999", 84)),
    ("12,9999,0,84", Header(12, "", "9999", 84, None, 0)),
    ("12,9999,84,1", Header(12, "", "9999", 84, e2ee=1)),
    ("12,9999,0,84,0", Header(12, "", "9999", 84, None, 0, 0)),
    ("12,23404,23401,0,112", Header(12, "23404", "23401", 112, None, 0)),
    ("12,23404,0,23401,112", Header(12, "23404", "23401", 112, 0)),
    ("12,,,23401,0,112", Header(12, "", "23401", 112, None, 0)),
    ("12,,0,23401,,112,", Header(12, "", "23401", 112, 0)),
    (' 13 , "1234567" ,0, "2345678" ,0, 16 ,0,more,fields', Header(13, "1234567", "2345678", 16, 0, 0, 0)),
    ("12,,,,,96", Header(12, "", "", 96)),
]


@pytest.mark.parametrize(("value", "header"), HEADERS)
def test_every_form_of_the_header_is_read(value: str, header: Header) -> None:
    assert header == parse_header(value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "1 fields"),
        ("12,84", "2 fields"),
        ("x,1,0,2,0,84", "AI service 'x'"),
        (",1,0,2,0,84", "AI service ''"),
        ("12,1,0,2,0,", "length ''"),
        ("12,1,0,2,0,99999", "length '99999'"),
        ("12,1,0,2,0,-8", "length '-8'"),
        ("12,abc,0,2,0,84", "calling identity 'abc'"),
        ("12,1,0,12-3,0,84", "called identity '12-3'"),
        ("12,²,0,2,0,84", "calling identity '²'"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused_with_what_is_wrong(value: str, why: str) -> None:
    refusal = parse_header(value)
    assert isinstance(refusal, Refusal)
    assert why in str(refusal)


@given(st.one_of(st.text(max_size=80), st.text("0123456789, ,,", max_size=60)))
def test_no_header_makes_it_fall(value: str) -> None:
    header = parse_header(value)
    assert isinstance(header, Header | Refusal)
    assert isinstance(header, Refusal) or 0 <= header.bits <= 2047


# ---- header and digits ------------------------------------------------------------------------------------------

LIP = "0A112853A9FF4D4FFFE810"


def received(*lines: str) -> list[Received | Refusal | None]:
    collector = Collector()
    collector.header("12,2269001,0,9999,0,84")
    return [collector.line(line) for line in lines]


WHOLE = Received(Header(12, "2269001", "9999", 84, 0, 0), Bits(int(LIP, 16) >> 4, 84))


@pytest.mark.parametrize("digits", [LIP, LIP.lower(), LIP[:-1], f" {LIP} "])
def test_digits_after_a_header_are_its_user_data(digits: str) -> None:
    assert received(digits) == [WHOLE]


def test_other_lines_may_come_between() -> None:
    assert received("OK", "2,16777184", LIP, LIP) == [None, None, WHOLE, None]


def test_a_header_in_two_lines_is_one() -> None:
    collector = Collector()
    collector.header("12,2269001,0")
    assert collector.line(",9999,0,84") is None
    assert collector.line(LIP) == WHOLE
    assert not collector.waiting


def test_without_a_header_no_line_is_ours() -> None:
    assert Collector().line(LIP) is None


def test_a_header_whose_digits_never_come_is_told() -> None:
    collector = Collector()
    collector.header("12,1,0,2,0,84")
    assert collector.header("13,1,0,2,0,16") == Refusal("+CTSDSR", "no user data came for 12,1,0,2,0,84")
    assert [collector.line("OK") for _ in range(LINES_BETWEEN)] == [None] * LINES_BETWEEN
    assert collector.line("OK") == Refusal("+CTSDSR", "no user data came for 13,1,0,2,0,16")
    assert not collector.waiting
    collector.header("12,1,0,2,0,84")
    collector.reset()
    assert collector.line(LIP) is None


def test_a_wrong_header_is_told_once_its_digits_come() -> None:
    collector = Collector()
    collector.header("12,1")
    assert isinstance(collector.line("00"), Refusal)
    assert collector.line("00") is None


def test_fewer_digits_than_promised_are_used_as_far_as_they_go() -> None:
    collector = Collector()
    collector.header("13,1,0,2,0,32")
    read = collector.line("8004")
    assert isinstance(read, Received)
    assert Status(0x8004) == decode(read.header.service, read.bits)


@pytest.mark.parametrize("line", ["99", "8004", "0A112853A9FF4D4FFFE", "0A112853A", "1,2620100103100998", "BUSY"])
def test_digits_that_cannot_be_the_announced_ones_are_not_taken_for_them(line: str) -> None:
    collector = Collector()
    collector.header("12,2269001,0,9999,0,84")
    assert collector.line(line) is None
    assert isinstance(collector.line(LIP), Received)


def test_a_header_whose_digits_never_come_is_given_up_and_named() -> None:
    collector = Collector()
    assert collector.give_up() is None
    collector.header("13,1,0,2,0,16")
    assert collector.give_up() == Refusal("+CTSDSR", "no user data came for 13,1,0,2,0,16")
    assert not collector.waiting


lines = st.one_of(
    st.sampled_from([LIP, "OK", ",9999,0,84", "+CTSDSR: 12,1,0,2,0,84", "", "AB" * 700]), st.text(max_size=30)
)


@given(st.lists(st.tuples(st.booleans(), lines), max_size=40))
def test_no_lines_make_it_fall(script: list[tuple[bool, str]]) -> None:
    collector = Collector()
    for is_header, line in script:
        made = collector.header(line) if is_header else collector.line(line)
        assert made is None or isinstance(made, Received | Refusal)
        assert len(collector._header or "") <= 200


# ---- once -------------------------------------------------------------------------------------------------------

TEXT = Sds4(0x02, Text.of("x"))
BITS = Bits(1, 8)


def test_the_same_message_is_taken_once_a_minute() -> None:
    window = Window()
    key = key_of("a", TEXT, BITS)
    assert [window.first(key, now) for now in (0.0, 0.1, WINDOW - 0.1, WINDOW)] == [True, False, False, True]
    assert window.repetitions == 2


def test_another_sender_protocol_reference_or_bit_is_another_message() -> None:
    window = Window()
    others = [
        key_of("a", TEXT, BITS),
        key_of("b", TEXT, BITS),
        key_of("a", Sds4(0x09, Text.of("x")), BITS),
        key_of("a", TEXT, Bits(1, 9)),
        key_of("a", Status(1), BITS),
    ]
    assert [window.first(key, 0.0) for key in others] == [True] * 5


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 20)), max_size=200))
def test_no_more_than_allowed_is_remembered_and_nothing_older(script: list[tuple[int, float]]) -> None:
    window = Window(most=16)
    now = 0.0
    taken: dict[int, float] = {}
    for sender, pause in script:
        now += pause
        if window.first(key_of(str(sender), TEXT, BITS), now):
            taken[sender] = now
        else:
            assert now - taken[sender] < WINDOW
        assert len(window) <= 16
