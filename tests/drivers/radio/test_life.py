"""The radio as a whole: found, set up, lost, restarted, out of service and back; its talkgroup, read back."""

import itertools
from dataclasses import replace

import pytest
from tests.drivers.radio.conftest import GROUP, MCC, MNC, OTHER_GROUP, OWN_SSI, RADIO, Rig, ended

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    OverEnded,
    OverStarted,
    OwnIdentity,
    RadioState,
    Registration,
    ReleasePlan,
    SelectTalkgroup,
    Signal,
    StateChanged,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)
from crosspatch_drivers.radio.pei.commands import unkey_bytes
from crosspatch_drivers.radio.pei.profile import GENERIC
from crosspatch_drivers.radio.reconnection import LONGEST_PAUSE


def test_set_up_tells_who_and_where_the_radio_is() -> None:
    rig = Rig()
    rig.open()
    rig.wait_state(RadioState.IDLE)
    assert rig.states == [RadioState.DETECTING, RadioState.INIT, RadioState.IDLE]
    assert rig.all(OwnIdentity) == [OwnIdentity(Identity(MCC, MNC, OWN_SSI))]
    assert rig.all(TalkgroupSelected) == [TalkgroupSelected(GROUP)]
    assert rig.all(Registration) == [Registration(True, 1, 1, MCC, MNC)]
    assert rig.all(Fit) == [Fit()]
    assert rig.run(5.0, rig.told_everything)
    assert rig.all(Signal) == [Signal(-61)]
    asked = rig.commands[rig.commands.index("AT") + 1 :]
    assert asked == ["ATH", *GENERIC.set_up]


def test_a_radio_serves_before_it_is_told_what_serving_does_not_need() -> None:
    rig = Rig()
    rig.open()
    began = rig.now
    rig.wait_for(Fit)
    assert rig.now - began < 1.4
    assert len(rig.commands) < len(GENERIC.set_up)
    rig.order(Key())  # goes before what is left of the set-up
    rig.wait_for(Granted, within=1.0)
    rig.run(2.0)
    assert "AT+GMM?" not in rig.commands
    rig.order(Unkey())
    rig.run(4.0)
    assert set(GENERIC.set_up) <= set(rig.commands)


def test_a_radio_left_on_the_air_by_whoever_had_the_port_before_is_un_keyed_first() -> None:
    rig = Rig()
    rig.network.ask(rig.radio.identity, 1, rig.now)
    assert rig.run(1, lambda: rig.radio.transmitting)
    rig.open()
    assert rig.plan == ReleasePlan(unkey_bytes())
    rig.run(0.02)
    assert not rig.radio.transmitting
    rig.wait_for(Fit)
    assert rig.plan is None


def test_set_up_commands_leave_one_at_a_time_and_not_too_fast() -> None:
    rig = Rig()
    rig.open()
    rig.wait_state(RadioState.IDLE)
    times = [at for at, _ in rig.sent]
    assert min(later - sooner for sooner, later in itertools.pairwise(times)) > 0.099


def test_a_radio_that_refuses_most_of_the_set_up_is_set_up() -> None:
    rig = Rig(profile=replace(GENERIC, set_up=("AT+NONSENSE", "ATI9", *GENERIC.set_up)))
    rig.open()
    rig.wait_for(Fit)


def test_a_radio_that_starts_up_is_waited_for() -> None:
    rig = Rig(radio_settings=replace(RADIO, boot_ms=4000.0))
    rig.open()
    assert not rig.run(3.9, lambda: rig.session.state is not RadioState.DETECTING)
    rig.wait_for(Fit, 10)


def test_nothing_on_the_line_asks_for_the_port_to_be_opened_again() -> None:
    rig = Rig(radio_settings=replace(RADIO, boot_ms=60000.0))
    rig.open()
    rig.run(10)
    assert len(rig.reopens) >= 2
    assert "baud" in rig.reopens[0]
    assert "flow control" in rig.reopens[0]


def test_a_radio_not_registered_is_not_fit_and_is_again_when_it_is(rig: Rig) -> None:
    rig.say("+CREG: 2")
    assert rig.all(Unfit) == [Unfit("not registered: no network")]
    rig.run(3)  # the twin is registered, and says so when asked
    assert rig.all(Fit) == [Fit()]


def test_losing_the_network_on_the_air_takes_the_transmitter_back(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    rig.say("+CREG: 0")
    assert rig.wait_for(TransmitEnded).reason is EndReason.LOST
    assert not rig.radio.transmitting


def test_the_mode_knob_makes_a_radio_unfit_and_turning_it_back_fit(rig: Rig) -> None:
    rig.world.feed("r1", b"AT+CTOM=1\r", rig.now)
    rig.wait_for(Unfit)
    rig.wait_state(RadioState.IDLE)
    assert "mode 1 (direct)" in rig.all(Unfit)[-1].reason
    assert rig.all(Fit) == []
    rig.world.feed("r1", b"AT+CTOM=0\r", rig.now)
    rig.wait_for(Fit)


def test_a_key_order_to_a_radio_that_is_not_fit_ends_at_once(rig: Rig) -> None:
    rig.say("+CREG: 3")
    rig.order(Key())
    assert rig.all(TransmitEnded) == [TransmitEnded(EndReason.LOST, "not registered: rejected")]
    assert rig.plan is None


def test_a_radio_switched_off_and_on_is_found_out_and_set_up_again(rig: Rig) -> None:
    rig.world.reboot("r1", rig.now)
    rig.wait_for(Unfit, 30)
    rig.wait_for(Fit, 10)
    rig.officer_speaks()
    assert rig.wait_for(OverStarted)  # its services are routed to us again


def test_a_radio_that_restarts_while_keyed_loses_the_over_and_serves_again(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    rig.world.reboot("r1", rig.now)
    started = rig.now + 3.0
    assert rig.wait_for(TransmitEnded, 15).reason is EndReason.LOST
    rig.wait_for(Fit, 15)
    assert rig.now - started < 6.5
    assert rig.plan is None
    rig.order(Key())
    rig.wait_for(Granted)


def test_a_silent_radio_counts_as_gone(rig: Rig) -> None:
    rig.deafen()
    rig.run(25, lambda: rig.session.state is RadioState.DETECTING)
    assert rig.all(Unfit) == [Unfit("it does not answer")]
    assert rig.session.state is RadioState.DETECTING


def test_one_mangled_command_is_no_restart(rig: Rig) -> None:
    rig.run(16, lambda: "AT+CSQ?" in rig.commands)
    rig.say("+CME ERROR: 35")
    rig.run(3)
    assert rig.all(Unfit) == []


def test_a_lost_port_ends_everything_and_the_radio_is_told_to_un_key_when_it_is_back(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    rig.close("pulled")
    assert ended(rig) == [EndReason.LOST]
    assert rig.all(StateChanged)[-1] == StateChanged(RadioState.OFFLINE, "pulled")
    assert rig.all(Unfit) == [Unfit("pulled")]
    rig.run(5)
    assert rig.radio.transmitting
    rig.sent.clear()
    rig.open()
    assert rig.plan is not None
    assert rig.sent[0][1].startswith(unkey_bytes())
    rig.run(0.1)
    assert not rig.radio.transmitting
    rig.wait_for(Fit)
    assert rig.plan is None


def test_a_lost_port_is_told_before_the_end_of_the_transmission_and_nothing_says_that_it_is_off(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    rig.close("pulled")
    told = [event for _, event in rig.events]
    assert told.index(Unfit("pulled")) < told.index(TransmitEnded(EndReason.LOST, "pulled"))
    rig.order(Unkey())
    assert rig.all(StateChanged)[-1] == StateChanged(RadioState.OFFLINE, "pulled")


def test_a_lost_port_ends_the_over_that_is_heard(rig: Rig) -> None:
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.close("pulled")
    assert rig.all(OverEnded) == [OverEnded("pulled")]


SERVES_AGAIN = 5.0 - LONGEST_PAUSE
"""Seconds from a cause going away to service, the longest pause of the driver around the session left to it."""


def test_a_radio_that_never_answers_the_un_key_serves_soon_after_it_hears_again(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    rig.deafen()
    rig.order(Unkey())
    rig.wait_for(TransmitEnded)
    rig.run(20)
    rig.up.deaf = False
    rig.wait_for(Fit, SERVES_AGAIN)
    assert not rig.radio.transmitting


def test_a_radio_whose_port_was_pulled_on_the_air_serves_soon_after_it_is_back(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    rig.close()
    rig.run(20)
    rig.open()
    rig.wait_for(Fit, SERVES_AGAIN)


def test_a_radio_that_restarted_on_the_air_serves_soon_after_it_is_up(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    rig.world.reboot("r1", rig.now)
    assert rig.run(5, lambda: rig.network.registered(rig.radio.identity))
    rig.wait_for(Fit, SERVES_AGAIN)


# ---- talkgroup ------------------------------------------------------------------------------------------------


def test_a_selection_is_answered_when_the_radio_was_read_back_there(rig: Rig) -> None:
    rig.order(SelectTalkgroup(OTHER_GROUP))
    rig.run(0.1)
    assert rig.all(TalkgroupSelected) == []
    assert rig.wait_for(TalkgroupSelected) == TalkgroupSelected(OTHER_GROUP)
    assert rig.network.group(rig.radio.identity) == OTHER_GROUP
    assert rig.commands == ["AT+CTGS=1,1002"]


def test_the_group_it_is_on_already_is_read_back_once_more(rig: Rig) -> None:
    rig.order(SelectTalkgroup(GROUP))
    assert rig.wait_for(TalkgroupSelected) == TalkgroupSelected(GROUP)
    assert rig.commands == ["AT+CTGS?"]


def test_a_radio_that_does_not_tell_its_group_by_itself_is_asked(rig: Rig) -> None:
    rig.radio.services.pop((1, 11))
    rig.order(SelectTalkgroup(OTHER_GROUP))
    assert rig.wait_for(TalkgroupSelected) == TalkgroupSelected(OTHER_GROUP)
    assert rig.commands == ["AT+CTGS=1,1002", "AT+CTGS?"]


def test_no_group_is_selected_by_zero(rig: Rig) -> None:
    rig.order(SelectTalkgroup(0))
    assert rig.wait_for(TalkgroupSelected) == TalkgroupSelected(0)
    assert rig.commands == ["AT+CTGS=0"]


def test_a_group_the_radio_does_not_know_makes_it_unfit_for_a_while(rig: Rig) -> None:
    rig.order(SelectTalkgroup(4711))
    assert rig.wait_for(Unfit).reason == "talkgroup 4711 cannot be selected: the radio answered +CME ERROR: 34"
    rig.wait_for(Fit, 11)
    rig.order(SelectTalkgroup(OTHER_GROUP))
    rig.wait_for(TalkgroupSelected)


def test_the_knob_is_followed(rig: Rig) -> None:
    rig.network.attach(rig.radio.identity, OTHER_GROUP, rig.now)
    assert rig.wait_for(TalkgroupSelected) == TalkgroupSelected(OTHER_GROUP)
    assert rig.all(Unfit) == []


def test_turning_the_knob_ends_the_over_that_is_heard(rig: Rig) -> None:
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.say(f"+CTGS: 1,{OTHER_GROUP}")
    assert rig.all(OverEnded) == [OverEnded("the radio went to another talkgroup")]
    rig.say(f"+CTGS: 1,{GROUP}")
    assert len(rig.all(OverStarted)) == 1  # who speaks there now is told anew


def test_an_over_told_before_the_group_was_read_back_is_heard_then(rig: Rig) -> None:
    rig.say("+CTICN: 4,0,0,0,101,1,1,0,1,1,0,1002,0")
    rig.say("+CTXG: 4,3,0,0,0,101")
    assert rig.all(OverStarted) == []
    rig.say("+CTGS: 1,1002")
    assert rig.all(OverStarted) == [OverStarted(Identity(MCC, MNC, 101))]


def test_an_identity_of_another_network_is_believed_when_told_twice(rig: Rig) -> None:
    rig.say("+CNUMF: 0,206000010007001")  # a digit was lost
    rig.run(1.0)
    assert rig.all(OwnIdentity) == []
    assert rig.commands == ["AT+CNUMF?"]
    rig.say("+CNUMF: 0,2160216300000300")
    rig.say("+CNUMF: 0,2160216300000300")
    assert rig.all(OwnIdentity) == [OwnIdentity(Identity(216, 2163, 300))]


def test_a_scan_list_is_no_selection(rig: Rig) -> None:
    rig.say("+CTGS: 2,1002")
    assert rig.events == []
    rig.say("+CTGS: 2,1002,1,1001")
    assert rig.events == []


def test_a_selection_while_keyed_waits_for_the_end(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    rig.order(SelectTalkgroup(OTHER_GROUP))
    rig.order(Key())
    rig.run(2)
    assert rig.network.group(rig.radio.identity) == GROUP
    rig.order(Unkey())
    assert rig.wait_for(TalkgroupSelected) == TalkgroupSelected(OTHER_GROUP)


def test_no_call_is_made_while_the_group_is_being_changed(rig: Rig) -> None:
    rig.order(SelectTalkgroup(OTHER_GROUP))
    rig.order(Key())
    assert ended(rig) == [EndReason.REFUSED]


@pytest.mark.parametrize("line", ["", "+CTGS:", "+CTGS: x", "+CREG:", "+CSQ: ,", "+CTXG:", "+CTICN:", "+CTCR:", "+++"])
def test_empty_and_broken_lines_change_nothing(rig: Rig, line: str) -> None:
    rig.say(line)
    assert rig.events == []


def test_a_message_between_a_question_and_its_answer_is_not_mistaken_for_it(rig: Rig) -> None:
    rig.run(16, lambda: "AT+CSQ?" in rig.commands)
    rig.say("+CTSDSR: 12,2269001,0,9999,0,84")
    rig.say("0A112853A9FF4D4FFFE810")
    rig.run(1)
    assert rig.session.counters["messages received"] == 1
    assert rig.session.counters["lines not understood"] == 0


def test_a_message_header_in_two_lines_is_one(rig: Rig) -> None:
    rig.say("+CTSDSR: 13,1234567,0")
    rig.say(",2345678,0,16")
    rig.say("8004")
    assert rig.session.counters["messages received"] == 1
