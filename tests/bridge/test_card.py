"""A card process opens its device, beats, opens it again when it dies, and never outlives control."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest

from crosspatch.card import FIRST_WAIT, LONGEST_WAIT, PATIENCE, PRIORITY, WITHOUT_PRIORITY, DeviceLife
from crosspatch.process.entry import set_realtime
from crosspatch.process.link import Link
from crosspatch.process.messages import Beat, CardSetup, CardState, FromCard, Ready, Stop
from crosspatch_drivers.audio.base import AudioFormat, AudioPort, PortState
from crosspatch_drivers.audio.ring import Ring
from crosspatch_drivers.audio.settings import PyAudioSettings
from crosspatch_drivers.audio.shared import SharedRingPort, attach, create_shared_ring
from crosspatch_drivers.errors import Cannot, DriverError, WillReturn
from crosspatch_drivers.twin.pulse import PulseTwin

RATE = 48000


class ScriptedPort(AudioPort):
    """A port that opens as the script says: None, or the error; and whose state the test sets."""

    def __init__(self, script: list[DriverError | None]) -> None:
        self.format = AudioFormat(RATE, 1, 480)
        self.rx = Ring(1, 100)
        self.tx = Ring(1, 100)
        self.script = script
        self.opened: list[float] = []
        self.now = 1000.0
        self.lives: list[tuple[float, PortState]] = []  # until when, the state is

    def open(self) -> None:
        self.opened.append(self.now)
        error = self.script.pop(0) if self.script else None
        if error:
            raise error

    def pump(self, now: float) -> None:
        pass

    def state(self, now: float) -> PortState:
        while self.lives and now >= self.lives[0][0]:
            self.lives.pop(0)
        return self.lives[0][1] if self.lives else PortState.OPEN

    def latency(self) -> float:
        return 0.0

    def close(self) -> None:
        pass


def live(port: ScriptedPort, seconds: float) -> list[tuple[PortState, str]]:
    """Let the device live for so long, in virtual time; what it said."""
    said: list[tuple[PortState, str]] = []
    end = port.now + seconds

    def pause(wait: float) -> bool:
        port.now += wait
        return port.now >= end

    DeviceLife(port, lambda state, why: said.append((state, why)), lambda: port.now, pause).serve()
    return said


def test_a_good_device_is_opened_once_and_said_once() -> None:
    port = ScriptedPort([])
    assert live(port, 60.0) == [(PortState.OPEN, ""), (PortState.CLOSED, "told to stop")]
    assert len(port.opened) == 1


def test_the_rings_beat_while_sound_flows_and_only_then() -> None:
    port = ScriptedPort([])
    live(port, 1.0)
    beats = port.rx.last_beat
    assert beats > 1.0 / 0.05
    port.script = [WillReturn("gone")] * 100
    live(port, 10.0)
    assert beats == port.rx.last_beat


def test_an_absent_device_is_tried_ever_more_rarely_and_told_once() -> None:
    port = ScriptedPort([WillReturn("no card")] * 10)
    said = live(port, 60.0)
    waits = np.diff(port.opened).tolist()
    assert waits[0] == FIRST_WAIT
    assert all(later == min(LONGEST_WAIT, 2 * earlier) for earlier, later in pairwise(waits))
    assert said[0] == (PortState.FAILED, "no card")
    state, reason = said[1]
    assert state is PortState.OPEN
    assert reason.startswith("after 32.")
    assert reason.endswith("10 failures")
    assert len(said) == 3


def test_a_new_reason_is_told_too() -> None:
    port = ScriptedPort([WillReturn("absent"), WillReturn("absent"), WillReturn("busy"), None])
    reasons = [reason for _, reason in live(port, 10.0)]
    assert reasons[:2] == ["absent", "busy"]


def test_what_a_person_must_change_is_tried_rarely_but_still() -> None:
    port = ScriptedPort([Cannot("no such rate")])
    assert live(port, 30.0)[:2] == [
        (PortState.FAILED, "no such rate"),
        (PortState.OPEN, f"after {LONGEST_WAIT:.1f} s and 1 failures"),
    ]


def test_a_device_that_fails_is_opened_again() -> None:
    port = ScriptedPort([])
    port.lives = [(1010.0, PortState.OPEN), (1010.1, PortState.FAILED)]
    said = live(port, 30.0)
    assert [state for state, _ in said] == [PortState.OPEN, PortState.FAILED, PortState.OPEN, PortState.CLOSED]
    assert said[1][1] == "the device stopped"
    assert len(port.opened) == 2
    assert port.opened[1] == pytest.approx(1010.0 + FIRST_WAIT, abs=0.05)


def test_a_stalled_device_gets_time_to_go_on() -> None:
    port = ScriptedPort([])
    port.lives = [(1001.0, PortState.OPEN), (1001.0 + PATIENCE / 2, PortState.STALLED)]
    said = live(port, 10.0)
    assert [state for state, _ in said] == [PortState.OPEN, PortState.STALLED, PortState.OPEN, PortState.CLOSED]
    assert len(port.opened) == 1


def test_a_device_that_stands_still_too_long_is_opened_again() -> None:
    port = ScriptedPort([])
    port.lives = [(1001.0, PortState.OPEN), (1003.5, PortState.STALLED)]
    said = live(port, 20.0)
    states = [state for state, _ in said]
    assert states[:4] == [PortState.OPEN, PortState.STALLED, PortState.FAILED, PortState.OPEN]
    assert len(port.opened) > 1


def test_a_device_that_dies_at_once_each_time_is_not_hammered() -> None:
    port = ScriptedPort([])
    port.lives = [(2000.0, PortState.FAILED)]
    live(port, 60.0)
    assert len(port.opened) < 20


def test_missing_real_time_priority_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.sched_setscheduler", refuse)
    assert (
        set_realtime(PRIORITY, WITHOUT_PRIORITY)
        == "no real-time priority (Operation not permitted): sound may break up when busy"
    )


def test_a_driver_that_hangs_is_seen_by_the_time_it_has_been_busy() -> None:
    port = ScriptedPort([])
    life = DeviceLife(port, lambda state, why: None, lambda: port.now, lambda wait: True)
    seen: list[float | None] = []
    port.open = lambda: seen.append(life.busy_since)  # type: ignore[method-assign]
    life.serve()
    assert seen == [1000.0]
    assert life.busy_since is None


class Card:
    """A real card process, in control's and the engine's place around it."""

    def __init__(self, device: str = "one_a", **change: object) -> None:
        self.descriptors = create_shared_ring(1, RATE), create_shared_ring(1, RATE)
        ours, theirs = Link.pair()
        with theirs:
            command = [sys.executable, "-m", "crosspatch.card", "--link", str(theirs.fileno())]
            self.process = subprocess.Popen(command, pass_fds=(theirs.fileno(), *self.descriptors))
        self.link: Link[msgspec.Struct, msgspec.Struct] = Link(ours, FromCard)
        self.heard: list[msgspec.Struct] = []
        self.times: list[float] = []
        settings = PyAudioSettings(driver="pyaudio", input=f"{device}_in", output=f"{device}_out")
        self.setup = CardSetup(asdict(settings), self.descriptors)
        self.engine = SharedRingPort(AudioFormat(RATE, 1, 480), *map(attach, self.descriptors))
        self.engine.open()

    def listen(self, seconds: float = 0.01) -> None:
        select.select([self.link], [], [], seconds)
        new = self.link.receive()
        self.heard += new
        self.times += [time.monotonic()] * len(new)
        self.engine.pump(time.monotonic())

    def until(self, condition: Callable[[], bool], patience: float = 30.0) -> None:
        end = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < end, self.heard[-3:]
            self.listen()

    def states(self) -> list[str]:
        return [message.state for message in self.heard if isinstance(message, CardState)]

    def begin(self) -> None:
        self.link.send(self.setup)
        self.until(lambda: any(isinstance(message, Ready) for message in self.heard))

    def close(self) -> None:
        self.link.close()
        try:
            self.process.wait(5)
        finally:
            self.process.kill()
            self.process.wait()
            for descriptor in self.descriptors:
                os.close(descriptor)


@pytest.fixture
def card(pulse: PulseTwin) -> Iterator[Card]:
    card = Card()
    yield card
    card.close()


@pytest.mark.pulse
def test_it_says_ready_then_open_and_beats(card: Card) -> None:
    card.begin()
    card.until(lambda: card.states() == ["open"])
    card.until(lambda: sum(isinstance(message, Beat) for message in card.heard) > 10)
    card.until(lambda: card.engine.state(time.monotonic()) is PortState.OPEN)


@pytest.mark.pulse
def test_sound_crosses_from_one_process_to_another_card(card: Card) -> None:
    far = Card("one_b")
    try:
        for each in (card, far):
            each.begin()
            each.until(lambda each=each: each.states()[-1:] == ["open"])
        assert any(crossed(card, far, seed) for seed in range(4))  # a busy machine may spoil one passage, not all
    finally:
        far.close()


def crossed(card: Card, far: Card, seed: int) -> bool:
    """Whether half a second of noise given to one card's engine reaches the other's whole."""
    sound = np.random.default_rng(seed).uniform(-0.5, 0.5, (1, RATE // 2)).astype(np.float32)
    far.engine.rx.skip(far.engine.rx.fill)
    start, given, heard = time.monotonic(), 0, []
    while time.monotonic() < start + 1.2:
        due = min(sound.shape[1], int((time.monotonic() - start + 0.03) * RATE))
        given += card.engine.tx.write(sound[:, given:due])
        card.listen(0.0)
        far.listen(0.005)
        block = np.zeros((1, far.engine.rx.fill), np.float32)
        far.engine.rx.read(block)
        heard.append(block)
    whole = np.concatenate(heard, axis=1)[0]
    loud = np.flatnonzero(np.abs(whole) > 0.01)
    if not loud.size:
        return False
    first = int(np.argmax(np.correlate(whole, sound[0, :4800], "valid")))
    middle = whole[first : first + sound.shape[1]]
    return middle.size == sound.shape[1] and float(np.abs(middle - sound[0]).max()) < 0.01


@pytest.mark.pulse
def test_a_missing_device_is_told_with_those_there_are_while_the_process_stays(pulse: PulseTwin) -> None:
    card = Card("lost")
    try:
        card.begin()
        card.until(lambda: bool(card.states()))
        state = next(message for message in card.heard if isinstance(message, CardState))
        assert state.state == "failed"
        assert "'lost_in'" in state.reason
        assert "'one_a_in'" in state.reason
        beats = len(card.heard)
        card.until(lambda: len(card.heard) > beats + 20)
        assert card.states() == ["failed"]
        assert card.engine.state(time.monotonic()) is PortState.STALLED
    finally:
        card.close()


@pytest.mark.pulse
def test_a_device_that_goes_and_comes_back_is_used_again_by_the_same_process(own_pulse: PulseTwin) -> None:
    card = Card()
    try:
        card.begin()
        card.until(lambda: card.states() == ["open"])
        own_pulse.stop()
        card.until(lambda: "failed" in card.states())
        card.until(lambda: card.engine.state(time.monotonic()) is PortState.STALLED)
        own_pulse.start()
        card.until(lambda: card.states()[-1] == "open")
        card.until(lambda: card.engine.state(time.monotonic()) is PortState.OPEN)
        assert card.process.poll() is None
    finally:
        card.close()


@pytest.mark.pulse
def test_it_leaves_when_told(card: Card) -> None:
    card.begin()
    card.link.send(Stop())
    assert card.process.wait(10) == 0


@pytest.mark.parametrize("set_up", [False, pytest.param(True, marks=pytest.mark.pulse)])
def test_it_leaves_when_control_is_gone(pulse: PulseTwin, set_up: bool) -> None:
    card = Card()
    if set_up:
        card.begin()
    card.link.close()
    try:
        assert card.process.wait(10) == 0
    finally:
        card.close()


def test_stop_before_the_set_up_is_heeded(card: Card) -> None:
    card.link.send(Beat(1))
    card.link.send(Stop())
    assert card.process.wait(10) == 0


def test_a_card_that_hangs_does_not_outlive_control() -> None:
    control = (
        "import subprocess, sys, time\n"
        "from crosspatch.process.link import Link\n"
        "ours, theirs = Link.pair()\n"
        "child = subprocess.Popen([sys.executable, '-m', 'crosspatch.card', '--link', str(theirs.fileno())],\n"
        "                         pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", control], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    end = time.monotonic() + 20
    while b"--link" not in Path(f"/proc/{child}/cmdline").read_bytes() or not waits_for_set_up(child):
        assert time.monotonic() < end
        time.sleep(0.02)
    os.kill(child, signal.SIGSTOP)
    parent.kill()
    parent.communicate()
    end = time.monotonic() + 10
    while alive(child) and time.monotonic() < end:
        time.sleep(0.02)
    survived = alive(child)
    if survived:
        os.kill(child, signal.SIGKILL)
    assert not survived


def waits_for_set_up(pid: int) -> bool:
    """Whether the process sleeps in select: its start is then behind it."""
    place = Path(f"/proc/{pid}/wchan").read_text()
    return "select" in place or "poll" in place


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
