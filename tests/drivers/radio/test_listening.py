"""Overs of others, against the twin of a network, in virtual time over a clean wire."""

from dataclasses import replace

import pytest
from tests.drivers.radio.conftest import OFFICER, RADIO, Rig, ended

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Granted,
    Key,
    OverEnded,
    OverStarted,
    RadioState,
    TalkerKnown,
)


def talking(rig: Rig) -> Rig:
    rig.order(Key())
    rig.wait_for(Granted)
    return rig


def test_anothers_over_starts_and_ends_with_its_talker(rig: Rig) -> None:
    rig.officer_speaks()
    assert rig.wait_for(OverStarted) == OverStarted(OFFICER)
    assert rig.session.state is RadioState.RECEIVING
    rig.officer_stops()
    assert rig.wait_for(OverEnded) == OverEnded()
    assert rig.session.state is RadioState.CALL_IDLE


@pytest.mark.parametrize("form", ["ssi", "15", "16", "17"])
def test_the_talker_is_the_same_in_every_printed_form(form: str) -> None:
    rig = Rig(radio_settings=replace(RADIO, identities=form)).ready()  # type: ignore[arg-type]
    rig.officer_speaks()
    assert rig.wait_for(OverStarted).talker == OFFICER


def test_a_talker_told_late_is_known_late() -> None:
    rig = Rig(radio_settings=replace(RADIO, late_caller=True)).ready()
    rig.officer_speaks()
    assert rig.wait_for(TalkerKnown) == TalkerKnown(OFFICER)
    assert rig.all(OverStarted) == [OverStarted(None)]


def test_a_radio_without_a_space_after_the_colon_is_understood() -> None:
    rig = Rig(radio_settings=replace(RADIO, space=False)).ready()
    rig.officer_speaks()
    assert rig.wait_for(OverStarted).talker == OFFICER
    rig.officer_stops()
    rig.wait_for(OverEnded)
    rig.order(Key())
    rig.wait_for(Granted)


def test_the_recorded_trace_of_two_overs_gives_two_overs(rig: Rig) -> None:
    rig.say("+CTGS: 1,9011638300000001")
    rig.events.clear()
    talker = Identity(753, 2361, 2089144)
    for line in (
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
    overs = [event for _, event in rig.events if isinstance(event, OverStarted | TalkerKnown | OverEnded)]
    assert overs == [OverStarted(None), TalkerKnown(talker), OverEnded(), OverStarted(talker), OverEnded()]
    assert rig.session.state is RadioState.IDLE


def test_a_call_of_a_scanned_group_is_not_ours(rig: Rig) -> None:
    rig.say("+CTICN: 2,0,0,0,6101629,1,1,0,1,1,0,4037009,0")
    rig.say("+CTCC: 2,1,1,0,0,1,1")
    rig.say("+CTXG: 2,3,0,0,0,6101629")
    rig.say("+CDTXC: 2,0")
    rig.say("+CTCR: 2,13")
    assert rig.events == []


def test_an_over_of_a_scanned_group_does_not_touch_ours(rig: Rig) -> None:
    talking(rig)
    rig.events.clear()
    for line in ("+CTICN: 2,0,0,0,5,1,1,0,1,1,0,4037009,15", "+CTXG: 2,3,0,0,0,5", "+CDTXC: 2,0", "+CTCR: 2,9"):
        rig.say(line)
    assert rig.events == []
    assert rig.session.state is RadioState.TRANSMITTING


def test_another_talker_without_an_end_between_is_another_over(rig: Rig) -> None:
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.say("+CTXG: 1,3,0,0,0,102")
    assert [event.talker.ssi for event in rig.all(OverStarted)] == [101, 102]
    assert rig.all(OverEnded) == [OverEnded("another talker")]


def test_an_over_whose_end_is_not_told_ends_with_the_call(rig: Rig) -> None:
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.say("+CTCR: 1,13")
    assert rig.all(OverEnded) == [OverEnded("cause 13")]
    assert rig.session.state is RadioState.IDLE


def test_our_own_over_told_to_everybody_is_not_heard_as_anothers(rig: Rig) -> None:
    talking(rig).say("+CTXG: 1,3,0,0,0,7001")
    assert rig.all(OverStarted) == []
    assert rig.session.state is RadioState.TRANSMITTING


def test_a_grant_that_names_another_talker_is_his(rig: Rig) -> None:
    rig.order(Key())
    rig.say("+CTXG: 1,0,0,0,0,101")
    assert rig.all(Granted) == []
    assert rig.all(OverStarted) == [OverStarted(OFFICER)]


@pytest.mark.parametrize(("call", "demand"), [(0, 0), (1, 1), (3, 1), (11, 1), (12, 2), (14, 2), (15, 3)])
def test_the_priority_of_a_call_is_told_on_the_scale_of_talkers(rig: Rig, call: int, demand: int) -> None:
    rig.say(f"+CTICN: 1,0,0,0,101,1,1,0,1,1,0,1001,{call}")
    rig.say("+CTXG: 1,3,0,0,0,101")
    assert rig.all(OverStarted) == [OverStarted(OFFICER, demand)]


def test_an_emergency_that_becomes_known_late_is_told_again(rig: Rig) -> None:
    rig.say("+CTICN: 1,0,0,,,1,1,0,1,1,0,1001,0")
    rig.say("+CTXG: 1,3,0,0")
    rig.say("+CTICN: 1,0,0,0,101,1,1,0,1,1,0,1001,15")
    rig.say("+CTICN: 1,0,0,0,101,1,1,0,1,1,0,1001,15")
    assert rig.all(OverStarted) == [OverStarted(None), OverStarted(OFFICER, 3)]
    assert rig.all(TalkerKnown) == [TalkerKnown(OFFICER)]
    assert rig.all(OverEnded) == []


def test_a_call_cut_by_an_emergency_is_lost_to_it_and_the_emergency_heard(rig: Rig) -> None:
    talking(rig)
    rig.say("+CTCR: 1,9")
    rig.say("+CTICN: 2,0,0,0,101,1,1,0,1,1,0,1001,15")
    rig.say("+CTCC: 2,1,1,0,0,1,1")
    rig.say("+CTXG: 2,3,0,0,0,101")
    assert ended(rig) == [EndReason.PREEMPTED]
    assert rig.all(OverStarted) == [OverStarted(OFFICER, 3)]


def test_an_interrupted_talker_who_is_followed_by_nobody_has_ended(rig: Rig) -> None:
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.say("+CTXI: 1,1,0,0")
    assert rig.all(OverEnded) == [OverEnded()]


def test_an_over_of_which_nothing_is_told_for_long_has_ended(rig: Rig) -> None:
    rig.say("+CTICN: 1,0,0,0,101,1,1,0,1,1,0,1001,0")
    rig.say("+CTXG: 1,3,0,0,0,101")
    assert rig.wait_for(OverEnded, 301) == OverEnded("its end was not told")
