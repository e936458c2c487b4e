"""Lines that lost their ends, gained noise or came short: what is in them is heard, what is not is not made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.drivers.radio.conftest import OFFICER, Rig

from crosspatch_drivers.radio.base import OverStarted
from crosspatch_drivers.radio.pei.lines import (
    CallIncoming,
    Error,
    Message,
    SignalQuality,
    TransmitGrant,
    parse_line,
    split_line,
)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("+CTXG: 1,3,0,0", ["+CTXG: 1,3,0,0"]),
        ("\x80\xff+CTXG: 1,3,0,0", ["\x80\xff", "+CTXG: 1,3,0,0"]),
        ("+CDTXC: 1,0+CTCR: 1,13", ["+CDTXC: 1,0", "+CTCR: 1,13"]),
        ("OK+CTXG:1,0,0,0", ["OK", "+CTXG:1,0,0,0"]),
        ("+CSQ: 26,99OK", ["+CSQ: 26,99", "OK"]),
        ("+CTICN: 1,0,0,,,1,1,0,1,1,1,1001,0+CTCC: 1,1,1,0,0,1,1+CTXG: 1,3,0,0", None),
        ("AT+CTXD=1,1+CME ERROR: 3", ["AT+CTXD=1,1", "+CME ERROR: 3"]),
        ("+CMGS: 0+CMGS: 0,4,65", ["+CMGS: 0", "+CMGS: 0,4,65"]),
        ("8004+CTXG: 1,0,0,0", ["8004", "+CTXG: 1,0,0,0"]),
        ("+GMI: NOK", ["+GMI: NOK"]),
        ("+GPSPOS: 12:34:56,N: 49_01.2345,E: 010_12.3456,5", ["+GPSPOS: 12:34:56,N: 49_01.2345,E: 010_12.3456,5"]),
        ("1,2620100103100998 ,Gruppe +1", ["1,2620100103100998 ,Gruppe +1"]),
    ],
)
def test_a_line_is_split_where_a_known_name_follows(line: str, parts: list[str] | None) -> None:
    found = split_line(line)
    assert found == parts or (parts is None and [part[:5] for part in found] == ["+CTIC", "+CTCC", "+CTXG"])


@given(st.text(max_size=120))
def test_splitting_loses_nothing_and_adds_nothing(line: str) -> None:
    assert "".join("".join(split_line(line)).split()) == "".join(line.split())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("CONNECT 9600", Error(None, "CONNECT 9600")),
        ("ERROR: 3", Error(3, "ERROR: 3")),
        ("error", Error(None, "ERROR")),
        ("NO DIALTONE", Error(None, "NO DIALTONE")),
        ("+CMS ERROR: 304", Error(None, "+CMS ERROR: 304")),
        ("+CMEERROR:42", Error(42, "+CMEERROR:42")),
        ('+CME ERROR: "42"', Error(42, '+CME ERROR: "42"')),
        ("+CME ERROR: busy", Error(None, "+CME ERROR: busy")),
        ('+CSQ: "26","99"', SignalQuality(26, 99)),
        ('+CTXG: "1","3",0,0,"0","6101629"', TransmitGrant(1, 3, 0, 0, 0, "6101629")),
        ("+CTICN: 1,0,0,0,6101629,1,1,0,1,1,0", CallIncoming(1, 0, 0, 0, "", 1, 1, 0, 1, 1, 0)),
        (
            "+CTICN: 1,0,0,0,6101629,1,1,0,1,1,0,4037009",
            CallIncoming(1, 0, 0, 0, "6101629", 1, 1, 0, 1, 1, 0, "4037009"),
        ),
    ],
)
def test_a_line_in_another_shape_says_the_same(line: str, message: Message) -> None:
    assert parse_line(line) == message


@pytest.mark.parametrize("noise", [b"\xff", b"\x80\xfe\xf8", b"\x00\xff\x7f", b"8204", b"+CT"])
def test_noise_before_a_line_does_not_lose_it(rig: Rig, noise: bytes) -> None:
    rig.session.received(noise + b"+CTXG: 1,3,0,0,0,101\r\n", rig.now)
    rig._act()
    assert [OverStarted(OFFICER)] == rig.all(OverStarted)


def test_an_over_whose_lines_were_glued_without_their_ends_is_heard_whole(rig: Rig) -> None:
    rig.session.received(b"\r\n+CTCC: 1,1,1,0,0,1,1+CTXG: 1,3,0,0,0,101+CDTXC: 1,0\r\n", rig.now)
    rig._act()
    assert [type(event).__name__ for _, event in rig.events if "Over" in type(event).__name__] == [
        "OverStarted",
        "OverEnded",
    ]


def test_a_short_call_line_names_no_talker(rig: Rig) -> None:
    rig.say("+CTICN:46,0,7,0,2,1,1,0,4,0")
    rig.say("+CTXG: 46,3,0,0")
    assert [OverStarted(None)] == rig.all(OverStarted)
