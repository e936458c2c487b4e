"""A radio whose key is a wire while its PEI tells what comes of it: for codeplugs that forbid keying by command."""

from dataclasses import replace

import pytest
from tests.drivers.radio.conftest import NETWORK, Rig, ended

from crosspatch_drivers.radio.base import (
    EndReason,
    Granted,
    Key,
    OverEnded,
    OverStarted,
    Queued,
    RadioState,
    TransmitEnded,
    Unkey,
)
from crosspatch_drivers.radio.pei.profile import GENERIC

WIRED = replace(GENERIC, wired_key=True)


@pytest.fixture
def wired() -> Rig:
    return Rig(profile=WIRED).ready()


def pressed(rig: Rig) -> list[bool]:
    return [is_pressed for _, is_pressed in rig.presses]


def test_the_key_is_pressed_and_the_grant_is_the_networks(wired: Rig) -> None:
    wired.order(Key())
    assert pressed(wired) == [True]
    assert wired.all(Granted) == []
    wired.wait_for(Granted)
    assert wired.radio.transmitting
    assert not any("ATD" in command or "CTXD" in command for command in wired.commands)


def test_un_key_lets_go_first_and_ends_with_the_networks_word(wired: Rig) -> None:
    wired.order(Key())
    wired.wait_for(Granted)
    wired.order(Unkey())
    assert not pressed(wired)[-1]
    assert wired.wait_for(TransmitEnded).reason is EndReason.RELEASED
    assert not wired.radio.transmitting
    assert wired.plan is None


def test_a_denied_request_lets_the_key_go() -> None:
    rig = Rig(profile=WIRED, network_settings=replace(NETWORK, busy="deny")).ready()
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.order(Key())
    assert rig.wait_for(TransmitEnded).reason is EndReason.DENIED
    assert pressed(rig) == [True, False]


def test_a_queued_request_keeps_the_key_pressed_until_the_grant(wired: Rig) -> None:
    wired.officer_speaks()
    wired.wait_for(OverStarted)
    wired.order(Key())
    wired.wait_for(Queued)
    assert pressed(wired) == [True]
    wired.officer_stops()
    wired.wait_for(OverEnded)
    wired.wait_for(Granted)


def test_being_pre_empted_lets_the_key_go(wired: Rig) -> None:
    wired.order(Key())
    wired.wait_for(Granted)
    wired.officer_speaks(priority=3)
    assert wired.wait_for(TransmitEnded).reason is EndReason.PREEMPTED
    assert pressed(wired)[-1] is False


def test_release_now_lets_go_at_once(wired: Rig) -> None:
    wired.order(Key())
    wired.wait_for(Granted)
    wired.presses.clear()
    wired.release_now()
    assert wired.presses == [(wired.now, False)]
    wired.run(2)
    assert ended(wired) == [EndReason.SAFETY]


def test_no_grant_in_time_lets_the_key_go() -> None:
    rig = Rig(profile=WIRED, network_settings=replace(NETWORK, grant_ms=60000.0)).ready()
    rig.order(Key())
    assert rig.wait_for(TransmitEnded, 20).reason is EndReason.TIMED_OUT
    assert pressed(rig)[-1] is False


def test_a_lost_port_lets_the_key_go(wired: Rig) -> None:
    wired.order(Key())
    wired.wait_for(Granted)
    wired.close("pulled")
    assert pressed(wired)[-1] is False
    assert ended(wired) == [EndReason.LOST]


def test_a_transmission_is_renewed_by_letting_go_and_pressing_again(wired: Rig) -> None:
    wired.order(Key())
    wired.wait_for(Granted)
    wired.run(47)
    assert wired.session.state is RadioState.TRANSMITTING
    assert pressed(wired)[0] is True
    assert pressed(wired)[-1] is True
    assert False in pressed(wired)
    assert wired.all(TransmitEnded) == []
