"""Lines and radios that take their time: every answer is that of its own command, and slow is not dead."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drivers.radio.conftest import RADIO, HostileWire, Rig, Wire, ended

from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    RadioState,
    SelectTalkgroup,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)
from crosspatch_drivers.radio.pei.dialogue import LATE, LATEST, MARGIN, Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.lines import Error, Ok
from crosspatch_drivers.radio.pei.outbox import Outbox, Write
from crosspatch_drivers.radio.pei.profile import GENERIC, SET_UP
from crosspatch_drivers.twin.faults import RadioFaults

REFUSED = "AT+NOSUCH=1"
"""A command that the twin does not know: its error must be told of it and of no other."""

KNOWN_WITHIN = 2.9
"""Seconds until a radio that answers nothing is out of patches."""


class LateWire(Wire):
    """Delivers everything so many seconds later."""

    def __init__(self, delay: float) -> None:
        super().__init__()
        self._delay = delay

    def push(self, data: bytes, now: float) -> None:
        super().push(data, now + self._delay)


class BusyWire(Wire):
    """To a radio that does nothing before some time, and then everything it was told, in order."""

    busy_until = 0.0

    def push(self, data: bytes, now: float) -> None:
        super().push(data, max(now, self.busy_until))


def late(up: Wire, down: Wire, boot_ms: float = 0.0) -> Rig:
    profile = replace(GENERIC, set_up=(*SET_UP[:3], REFUSED, *SET_UP[3:]))
    return Rig(radio_settings=replace(RADIO, boot_ms=boot_ms), profile=profile, up=up, down=down)


def set_up_and_used(rig: Rig) -> None:
    rig.open()
    rig.wait_for(Fit, within=60.0)
    assert rig.run(60.0, rig.told_everything)
    told = [note for note in rig.notes if note.startswith("set-up")]
    assert {f"set-up: {REFUSED} was answered +CME ERROR: 4"} == set(told)
    for _ in range(2):
        rig.order(Key())
        rig.wait_for(Granted)
        rig.order(Unkey())
        rig.wait_for(TransmitEnded)
        assert not rig.radio.transmitting
    assert ended(rig) == [EndReason.RELEASED] * 2
    rig.run(60.0)
    assert rig.session.state is RadioState.IDLE
    assert rig.session.counters["radio restarts"] == 0
    assert rig.all(Unfit)[1:] == []
    assert rig.plan is None


@settings(max_examples=25, deadline=None)
@given(
    up=st.floats(0, 0.5), down=st.floats(0, 0.5), seed=st.integers(0, 999), single=st.booleans(), boots=st.booleans()
)
def test_over_any_late_line_every_answer_is_that_of_its_own_command(
    up: float, down: float, seed: int, single: bool, boots: bool
) -> None:
    boot_ms = 2000.0 if boots else 0.0
    set_up_and_used(late(LateWire(up), LateWire(down), boot_ms))
    dice = Random(seed)
    wires = [HostileWire(dice, delay=delay, single=single) for delay in (up, down)]
    set_up_and_used(late(wires[0], wires[1], boot_ms))


def test_a_radio_that_answers_nothing_is_known_soon_and_not_forgotten_before_slow_ones_answer(rig: Rig) -> None:
    rig.radio.wire.faults = RadioFaults(mute=True, deaf=True)
    silent = rig.now
    rig.order(Key())
    assert rig.wait_for(Unfit).reason == "it does not answer"
    assert rig.now - silent <= KNOWN_WITHIN
    assert rig.session.counters["radio restarts"] == 0
    assert rig.run(20.0, lambda: rig.session.counters["radio restarts"] == 1)
    assert rig.now - silent >= GENERIC.slow_answer_s
    rig.radio.wire.faults = RadioFaults()
    back = rig.now
    rig.wait_for(Fit)
    assert rig.now - back < 5.0
    assert not rig.radio.transmitting


@pytest.mark.parametrize("busy_s", [1.0, 2.5, 3.5, 4.5])
def test_a_radio_that_is_busy_for_a_while_is_not_set_up_again_and_not_one_answer_behind(busy_s: float) -> None:
    wire = BusyWire()
    rig = Rig(up=wire).ready()
    wire.busy_until = rig.now + busy_s
    rig.say("\x00")  # it is asked whether it is there
    rig.run(0.5)
    rig.order(SelectTalkgroup(4711))  # there is none: the error is that of the selection
    rig.run(busy_s + 20.0)
    told = [event.reason for event in rig.all(Unfit)]
    assert "talkgroup 4711 cannot be selected: the radio answered +CME ERROR" in told[-1]
    assert rig.session.counters["radio restarts"] == 0
    assert rig.session._parts.service.fit
    assert ("it does not answer" in told) == (busy_s > 3 * GENERIC.alive_s)


def test_a_slow_command_may_take_its_time(rig: Rig) -> None:
    rig.radio.wire.faults = RadioFaults(delay_ms=1000 * (GENERIC.slow_answer_s - 0.5))
    rig.order(SelectTalkgroup(1002))
    rig.run(0.1)
    rig.radio.wire.faults = RadioFaults()
    assert rig.wait_for(TalkgroupSelected) == TalkgroupSelected(1002)
    assert rig.all(Unfit) == []


class Desk:
    """A dialogue; what it writes comes from `pumped`."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.dialogue = Dialogue(self.outbox, gap=0.0)

    def ask(self, text: str, purpose: Purpose, patience: float = 2.0) -> Command:
        command = Command(text, purpose, patience)
        self.dialogue.ask(command)
        return command

    def pumped(self, now: float) -> list[bytes]:
        self.dialogue.pump(now)
        return [action.data for action in self.outbox.take() if isinstance(action, Write)]


def gave_up(desk: Desk) -> tuple[Command, Command]:
    """One command was given up at 2 s, the next is out since."""
    first, second = desk.ask("AT+CSQ?", Purpose.POLL), desk.ask("AT", Purpose.PROBE, 1.0)
    desk.dialogue.withdraw(Purpose.PROBE)
    assert desk.pumped(0.0) == [b"AT+CSQ?\r"]
    assert desk.dialogue.expired(2.0) is first
    desk.dialogue.ask(second)
    assert desk.pumped(2.0) == [b"AT\r"]
    return first, second


def test_after_an_answer_that_may_be_late_the_next_command_waits_for_the_other() -> None:
    desk = Desk()
    _, second = gave_up(desk)
    assert desk.dialogue.answered(Ok(), 2.5) is second
    third = desk.ask("AT+CREG?", Purpose.POLL)
    assert desk.pumped(2.5) == []
    assert desk.dialogue.deadline() == 2.5 + LATEST
    assert desk.dialogue.answered(Ok(), 2.6) is None
    assert desk.pumped(2.6) == [b"AT+CREG?\r"]
    assert desk.dialogue.answered(Ok(), 2.7) is third


def test_an_answer_that_never_comes_holds_nothing_up_for_long() -> None:
    desk = Desk()
    _, second = gave_up(desk)
    desk.dialogue.answered(Ok(), 2.1)
    third = desk.ask("AT+CREG?", Purpose.POLL)
    assert desk.pumped(2.1 + LATEST) == [b"AT+CREG?\r"]
    assert desk.dialogue.answered(Ok(), 3.4) is third
    assert second.written


def test_on_a_line_known_to_be_quick_it_is_held_up_only_shortly() -> None:
    desk = Desk()
    desk.ask("AT", Purpose.KEEP_ALIVE, 1.0)
    desk.pumped(-1.0)
    desk.dialogue.answered(Ok(), -0.95)
    gave_up(desk)
    desk.dialogue.answered(Ok(), 2.05)
    desk.ask("AT+CREG?", Purpose.POLL)
    assert desk.dialogue.deadline() == pytest.approx(2.05 + 2 * 0.05 + MARGIN)


def test_an_un_key_never_waits_and_takes_no_late_answer_for_its_own() -> None:
    desk = Desk()
    gave_up(desk)
    desk.dialogue.answered(Ok(), 2.05)
    cease = desk.ask("AT+CUTXC=1", Purpose.CEASE, 0.7)
    assert desk.pumped(2.06) == [b"AT+CUTXC=1\r"]
    assert desk.dialogue.answered(Error(), 2.1) is None
    assert desk.dialogue.answered(Ok(), 2.2) is cease


def test_an_answer_too_late_to_come_is_not_waited_for() -> None:
    desk = Desk()
    first = desk.ask("AT+CSQ?", Purpose.POLL)
    desk.pumped(0.0)
    assert desk.dialogue.expired(LATE + 1) is first
    second = desk.ask("AT", Purpose.PROBE)
    desk.pumped(LATE + 1)
    assert desk.dialogue.answered(Ok(), LATE + 1.1) is second
    desk.ask("AT+CREG?", Purpose.POLL)
    assert desk.pumped(LATE + 1.1) == [b"AT+CREG?\r"]
