"""Two audio ports joined by something, for each driver: what the contract test runs on."""

import contextlib
import os
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from crosspatch_drivers.audio.base import AudioPort, PortState
from crosspatch_drivers.audio.pyaudio_port import PyAudioPort
from crosspatch_drivers.audio.ring import Block
from crosspatch_drivers.audio.settings import PyAudioSettings, UdpSettings, VirtualSettings
from crosspatch_drivers.audio.udp import UdpPort
from crosspatch_drivers.audio.virtual import Cables

PATIENCE = 20.0
"""Seconds of the rig's own time in which what must happen has happened."""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Rig(ABC):
    """Ports `a` and `b`, each other's far end, and their time."""

    exact = True  # samples arrive bit for bit
    a: AudioPort
    b: AudioPort

    @abstractmethod
    def now(self) -> float:
        """The rig's time."""

    @abstractmethod
    def wait(self) -> None:
        """Let 10 ms pass."""

    def open(self) -> None:
        for port in (self.a, self.b):
            with realtime():
                port.open()
        self.until(lambda: all(port.state(self.now()) is PortState.OPEN for port in (self.a, self.b)))

    def close(self) -> None:
        self.a.close()
        self.b.close()

    def step(self) -> None:
        self.wait()
        for port in (self.a, self.b):
            port.pump(self.now())

    def until(self, condition: Callable[[], bool]) -> None:
        end = self.now() + PATIENCE
        while not condition():
            assert self.now() < end, "it did not happen"
            self.step()

    def carry(self, source: AudioPort, target: AudioPort, sound: Block) -> Block:
        """Give ``sound`` to one port at the pace of its clock; what the other heard, until 0.5 s after."""
        rate = source.format.rate
        given, heard = 0, []
        target.rx.skip(target.rx.fill)
        start = self.now()
        while self.now() < start + sound.shape[1] / rate + 0.5:
            due = min(sound.shape[1], int((self.now() - start + 0.02) * rate))
            given += source.tx.write(sound[:, given:due])
            self.step()
            heard.append(take(target))
        assert given == sound.shape[1]
        return np.concatenate(heard, axis=1)


@contextlib.contextmanager
def realtime() -> Iterator[None]:
    """Real-time priority, where permitted, for threads that a library starts within."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(20))
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def take(port: AudioPort) -> Block:
    """Everything that waits in `rx`."""
    heard = np.zeros((port.format.channels, port.rx.fill), np.float32)
    port.rx.read(heard)
    return heard


class UdpRig(Rig):
    """Two UDP ports on loopback."""

    def __init__(self) -> None:
        one, two = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        self.a = UdpPort(UdpSettings(driver="udp", listen=one, send=two, frame_ms=10))
        self.b = UdpPort(UdpSettings(driver="udp", listen=two, send=one, frame_ms=10))

    def now(self) -> float:
        return time.monotonic()

    def wait(self) -> None:
        time.sleep(0.002)


class VirtualRig(Rig):
    """The two ends of a virtual cable, in virtual time."""

    def __init__(self) -> None:
        cables = Cables()
        self.a = cables.end(VirtualSettings(driver="virtual", cable="wire", end="a", channels=2))
        self.b = cables.end(VirtualSettings(driver="virtual", cable="wire", end="b", channels=2))
        self._now = 1000.0

    def now(self) -> float:
        return self._now

    def wait(self) -> None:
        self._now += 0.01


class PulseRig(Rig):
    """The two sides of a cable of a PulseAudio server."""

    exact = False

    def __init__(self) -> None:
        def side(letter: str) -> PyAudioPort:
            names = {"input": f"one_{letter}_in", "output": f"one_{letter}_out"}
            return PyAudioPort(PyAudioSettings(driver="pyaudio", frame_ms=20, **names))

        self.a, self.b = side("a"), side("b")

    def now(self) -> float:
        return time.monotonic()

    def wait(self) -> None:
        time.sleep(0.005)


@pytest.fixture(params=["udp", "virtual", pytest.param("pulse", marks=pytest.mark.pulse)])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Each driver's rig in turn, not open yet."""
    if request.param == "pulse":
        request.getfixturevalue("pulse")
    rig: Rig = {"udp": UdpRig, "virtual": VirtualRig, "pulse": PulseRig}[request.param]()
    yield rig
    rig.close()
