"""Texts, statuses and positions through the driver and the twin of a radio, both ways, over wires of every kind."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drivers.radio.conftest import GROUP, MCC, MNC, NETWORK, OFFICER, OWN_SSI, RADIO, HostileWire, Rig, ended
from tests.drivers.sds.vectors import LONG_REPORTS, SHORT_REPORTS

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    Granted,
    Key,
    LocationReceived,
    MessageEnded,
    OverEnded,
    SdsReceived,
    SendStatus,
    SendText,
    StatusReceived,
    TransmitEnded,
    Unkey,
)
from crosspatch_drivers.radio.pei.commands import unkey_bytes
from crosspatch_drivers.radio.pei.letters import REPORT_S, TEXT_S
from crosspatch_drivers.sds.bits import Bits
from crosspatch_drivers.sds.codings import Coding, from_units, to_units
from crosspatch_drivers.sds.concatenation import References, compose
from crosspatch_drivers.sds.message import SDS_4, STATUS, Sds4, decode, encode
from crosspatch_drivers.sds.text import Text
from crosspatch_drivers.sds.transport import RECEIVED, Report, Transfer
from crosspatch_drivers.twin.told import ShortData

OWN = Identity(MCC, MNC, OWN_SSI)
TALKGROUP = Identity(MCC, MNC, GROUP)
FOREIGNER = Identity(204, 16383, 501)
FOREVER = 200.0

WIRES: dict[str, dict[str, Any]] = {
    "well": {},
    "byte by byte": {"single": True},
    "glued": {"glue": 0.05},
    "late": {"delay": 0.2, "single": True},
}


@pytest.fixture(params=WIRES)
def wired(request: pytest.FixtureRequest) -> Rig:
    """A radio that is set up, on each kind of wire that loses nothing."""
    dice = Random(7)
    wire = WIRES[request.param]
    rig = Rig(up=HostileWire(dice, **wire), down=HostileWire(dice, **wire)).ready()
    rig.run(2.0)  # answers to its start that came late
    rig.sent.clear()
    return rig


def bring(rig: Rig, message: Bits, *, service: int = SDS_4, to: Identity = OWN, sender: Identity = OFFICER) -> None:
    """A message for the radio."""
    rig.network.post.deliver(ShortData(sender, to, service, message.count, message.hex()), rig.now)


def sent(rig: Rig) -> list[ShortData]:
    """What the radio sent, as its network had it."""
    return [message for _, message in rig.network.post.sent if message.sender == OWN]


def said(message: ShortData) -> Any:
    return decode(message.service, Bits(int(message.data, 16), 4 * len(message.data)).part(0, message.bits))


# ---- in -------------------------------------------------------------------------------------------------------------


def test_a_text_to_us_is_told_and_reported_to_its_sender(wired: Rig) -> None:
    bring(wired, encode(Sds4(0x82, Text.of("Straße gesperrt"), Transfer(0xC9, RECEIVED))))
    assert SdsReceived(OFFICER, OWN, "Straße gesperrt") == wired.wait_for(SdsReceived)
    assert wired.run(20.0, lambda: bool(sent(wired)))
    (report,) = sent(wired)
    assert (report.called, report.data) == (OFFICER, "821000C9")


def test_a_text_to_the_group_is_told_and_never_reported(wired: Rig) -> None:
    bring(wired, encode(Sds4(0x82, Text.of("alle"), Transfer(1, RECEIVED))), to=TALKGROUP)
    assert SdsReceived(OFFICER, TALKGROUP, "alle", group=True) == wired.wait_for(SdsReceived)
    wired.run(20.0)
    assert sent(wired) == []


@pytest.mark.parametrize("coding", list(Coding))
@pytest.mark.parametrize("protocol", [0x02, 0x09, 0x82, 0x89])
def test_a_text_of_each_coding_arrives(rig: Rig, coding: Coding, protocol: int) -> None:
    text = from_units(to_units("Unit 7 to A76, 5 min", coding), coding)
    assert text == "Unit 7 to A76, 5 min"
    transport = Transfer(9) if protocol >= 0x80 else None
    bring(rig, encode(Sds4(protocol, Text(text, coding), transport)))
    assert rig.wait_for(SdsReceived).text == text


@pytest.mark.parametrize("form", ["ssi", "15", "16", "17"])
def test_who_sent_it_is_known_in_every_printed_form(form: str) -> None:
    rig = Rig(radio_settings=replace(RADIO, identities=form)).ready()  # type: ignore[arg-type]
    bring(rig, Bits(0x8004, 16), service=STATUS, sender=FOREIGNER)
    assert StatusReceived(FOREIGNER, OWN, 0x8004) == rig.wait_for(StatusReceived)


def test_parts_become_one_text_in_whatever_order(wired: Rig) -> None:
    long = "Kilo 10, position 2: " * 20
    for part in reversed(compose(long, References(), report=0)):
        bring(wired, encode(part), to=TALKGROUP)
    assert SdsReceived(OFFICER, TALKGROUP, long, group=True) == wired.wait_for(SdsReceived, 60.0)


@pytest.mark.parametrize("status", [0, 0x8002, 0xFFFF])
def test_a_status_arrives_and_the_emergency_is_one_of_them(wired: Rig, status: int) -> None:
    bring(wired, Bits(status, 16), service=STATUS, to=TALKGROUP)
    assert StatusReceived(OFFICER, TALKGROUP, status, group=True) == wired.wait_for(StatusReceived)


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("digits", [vector[0] for vector in SHORT_REPORTS] + [vector[0] for vector in LONG_REPORTS])
def test_every_known_location_report_arrives_padded_or_not(padded: bool, digits: str) -> None:
    counts = {vector[0]: vector[1] for vector in LONG_REPORTS}
    expected = {vector[0]: vector[1] for vector in SHORT_REPORTS} | {vector[0]: vector[2] for vector in LONG_REPORTS}
    count = counts.get(digits, 84)
    rig = Rig(radio_settings=replace(RADIO, padded_hex=padded)).ready()
    bits = Bits.from_hex(digits, count)
    assert isinstance(bits, Bits)
    bring(rig, bits)
    assert LocationReceived(OFFICER, expected[digits]) == rig.wait_for(LocationReceived)


def test_a_message_that_comes_again_is_told_once(rig: Rig) -> None:
    for _ in range(4):
        bring(rig, Bits(0x8004, 16), service=STATUS)
    rig.run(5.0)
    assert len(rig.all(StatusReceived)) == 1
    assert rig.session.counters["messages repeated"] == 3


def test_digits_are_not_taken_from_other_lines_and_other_lines_not_lost(rig: Rig) -> None:
    rig.say("+CTSDSR: 13,101,0,1001,0,16")
    rig.say("+CTXG: 1,3,0,0,0,101")
    rig.say("OK")
    rig.say("2,16777184")
    rig.say("8004")
    assert [StatusReceived(OFFICER, TALKGROUP, 0x8004, group=True)] == rig.all(StatusReceived)
    assert rig.session.state.value == "receiving"


def test_digits_that_come_too_late_are_nobodys_and_counted(rig: Rig) -> None:
    rig.say("+CTSDSR: 13,101,0,1001,0,16")
    rig.run(5.0)
    rig.say("0000")
    assert rig.all(StatusReceived) == []
    assert rig.session.counters["messages not understood"] == 1


@pytest.mark.parametrize("digits", ["82", "8204", "820408", "8A02C981045A8F050003C900", "0A11", "FF00", "830000"])
def test_what_cannot_be_read_is_counted_and_nothing_else_happens(rig: Rig, digits: str) -> None:
    rig.say(f"+CTSDSR: 12,101,0,{OWN_SSI},0,{4 * len(digits)}")
    rig.say(digits)
    assert [event for _, event in rig.events if isinstance(event, SdsReceived | LocationReceived)] == []
    counters = rig.session.counters
    assert counters["messages not understood"] + counters["messages of no use here"] == 1


# ---- out ------------------------------------------------------------------------------------------------------------


def test_a_text_to_the_group_leaves_and_ends_once(wired: Rig) -> None:
    wired.order(SendText(TALKGROUP, "[C2000 501] A2 zuid", group=True, reference=5))
    assert MessageEnded(5, sent=True) == wired.wait_for(MessageEnded, 30.0)
    (message,) = sent(wired)
    assert (TALKGROUP, Text.of("[C2000 501] A2 zuid")) == (message.called, said(message).body)
    assert said(message).transport.report_request == 0
    wired.run(REPORT_S + 10)
    assert len(wired.all(MessageEnded)) == 1


def test_a_text_is_written_as_command_and_raw_digits(rig: Rig) -> None:
    rig.order(SendText(TALKGROUP, "Ja", group=True))
    rig.wait_for(MessageEnded, 30.0)
    written = [data for _, data in rig.sent]
    assert written[:2] == [b"AT+CTSDS=12,0,0,0,0\r", b"AT+CMGS=1001,48\r\n820001014A61\x1a"]


def test_a_text_to_somebody_ends_when_he_reports_to_have_it(wired: Rig) -> None:
    wired.order(SendText(OFFICER, "herhaal", reference=6))
    assert MessageEnded(6, sent=True) == wired.wait_for(MessageEnded, 40.0)
    assert said(sent(wired)[0]).transport.report_request == RECEIVED


def test_a_text_to_somebody_who_never_reports_ends_with_a_word_of_it(rig: Rig) -> None:
    nobody = Identity(MCC, MNC, 4242)
    rig.order(SendText(nobody, "herhaal", reference=7))
    assert rig.wait_for(MessageEnded, REPORT_S + 20) == MessageEnded(7, True, "nobody reported to have it")


def test_a_text_that_the_far_end_refuses_was_not_sent(rig: Rig) -> None:
    nobody = Identity(MCC, MNC, 4242)
    rig.order(SendText(nobody, "herhaal", reference=7))
    rig.run(20.0, lambda: bool(sent(rig)))
    reference = said(sent(rig)[0]).transport.reference
    bring(rig, encode(Sds4(0x82, None, Report(0x21, reference))), sender=nobody)
    rig.run(5.0)
    assert rig.all(MessageEnded) == []
    bring(rig, encode(Sds4(0x82, None, Report(0x52, reference))), sender=nobody)
    ends = rig.wait_for(MessageEnded)
    assert ends == MessageEnded(7, sent=False, detail="memory full, message discarded (failed)")


def test_a_long_text_leaves_in_parts_and_has_one_end(wired: Rig) -> None:
    long = "x" * 400
    wired.order(SendText(OFFICER, long, reference=8))
    assert MessageEnded(8, sent=True) == wired.wait_for(MessageEnded, FOREVER)
    parts = [said(message).body for message in sent(wired)]
    assert [(part.number, part.total) for part in parts] == [(1, 3), (2, 3), (3, 3)]
    assert long == "".join(part.text for part in parts)


def test_long_texts_of_one_moment_that_push_each_other_out_of_the_line_end_all(rig: Rig) -> None:
    for reference in range(1, 9):
        rig.order(SendText(OFFICER, "white van " * 1000, reference=reference))
    rig.run(2 * TEXT_S + REPORT_S)
    assert sorted(event.reference for event in rig.all(MessageEnded)) == list(range(1, 9))


def test_a_text_no_message_can_carry_ends_at_once(rig: Rig) -> None:
    rig.order(SendText(OFFICER, "x" * 50_000, reference=9))
    (end,) = rig.all(MessageEnded)
    assert (end.reference, end.sent) == (9, False)
    assert "255 are possible" in end.detail


@pytest.mark.parametrize("status", [0, 0x8004])
def test_a_status_leaves(wired: Rig, status: int) -> None:
    wired.order(SendStatus(TALKGROUP, status, group=True, reference=3))
    assert MessageEnded(3, sent=True) == wired.wait_for(MessageEnded, 30.0)
    (message,) = sent(wired)
    assert (STATUS, 16, f"{status:04X}") == (message.service, message.bits, message.data)


@pytest.mark.parametrize(("form", "digits"), [("16", "2041638300000501"), ("17", "02041638300000501")])
def test_somebody_of_another_network_is_called_in_the_form_that_the_radio_prints(form: str, digits: str) -> None:
    rig = Rig(radio_settings=replace(RADIO, identities=form)).ready()  # type: ignore[arg-type]
    rig.order(SendStatus(FOREIGNER, 0x8004))
    rig.wait_for(MessageEnded, 30.0)
    assert f"AT+CMGS={digits},16" in rig.commands
    assert f"AT+CTSDS=13,{1 if form == '16' else 5}" in rig.commands


def test_nothing_leaves_during_a_call_and_everything_after_its_hang_time(wired: Rig) -> None:
    wired.officer_speaks()
    wired.run(1.5)
    wired.order(SendText(TALKGROUP, "later", group=True, reference=1))
    wired.order(SendStatus(TALKGROUP, 0, group=True, reference=2))
    wired.run(10.0)
    assert not [text for text in wired.commands if "CMGS" in text]
    wired.officer_stops()
    wired.wait_for(OverEnded)
    assert wired.run(30.0, lambda: len(wired.all(MessageEnded)) == 2)
    assert [end.reference for end in wired.all(MessageEnded)] == [2, 1], "the emergency first"


def test_a_text_that_finds_no_moment_expires_with_its_reason(rig: Rig) -> None:
    rig.officer_speaks()
    rig.run(1.0)
    rig.order(SendText(TALKGROUP, "too late", group=True, reference=1))
    end = rig.wait_for(MessageEnded, TEXT_S + 1)
    assert (end.reference, end.sent) == (1, False)
    assert end.detail == "expired: no moment in time: the radio was in calls, or out of service"


def test_a_text_ordered_while_the_port_is_gone_leaves_when_it_is_back(rig: Rig) -> None:
    rig.close()
    rig.order(SendText(TALKGROUP, "still true", group=True, reference=1))
    rig.run(5.0)
    rig.open()
    assert MessageEnded(1, sent=True) == rig.wait_for(MessageEnded, 40.0)


def test_a_key_does_not_wait_for_messages_that_have_not_left(rig: Rig) -> None:
    for number in range(5):
        rig.order(SendText(TALKGROUP, f"text {number}", group=True, reference=number))
    rig.run(0.5)
    rig.order(Key())
    rig.wait_for(Granted, 3.0)
    rig.order(Unkey())
    rig.wait_for(TransmitEnded)
    assert rig.run(60.0, lambda: len(rig.all(MessageEnded)) == 5)
    assert all(end.sent for end in rig.all(MessageEnded))


@pytest.mark.parametrize("seed", range(4))
def test_every_message_has_one_end_over_a_lossy_wire(seed: int) -> None:
    dice = Random(seed)
    up, down = HostileWire(dice, loss=0.01), HostileWire(dice, loss=0.01)
    rig = Rig(up=up, down=down, seed=seed)
    rig.open()
    rig.run(20.0)
    for number in range(1, 7):
        called = OFFICER if number % 2 else TALKGROUP
        rig.order(SendText(called, f"text {number} " * number * 5, group=called == TALKGROUP, reference=number))
        rig.run(5.0)
    rig.run(2 * TEXT_S)
    assert sorted(end.reference for end in rig.all(MessageEnded)) == [1, 2, 3, 4, 5, 6]


# ---- un-keying while a message is being entered ---------------------------------------------------------------------


def entering(rig: Rig, cut: int) -> bytes:
    """The bytes of AT+CMGS reach the radio up to ``cut``, the rest never does; what was written."""
    rig.order(SendText(TALKGROUP, "white van, A2 south", group=True))
    rig.run(5.0, lambda: any(b"CTSDS" in data for _, data in rig.sent))
    rig.run(0.1, lambda: any(b"CMGS" in data for _, data in rig.sent))
    data = next(data for _, data in rig.sent if b"CMGS" in data)
    rig.up.clear()
    rig.up.push(data[:cut], rig.now)
    rig.sent.clear()
    rig.run(0.01)
    return data


def grant(rig: Rig) -> None:
    """Somebody presses the radio's own key, or a grant comes late: it is on the air, and nobody wants it."""
    rig.network.ask(rig.radio.identity, 1, rig.now)
    rig._deliver()
    assert rig.run(1.0, lambda: rig.radio.transmitting)


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 90), pause=st.floats(0.0, 3.0))
def test_no_un_key_is_swallowed_by_a_message_that_is_being_entered(cut: int, pause: float) -> None:
    rig = Rig(network_settings=replace(NETWORK, grant_ms=20.0)).ready()
    data = entering(rig, cut)
    rig.run(pause)
    grant(rig)
    assert rig.run(1.2, lambda: not rig.radio.transmitting), f"on the air after {data[:cut]!r}"


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 90), pause=st.floats(0.0, 3.0))
def test_no_release_for_safety_is_swallowed_or_delayed_by_a_message(cut: int, pause: float) -> None:
    rig = Rig(network_settings=replace(NETWORK, grant_ms=20.0)).ready()
    entering(rig, cut)
    rig.order(Key())
    if not rig.run(pause, lambda: rig.radio.transmitting):
        rig.run(10.0, lambda: rig.radio.transmitting or not rig.session.keyed)
    rig.release_now()
    assert rig.run(0.1, lambda: not rig.radio.transmitting) or rig.all(Granted) == []
    rig.run(10.0)
    assert len(ended(rig)) == 1
    assert not rig.radio.transmitting


@pytest.mark.parametrize("cut", [4, 8, 14, 15, 16, 17, 18, 19])
def test_what_the_keeper_and_the_unit_write_un_keys_a_radio_that_waits_for_digits(cut: int) -> None:
    for blind in (True, False):
        rig = Rig().ready()
        rig.order(Key())
        rig.wait_for(Granted)
        plan = unkey_bytes() if blind else rig.plan.data  # type: ignore[union-attr]
        rig.radio.feed(b"AT+CTSDS=13,0\rAT+CMGS=1001,16\r\n80"[: 14 + cut], rig.now)
        rig.radio.feed(plan, rig.now)
        assert not rig.radio.transmitting


def test_an_un_key_goes_ahead_of_a_message_that_is_out(rig: Rig) -> None:
    rig.order(SendText(TALKGROUP, "white van", group=True))
    rig.run(1.0, lambda: rig.session._parts.dialogue.message_out)
    rig.deafen()
    rig.say("+CTCC: 1,1,1,0,0,1,1")
    rig.say("+CTXG: 1,0,0,0")
    assert rig.sent[-1] == (rig.now, b"\r\x1b\r\rAT+CUTXC=1\r")


def test_digits_of_a_refused_message_do_not_spoil_the_next_command(rig: Rig) -> None:
    rig.order(SendText(Identity(MCC, MNC, GROUP), "x", group=True))
    rig.network.attach(rig.radio.identity, GROUP, rig.now)  # busy with signalling: refuses AT+CMGS at once
    rig.run(2.0)
    assert b"\r\x1b\r" in [data for _, data in rig.sent]
    rig.order(Key())
    rig.wait_for(Granted, 3.0)
