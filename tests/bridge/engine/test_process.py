"""The real engine process: it carries an over between datagram ports, tells how it does, and never outlives control."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from crosspatch.engine.__main__ import PRIORITY, WITHOUT_PRIORITY
from crosspatch.engine.process import EngineLink, serve
from crosspatch.events import LegDrained, LegStarted, PortChanged
from crosspatch.orders import BeginOver, EndOver, StartLeg
from crosspatch.process.entry import set_realtime
from crosspatch.process.link import Link
from crosspatch.process.messages import Beat, ChannelSetup, EngineMeters, EngineSetup, FromEngine, Ready, Stop, ToEngine
from crosspatch_drivers.twin.judge import RATE, Samples, judge

FRAME = 320
PATIENCE = 60.0

PUNCTUAL = 0.01
"""Seconds by which a frame may come late and nothing be missing for it."""


class Far:
    """A radio's far end: a pair of datagram sockets."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.gateway: tuple[str, int] = probe.getsockname()
        self.heard: list[Samples] = []

    def setup(self, radio: str) -> ChannelSetup:
        own = f"127.0.0.1:{self.socket.getsockname()[1]}"
        audio = {"driver": "udp", "listen": "{}:{}".format(*self.gateway), "send": own}
        return ChannelSetup(radio, audio, None, settle_ms=60.0, look_back_ms=200.0, tail_ms=250.0, tx_gain_db=0.0)

    def say(self, frame: Samples) -> None:
        data = np.repeat((frame * 32767).astype("<i2"), 2).tobytes()
        self.socket.sendto(data, self.gateway)

    def listen(self) -> None:
        while True:
            try:
                data = self.socket.recv(65536)
            except BlockingIOError:
                return
            self.heard.append(np.frombuffer(data, "<i2")[::2].astype(np.float32) / 32768)


class Control:
    """Stands for the control process: beats, listens, keeps what the engine says."""

    def __init__(self, *channels: ChannelSetup) -> None:
        ours, theirs = Link.pair()
        command = [sys.executable, "-m", "crosspatch.engine", "--link", str(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(command, pass_fds=(theirs.fileno(),))
        self.link: Link[msgspec.Struct, msgspec.Struct] = Link(ours, FromEngine)
        self.link.send(EngineSetup(channels))
        self.said: list[msgspec.Struct] = []
        self.beats = 0
        self.beating = True

    def step(self, seconds: float = 0.01) -> None:
        select.select([self.link], [], [], seconds)
        self.said += self.link.receive()
        if self.beating:
            self.beats += 1
            self.link.send(Beat(self.beats))

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.said[-5:]
            self.step()

    def of(self, kind: type) -> list[msgspec.Struct]:
        return [message for message in self.said if isinstance(message, kind)]

    def close(self) -> None:
        self.link.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Control, Far, Far]]:
    """One engine for several tests: starting it is most of what they cost."""
    a, b = Far(), Far()
    control = Control(a.setup("a"), b.setup("b"))
    control.until(lambda: len(control.of(PortChanged)) == 2)
    yield control, a, b
    control.close()
    a.socket.close()
    b.socket.close()


def carry(number: int, clip: Samples, control: Control, a: Far, b: Far) -> tuple[Samples, float]:
    """An over from a to b, frame by frame: what b heard, and by how much a frame of ours came late at worst."""
    sound = np.concatenate([np.zeros(RATE // 4, np.float32), clip, np.zeros(RATE // 4, np.float32)])
    b.listen()
    b.heard.clear()
    control.link.send(BeginOver(number, "a", ("b",)))
    start, late = time.monotonic(), 0.0
    for frame in range(sound.size // FRAME):
        late = max(late, time.monotonic() - start - frame * FRAME / RATE)
        a.say(sound[frame * FRAME : (frame + 1) * FRAME])
        if frame == 25:
            control.link.send(StartLeg(number, "b"))
        while (left := start + (frame + 1) * FRAME / RATE - time.monotonic()) > 0:
            control.step(min(0.01, left))
            b.listen()
    control.link.send(EndOver(number))
    while len(control.of(LegDrained)) < number:
        control.step()
        b.listen()
    for _ in range(10):
        control.step()
        b.listen()
    return np.concatenate(b.heard), late


@pytest.mark.e2e
def test_an_over_crosses_whole_from_one_datagram_port_to_another(
    shared: tuple[Control, Far, Far], man: Samples
) -> None:
    clip, late, number = man[: int(2.05 * RATE)], 1.0, 0
    while late > PUNCTUAL and number < 5:  # on a busy machine our own frames come late
        number += 1
        recording, late = carry(number, clip, *shared)
    verdict = judge(clip, recording)
    assert verdict.heard
    if late <= PUNCTUAL:
        assert (verdict.lost_start_ms, verdict.lost_end_ms) == (0, 0), verdict
        assert verdict.lost_middle_ms < 100, verdict
    drained = shared[0].of(LegDrained)
    assert [leg.leg for leg in shared[0].of(LegStarted)] == ["b"] * number  # type: ignore[attr-defined]
    assert [leg.lost_ms for leg in drained] == [0.0] * number  # type: ignore[attr-defined]


def test_it_says_ready_beats_and_meters(shared: tuple[Control, Far, Far]) -> None:
    control_, _, _ = shared
    control_.until(lambda: len(control_.of(EngineMeters)) >= 3 and len(control_.of(Beat)) >= 5)
    assert isinstance(control_.said[0], Ready)
    assert {(port.radio, port.up) for port in control_.of(PortChanged)} == {("a", True), ("b", True)}  # type: ignore[attr-defined]
    first, *_, last = control_.of(EngineMeters)
    assert isinstance(first, EngineMeters)
    assert isinstance(last, EngineMeters)
    assert last.ticks > first.ticks
    assert [level.radio for level in last.levels] == ["a", "b"]
    assert last.realtime == (control_.said[0].note == "")


def test_it_plays_on_when_control_is_slow_but_drops_the_over_when_it_is_silent(
    shared: tuple[Control, Far, Far], man: Samples
) -> None:
    control_, a, b = shared
    control_.link.send(BeginOver(99, "a", ("b",)))
    control_.link.send(StartLeg(99, "b"))
    stop = threading.Event()

    def talk() -> None:
        number = 0
        while not stop.wait(0.02):
            at = number * FRAME % (man.size - FRAME)
            a.say(man[at : at + FRAME])
            number += 1

    talker = threading.Thread(target=talk)
    talker.start()

    def loud() -> bool:
        b.heard.clear()
        control_.step(0.05)
        b.listen()
        return any(np.abs(part).max() > 0.01 for part in b.heard)

    try:
        control_.until(loud)
        control_.beating = False
        control_.until(lambda: not loud() and not loud() and not loud())
        control_.beating = True
        meters = len(control_.of(EngineMeters))
        control_.until(lambda: len(control_.of(EngineMeters)) > meters + 3)
        assert not loud()
    finally:
        stop.set()
        talker.join()


def test_it_leaves_when_told(shared: tuple[Control, Far, Far]) -> None:
    control_, _, _ = shared  # nobody shares it after this
    control_.link.send(Stop())
    assert control_.process.wait(PATIENCE) == 0


def test_it_leaves_when_control_is_gone() -> None:
    control = Control()
    control.until(lambda: bool(control.of(Ready)))
    control.link.close()
    assert control.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("stopped", [False, True])
def test_before_its_set_up_it_leaves_when_control_is_gone_or_says_stop(stopped: bool) -> None:
    ours, theirs = Link.pair()
    control: Link[msgspec.Struct, msgspec.Struct] = Link(ours, FromEngine)
    engine: EngineLink = Link(theirs, ToEngine)
    if stopped:
        control.send(Stop())
    else:
        control.close()
    serving = threading.Thread(target=serve, args=(engine, lambda: ""), daemon=True)
    serving.start()
    serving.join(PATIENCE)
    assert not serving.is_alive()
    control.close()
    engine.close()


def test_an_engine_that_hangs_does_not_outlive_control() -> None:
    script = (
        "import subprocess, sys, time\n"
        "from crosspatch.process.link import Link\n"
        "ours, theirs = Link.pair()\n"
        "child = subprocess.Popen([sys.executable, '-m', 'crosspatch.engine', '--link', str(theirs.fileno())],\n"
        "                         pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL)\n"
        "theirs.close()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    end = time.monotonic() + PATIENCE
    while "numpy" not in Path(f"/proc/{pid}/maps").read_text():  # which it loads after asking to die with its parent
        assert time.monotonic() < end
        time.sleep(0.02)
    os.kill(pid, signal.SIGSTOP)
    parent.kill()
    parent.wait()
    while alive(pid):
        assert time.monotonic() < end, "it lives on"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_missing_real_time_priority_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert "no real-time priority (Operation not permitted)" in set_realtime(PRIORITY, WITHOUT_PRIORITY)


def test_the_link_s_messages_fit_both_ways() -> None:
    ours, theirs = Link.pair()
    control: Link[msgspec.Struct, msgspec.Struct] = Link(ours, FromEngine)
    engine: Link[msgspec.Struct, msgspec.Struct] = Link(theirs, ToEngine)
    control.send(EndOver(3))
    assert engine.receive() == [EndOver(3)]
    engine.send(LegDrained(1, "a", 1.0, 2.0, 3.0, 0.0))
    assert control.receive() == [LegDrained(1, "a", 1.0, 2.0, 3.0, 0.0)]
    control.close()
    engine.close()
