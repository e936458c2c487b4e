"""Networks one can break: radios that do not obey, lines out of order, service that goes, messages that wait."""

from dataclasses import replace

import pytest

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.faults import RadioFaults
from crosspatch_drivers.twin.feed import Feed
from crosspatch_drivers.twin.post import MOST_WAITING, SENDER_PATIENCE
from crosspatch_drivers.twin.settings import TwinVehicle
from crosspatch_drivers.twin.told import ShortData
from crosspatch_drivers.twin.vehicle import Fix, Track

from .test_pei_radio import DEFINE, GROUP, OTHER, TALKER, Bench, ready


def broken(bench: Bench, **faults: object) -> None:
    bench.radio.wire.faults = replace(RadioFaults(), **faults)  # type: ignore[arg-type]


def keyed(**change: object) -> Bench:
    """A radio that transmits."""
    bench = ready(**change)
    bench.say(DEFINE, "ATD1234567")
    bench.lines(0.3)
    assert bench.radio.transmitting
    return bench


def changed(bench: Bench, **values: object) -> None:
    bench.network.change(replace(bench.network.settings, **values), bench.now)  # type: ignore[arg-type]
    bench.deliver()


# ---- radios -------------------------------------------------------------------------------------------------------


def test_a_deaf_radio_obeys_nothing_and_tells_of_calls() -> None:
    bench = ready()
    broken(bench, deaf=True)
    assert bench.say("AT", "ATD1234567") == []
    bench.officer()
    assert bench.lines(0.3)[-1] == "+CTXG: 1,3,0,0,0,6101629"


def test_a_radio_that_obeys_no_un_key_stays_on_the_air_until_the_network_s_limit() -> None:
    bench = keyed(network={"tot_s": 3.0})
    broken(bench, ignore_cease=True)
    assert bench.say("AT+CUTXC=1", "ATH", "AT+CTOM?") == ["+CTOM: 0", "OK"]
    assert bench.radio.transmitting
    assert bench.lines(3.0) == ["+CDTXC: 1,0"]
    assert not bench.radio.transmitting


def test_a_release_may_be_left_out() -> None:
    bench = ready()
    broken(bench, no_release=True)
    bench.end(bench.officer())
    talker = bench.officer()
    bench.lines(0.3)
    bench.end(talker)
    assert bench.lines(6.0)[-1] == "+CDTXC: 1,0"
    assert bench.radio.call_instances == []


def test_the_grant_may_come_before_the_lines_it_belongs_behind() -> None:
    bench = ready()
    broken(bench, grant_first=True)
    assert bench.say(DEFINE, "ATD1234567") == ["OK", "OK"]
    assert bench.lines(0.3) == ["+CTXG: 1,0,0,0", "+CTOCP: 1,0,0,1,0", "+CTCC: 1,1,1,0,0,1,1"]


def test_a_line_may_come_between_an_answer_and_its_ok() -> None:
    bench = ready(network={"grant_ms": 20.0})
    broken(bench, interleave=True)
    bench.officer()
    assert bench.say("AT+CSQ?", seconds=0.4) == [
        "+CSQ: 26,99",
        "+CTICN: 1,0,0,0,6101629,1,1,0,1,1,0,1234567,0",
        "+CTCC: 1,1,1,0,0,1,1",
        "+CTXG: 1,3,0,0,0,6101629",
        "OK",
    ]


def test_an_error_may_be_followed_by_ok() -> None:
    bench = ready()
    broken(bench, error_then_ok=True)
    assert bench.say("AT+NONSENSE") == ["+CME ERROR: 4", "OK"]


def test_a_scanned_group_s_call_has_another_called_identity_and_holds_nothing_up() -> None:
    bench = ready()
    bench.radio.overhear(OTHER, Identity(901, 16383, TALKER), 2.0, bench.now)
    assert bench.lines(0.5) == [
        "+CTICN: 9,0,0,0,6101629,1,1,0,1,1,0,1234568,0",
        "+CTCC: 9,1,1,0,0,1,1",
        "+CTXG: 9,3,0,0,0,6101629",
    ]
    bench.officer(6101777)
    assert bench.lines(0.5)[-1] == "+CTXG: 1,3,0,0,0,6101777"
    assert bench.lines(3.0) == ["+CDTXC: 9,0", "+CTCR: 9,13"]


@pytest.mark.parametrize(
    ("knob", "value", "lines"),
    [("mode", 1, ["+CTOM: 1"]), ("talkgroup", OTHER, ["+CTGS: 1,1234568"]), ("volume", 7, ["+CLVL: 7"])],
)
def test_a_knob_that_is_turned_is_told(knob: str, value: int, lines: list[str]) -> None:
    bench = ready()
    bench.radio.turn(knob, value, bench.now)  # type: ignore[arg-type]
    bench.deliver()
    assert bench.lines(1.0) == lines


@pytest.mark.parametrize(("knob", "value"), [("mode", 9), ("talkgroup", 5), ("volume", -1), ("colour", 1)])
def test_a_position_that_is_none_is_refused(knob: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{knob} {value} is no position"):
        ready().radio.turn(knob, value, 0.0)  # type: ignore[arg-type]


# ---- networks -----------------------------------------------------------------------------------------------------


def test_a_withdrawn_request_may_be_granted_all_the_same() -> None:
    bench = ready(network={"late_grant": True, "grant_ms": 500.0})
    bench.say(DEFINE, "ATD1234567")
    assert bench.say("AT+CUTXC=1") == ["OK"]
    assert bench.lines(0.6)[-1] == "+CTXG: 1,0,0,0"
    assert bench.say("AT+CUTXC=1") == ["OK", "+CDTXC: 1,0"]


def test_a_call_may_be_cut_by_an_emergency_which_follows() -> None:
    bench = keyed()
    bench.network.cut(GROUP, bench.now)
    bench.deliver()
    bench.officer(priority=3)
    assert bench.lines(0.3) == [
        "+CTCR: 1,9",
        "+CTICN: 1,0,0,0,6101629,1,1,0,1,1,0,1234567,15",
        "+CTCC: 1,1,1,0,0,1,1",
        "+CTXG: 1,3,0,0,0,6101629",
    ]
    assert not bench.radio.transmitting


def test_service_that_goes_takes_call_and_registration_and_brings_them_back_when_it_returns() -> None:
    bench = keyed()
    changed(bench, service=False)
    assert bench.lines(0.1) == ["+CTCR: 1,14"]
    assert not bench.radio.transmitting
    assert bench.say("AT+CREG?", "AT+CSQ?") == ["+CREG: 0", "OK", "+CSQ: 99,99", "OK"]
    assert bench.say("ATD1234567", "AT+CTGS=1,1234567") == ["+CME ERROR: 30"] * 2
    changed(bench, service=True)
    assert bench.lines(2.0) == ["+CTGS: 1,1234567"]
    assert bench.say("AT+CREG?") == ["+CREG: 1,1,90116383", "OK"]


def test_a_radio_that_starts_without_service_registers_when_there_is_some() -> None:
    bench = ready(network={"registration_ms": 100.0})
    changed(bench, service=False)
    bench.radio.reboot(bench.now)
    bench.lines(5.0)
    assert not bench.network.registered(bench.radio.identity)
    changed(bench, service=True)
    bench.lines(1.0)
    assert bench.network.registered(bench.radio.identity)


# ---- short messages -----------------------------------------------------------------------------------------------

TEXT = ("AT+CTSP=1,3,130", "AT+CTSP=2,2,20")


def arriving(bench: Bench, data: str, service: int = 12, bits: int | None = None, to: int = 23401) -> None:
    sender, called = Identity(901, 16383, TALKER), bench.network.identity(to)
    bench.network.post.deliver(ShortData(sender, called, service, bits or 4 * len(data), data), bench.now)


def test_a_text_arrives_as_a_header_and_its_digits() -> None:
    bench = ready()
    bench.say(*TEXT)
    arriving(bench, "82040801476A61746A616A676A61")
    assert bench.lines() == ["+CTSDSR: 12,6101629,0,23401,0,112", "82040801476A61746A616A676A61"]


@pytest.mark.parametrize(("padded", "digits"), [(True, "0A112853A9FF4D4FFFE810"), (False, "0A112853A9FF4D4FFFE81")])
def test_digits_are_padded_to_octets_or_not(padded: bool, digits: str) -> None:
    bench = ready(padded_hex=padded)
    bench.say("AT+CTSP=1,3,10")
    arriving(bench, "0A112853A9FF4D4FFFE81", bits=84)
    assert bench.lines() == ["+CTSDSR: 12,6101629,0,23401,0,84", digits]


def test_a_status_to_the_group_arrives_with_the_group_as_called() -> None:
    bench = ready()
    bench.say(*TEXT)
    arriving(bench, "0000", service=13, to=GROUP)
    assert bench.lines() == ["+CTSDSR: 13,6101629,0,1234567,0,16", "0000"]


def test_what_is_not_routed_to_the_terminal_is_not_told() -> None:
    bench = ready()
    bench.say("AT+CTSP=1,3,130")
    arriving(bench, "0000", service=13)
    arriving(bench, "0201746573746D657373616765")
    assert bench.lines(1.0) == []


def test_a_message_waits_while_the_radio_is_in_a_call() -> None:
    bench = ready()
    bench.say(*TEXT)
    talker = bench.officer()
    bench.lines(0.3)
    arriving(bench, "8004", service=13)
    assert bench.lines(2.0) == []
    bench.end(talker)
    assert bench.lines(6.0) == ["+CDTXC: 1,0", "+CTCR: 1,13", "+CTSDSR: 13,6101629,0,23401,0,16", "8004"]


def test_a_message_waits_for_who_is_away_but_not_for_ever() -> None:
    bench = ready(network={"data_store_s": 5.0})
    bench.say(*TEXT)
    changed(bench, service=False)
    arriving(bench, "8004", service=13)
    bench.lines(2.0)
    changed(bench, service=True)
    assert "8004" in bench.lines(2.0)
    changed(bench, service=False)
    arriving(bench, "8005", service=13)
    bench.lines(6.0)
    changed(bench, service=True)
    assert "8005" not in bench.lines(2.0)


def test_a_text_is_sent_in_one_piece_and_its_fate_is_told() -> None:
    bench = ready(network={"data_ms": 1000.0, "data_jitter_ms": 0.0})
    bench.radio.feed(b"AT+CTSDS=12,0,0,0,0\r\n", bench.now)
    assert bench.lines() == ["OK"]
    bench.radio.feed(b"AT+CMGS=6101629,32\r\n821000C9\x1a", bench.now)
    assert bench.lines() == ["+CMGS: 0", "OK"]
    assert bench.say("AT+CMGS=6101629,32") == ["+CME ERROR: 42"]
    assert bench.lines(1.2) == ["+CMGS: 0,4,1"]
    ((_, message),) = bench.network.post.sent
    assert (message.called.ssi, message.service, message.bits, message.data) == (6101629, 12, 32, "821000C9")


def test_a_message_fails_when_the_radio_does_not_leave_its_call() -> None:
    bench = ready(network={"data_ms": 100.0, "data_jitter_ms": 0.0, "tot_s": 0.0})
    bench.officer()
    bench.lines(0.3)
    bench.radio.feed(b"AT+CTSDS=13,0\rAT+CMGS=6101629,16\r8004\x1a", bench.now)
    assert bench.lines(SENDER_PATIENCE + 1.0) == ["OK", "+CMGS: 0", "OK", "+CMGS: 0,5,1"]
    assert not bench.network.post.sent


@pytest.mark.parametrize(
    ("bytes_", "answer"),
    [
        (b"AT+CTSDS=99\r", "+CME ERROR: 34"),
        (b"AT+CMGS=6101629\r", "+CME ERROR: 35"),
        (b"AT+CMGS=6101629,x\r", "+CME ERROR: 33"),
        (b"AT+CMGS=6101629,4\r", "+CME ERROR: 34"),
        (b"AT+CMGS=61#1629,32\r", "+CME ERROR: 34"),
        (b"AT+CMGS=6101629,32\r8210\x1a", "+CME ERROR: 35"),
        (b"AT+CMGS=6101629,32\r8210zz00\x1a", "+CME ERROR: 35"),
        (b"AT+CMGS=6101629,32\r\x1b\x1a", "OK"),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused(bytes_: bytes, answer: str) -> None:
    bench = ready()
    bench.radio.feed(bytes_, bench.now)
    assert bench.lines() == [answer]
    assert bench.say("AT") == ["OK"]


def test_messages_on_their_way_are_bounded_and_counted() -> None:
    bench = ready()
    changed(bench, service=False)
    for _ in range(MOST_WAITING + 3):
        arriving(bench, "8004", service=13)
    assert bench.network.post.refused == 3


# ---- vehicles -----------------------------------------------------------------------------------------------------

TRACK = Track([Fix(second, 50.7545, 6.0206 - second * 0.0003) for second in range(100)])


def feeding(bench: Bench, **change: object) -> Feed:
    values: dict[str, object] = {"id": "v", "network": "n", "ssi": 777, "to": 23401, "track": "t", **change}
    feed = Feed(TwinVehicle(**values), bench.network, TRACK)  # type: ignore[arg-type]
    feed.start(bench.now)
    return feed


def reports(bench: Bench, feed: Feed, seconds: float) -> list[str]:
    lines = []
    for _ in range(round(seconds / 0.1)):
        feed.advance(bench.now, 1_700_000_000.0 + bench.now)
        lines += bench.lines(0.1)
    return lines


def test_a_vehicle_reports_its_position_in_time_and_as_the_standard_has_it() -> None:
    from crosspatch_drivers.sds.bits import Bits
    from crosspatch_drivers.sds.lip import ShortReport
    from crosspatch_drivers.sds.message import Sds4, decode_sds4

    bench = ready()
    bench.say("AT+CTSP=1,3,10")
    lines = reports(bench, feeding(bench, every_s=2.0), 5.0)
    assert lines[::2] == ["+CTSDSR: 12,777,0,23401,0,84"] * 3
    bits = Bits.from_hex(lines[1], 84)
    assert isinstance(bits, Bits)
    message = decode_sds4(bits)
    assert isinstance(message, Sds4)
    assert isinstance(message.body, ShortReport)
    assert message.body.latitude * 180 / 2**24 == pytest.approx(50.7545, abs=2e-5)
    assert message.body.longitude * 360 / 2**25 == pytest.approx(6.0206, abs=2e-4)


def test_a_vehicle_without_a_fix_says_so_and_recovers() -> None:
    bench = ready()
    bench.say("AT+CTSP=1,3,10")
    feed = feeding(bench, every_s=1.0, no_fix=True)
    assert reports(bench, feed, 0.5)[1] == "0A30000000000007FFE810"
    feed.no_fix = False
    assert reports(bench, feed, 1.0)[1] != "0A30000000000007FFE810"


def test_long_reports_are_long() -> None:
    bench = ready()
    bench.say("AT+CTSP=1,3,10")
    header = reports(bench, feeding(bench, long=True), 0.5)[0]
    assert int(header.rsplit(",", 1)[1]) > 84
