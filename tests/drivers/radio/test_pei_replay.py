"""A raw log that is replayed shows what happened, and whether the driver of today would do the same."""

import time
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drivers.radio.conftest import Rig
from tests.drivers.radio.live import OFFICER, Log, far, order, settings_for

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import Fit, Granted, Key, OverEnded, OverStarted, SendText, TransmitEnded, Unkey
from crosspatch_drivers.radio.pei.profile import GENERIC
from crosspatch_drivers.radio.pei_log import Entry, Way, format_entry, parse_entry
from crosspatch_drivers.radio.pei_radio import PeiRadio
from crosspatch_drivers.radio.pei_remarks import Closed, Opened, Ordered, ReleasedNow, format_remark, parse_remark
from crosspatch_drivers.radio.pei_replay import Moment, Replay, home_of
from crosspatch_drivers.twin.server import TwinServer

REMARKS = (
    Opened("at 38400 baud"),
    Closed("pulled"),
    ReleasedNow(),
    Ordered(Key(3)),
    Ordered(Unkey()),
    Ordered(SendText(Identity(206, 1, 1001), "Überholt → links", group=True, reference=7)),
)


def replay(entries: list[Entry], name: str = "r1") -> list[Moment]:
    return Replay(home_of(entries), GENERIC, (), name).run(entries)


def texts(moments: list[Moment], kind: str) -> list[str]:
    return [moment.text for moment in moments if moment.kind == kind]


def test_a_remark_comes_back() -> None:
    assert [parse_remark(format_remark(remark)) for remark in REMARKS] == list(REMARKS)
    for nonsense in (b"", b"order", b"order {}", b'order {"do": "Explode"}', b'order {"do": "Key", "x": 1}', b"\xff"):
        assert parse_remark(nonsense) is None


async def test_what_the_driver_recorded_is_replayed_to_the_same_end(twin: TwinServer, log: Log) -> None:
    lines: list[str] = []
    settings = replace(settings_for(twin.line_path("r1")), profile=GENERIC)
    radio = PeiRadio("r1", settings, log.sink, log, lambda entry: lines.append(format_entry(entry)))
    await radio.start()
    await log.wait_for(Fit)
    order(radio, Key())
    await log.wait_for(Granted)
    order(radio, Unkey())
    await log.wait_for(TransmitEnded)
    network = twin.world.networks["astrid"]
    now = time.monotonic()
    network.enlist(OFFICER, 1001, now)
    network.ask(OFFICER, 1, now)
    await log.wait_for(OverStarted)
    network.cease(OFFICER, now)
    await log.wait_for(OverEnded)
    await radio.close()
    assert not far(twin).transmitting
    entries = [entry for entry in map(parse_entry, lines) if entry is not None]
    assert len(entries) == len(lines)
    moments = replay(entries)
    assert texts(moments, "port") == ["open: at 38400 baud", "closed: closed by the gateway"]
    assert texts(moments, "floor") == [
        "we are granted the transmitter: on the air",
        "our transmission has ended, released",
        f"{OFFICER} speaks",
        "the over has ended",
    ]
    assert "transmitting" in texts(moments, "state")
    assert any(text.startswith("+CTCC") for text in texts(moments, "call"))
    assert texts(moments, "oddity") == []


def test_a_log_of_another_program_is_understood_by_its_commands() -> None:
    rig = Rig()
    rig.ready()
    rig.order(Key())
    rig.wait_for(Granted)
    rig.order(Unkey())
    rig.wait_for(TransmitEnded)
    entries = [Entry(at, Way.TO_RADIO, data) for at, data in rig.sent]
    entries += [Entry(at, Way.FROM_RADIO, data) for at, data in rig.heard]
    moments = replay(sorted(entries, key=lambda entry: entry.at or 0.0))
    assert "key, priority high" in texts(moments, "order")
    assert texts(moments, "call")


def test_a_driver_that_does_something_else_than_then_is_an_oddity() -> None:
    entries = [
        Entry(1.0, Way.REMARK, format_remark(Opened("at 9600 baud"))),
        Entry(1.0, Way.TO_RADIO, b"ATZ\r"),
        Entry(1.1, Way.FROM_RADIO, b"\r\nOK\r\n"),
    ]
    assert any(text.startswith("from here on the driver of today") for text in texts(replay(entries), "oddity"))


MIDDLE = """\
+CREG: 1,1,20600001
+CTICN: 1,0,0,0,101,1,1,0,1,1,0,1001,0
+CTXG: 1,3,0,0,0,101
+CDTXC: 1,0
+CTSDSR: 13,101,0,1001,0,16
0000
"""


def test_a_log_that_begins_in_the_middle_is_told_once_and_replayed_from_there() -> None:
    said = enumerate(MIDDLE.splitlines())
    entries = [Entry(100.0 + i, Way.FROM_RADIO, f"\r\n{line}\r\n".encode()) for i, line in said]
    replayed = Replay(home_of(entries), GENERIC, (), "r1")
    moments = replayed.run([*entries, Entry(200.0, Way.FROM_RADIO, b"\r\n+CSQ: 26\r\n")])
    (begin,) = texts(moments, "port")
    assert begin == "the log begins in the middle: the radio is taken to be set up, registered, on talkgroup 1001"
    assert texts(moments, "floor") == [f"{OFFICER} speaks", "the over has ended"]
    assert texts(moments, "message") == [f"{OFFICER} sends status 0 (EMERGENCY) to talkgroup 206-00001-1001"]
    assert (texts(moments, "oddity"), replayed.not_understood) == ([], 0)


def test_a_cut_log_that_names_no_group_is_replayed_as_of_a_radio_that_is_on_one() -> None:
    entries = [
        Entry(1.0, Way.FROM_RADIO, b"\r\n+CSQ: 26\r\n"),
        Entry(2.0, Way.TO_RADIO, b"AT+CTXD=1,1\r"),
        Entry(2.1, Way.FROM_RADIO, b"\r\nOK\r\n\r\n+CTXG: 1,0,0,0\r\n"),
        Entry(4.0, Way.TO_RADIO, b"AT+CUTXC=1\r"),
        Entry(4.1, Way.FROM_RADIO, b"\r\nOK\r\n\r\n+CDTXC: 1,0\r\n"),
    ]
    moments = replay(entries)
    assert texts(moments, "port")[0].endswith("on a talkgroup that is not told")
    assert texts(moments, "floor") == [
        "we are granted the transmitter: on the air",
        "our transmission has ended, released",
    ]


def test_a_line_that_says_nothing_is_counted_and_shown() -> None:
    replayed = Replay(Identity(206, 1, 0), GENERIC, (), "r1")
    moments = replayed.run([Entry(1.0, Way.FROM_RADIO, b"\r\n+CTX 1,3,0,0\r\n")])
    assert texts(moments, "oddity") == ["a line is not understood: '+CTX 1,3,0,0'"]
    assert replayed.not_understood == 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.builds(
            Entry,
            st.one_of(st.none(), st.floats(0, 100)),
            st.sampled_from(Way),
            st.one_of(
                st.binary(max_size=40),
                st.sampled_from([format_remark(remark) for remark in REMARKS]),
                st.sampled_from([b"OK\r\n", b"+CTXG: 1,0,0,0\r\n", b"AT+CTXD=1,1\r", b"AT+CUTXC=1\r"]),
            ),
        ),
        max_size=20,
    )
)
def test_no_log_makes_it_fall(entries: list[Entry]) -> None:
    replay(entries)
