"""A radio's session and a twin of its network in one virtual time, joined by wires of different kinds."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.drivers.radio.live import Log, driver, twin_settings

from crosspatch_drivers.audio.base import AudioPort
from crosspatch_drivers.audio.settings import AudioSettings, VirtualSettings
from crosspatch_drivers.audio.virtual import Cables
from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    Fit,
    RadioEvent,
    RadioOrder,
    RadioState,
    ReleasePlan,
    StateChanged,
    TransmitEnded,
)
from crosspatch_drivers.radio.pei.outbox import Arm, Disarm, Emit, Note, PressKey, Reopen, Write
from crosspatch_drivers.radio.pei.profile import GENERIC, Profile
from crosspatch_drivers.radio.pei.session import Session
from crosspatch_drivers.radio.pei_radio import PeiRadio as DriverRadio
from crosspatch_drivers.twin.pei_radio import PeiRadio
from crosspatch_drivers.twin.server import TwinServer
from crosspatch_drivers.twin.settings import TwinNetwork, TwinRadio, TwinSettings
from crosspatch_drivers.twin.world import World

MCC, MNC = 206, 1
GROUP, OTHER_GROUP = 1001, 1002
OWN_SSI = 7001
OFFICER = Identity(MCC, MNC, 101)

NETWORK = TwinNetwork(id="astrid", mcc=MCC, mnc=MNC, groups=(GROUP, OTHER_GROUP), tot_s=0.0, attach_jitter_ms=0.0)
RADIO = TwinRadio(
    id="r1",
    network="astrid",
    ssi=OWN_SSI,
    group=GROUP,
    audio=VirtualSettings(driver="virtual", cable="none"),
)


def unplugged(settings: AudioSettings) -> AudioPort:
    """An audio port that never opens: these tests are about the PEI."""
    port = Cables().end(settings)  # type: ignore[arg-type]

    def refuse() -> None:
        raise WillReturn("unplugged")

    port.open = refuse  # type: ignore[method-assign]
    return port


class Wire:
    """One direction of a serial line that delivers everything at once."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, bytes]] = deque()
        self.deaf = False

    def push(self, data: bytes, now: float) -> None:
        if data and not self.deaf:
            self._waiting.append((now, data))

    def pop(self, now: float) -> list[bytes]:
        """What arrives by now, read by read."""
        due = []
        while self._waiting and self._waiting[0][0] <= now:
            due.append(self._waiting.popleft()[1])
        return due

    def next_due(self) -> float:
        return self._waiting[0][0] if self._waiting else float("inf")

    def clear(self) -> None:
        self._waiting.clear()


class HostileWire(Wire):
    """Delivers byte by byte, or in lumps, late, and loses bytes; until told to behave."""

    def __init__(
        self, dice: Random, *, loss: float = 0.0, delay: float = 0.0, single: bool = False, glue: float = 0.0
    ) -> None:
        super().__init__()
        self._dice = dice
        self.loss, self.delay, self.single, self.glue = loss, delay, single, glue
        self._last = 0.0

    def push(self, data: bytes, now: float) -> None:
        data = bytes(byte for byte in data if self._dice.random() >= self.loss)
        self._last = max(self._last, now + self.delay * self._dice.random())
        if self.glue and data:
            slot = (int(self._last / self.glue) + 1) * self.glue
            self._last = max(self._last, slot)
            if self._waiting and self._waiting[-1][0] == self._last:
                self._waiting[-1] = (self._last, self._waiting[-1][1] + data)
                return
        for part in (data[i : i + 1] for i in range(len(data))) if self.single else [data]:
            super().push(part, self._last)

    def behave(self) -> None:
        self.loss = self.delay = self.glue = 0.0
        self.single = False


@dataclass
class Rig:
    """A session at one end, the twin's radio at the other; `run` lets time pass for both."""

    network_settings: TwinNetwork = NETWORK
    radio_settings: TwinRadio = RADIO
    profile: Profile = GENERIC
    candidates: tuple[Profile, ...] = ()
    up: Wire = field(default_factory=Wire)  # to the radio
    down: Wire = field(default_factory=Wire)
    seed: int = 0
    now: float = 100.0
    events: list[tuple[float, RadioEvent]] = field(default_factory=list)
    sent: list[tuple[float, bytes]] = field(default_factory=list)
    heard: list[tuple[float, bytes]] = field(default_factory=list)
    presses: list[tuple[float, bool]] = field(default_factory=list)
    plan: ReleasePlan | None = None
    port_open: bool = False
    react: Callable[[RadioEvent], None] | None = None
    reopens: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = TwinSettings(
            networks=(self.network_settings,), radios=(self.radio_settings,), run_dir="/nowhere", seed=self.seed
        )
        self.world = World(settings, unplugged, lambda _network, _over: None)
        self.session = Session(Identity(MCC, MNC, 0), self.profile, self.seed, self.candidates)
        self.world.start(self.now)
        self.network.enlist(OFFICER, GROUP, self.now)

    @property
    def network(self) -> Any:
        return self.world.networks["astrid"]

    @property
    def radio(self) -> PeiRadio:
        return self.world.radios["r1"]

    # ---- what tests do ----------------------------------------------------------------------------------------

    def open(self) -> None:
        self.port_open = True
        self.session.opened(self.now)
        self._act()

    def close(self, reason: str = "pulled") -> None:
        """The port goes; what is on the wires is lost."""
        self.port_open = False
        self.up.clear()
        self.down.clear()
        self.plan = None
        self.session.closed(reason, self.now)
        self._act()

    def order(self, order: RadioOrder) -> None:
        self.session.order(order, self.now)
        self._act()

    def release_now(self) -> None:
        self.session.release_now(self.now)
        self._act()

    def say(self, text: str) -> None:
        """A line as if the radio had printed it."""
        self.session.received(f"\r\n{text}\r\n".encode("latin-1"), self.now)
        self._act()

    def deafen(self) -> None:
        """The radio hears nothing from now on: the test says what it answers."""
        self.up.deaf = True

    def officer_speaks(self, priority: int = 1, who: Identity = OFFICER) -> None:
        self.network.ask(who, priority, self.now)
        self._deliver()

    def officer_stops(self, who: Identity = OFFICER) -> None:
        self.network.cease(who, self.now)
        self._deliver()

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass; true as soon as ``until`` holds."""
        end = self.now + seconds
        stuck = 0
        while not until():
            due = [self.network.next_due(), self.radio.next_due(), self.up.next_due(), self.down.next_due()]
            deadline = self.session.deadline()
            due.append(float("inf") if deadline is None else deadline)
            upto = max(self.now, min(due))
            stuck = stuck + 1 if upto == self.now else 0
            assert stuck < 1000, f"time stands still at {self.now}: session wants {deadline}"
            if upto > end:
                self.now = end
                return until()
            self.now = upto
            self._step()
        return True

    def wait_for(self, kind: type, within: float = 10.0) -> Any:
        """The next event of this kind."""
        start = len(self.events)
        found = self.run(within, lambda: any(isinstance(event, kind) for _, event in self.events[start:]))
        assert found, f"no {kind.__name__} within {within} s; state {self.session.state}, events {self.events[start:]}"
        return next(event for _, event in self.events[start:] if isinstance(event, kind))

    def wait_state(self, state: RadioState, within: float = 10.0) -> None:
        assert self.run(within, lambda: self.session.state is state), f"{self.session.state}, not {state}"

    def all(self, kind: type) -> list[Any]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def told_everything(self) -> bool:
        """Whether the set-up is over, what serving does not need included."""
        return {*self.session.profile.set_up} <= {*self.commands} and self.session._parts.dialogue.idle

    @property
    def states(self) -> list[RadioState]:
        return [event.state for event in self.all(StateChanged)]

    @property
    def commands(self) -> list[str]:
        """Everything written, command by command."""
        text = b"".join(data for _, data in self.sent).decode("ascii")
        return [command for command in text.split("\r") if command]

    def ready(self) -> "Rig":
        """Opened and set up, with the log of it thrown away."""
        self.open()
        self.wait_state(RadioState.IDLE)
        self.run(30.0, self.told_everything)
        asked = self.commands.count("AT+CREG?")
        self.run(3.0, lambda: self.commands.count("AT+CREG?") > asked)  # the first look at its service, soon after it
        self.run(3.0, lambda: self.session._parts.dialogue.idle)
        self.events.clear()
        self.sent.clear()
        self.heard.clear()
        return self

    # ---- inside -----------------------------------------------------------------------------------------------

    def _step(self) -> None:
        self.network.advance(self.now)
        for data in self.up.pop(self.now):
            self.world.feed("r1", data, self.now)
        self.radio.advance(self.now)
        self._deliver()
        for data in self.down.pop(self.now):
            if self.port_open:
                self.heard.append((self.now, data))
                self.session.received(data, self.now)
                self._act()
        deadline = self.session.deadline()
        if deadline is not None and deadline <= self.now:
            self.session.tick(self.now)
            self._act()

    def _deliver(self) -> None:
        self.world._deliver()
        self.down.push(self.radio.take(self.now), self.now)

    def _wire(self, pressed: bool) -> None:
        """What the radio's own key does in its network."""
        if pressed:
            self.network.ask(self.radio.identity, 1, self.now)
        else:
            self.network.cease(self.radio.identity, self.now)
        self._deliver()

    def _act(self) -> None:
        for action in self.session.take():
            match action:
                case Write(data=data):
                    assert self.port_open, f"written to a closed port: {data!r}"
                    if b"CTXD" in data or b"ATD" in data:
                        assert self.plan is not None, f"keyed without the keeper: {data!r}"
                    self.sent.append((self.now, data))
                    self.up.push(data, self.now)
                case Arm(plan=plan):
                    self.plan = plan
                case Disarm():
                    self.plan = None
                case PressKey(pressed=pressed):
                    assert self.plan is not None or not pressed, "keyed without the keeper"
                    self.presses.append((self.now, pressed))
                    self._wire(pressed)
                case Emit(event=event):
                    self.events.append((self.now, event))
                    if self.react:
                        self.react(event)
                case Reopen(reason=reason):
                    self.reopens.append(reason)
                case Note(text=text):
                    self.notes.append(text)
                case _:
                    pass
        if self.session.take():  # pragma: no cover - react must go through `order`
            pytest.fail("actions left behind")


@pytest.fixture
def rig() -> Rig:
    """A radio set up and idle on `GROUP`."""
    return Rig().ready()


def ended(rig: Rig) -> list[Any]:
    return [event.reason for event in rig.all(TransmitEnded)]


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[TwinServer]:
    server = TwinServer(twin_settings(tmp_path), tmp_path / "twin.sock")
    await server.start()
    running = asyncio.create_task(server.run())
    yield server
    server.stop()
    await running
    await server.close()


@pytest.fixture
async def log() -> Log:
    return Log()


@pytest.fixture
async def radio(twin: TwinServer, log: Log) -> AsyncIterator[DriverRadio]:
    radio = driver(twin.line_path("r1"), log)
    await radio.start()
    await log.wait_for(Fit)
    yield radio
    await radio.close()
