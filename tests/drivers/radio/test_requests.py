"""Our own transmissions where things go otherwise: limits, denials, changes of cell, lines in another order."""

from dataclasses import replace

import pytest
from tests.drivers.radio.conftest import NETWORK, Rig, ended

from crosspatch_drivers.radio.base import (
    EndReason,
    Granted,
    Key,
    OverStarted,
    Queued,
    RadioState,
    TransmitEnded,
    Unkey,
)
from crosspatch_drivers.radio.pei.profile import GENERIC


def talking(rig: Rig) -> Rig:
    rig.order(Key())
    rig.wait_for(Granted)
    return rig


def test_a_transmission_is_renewed_before_the_limit_while_speech_goes_on() -> None:
    rig = talking(Rig(network_settings=replace(NETWORK, tot_s=60.0)).ready())
    granted_at = rig.now
    assert rig.run(60, lambda: not rig.radio.transmitting)
    assert rig.now - granted_at < 46
    assert rig.run(1, lambda: rig.radio.transmitting)
    rig.run(40)
    assert rig.radio.transmitting
    assert rig.all(Granted) == [Granted()]
    assert rig.all(TransmitEnded) == []
    rig.order(Unkey())
    rig.wait_for(TransmitEnded)
    assert ended(rig) == [EndReason.RELEASED]


def test_un_key_while_a_transmission_is_renewed_ends_it(rig: Rig) -> None:
    talking(rig)
    assert rig.run(60, lambda: not rig.radio.transmitting)
    rig.order(Unkey())
    rig.run(3)
    assert ended(rig) == [EndReason.RELEASED]
    assert not rig.radio.transmitting


def test_after_a_denial_the_next_request_waits_for_a_time_that_differs_between_radios() -> None:
    pauses = set()
    for seed in range(5):
        rig = Rig(network_settings=replace(NETWORK, busy="deny"), seed=seed).ready()
        rig.officer_speaks()
        rig.wait_for(OverStarted)
        rig.order(Key())
        rig.wait_for(TransmitEnded)
        denied_at = rig.now
        rig.sent.clear()
        rig.order(Key())
        assert rig.session.state is RadioState.REQUESTED
        assert rig.run(2, lambda rig=rig: "AT+CTXD=1,1" in rig.commands)
        pauses.add(round(rig.now - denied_at, 3))
    assert all(1.0 <= pause <= 1.5 for pause in pauses)
    assert len(pauses) == 5


def test_a_request_that_waits_after_a_denial_is_taken_back_without_a_byte() -> None:
    rig = Rig(network_settings=replace(NETWORK, busy="deny")).ready()
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.order(Key())
    rig.wait_for(TransmitEnded)
    rig.sent.clear()
    rig.order(Key())
    rig.order(Unkey())
    rig.run(3)
    assert ended(rig) == [EndReason.DENIED, EndReason.RELEASED]
    assert not any("CTXD" in command for command in rig.commands)


def test_a_radio_that_stays_silent_when_keyed_too_soon_again_is_given_time() -> None:
    rig = talking(Rig(profile=replace(GENERIC, own_gap_s=0.3)).ready())
    rig.order(Unkey())
    rig.wait_for(TransmitEnded)
    off_at = rig.now
    rig.order(Key())
    rig.wait_for(Granted)
    asked_at = next(at for at, data in rig.sent if b"CTXD" in data)
    assert asked_at >= off_at + 0.3


def test_a_change_of_cell_pauses_the_transmission_and_continues_it(rig: Rig) -> None:
    talking(rig).say("+CTXW: 1,1")
    assert rig.session.state is RadioState.QUEUED
    rig.run(2)
    rig.say("+CTXN: 1,1,0")
    assert rig.session.state is RadioState.TRANSMITTING
    rig.say("+CTXW: 1,1")
    rig.say("+CTXG: 1,0,0,0")
    assert rig.session.state is RadioState.TRANSMITTING
    assert rig.all(TransmitEnded) == []
    assert rig.all(Granted) == [Granted()]


def test_a_change_of_cell_that_ends_the_transmission_is_its_end(rig: Rig) -> None:
    talking(rig).say("+CTXW: 1,1")
    rig.say("+CTXN: 1,0,0")
    assert ended(rig) == [EndReason.PREEMPTED]


def test_a_change_of_cell_that_takes_too_long_loses_the_transmission(rig: Rig) -> None:
    talking(rig).say("+CTXW: 1,1")
    assert rig.wait_for(TransmitEnded, 6).reason is EndReason.LOST
    assert not rig.radio.transmitting


@pytest.mark.parametrize("form", ["+CTXI: 1,3,0,0,0,101", "+CTXI: 1,1,0,0", "+CTXI: 1", "+CTXI: 1,0,0,0"])
def test_any_interrupt_in_our_call_means_that_the_transmitter_is_gone(rig: Rig, form: str) -> None:
    talking(rig).say(form)
    assert ended(rig) == [EndReason.PREEMPTED]
    assert rig.plan is None


def test_the_grant_may_come_before_the_connect(rig: Rig) -> None:
    rig.deafen()
    rig.order(Key())
    for line in ("OK", "OK", "+CTXG: 1,0,0,0", "+CTCC: 1,1,1,0,0,1,1"):
        rig.say(line)
    assert rig.all(Granted) == [Granted()]
    assert rig.session.state is RadioState.TRANSMITTING


def test_queued_at_set_up_is_told_by_the_progress_line(rig: Rig) -> None:
    rig.deafen()
    rig.order(Key())
    for line in ("OK", "OK", "+CTOCP: 1,1,0,1,0"):
        rig.say(line)
    assert rig.all(Queued) == [Queued()]
    rig.say("+CTXG: 1,2,0,0")
    assert rig.all(Queued) == [Queued()]
    rig.say("+CTXG: 1,0,0,0")
    assert rig.all(Granted) == [Granted()]


def test_a_call_whose_end_was_not_told_is_forgotten_in_the_end(rig: Rig) -> None:
    rig.say("+CTICN: 1,0,0,0,101,1,1,0,1,1,0,1001,0")
    rig.say("+CTXG: 1,3,0,0,0,101")
    rig.say("+CDTXC: 1,0")
    assert rig.session.state is RadioState.CALL_IDLE
    rig.run(61)
    assert rig.session.state is RadioState.IDLE


def test_a_grant_that_crosses_the_un_key_is_given_back_until_the_network_says_so(rig: Rig) -> None:
    rig.say("+CTICN: 1,0,0,0,101,1,1,0,1,1,0,1001,0")
    rig.deafen()
    rig.order(Key())
    rig.say("OK")
    rig.order(Unkey())
    rig.say("+CTXG: 1,0,0,0")
    rig.say("OK")
    assert rig.all(Granted) == rig.all(TransmitEnded) == []
    rig.run(0.8)
    assert rig.commands == ["AT+CTXD=1,1", "AT+CUTXC=1", "AT+CUTXC=1"]
    rig.say("OK")
    assert ended(rig) == [EndReason.RELEASED]


def test_a_grant_after_the_un_key_was_answered_is_given_back_at_once(rig: Rig) -> None:
    rig.say("+CTICN: 1,0,0,0,101,1,1,0,1,1,0,1001,0")
    rig.deafen()
    rig.order(Key())
    rig.say("OK")
    rig.order(Unkey())
    rig.say("OK")
    assert ended(rig) == [EndReason.RELEASED]
    rig.say("+CTXG: 1,0,0,0")
    assert rig.commands == ["AT+CTXD=1,1", "AT+CUTXC=1", "AT+CUTXC=1"]
    assert rig.plan is not None
    rig.say("OK")
    rig.say("+CDTXC: 1,0")
    assert rig.plan is None
    assert ended(rig) == [EndReason.RELEASED]


@pytest.mark.parametrize("priority", [-5, 0, 3, 99])
def test_any_priority_is_a_priority(rig: Rig, priority: int) -> None:
    rig.order(Key(priority))
    rig.wait_for(Granted)


def test_answers_that_say_why_a_call_failed(rig: Rig) -> None:
    rig.deafen()
    for text, reason in (("BUSY", EndReason.DENIED), ("NO CARRIER", EndReason.REFUSED)):
        rig.events.clear()
        rig.order(Key())
        if "CTSDC" in rig.commands[-1]:
            rig.say("OK")
        rig.say(text)
        assert ended(rig) == [reason]
        rig.run(0.3)
