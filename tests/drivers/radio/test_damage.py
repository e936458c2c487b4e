"""Lines that lost bytes on their way: somebody's speech is heard, or at the very least the log says what came."""

from itertools import combinations
from random import Random

import pytest
from tests.drivers.radio.conftest import GROUP, Rig

from crosspatch_drivers.radio.base import Granted, Key, OverEnded, OverStarted, RadioState, Unkey
from crosspatch_drivers.radio.pei.outbox import Emit, Note

INCOMING = f"+CTICN: 1,0,0,0,101,1,1,0,1,1,0,{GROUP},0"
SPEAKS = ["+CTXG: 1,3,0,0,0,101", "+CTXG: 1,3,0,0", "+CTXG: 12,3,0,0,0,2049001", "+CTXG: 1,3,0,0,1,7530236102089144"]


def heard(rig: Rig, *pieces: str) -> tuple[bool, list[str]]:
    """Whether somebody's speech was told after these lines, and what a person reads in the log."""
    for piece in pieces:
        rig.session.received(f"\r\n{piece}\r\n".encode("latin-1"), rig.now)
    actions = rig.session.take()
    told = [action.text for action in actions if isinstance(action, Note) and action.level != "debug"]
    spoken = any(isinstance(action, Emit) and isinstance(action.event, OverStarted) for action in actions)
    return spoken, told


def without(line: str, lost: tuple[int, ...]) -> str:
    return "".join(sign for place, sign in enumerate(line) if place not in lost)


def test_a_grant_in_a_call_nobody_knows_of_is_taken_for_speech(rig: Rig) -> None:
    rig.say("+CTXG: 13,0,0,0,2049001")  # was +CTXG: 1,3,0,0,0,2049001
    assert rig.all(OverStarted) == [OverStarted(None)]
    assert rig.session.state is RadioState.RECEIVING
    rig.say("+CDTXC: 1,0")
    assert rig.all(OverEnded) == [OverEnded()]
    assert rig.session.state is RadioState.IDLE


def test_a_grant_whose_talker_slipped_into_another_field_is_no_grant_though_we_ask(rig: Rig) -> None:
    rig.officer_speaks()
    rig.wait_for(OverStarted)
    rig.order(Key())
    rig.say("+CTXG: 1,0,0,0,101")
    assert rig.all(Granted) == []
    assert rig.session.state is RadioState.QUEUED or rig.session.state is RadioState.REQUESTED


def test_a_doubtful_grant_does_not_end_our_own_transmission(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    rig.say("+CTXG: 1,0,0,0,101")
    assert rig.session.state is RadioState.TRANSMITTING
    rig.order(Unkey())
    rig.wait_state(RadioState.CALL_IDLE)
    assert not rig.radio.transmitting


def test_a_doubtful_grant_that_was_ours_is_given_back(rig: Rig) -> None:
    rig.say("+CTXG: 13,0,0,0")
    rig.run(0.1)
    assert "AT+CUTXC=13" in rig.commands


@pytest.mark.parametrize("line", SPEAKS)
@pytest.mark.parametrize("announced", [True, False])
def test_whatever_is_lost_of_a_line_speech_is_heard_or_the_log_says_so(line: str, announced: bool) -> None:
    cases = [(place,) for place in range(len(line))] + list(combinations(range(len(line)), 2))
    dice = Random(line)
    cases += [tuple(sorted(dice.sample(range(len(line)), 3))) for _ in range(100)]
    rig = Rig().ready()
    rig.deafen()
    for lost in cases:
        before = [INCOMING] if announced else []
        spoken, told = heard(rig, *before, without(line, lost))
        assert spoken or told, f"swallowed: {without(line, lost)!r}"
        heard(rig, "+CDTXC: 1,0", "+CTCR: 1,13", "+CTCR: 12,13", "+CTCR: 2,13", "+CTCR: 13,13")
        rig.now += 60


@pytest.mark.parametrize("lost", [(place,) for place in range(len(INCOMING))])
def test_whatever_is_lost_of_an_announcement_speech_is_heard_or_the_log_says_so(lost: tuple[int, ...]) -> None:
    rig = Rig().ready()
    spoken, told = heard(rig, without(INCOMING, lost), SPEAKS[0])
    assert spoken or told, f"swallowed after {without(INCOMING, lost)!r}"


def test_our_own_grant_is_still_a_grant(rig: Rig) -> None:
    rig.order(Key())
    rig.wait_for(Granted)
    assert rig.all(OverStarted) == []
