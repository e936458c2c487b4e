"""A gateway's engine in virtual time: radios are the far ends of virtual cables, and the test is control."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from crosspatch.engine.core import Core
from crosspatch.engine.ports import Ports
from crosspatch.events import EngineEvent, LegDrained, LegStarted, PortChanged
from crosspatch.orders import AudioOrder, BeginOver, EndOver, StartLeg
from crosspatch.process.messages import ChannelSetup
from crosspatch_drivers.audio.ring import Block
from crosspatch_drivers.audio.settings import VirtualSettings
from crosspatch_drivers.audio.virtual import Cables, VirtualPort
from crosspatch_drivers.twin.judge import Samples
from crosspatch_drivers.twin.wav import read_wav

TICK = 0.01
RATE = 16000
SPEECH = Path(str(files("crosspatch.demo"))) / "data"


class Radio:
    """The far end of a radio's cable: says what it is given at its own pace, keeps what it hears."""

    def __init__(self, port: VirtualPort) -> None:
        self.port = port
        self.heard: list[Block] = []
        self.to_say: Samples = np.zeros(0, np.float32)

    def say(self, samples: Samples) -> None:
        self.to_say = np.concatenate([self.to_say, samples])

    def step(self, now: float) -> None:
        """Keep 30 ms ahead of the cable: it takes what it needs."""
        ahead = 3 * self.port.format.rate // 100
        need = max(0, ahead - self.port.tx.fill)
        part = self.to_say[:need]
        self.to_say = self.to_say[need:]
        block = np.zeros((1, need), np.float32)
        block[0, : part.size] = part
        self.port.tx.write(block)
        self.port.pump(now)
        got = np.zeros((1, self.port.rx.fill), np.float32)
        self.port.rx.read(got)
        self.heard.append(got)

    def recording(self) -> Samples:
        return np.concatenate(self.heard, axis=1)[0]


class Gateway:
    """An engine with radios ``a``, ``b``, …; what it says is kept with its time."""

    def __init__(self, radios: str = "ab", **settings: float) -> None:
        self.cables = Cables()
        self.now = 1000.0
        self.said: list[tuple[float, EngineEvent]] = []
        setups = [self.setup(name, **settings) for name in radios]
        self.ports = Ports(setups, lambda *what: self.said.append((self.now, PortChanged(*what))), self.cables)
        self.core = Core(self.ports.wires, self.ports.channels)
        self.radios = {name: Radio(self.far_end(name, **settings)) for name in radios}

    def setup(self, name: str, **settings: float) -> ChannelSetup:
        audio = {"driver": "virtual", "cable": name, "end": "a", **cable_settings(settings, "near_")}
        own = {"settle_ms": 60.0, "look_back_ms": 200.0, "tail_ms": 250.0, "tx_gain_db": 0.0, "catch_up": 1.0}
        own |= {key: value for key, value in settings.items() if key in own}
        return ChannelSetup(name, audio, None, **own)

    def far_end(self, name: str, **settings: float) -> VirtualPort:
        port = self.cables.end(
            VirtualSettings(driver="virtual", cable=name, end="b", **cable_settings(settings, "far_"))
        )
        port.open()
        return port

    def order(self, *orders: AudioOrder) -> None:
        for order in orders:
            self.core.order(order, self.now)

    def tick(self) -> None:
        self.now += TICK
        for radio in self.radios.values():
            radio.step(self.now)
        self.ports.step(self.now)
        self.said += [(self.now, event) for event in self.core.tick(self.now)]
        self.ports.flush(self.now)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            self.tick()

    def until(self, condition: Callable[[], bool], most: float = 90.0) -> None:
        end = self.now + most
        while not condition():
            assert self.now < end, "it did not happen"
            self.tick()

    def events(self, kind: type[EngineEvent]) -> list[EngineEvent]:
        return [event for _, event in self.said if isinstance(event, kind)]

    def drained(self) -> list[LegDrained]:
        return [event for _, event in self.said if isinstance(event, LegDrained)]

    def started(self) -> list[LegStarted]:
        return [event for _, event in self.said if isinstance(event, LegStarted)]

    def carry(
        self,
        clip: Samples,
        *,
        number: int = 1,
        source: str = "a",
        legs: str = "b",
        grant: float = 0.0,
        end: float = 0.05,
    ) -> None:
        """One over from its announcement until every leg has drained; the grant comes ``grant`` seconds later.

        The talker's first word leaves the radio's socket together with the announcement.
        """
        before = len(self.drained())
        self.radios[source].say(clip)
        self.order(BeginOver(number, source, tuple(legs)))
        due = [(self.now + grant, StartLeg(number, leg)) for leg in legs]
        due += [(self.now + clip.size / RATE + end, EndOver(number))]
        latest = self.now + clip.size / RATE + end + grant + 5.0
        while len(self.drained()) < before + len(legs):
            assert self.now < latest, self.said[-3:]
            self.order(*(order for at, order in due if at <= self.now))
            due = [(at, order) for at, order in due if at > self.now]
            self.tick()


def cable_settings(settings: dict[str, float], prefix: str) -> dict[str, float]:
    """What is meant for one end: ``near_…``, ``far_…``, or the plain names of both."""
    own = {"rate", "frame_ms", "channels", "delay_ms", "drift_ppm", "loss"}
    both = {key: value for key, value in settings.items() if key in own}
    return both | {key.removeprefix(prefix): value for key, value in settings.items() if key.startswith(prefix)}


@pytest.fixture(scope="session")
def man() -> Samples:
    """A man's sentences, 16 kHz."""
    return read_wav(SPEECH / "harvard_M1_16k.wav")


@pytest.fixture(scope="session")
def woman() -> Samples:
    """A woman's sentences, 16 kHz."""
    return read_wav(SPEECH / "harvard_F1_16k.wav")
