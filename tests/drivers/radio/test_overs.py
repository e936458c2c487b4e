"""Our own transmissions, against the twin of a network, in virtual time over a clean wire."""

from dataclasses import replace

import pytest
from tests.drivers.radio.conftest import NETWORK, OFFICER, RADIO, Rig, ended

from crosspatch_drivers.radio.base import (
    EndReason,
    Granted,
    Key,
    OverEnded,
    OverStarted,
    Queued,
    RadioState,
    TransmitEnded,
    Unfit,
    Unkey,
)


def talking(rig: Rig) -> Rig:
    rig.order(Key())
    rig.wait_for(Granted)
    return rig


def test_the_first_over_sets_a_call_up_and_is_on_the_air_with_the_grant_only(rig: Rig) -> None:
    rig.order(Key())
    assert rig.session.state is RadioState.REQUESTED
    rig.wait_for(Granted)
    assert rig.radio.transmitting
    assert rig.commands == ["AT+CTSDC=0,0,0,1,1,0,1,1,0,0", "ATD1001"]
    assert rig.states == [RadioState.REQUESTED, RadioState.TRANSMITTING]


def test_the_second_over_asks_in_the_call_that_stands(rig: Rig) -> None:
    talking(rig).order(Unkey())
    rig.wait_for(TransmitEnded)
    rig.sent.clear()
    talking(rig)
    assert rig.commands == ["AT+CTXD=1,1"]


def test_un_key_ends_the_over_and_says_so_once(rig: Rig) -> None:
    talking(rig).order(Unkey())
    assert rig.wait_for(TransmitEnded) == TransmitEnded(EndReason.RELEASED)
    assert not rig.radio.transmitting
    assert rig.plan is None
    rig.run(10)
    assert ended(rig) == [EndReason.RELEASED]
    assert rig.session.state is RadioState.IDLE


def test_the_keeper_is_armed_from_before_the_key_until_the_radio_is_known_to_be_off(rig: Rig) -> None:
    rig.order(Key())  # the rig refuses key commands while not armed
    assert rig.plan is not None
    rig.wait_for(Granted)
    assert rig.plan.data == b"\r\x1b\rAT+CUTXC=1\r"
    rig.order(Unkey())
    assert rig.plan is not None
    rig.wait_for(TransmitEnded)
    assert rig.plan is None


def test_a_request_taken_back_before_the_grant_never_goes_on_the_air(rig: Rig) -> None:
    rig.order(Key())
    rig.run(0.1)
    rig.order(Unkey())
    assert rig.wait_for(TransmitEnded, 0.1).reason is EndReason.RELEASED
    rig.run(5)
    assert rig.all(Granted) == []
    assert rig.network.talks == type(rig.network.talks)(maxlen=64)


def test_a_request_taken_back_before_it_left_writes_nothing(rig: Rig) -> None:
    rig.session.order(Key(), rig.now)  # nothing is carried out yet
    rig.order(Unkey())
    assert ended(rig) == [EndReason.RELEASED]
    assert not any("CUTXC" in command or "CTXD" in command or "ATD" in command for command in rig.commands)


def test_an_emergency_asks_with_its_priority_in_a_call_and_for_one(rig: Rig) -> None:
    rig.order(Key(3))
    rig.wait_for(Granted)
    assert rig.commands[0] == "AT+CTSDC=0,0,0,1,1,0,1,1,0,15"
    rig.order(Unkey())
    rig.wait_for(TransmitEnded)
    rig.order(Key(3))
    rig.wait_for(Granted)
    assert rig.commands[-1] == "AT+CTXD=1,3"


def test_a_busy_group_queues_us_and_grants_later(rig: Rig) -> None:
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.order(Key())
    rig.wait_for(Queued)
    assert rig.session.state is RadioState.QUEUED
    rig.officer_stops()
    rig.wait_for(Granted)
    assert rig.radio.transmitting


def test_un_key_takes_a_queued_request_out_of_the_queue(rig: Rig) -> None:
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.order(Key())
    rig.wait_for(Queued)
    rig.order(Unkey())
    assert rig.wait_for(TransmitEnded).reason is EndReason.RELEASED
    rig.officer_stops()
    rig.run(3)
    assert rig.all(Granted) == []


def test_a_denied_request_ends_as_denied() -> None:
    rig = Rig(network_settings=replace(NETWORK, busy="deny")).ready()
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.order(Key())
    assert rig.wait_for(TransmitEnded).reason is EndReason.DENIED
    assert rig.plan is None
    assert rig.session.state is RadioState.RECEIVING


def test_congestion_at_set_up_ends_as_denied() -> None:
    rig = Rig(network_settings=replace(NETWORK, deny=True)).ready()
    rig.order(Key())
    assert rig.wait_for(TransmitEnded).reason is EndReason.DENIED
    assert rig.session.state is RadioState.IDLE


def test_no_grant_within_the_ceiling_times_out_and_takes_the_request_back() -> None:
    rig = Rig(network_settings=replace(NETWORK, grant_ms=60000.0)).ready()
    rig.order(Key())
    assert rig.wait_for(TransmitEnded, 20).reason is EndReason.TIMED_OUT
    rig.run(70)
    assert rig.all(Granted) == []
    assert not rig.network.talks


def test_the_transmit_time_out_of_the_network_ends_as_limit() -> None:
    rig = talking(Rig(network_settings=replace(NETWORK, tot_s=5.0)).ready())
    assert rig.wait_for(TransmitEnded).reason is EndReason.LIMIT
    assert rig.session.state is RadioState.CALL_IDLE


@pytest.mark.parametrize("form", ["ctxi", "ctxg"])
def test_being_pre_empted_ends_as_such_and_the_other_is_heard(form: str) -> None:
    rig = talking(Rig(radio_settings=replace(RADIO, preempted=form)).ready())  # type: ignore[arg-type]
    rig.officer_speaks(priority=3)
    assert rig.wait_for(TransmitEnded).reason is EndReason.PREEMPTED
    assert [event.talker for event in rig.all(OverStarted)] == [OFFICER]
    assert rig.plan is None
    rig.officer_stops()
    rig.wait_for(OverEnded)


def test_every_key_order_has_one_end_though_given_while_keyed(rig: Rig) -> None:
    talking(rig).order(Key())
    assert ended(rig) == [EndReason.REFUSED]
    assert rig.radio.transmitting
    rig.order(Unkey())
    rig.wait_for(TransmitEnded)
    assert ended(rig) == [EndReason.REFUSED, EndReason.RELEASED]


def test_release_now_overtakes_a_command_whose_answer_is_awaited() -> None:
    rig = talking(Rig(radio_settings=replace(RADIO, answer_ms=200.0)).ready())
    rig.run(3.1)  # a keep-alive is out
    rig.sent.clear()
    rig.release_now()
    assert rig.sent == [(rig.now, b"\rAT+CUTXC=1\r")]
    assert rig.wait_for(TransmitEnded).reason is EndReason.SAFETY
    assert rig.all(TransmitEnded) == [TransmitEnded(EndReason.SAFETY)]
    rig.run(2)
    assert rig.session.state is RadioState.CALL_IDLE


def test_release_now_during_call_set_up_leaves_the_call(rig: Rig) -> None:
    rig.order(Key())
    rig.run(0.1)
    rig.sent.clear()
    rig.release_now()
    assert rig.sent == [(rig.now, b"\rATH\rAT+CUTXC=1\r")]
    assert rig.wait_for(TransmitEnded).reason is EndReason.SAFETY
    rig.run(5)
    assert not rig.network.talks


def test_release_now_leaves_a_radio_alone_that_is_not_keyed(rig: Rig) -> None:
    rig.release_now()
    assert rig.sent == []


def test_a_late_grant_is_given_back_at_once(rig: Rig) -> None:
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.officer_stops()
    rig.wait_for(OverEnded)
    rig.network.ask(rig.radio.identity, 1, rig.now)  # as if somebody pressed the radio's own key
    assert rig.run(2, lambda: rig.radio.transmitting)
    rig.run(0.05)
    assert not rig.radio.transmitting
    assert rig.commands == ["AT+CUTXC=1"]
    assert rig.all(TransmitEnded) == rig.all(Granted) == []
    assert rig.plan is None


def test_a_call_that_the_radio_has_left_unheard_is_set_up_anew(rig: Rig) -> None:
    rig.say("+CTICN: 9,0,0,0,101,1,1,0,1,1,0,1001,0")  # the radio knows of no call 9
    rig.say("+CTCC: 9,1,1,0,0,1,1")
    rig.order(Key())
    rig.wait_for(Granted)
    assert rig.commands == ["AT+CTXD=9,1", "AT+CTSDC=0,0,0,1,1,0,1,1,0,0", "ATD1001"]


def test_a_call_that_came_while_one_was_set_up_is_asked_in(rig: Rig) -> None:
    rig.deafen()
    rig.order(Key())
    rig.say("+CTICN: 3,0,0,0,101,1,1,0,1,1,0,1001,0")
    rig.say("+CME ERROR: 35")  # to CTSDC
    rig.say("+CME ERROR: 3")  # to ATD
    assert rig.commands[-1] == "AT+CTXD=3,1"


def test_the_next_call_is_not_set_up_at_once_after_the_last_ended(rig: Rig) -> None:
    talking(rig).order(Unkey())
    rig.wait_for(TransmitEnded)
    assert rig.run(10, lambda: rig.session.state is RadioState.IDLE)
    ended_at = rig.now
    rig.sent.clear()
    rig.order(Key())
    rig.wait_for(Granted)
    assert rig.sent[-1][1] == b"ATD1001\r"
    assert rig.sent[-1][0] >= ended_at + 0.2


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (9, EndReason.PREEMPTED),
        (32, EndReason.PREEMPTED),
        (13, EndReason.LIMIT),
        (37, EndReason.LIMIT),
        (38, EndReason.LIMIT),
        (14, EndReason.LOST),
        (1, EndReason.LOST),
        (5, EndReason.LOST),
    ],
)
def test_the_cause_of_a_release_on_the_air_tells_the_reason(rig: Rig, cause: int, reason: EndReason) -> None:
    talking(rig).say(f"+CTCR: 1,{cause}")
    assert ended(rig) == [reason]
    assert rig.session.state is RadioState.IDLE
    assert rig.plan is None


def test_a_busy_radio_is_asked_again(rig: Rig) -> None:
    rig.deafen()
    rig.order(Key())
    rig.say("OK")
    rig.say("+CME ERROR: 42")
    assert rig.all(TransmitEnded) == []
    rig.sent.clear()
    rig.run(0.35)
    assert rig.commands[0] == "ATD1001"


@pytest.mark.parametrize("code", [30, 40, 41])
def test_a_radio_that_cannot_call_refuses(rig: Rig, code: int) -> None:
    rig.deafen()
    rig.order(Key())
    rig.say("OK")
    rig.say(f"+CME ERROR: {code}")
    assert ended(rig) == [EndReason.REFUSED]


def test_an_un_key_is_repeated_until_the_radio_confirms_it(rig: Rig) -> None:
    talking(rig)
    rig.deafen()
    rig.order(Unkey())
    rig.run(1.0)
    rig.up.deaf = False
    assert rig.wait_for(TransmitEnded).reason is EndReason.RELEASED
    written = [data for _, data in rig.sent if b"CUTXC" in data]
    assert written == [b"AT+CUTXC=1\r", b"AT+CUTXC=1\r", b"\rAT+CUTXC=1\rATH\r"]
    assert not rig.radio.transmitting


def test_a_radio_that_never_confirms_counts_as_lost_and_is_told_on_and_on(rig: Rig) -> None:
    talking(rig)
    rig.deafen()
    rig.order(Unkey())
    assert rig.wait_for(TransmitEnded).reason is EndReason.LOST
    assert rig.all(Unfit) != []
    assert rig.plan is not None
    rig.sent.clear()
    rig.run(3)
    assert sum(b"AT+CUTXC=1\r" in data for _, data in rig.sent) >= 3
    rig.up.deaf = False
    rig.wait_state(RadioState.IDLE)
    assert not rig.radio.transmitting
    assert rig.plan is None
    assert ended(rig) == [EndReason.LOST]
