"""A twin's radio obeys AT commands and prints what its network says, line for line as real ones do."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.audio.settings import UdpSettings
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.pei_radio import NOISE, PeiRadio, demand_priority
from crosspatch_drivers.twin.settings import TwinNetwork, TwinRadio
from crosspatch_drivers.twin.wire import MOST_WAITING

GROUP, OTHER = 1234567, 1234568
TALKER = 6101629
AUDIO = UdpSettings(driver="udp", listen="127.0.0.1:1", send="127.0.0.1:2")
ROUTE = ("AT+CTSP=2,0,0", "AT+CTSP=1,1,11")
DEFINE = "AT+CTSDC=0,0,0,1,1,0,1,1,0,0"


class Bench:
    """A radio on a bench: commands in, lines out, time made by hand."""

    def __init__(self, *, network: dict[str, object] | None = None, **radio: object) -> None:
        values: dict[str, object] = {"id": "r", "network": "n", "ssi": 23401, "audio": AUDIO, "group": GROUP, **radio}
        details = {"grant_ms": 100.0, "attach_jitter_ms": 0.0, **(network or {})}
        self.network = Network(TwinNetwork(id="n", mcc=901, mnc=16383, groups=(GROUP, OTHER), **details))  # type: ignore[arg-type]
        self.radio = PeiRadio(TwinRadio(**values), self.network)  # type: ignore[arg-type]
        self.now = 50.0
        self.radio.power_on(self.now)
        self.deliver()

    def deliver(self) -> None:
        for who, told, at in self.network.take():
            if who == self.radio.identity:
                self.radio.told(told, at)

    def after(self, seconds: float) -> bytes:
        """Let time pass in steps of a tick; the bytes that came."""
        data = b""
        for _ in range(max(1, round(seconds / 0.01))):
            self.now += 0.01
            self.network.advance(self.now)
            self.radio.advance(self.now)
            self.deliver()
            data += self.radio.take(self.now)
        return data

    def lines(self, seconds: float = 0.1) -> list[str]:
        return [line for line in self.after(seconds).decode("latin-1").replace("\r", "\n").split("\n") if line]

    def say(self, *commands: str, seconds: float = 0.05) -> list[str]:
        """Commands one after the other; all lines that came."""
        lines: list[str] = []
        for command in commands:
            self.radio.feed(command.encode() + b"\r", self.now)
            self.deliver()
            lines += self.lines(seconds)
        return lines

    def officer(self, ssi: int = TALKER, mcc: int = 901, priority: int = 1) -> Identity:
        """Somebody else asks to speak in the group."""
        who = Identity(mcc, 16383, ssi)
        self.network.enlist(who, GROUP, self.now)
        self.network.ask(who, priority, self.now)
        self.deliver()
        return who

    def end(self, who: Identity) -> None:
        self.network.cease(who, self.now)
        self.deliver()


def ready(**change: object) -> Bench:
    """On, echo off, everything routed to the terminal."""
    bench = Bench(**change)  # type: ignore[arg-type]
    assert bench.say("ATE0", *ROUTE, seconds=0.2) == ["ATE0", "OK", "OK", "OK"]
    return bench


# ---- framing and set-up -------------------------------------------------------------------------------------------


def test_an_answer_is_cr_lf_text_cr_lf() -> None:
    bench = ready()
    bench.radio.feed(b"AT\r", bench.now)
    assert bench.after(0.1) == b"\r\nOK\r\n"


def test_echo_is_on_until_told_otherwise() -> None:
    bench = Bench()
    bench.radio.feed(b"AT\r", bench.now)
    assert bench.after(0.1) == b"AT\r\r\nOK\r\n"
    assert bench.say("ATE0", "AT") == ["ATE0", "OK", "OK"]
    assert bench.say("ATE1", "AT") == ["OK", "AT", "OK"]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_commands_may_come_in_pieces_with_any_line_end(end: bytes) -> None:
    bench = ready()
    for byte in b"AT+CTOM?" + end:
        bench.radio.feed(bytes([byte]), bench.now)
    assert bench.lines() == ["+CTOM: 0", "OK"]


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("ATI", ["CROSSPATCH", "OK"]),
        ("AT+GMI?", ["+GMI: CROSSPATCH", "OK"]),
        ("AT+GMM?", ["+GMM: 54008,TWIN-----AN,1.0.0.0", "OK"]),
        ("AT+CTOM?", ["+CTOM: 0", "OK"]),
        ("AT+CREG?", ["+CREG: 1,1,90116383", "OK"]),
        ("AT+CSQ?", ["+CSQ: 26,99", "OK"]),
        ("AT+CNUMF?", ["+CNUMF: 0,9011638300023401", "2,16777184", "3,16777184", "OK"]),
        ("AT+CPIN?", ["+CPIN: MT PIN-UNLOCKED", "OK"]),
        ("AT+CTGS?", ["+CTGS: 1,1234567", "OK"]),
        ("AT+CTSP?", ["+CTSP: 2,0,0", "+CTSP: 1,1,11", "OK"]),
        (DEFINE, ["OK"]),
        (DEFINE + ",0", ["OK"]),
        ("at+ctom?", ["+CTOM: 0", "OK"]),
        ("AT+NONSENSE", ["+CME ERROR: 4"]),
        ("hello", ["+CME ERROR: 35"]),
        ("AT+CTSP=1", ["+CME ERROR: 35"]),
        ("AT+CTSP=1,x", ["+CME ERROR: 33"]),
        ("AT+CTSP=9,0,0", ["+CME ERROR: 34"]),
        ("AT+CTOM=7", ["+CME ERROR: 34"]),
        ("ATD" + "1" * 26, ["+CME ERROR: 26"]),
        ("ATD12#4", ["+CME ERROR: 27"]),
        ("ATD77", ["+CME ERROR: 34"]),
        ("AT+CTXD=1,1", ["+CME ERROR: 3"]),
        ("AT+CUTXC=1", ["+CME ERROR: 3"]),
    ],
)
def test_a_command_and_its_answer(command: str, lines: list[str]) -> None:
    assert ready().say(command) == lines


def test_errors_are_words_where_numbers_are_not_wanted() -> None:
    assert ready().say("AT+CMEE=0", "AT+NONSENSE") == ["OK", "ERROR"]


@pytest.mark.parametrize(
    ("form", "own", "other"),
    [
        ("ssi", "+CNUMF: 0,9011638300023401", "0,6101629"),
        ("15", "+CNUMF: 0,9011638300023401", "1,9011638306101629"),  # an MNC of five digits does not fit 15
        ("16", "+CNUMF: 0,9011638300023401", "1,9011638306101629"),
        ("17", "+CNUMF: 6,09011638300023401", "3,09011638306101629"),
    ],
)
def test_identities_are_printed_in_the_form_of_the_settings(form: str, own: str, other: str) -> None:
    bench = ready(identities=form)
    assert bench.say("AT+CNUMF?")[0] == own
    bench.officer()
    assert bench.lines(0.3)[-1] == f"+CTXG: 1,3,0,0,{other}"


def test_a_talker_of_another_network_is_printed_in_full() -> None:
    bench = ready()
    bench.officer(mcc=206)
    assert bench.lines(0.3)[-1] == "+CTXG: 1,3,0,0,1,2061638306101629"


def test_the_space_after_the_colon_may_be_missing() -> None:
    assert ready(space=False).say("AT+CTOM?") == ["+CTOM:0", "OK"]


# ---- calls --------------------------------------------------------------------------------------------------------


def test_a_received_call_with_two_talkers() -> None:
    bench = ready()
    first = bench.officer()
    assert bench.lines(0.3) == [
        "+CTICN: 1,0,0,0,6101629,1,1,0,1,1,0,1234567,0",
        "+CTCC: 1,1,1,0,0,1,1",
        "+CTXG: 1,3,0,0,0,6101629",
    ]
    bench.end(first)
    assert bench.lines() == ["+CDTXC: 1,0"]
    second = bench.officer(6101777)
    assert bench.lines(0.3) == ["+CTXG: 1,3,0,0,0,6101777"]
    bench.end(second)
    assert bench.lines(6.0) == ["+CDTXC: 1,0", "+CTCR: 1,13"]


def test_the_caller_may_come_in_a_second_line() -> None:
    bench = ready(identities="16", late_caller=True)
    talker = bench.officer()
    assert bench.lines(0.3) == [
        "+CTICN: 1,0,0,,,1,1,0,1,1,1,9011638301234567,0",
        "+CTCC: 1,1,1,0,0,1,1",
        "+CTXG: 1,3,0,0",
        "+CTICN: 1,0,0,1,9011638306101629,1,1,0,1,1,1,9011638301234567,0",
    ]
    bench.end(talker)
    bench.officer()
    assert bench.lines(0.3) == ["+CDTXC: 1,0", "+CTXG: 1,3,0,0,1,9011638306101629"]


def test_an_own_over_by_setting_a_call_up() -> None:
    bench = ready()
    assert bench.say(DEFINE, "ATD1234567") == ["OK", "OK"]
    assert not bench.radio.transmitting
    assert bench.lines(0.2) == ["+CTOCP: 1,0,0,1,0", "+CTCC: 1,1,1,0,0,1,1", "+CTXG: 1,0,0,0"]
    assert bench.radio.transmitting
    assert bench.say("AT+CUTXC=1") == ["OK", "+CDTXC: 1,0"]
    assert not bench.radio.transmitting
    assert bench.lines(5.5) == ["+CTCR: 1,13"]


def test_an_own_over_in_a_standing_call() -> None:
    bench = ready()
    talker = bench.officer()
    bench.lines(0.3)
    bench.end(talker)
    bench.lines()
    assert bench.say("AT+CTXD=1,1") == ["OK"]
    assert bench.lines(0.2) == ["+CTXG: 1,0,0,0"]
    assert bench.radio.transmitting


def test_a_request_while_another_speaks_is_queued_then_granted() -> None:
    bench = ready()
    talker = bench.officer()
    bench.lines(0.3)
    assert bench.say("AT+CTXD=1,1") == ["OK", "+CTXG: 1,2,0,0"]
    bench.end(talker)
    assert bench.lines(0.3) == ["+CDTXC: 1,0", "+CTXG: 1,0,0,0"]


def test_a_busy_network_that_denies() -> None:
    bench = ready(network={"busy": "deny"})
    bench.officer()
    bench.lines(0.3)
    assert bench.say("AT+CTXD=1,1") == ["OK", "+CTXG: 1,1,0,0"]


def test_congestion_at_set_up_releases_the_call_without_connecting_it() -> None:
    bench = ready(network={"deny": True})
    assert bench.say(DEFINE, "ATD1234567") == ["OK", "OK"]
    assert bench.lines(0.3) == ["+CTCR: 1,5"]


@pytest.mark.parametrize("form", ["ctxi", "ctxg"])
def test_pre_emption_shows_in_the_form_of_the_settings(form: str) -> None:
    bench = ready(preempted=form)
    bench.say(DEFINE, "ATD1234567")
    bench.lines(0.3)
    other = bench.officer(priority=2)
    assert bench.lines(0.3) == [f"+{form.upper()}: 1,3,0,0,0,6101629"]
    assert not bench.radio.transmitting
    bench.end(other)
    assert bench.lines() == ["+CDTXC: 1,0"]


def test_the_transmit_time_out_ends_an_over() -> None:
    bench = ready(network={"tot_s": 2.0})
    bench.say(DEFINE, "ATD1234567")
    bench.lines(0.3)
    assert bench.lines(2.5) == ["+CDTXC: 1,0"]
    assert not bench.radio.transmitting


def test_hanging_up_leaves_the_call() -> None:
    bench = ready()
    bench.say(DEFINE, "ATD1234567")
    bench.lines(0.3)
    assert bench.say("ATH") == ["OK", "+CDTXC: 1,0", "+CTCR: 1,1"]


def test_a_request_may_be_withdrawn_before_its_grant() -> None:
    bench = ready(network={"grant_ms": 3000.0})
    bench.say(DEFINE, "ATD1234567")
    assert bench.say("AT+CUTXC=1") == ["OK", "+CTCR: 1,1"]
    assert bench.lines(4.0) == []


def test_call_instances_count_on_where_the_settings_say_so() -> None:
    for count, expected in ((False, "+CTICN: 1,"), (True, "+CTICN: 2,")):
        bench = ready(count_calls=count)
        bench.end(bench.officer())
        bench.lines(6.0)
        talker = bench.officer()
        bench.lines(0.3)
        bench.end(talker)
        bench.lines(6.0)
        bench.officer()
        assert bench.lines(0.3)[0].startswith(expected)


def test_call_priority_becomes_demand_priority() -> None:
    assert [demand_priority(value) for value in (0, 11, 12, 14, 15)] == [1, 1, 2, 2, 3]


def test_no_line_of_a_call_comes_before_the_answer_to_its_command() -> None:
    bench = ready(answer_ms=150.0, network={"grant_ms": 10.0})
    assert bench.say(DEFINE, "ATD1234567", seconds=0.5) == [
        "OK",
        "OK",
        "+CTOCP: 1,0,0,1,0",
        "+CTCC: 1,1,1,0,0,1,1",
        "+CTXG: 1,0,0,0",
    ]


# ---- services, groups, modes --------------------------------------------------------------------------------------


def test_the_terminal_hears_of_calls_and_groups_only_when_they_are_routed_to_it() -> None:
    bench = Bench()
    bench.say("ATE0")
    bench.officer()
    assert bench.lines(0.3) == []
    assert bench.say("AT+CTGS=1,1234568", seconds=0.5) == ["OK"]


def test_selecting_a_group_attaches_it_after_a_while_and_is_busy_meanwhile() -> None:
    bench = ready(network={"attach_ms": 500.0})
    assert bench.say("AT+CTGS=1,1234568") == ["OK"]
    assert bench.say("ATD1234568") == ["+CME ERROR: 42"]
    assert bench.lines(0.6) == ["+CTGS: 1,1234568"]
    assert bench.say("AT+CTGS?") == ["+CTGS: 1,1234568", "OK"]


def test_groups_may_be_named_in_full() -> None:
    bench = ready()
    assert bench.say("AT+CTGS=1,9011638301234568", seconds=0.5) == ["OK", "+CTGS: 1,1234568"]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("AT+CTGS=1,77", "+CME ERROR: 34"),
        ("AT+CTGS=1", "+CME ERROR: 35"),
        ("AT+CTGS=2,1234568", "+CME ERROR: 34"),
        ("AT+CTGS=1,2060000101234568", "+CME ERROR: 34"),
    ],
)
def test_a_group_that_cannot_be_selected(command: str, answer: str) -> None:
    assert ready().say(command) == [answer]


def test_detaching_from_all_groups() -> None:
    bench = ready()
    assert bench.say("AT+CTGS=0") == ["OK", "+CTGS: 0"]
    assert bench.say("AT+CTGS?") == ["+CTGS: 0", "OK"]


def test_direct_mode_leaves_the_network() -> None:
    bench = ready()
    assert bench.say("AT+CTOM=1") == ["+CTOM: 1", "OK"]
    assert bench.say("AT+CREG?", "AT+CSQ?", "ATD1234567") == ["+CREG: 0", "OK", "+CSQ: 99,99", "OK", "+CME ERROR: 40"]
    assert bench.say("AT+CTOM=0", seconds=2.0) == ["+CTOM: 0", "OK", "+CTGS: 1,1234567"]
    assert bench.say("AT+CREG?") == ["+CREG: 1,1,90116383", "OK"]


# ---- power --------------------------------------------------------------------------------------------------------


def test_start_up_is_silence_then_noise_then_two_refusals_and_everything_forgotten() -> None:
    bench = Bench(boot_ms=1000.0)
    assert bench.say("AT", seconds=0.5) == []
    assert bench.after(0.6) == NOISE
    assert bench.say("AT", "AT", "AT") == ["AT", "+CME ERROR: 35"] * 2 + ["AT", "OK"]
    assert bench.say("ATE0", "AT+CTSP?") == ["ATE0", "OK", "OK"]


def test_a_reboot_ends_the_transmission_and_forgets_the_services() -> None:
    bench = ready()
    bench.say(DEFINE, "ATD1234567")
    bench.lines(0.3)
    assert bench.radio.transmitting
    bench.radio.reboot(bench.now)
    assert not bench.radio.transmitting
    assert bench.radio.unkeyed_at == bench.now
    assert bench.after(2.9) == b""
    bench.after(0.5)
    bench.say("AT", "AT")
    assert bench.say("ATE0", "AT+CTSP?") == ["ATE0", "OK", "OK"]
    assert bench.radio.services == {}


def test_the_times_of_the_transmitter_are_kept() -> None:
    bench = ready()
    asked_at = bench.now
    bench.say("ATD1234567", seconds=0.01)
    assert bench.radio.requested_at == asked_at
    bench.lines(0.3)
    assert bench.radio.keyed_at == pytest.approx(asked_at + 0.1)
    let_go_at = bench.now
    bench.say("AT+CUTXC=1")
    assert bench.radio.unkeyed_at == let_go_at


def test_lines_that_nobody_reads_are_bounded_and_counted() -> None:
    bench = ready()
    for _ in range(MOST_WAITING + 10):
        bench.radio.feed(b"AT\r", bench.now)
    assert bench.radio.wire.dropped >= 10
    assert len(bench.lines(10.0)) == MOST_WAITING


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"AT+CTSP=", b"ATD", b"\r", b"AT+CTSDC="]))))
def test_no_bytes_whatsoever_break_it(pieces: list[bytes]) -> None:
    bench = ready()
    for piece in pieces:
        bench.radio.feed(piece, bench.now)
    bench.lines(0.5)
    bench.radio.feed(b"\r", bench.now)
    bench.lines(2.0)
    assert bench.say("ATE0")[-1] == "OK"


def test_settings_of_a_network_may_change_while_it_runs() -> None:
    bench = ready()
    bench.network.settings = replace(bench.network.settings, grant_ms=500.0)
    bench.say("ATD1234567")
    assert bench.lines(0.4) == []
    assert bench.lines(0.2)[-1] == "+CTXG: 1,0,0,0"
