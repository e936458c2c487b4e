"""Every line that was seen on a real radio, and what it says; noise says nothing and raises nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.radio.pei.framer import MAX_LINE, Framer
from crosspatch_drivers.radio.pei.lines import (
    CallConnect,
    CallIncoming,
    CallProgress,
    CallReleased,
    Error,
    Information,
    Message,
    Mode,
    Ok,
    OwnNumber,
    RegistrationStatus,
    SdsHeader,
    SignalQuality,
    Talkgroup,
    Text,
    TransmitCeased,
    TransmitContinue,
    TransmitGrant,
    TransmitInterrupt,
    TransmitWait,
    parse_line,
    parse_own_number,
)

VECTORS: list[tuple[str, Message]] = [
    ("OK", Ok()),
    ("ERROR", Error(None, "ERROR")),
    ("+CME ERROR: 35", Error(35, "+CME ERROR: 35")),
    ("+CME ERROR:3", Error(3, "+CME ERROR:3")),
    ("+CMS ERROR: 500", Error(None, "+CMS ERROR: 500")),
    ("NO CARRIER", Error(None, "NO CARRIER")),
    ("BUSY", Error(None, "BUSY")),
    ("CONNECT", Error(None, "CONNECT")),
    (
        "+CTICN: 1,0,0,0,6101629,1,1,0,1,1,0,4037009,0",
        CallIncoming(1, 0, 0, 0, "6101629", 1, 1, 0, 1, 1, 0, "4037009", 0),
    ),
    (
        "+CTICN:0,0,0,0,255,1,1,0,1,1,1,216216300000300,3",
        CallIncoming(0, 0, 0, 0, "255", 1, 1, 0, 1, 1, 1, "216216300000300", 3),
    ),
    (
        "+CTICN: 1,0,0,,,1,1,0,1,1,1,9011638300000001,0",
        CallIncoming(1, 0, 0, None, "", 1, 1, 0, 1, 1, 1, "9011638300000001", 0),
    ),
    (
        "+CTICN: 1,0,0,1,7530236102089144,1,1,0,1,1,1,9011638300000001,0",
        CallIncoming(1, 0, 0, 1, "7530236102089144", 1, 1, 0, 1, 1, 1, "9011638300000001", 0),
    ),
    (
        "+CTICN: 1,0,0,5,09011638300023404,1,1,0,1,1,5,09011638300000001,0",
        CallIncoming(1, 0, 0, 5, "09011638300023404", 1, 1, 0, 1, 1, 5, "09011638300000001", 0),
    ),
    ("+CTICN: 1,0,0,5,23404,1,1,0,1,1,5,1000,0", CallIncoming(1, 0, 0, 5, "23404", 1, 1, 0, 1, 1, 5, "1000", 0)),
    ("+CTICN:46,0,7,0,2,1,1,0,4,0", CallIncoming(46, 0, 7, 0, "", 1, 1, 0, 4, 0)),
    ("+CTOCP: 1,0,0,1,0", CallProgress(1, 0, 0, 1, 0)),
    ("+CTOCP: 1,1,0,1,0", CallProgress(1, 1, 0, 1, 0)),
    ("+CTCC: 1,1,1,0,0,1,1", CallConnect(1, 1, 1, 0, 0, 1, 1)),
    ("+CTCC:0,1,1,0,0,1,1,3", CallConnect(0, 1, 1, 0, 0, 1, 1, 3)),
    ("+CTXG: 1,3,0,0", TransmitGrant(1, 3, 0, 0)),
    ("+CTXG: 1,0,0,0", TransmitGrant(1, 0, 0, 0)),
    ("+CTXG: 1,3,0,0,1,7530236102089144", TransmitGrant(1, 3, 0, 0, 1, "7530236102089144")),
    ("+CTXG: 2,3,0,0,0,6101629", TransmitGrant(2, 3, 0, 0, 0, "6101629")),
    ("+CTXG:0,3,0,0,0,255", TransmitGrant(0, 3, 0, 0, 0, "255")),
    ("+CTXG: 1,3,0,0,3,09011638300023404", TransmitGrant(1, 3, 0, 0, 3, "09011638300023404")),
    ("+CTXI: 1,3,0,0,0,6101629", TransmitInterrupt(1, 3, 0, 0, 0, "6101629")),
    ("+CTXW: 1,1", TransmitWait(1, 1)),
    ("+CTXN: 1,1,0", TransmitContinue(1, 1, 0)),
    ("+CDTXC: 1,0", TransmitCeased(1, 0)),
    ("+CDTXC: 3,0", TransmitCeased(3, 0)),
    ("+CTCR: 1,13", CallReleased(1, 13)),
    ("+CTCR: 1", CallReleased(1, None)),
    ("+CTGS: 1,09011638300000001", Talkgroup(((1, "09011638300000001"),))),
    ("+CTGS: 1,123", Talkgroup(((1, "123"),))),
    ("+CTGS: 0", Talkgroup(((0, ""),))),
    ("+CTGS: 1,123,2,456", Talkgroup(((1, "123"), (2, "456")))),
    ("+CTOM: 1", Mode(1)),
    ("+CREG: 1,1,90109999", RegistrationStatus(1, 1, "90109999")),
    ("+CREG: 2", RegistrationStatus(2)),
    ("+CSQ: 26,99", SignalQuality(26, 99)),
    ("+CSQ: 99", SignalQuality(99)),
    ("+CNUMF: 0,9010000102089144", OwnNumber(0, "9010000102089144")),
    ("+CNUMF: 6,09011638300023401", OwnNumber(6, "09011638300023401")),
    ("+CTSDSR: 12,23404,0,23401,0,112", SdsHeader("12,23404,0,23401,0,112")),
    ("+GMI: MOTOROLA", Information("GMI", "MOTOROLA")),
    ("+GMM: 54007,M83PF-----AN,88.2.0.0", Information("GMM", "54007,M83PF-----AN,88.2.0.0")),
    ("+CPIN: MT PIN-UNLOCKED", Information("CPIN", "MT PIN-UNLOCKED")),
    ("+GCLI: 2", Information("GCLI", "2")),
    ("+CMGS: 0,4,65", Information("CMGS", "0,4,65")),
    ("+CMGS: 0", Information("CMGS", "0")),
    ("+CLVL: 5", Information("CLVL", "5")),
    ("+CBC: 0,80", Information("CBC", "0,80")),
    ("+CTDGR: 2,1001,90116383,0", Information("CTDGR", "2,1001,90116383,0")),
    ("+CNUMS: 4", Information("CNUMS", "4")),
    ("1,2620100103100998 ,Gruppe 1", Text("1,2620100103100998 ,Gruppe 1")),
    ("+CNUMD: (0,1,3),(1-10000),(1-10000)", Information("CNUMD", "(0,1,3),(1-10000),(1-10000)")),
    (
        "+GPSPOS: 12:34:56,N: 49_01.2345,E: 010_12.3456,5",
        Information("GPSPOS", "12:34:56,N: 49_01.2345,E: 010_12.3456,5"),
    ),
    ("+CTXG: 1,1,0,0", TransmitGrant(1, 1, 0, 0)),
    ("+CTXG: 1,2,0,0", TransmitGrant(1, 2, 0, 0)),
    ("+CTCR: 1,5", CallReleased(1, 5)),
    ("+CTCR: 1,9", CallReleased(1, 9)),
    (
        "+CTSDSR: 12,262100101234567,1,262100102345678,1,808,1",
        SdsHeader("12,262100101234567,1,262100102345678,1,808,1"),
    ),
    ("+CTSDSR: 13,1234567,0,2345678,0,16", SdsHeader("13,1234567,0,2345678,0,16")),
    ("82040801476A61746A616A676A61", Text("82040801476A61746A616A676A61")),
    ("12345,caffe,26,43", Text("12345,caffe,26,43")),
]


@pytest.mark.parametrize(("line", "message"), VECTORS, ids=[line for line, _ in VECTORS])
def test_a_line_says(line: str, message: Message) -> None:
    assert parse_line(line) == message


@pytest.mark.parametrize(
    ("line", "number"),
    [("2,16777184", OwnNumber(2, "16777184")), ("6,09011638300023401", OwnNumber(6, "09011638300023401"))]
    + [(line, None) for line in ("", "2", "2,", ",16777184", "two,3", "+CSQ: 1,2")],
)
def test_a_following_line_of_own_numbers(line: str, number: OwnNumber | None) -> None:
    assert parse_own_number(line) == number


@given(st.text(max_size=200))
def test_no_line_raises(line: str) -> None:
    parse_line(line)
    parse_own_number(line)


@given(
    name=st.sampled_from([line.split(":")[0] for line, _ in VECTORS if line.startswith("+")]),
    value=st.text(alphabet='0123456789,,,, +-.x"', max_size=60),
)
def test_no_value_raises_and_numbers_are_bounded(name: str, value: str) -> None:
    message = parse_line(f"{name}: {value}")
    for slot in type(message).__dataclass_fields__:
        field = getattr(message, slot)
        assert not isinstance(field, int) or 0 <= field < 10**9


# ---- the framer -----------------------------------------------------------------------------------------------

TALK = b"".join(f"\r\n{line}\r\n".encode() for line, _ in VECTORS)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=50))
def test_lines_are_the_same_however_reads_cut_them(sizes: list[int]) -> None:
    framer, lines, rest = Framer(), [], TALK
    while rest:
        for size in sizes:
            lines += framer.feed(rest[:size])
            rest = rest[size:]
    assert lines == [line for line, _ in VECTORS]


def test_control_characters_and_empty_lines_are_dropped() -> None:
    assert Framer().feed(b"\x00\r\n\r\n +C\x07SQ: 1\t,99 \r\r\n\n") == ["+CSQ: 1,99"]


def test_a_line_longer_than_any_is_dropped_and_counted_and_the_next_one_is_heard() -> None:
    framer = Framer()
    assert framer.feed(b"x" * (MAX_LINE + 1)) == []
    assert framer.feed(b"x" * MAX_LINE + b"\n+CSQ: 1\r\n") == ["+CSQ: 1"]
    assert framer.dropped == 1


def test_a_line_begun_before_the_port_was_closed_is_forgotten() -> None:
    framer = Framer()
    framer.feed(b"+CTXG: 1,")
    framer.reset()
    assert framer.feed(b"OK\r\n") == ["OK"]


@given(st.lists(st.binary(max_size=300), max_size=40))
def test_no_bytes_raise_and_little_is_held(parts: list[bytes]) -> None:
    framer = Framer()
    for part in parts:
        assert all(line and line == line.strip() for line in framer.feed(part))
        assert len(framer._part) <= MAX_LINE
