"""What real radios were seen to print, line after line as they printed it, and what is heard of it."""

import pytest
from tests.drivers.radio.conftest import MCC, MNC, OFFICER, OWN_SSI, Rig

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    LocationReceived,
    MessageEnded,
    OverEnded,
    OverStarted,
    OwnIdentity,
    RadioEvent,
    RadioState,
    SdsReceived,
    SendStatus,
    StatusReceived,
    TalkerKnown,
)
from crosspatch_drivers.sds.lip import ShortReport
from crosspatch_drivers.sds.outgoing import SendingReport, parse_sending_report


def home(ssi: int) -> Identity:
    return Identity(MCC, MNC, ssi)


PLOIESTI = ShortReport(2427509, 4188585, 1, 7, 127, 15, 0, 129)
LONG = "7A" * 97  # 808 bits with what stands before the text

MESSAGES: list[tuple[str, str, RadioEvent]] = [
    (
        "+CTSDSR: 12,23404,0,23401,0,112",
        "82040801476A61746A616A676A61",
        SdsReceived(home(23404), home(23401), "Gjatjajgja", group=True),
    ),
    (
        "+CTSDSR: 12,23404,0,23401,0,96",
        "82041D014164676A6D707477",
        SdsReceived(home(23404), home(23401), "Adgjmptw", group=True),
    ),
    (
        "+CTSDSR:12,23404,0,23401,0,96",
        "82041d014164676a6d707477",
        SdsReceived(home(23404), home(23401), "Adgjmptw", group=True),
    ),
    (
        "+CTSDSR: 12,262100101234567,1,262100102345678,1,808,1",
        "82020801" + LONG,
        SdsReceived(Identity(262, 1001, 1234567), Identity(262, 1001, 2345678), "z" * 97, group=True),
    ),
    (
        "+CTSDSR: 13,1234567,0,2345678,0,16",
        "8004",
        StatusReceived(home(1234567), home(2345678), 0x8004, group=True),
    ),
    ("+CTSDSR: 13,6101629,0,1234567,0,16", "0000", StatusReceived(home(6101629), home(1234567), 0, group=True)),
    ("+CTSDSR: 12,2269001,0,9999,0,84", "0A112853A9FF4D4FFFE810", LocationReceived(home(2269001), PLOIESTI)),
    ("+CTSDSR: 12,2269001,0,9999,0,84", "0A112853A9FF4D4FFFE81", LocationReceived(home(2269001), PLOIESTI)),
    ("+CTSDSR: 12,2269001,0,9999,0,84", "0a112853a9ff4d4fffe81", LocationReceived(home(2269001), PLOIESTI)),
]


@pytest.mark.parametrize(
    ("header", "digits", "event"), MESSAGES, ids=[f"{each[0]} {each[1][:24]}" for each in MESSAGES]
)
@pytest.mark.parametrize("between", [[], ["OK"], ["+CSQ: 26,99", "OK"], ["+CTXG: 2,3,0,0,0,6101629"]])
def test_a_message_is_heard_whatever_comes_between_its_lines(
    rig: Rig, header: str, digits: str, event: RadioEvent, between: list[str]
) -> None:
    rig.say(header)
    for line in between:
        rig.say(line)
    rig.say(digits)
    assert [event] == rig.all(type(event))


def test_a_header_in_two_lines_is_one(rig: Rig) -> None:
    rig.say("+CTSDSR: 13,1234567,0")
    rig.say(",2345678,0,16")
    rig.say("8004")
    assert [StatusReceived(home(1234567), home(2345678), 0x8004, group=True)] == rig.all(StatusReceived)


@pytest.mark.parametrize(("header", "called"), [("13,,,1001,0,16", 1001), ("13,1001,16", 1001), ("13,,,,,16", 0)])
def test_an_emergency_from_nobody_is_one_all_the_same_and_a_person_is_told(rig: Rig, header: str, called: int) -> None:
    rig.say(f"+CTSDSR: {header}")
    rig.say("0000")
    assert [StatusReceived(None, home(called), 0, group=True)] == rig.all(StatusReceived)
    assert rig.notes[-1] == "an emergency status came, and the radio did not tell from whom"


def test_another_status_from_nobody_is_of_no_use(rig: Rig) -> None:
    rig.say("+CTSDSR: 13,,,1001,0,16")
    rig.say("8004")
    assert rig.all(StatusReceived) == []
    assert rig.session.counters["messages of no use here"] == 1


def test_two_overs_as_a_radio_told_them_the_first_without_its_talker(rig: Rig) -> None:
    for line in (
        "+CTGS: 1,9011638300000001",
        "+CTICN: 1,0,0,,,1,1,0,1,1,1,9011638300000001,0",
        "+CTCC: 1,1,1,0,0,1,1",
        "+CTXG: 1,3,0,0",
        "+CTICN: 1,0,0,1,7530236102089144,1,1,0,1,1,1,9011638300000001,0",
        "+CDTXC: 1,0",
        "+CTXG: 1,3,0,0,1,7530236102089144",
        "+CDTXC: 1,0",
        "+CTCR: 1,13",
    ):
        rig.say(line)
    talker = Identity(753, 2361, 2089144)
    kinds = OverStarted | TalkerKnown | OverEnded
    heard = [event for _, event in rig.events if isinstance(event, kinds)]
    assert [type(event) for event in heard] == [OverStarted, TalkerKnown, OverEnded, OverStarted, OverEnded]
    assert [OverStarted(None), OverStarted(talker)] == rig.all(OverStarted)
    assert [TalkerKnown(talker)] == rig.all(TalkerKnown)
    assert rig.session.state is RadioState.IDLE


@pytest.mark.parametrize(
    ("lines", "own"),
    [
        (["+CNUMF: 0,9010000102089144", "2,16777184", "3,16777184"], Identity(901, 1, 2089144)),
        (["+CNUMF: 0,2620100108280651", "2,16777184"], Identity(262, 1001, 8280651)),
        (["+CNUMF: 6,09011638300023401"], Identity(901, 16383, 23401)),
    ],
)
def test_a_radio_tells_who_it_is_in_each_form(rig: Rig, lines: list[str], own: Identity) -> None:
    for _ in range(2):  # of another network than the site says: believed when told twice
        for line in lines:
            rig.say(line)
    assert rig.all(OwnIdentity)[-1] == OwnIdentity(own)


@pytest.mark.parametrize(
    ("value", "report"),
    [
        ("0", SendingReport(0)),
        ("0,4,65", SendingReport(0, 4, 65)),
        ("0,5,65", SendingReport(0, 5, 65)),
        (
            "(0-16777214,00000001-10231638316777214,1-255,0-999999999999999999999999),(8-1184)",
            SendingReport(None, None, None),
        ),
    ],
)
def test_what_a_radio_says_of_a_message_it_took(value: str, report: SendingReport) -> None:
    assert report == parse_sending_report(value)


@pytest.mark.parametrize(
    "answers",
    [["+CMGS: 0", "OK", "+CMGS: 0,4,65"], ["OK", "+CMGS: 0", "+CMGS: 0,4,65"], ["+CMGS:0,4,65", "OK"]],
)
def test_a_status_has_left_when_the_radio_says_so_in_whatever_order(rig: Rig, answers: list[str]) -> None:
    rig.deafen()
    rig.order(SendStatus(home(6101629), 0x8004, reference=1))
    rig.say("OK")
    assert [data for _, data in rig.sent] == [b"AT+CTSDS=13,0\r", b"AT+CMGS=6101629,16\r\n8004\x1a"]
    for line in answers:
        assert rig.all(MessageEnded) == []
        rig.say(line)
    assert rig.all(MessageEnded) == [MessageEnded(1, sent=True)]


def test_a_status_that_the_radio_failed_to_send_is_tried_again(rig: Rig) -> None:
    rig.deafen()
    rig.order(SendStatus(home(6101629), 0, reference=1))
    for line in ("OK", "+CMGS: 0", "OK", "+CMGS: 0,5,65"):
        rig.say(line)
    rig.sent.clear()
    for _ in range(10):
        rig.run(0.5)
        if rig.sent and rig.sent[-1][1] == b"AT+CTSDS=13,0\r":
            break
        rig.say("OK")  # to looks at the radio, which come between
    assert rig.sent[-1][1] == b"AT+CTSDS=13,0\r"
    for line in ("OK", "+CMGS: 0", "OK", "+CMGS: 0,4,66"):
        rig.say(line)
    assert rig.all(MessageEnded) == [MessageEnded(1, sent=True)]


def test_a_report_is_written_as_radios_take_it(rig: Rig) -> None:
    rig.deafen()
    rig.say(f"+CTSDSR: 12,{OFFICER.ssi},0,{OWN_SSI},0,112")
    rig.say("82040801476A61746A616A676A61")
    rig.say("OK")
    assert [data for _, data in rig.sent] == [b"AT+CTSDS=12,0,0,0,0\r", b"AT+CMGS=101,32\r\n82100008\x1a"]
