"""The daemon around the heart: un-key first, believe nothing old after a stall, leave nothing on, whatever breaks."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from crosspatch.control import daemon as daemon_module
from crosspatch.control.daemon import Daemon
from crosspatch.control.inbox import Answer, NoDoor, ask
from crosspatch.events import Event
from crosspatch.geofence import Geofence
from crosspatch.plan import Plan
from crosspatch.process.child import ChildState
from crosspatch.snapshot import Snapshot
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Guard,
    Key,
    OverStarted,
    Radio,
    RadioEvent,
    RadioOrder,
    RadioSink,
    ReleasePlan,
    SelectTalkgroup,
    TalkgroupSelected,
    TransmitEnded,
    Unkey,
)

pytestmark = pytest.mark.usefixtures("obedient")


class FakeRadio(Radio):
    """Goes where it is told at once, is granted at once, and keeps what it was told."""

    def __init__(self, name: str, sink: RadioSink, guard: Guard) -> None:
        self.name = name
        self.sink, self.guard = sink, guard
        self.told: list[RadioOrder | str] = []
        self.keyed = False

    def say(self, event: RadioEvent) -> None:
        self.sink(self.name, event, time.monotonic())

    async def start(self) -> None:
        self.say(Fit())

    def order(self, order: RadioOrder, now: float) -> None:
        self.told.append(order)
        match order:
            case SelectTalkgroup(gssi=gssi):
                self.say(TalkgroupSelected(gssi))
            case Key():
                self.guard.arm(self.name, ReleasePlan(b"", 0))
                self.keyed = True
                self.say(Granted())
            case Unkey() if self.keyed:
                self.off(EndReason.RELEASED)

    def release_now(self, now: float) -> None:
        self.told.append("release now")
        if self.keyed:
            self.off(EndReason.SAFETY)

    def off(self, reason: EndReason) -> None:
        self.keyed = False
        self.guard.disarm(self.name)
        self.say(TransmitEnded(reason))

    async def close(self) -> None:
        self.order(Unkey(), time.monotonic())
        self.told.append("closed")


class FakeMessaging:
    """A broker that takes everything."""

    state = "connected"

    def __init__(self, plan: Plan, handle: Callable[[Event], None], answers: Mapping[str, Answer]) -> None:
        self.counters: dict[str, int] = {}
        self.published: list[Snapshot] = []
        self.stopped = False

    async def start(self) -> None:
        pass

    async def stop(self, snapshot: Snapshot) -> None:
        self.stopped = True

    def publish(self, snapshot: Snapshot) -> None:
        self.published.append(snapshot)


class Box:
    """A daemon whose radios and broker are played; its children are processes."""

    def __init__(self, plan: Plan, run_dir: Path) -> None:
        self.radios: dict[str, FakeRadio] = {}
        self.run_dir = run_dir
        self.daemon = Daemon(plan, Geofence({}), run_dir)
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(self.daemon.run(self.stop))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.005)

    def up(self) -> bool:
        return [patch.state for patch in self.daemon.snapshot().patches] == ["up"]

    async def talk(self, radio: str) -> str:
        """Somebody speaks; the other leg's radio, which is keyed now."""
        self.radios[radio].say(OverStarted(Identity(204, 1, 501)))
        await self.until(lambda: any(other.keyed for other in self.radios.values()))
        return next(name for name, other in self.radios.items() if other.keyed)

    async def end(self) -> None:
        self.stop.set()
        await self.task


@pytest.fixture
def run_dir() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="xp-daemon-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
async def box(plan: Plan, run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Box]:
    radios: dict[str, FakeRadio] = {}

    def make_radio(keying: str, *, name: str, sink: RadioSink, guard: Guard, **_: object) -> Radio:
        radios[name] = FakeRadio(name, sink, guard)
        return radios[name]

    monkeypatch.setattr(daemon_module, "make_radio", make_radio)
    monkeypatch.setattr(daemon_module, "Messaging", FakeMessaging)
    box = Box(plan, run_dir)
    box.radios = radios
    await box.until(box.up)
    yield box
    box.stop.set()
    with contextlib.suppress(Exception):
        await box.task


async def test_the_local_door_shows_the_whole_box(box: Box) -> None:
    answer = await asyncio.to_thread(ask, box.run_dir, {"do": "status"})
    snapshot = msgspec.json.decode(answer, type=Snapshot)
    assert {"nl", "be", "be-2"} == {radio.id for radio in snapshot.radios}
    assert [patch.state for patch in snapshot.patches] == ["up"]
    assert snapshot.broker == "connected"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_when_the_engine_fails_the_radio_is_unkeyed_and_a_new_over_passes_later(box: Box, number: int) -> None:
    leg = box.radios[await box.talk("nl")]
    pid = box.daemon._crew.engine.pid
    assert pid is not None
    os.kill(pid, number)
    await box.until(lambda: not leg.keyed)
    assert "release now" in leg.told
    assert not any(isinstance(order, Key) for order in leg.told[leg.told.index("release now") :])
    await box.until(lambda: box.daemon._crew.engine.pid != pid and box.up())
    await box.talk("nl")
    assert box.daemon.snapshot().counters["failures of engine"] >= 1


async def test_after_a_stall_the_keyed_radios_go_off_before_old_events_count(box: Box) -> None:
    leg = box.radios[await box.talk("nl")]
    box.daemon._looked -= 10.0
    box.radios["nl"].say(OverStarted(Identity(204, 1, 502)))
    assert not leg.keyed
    assert [Key(1), "release now"] == [order for order in leg.told if isinstance(order, Key | str)][:2]
    assert box.daemon.snapshot().counters["failures of control"] == 1


async def test_stopping_leaves_every_transmitter_off_and_every_port_closed(box: Box) -> None:
    leg = box.radios[await box.talk("nl")]
    pids = [child.pid for child in box.daemon._crew.children]
    await box.end()
    assert not leg.keyed
    assert {"closed"} == {radio.told[-1] for radio in box.radios.values()}
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid or 0, 0)
    assert list(box.run_dir.iterdir()) == []


async def test_a_defect_in_a_callback_ends_the_daemon_with_transmitters_off(box: Box) -> None:
    leg = box.radios[await box.talk("nl")]
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await box.task
    assert not leg.keyed
    assert leg.told[-1] == "closed"


async def test_a_heart_that_breaks_at_the_end_keeps_no_radio_open(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    leg = box.radios[await box.talk("nl")]
    pids = [child.pid for child in box.daemon._crew.children]
    monkeypatch.setattr(box.daemon._heart, "shutdown", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await box.end()
    assert not leg.keyed
    assert {"closed"} == {radio.told[-1] for radio in box.radios.values()}
    assert box.daemon._messaging.stopped
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid or 0, 0)


async def test_a_second_daemon_touches_nothing(box: Box, plan: Plan) -> None:
    second = Daemon(plan, Geofence({}), box.run_dir)
    with pytest.raises(NoDoor), capture_logs() as told:
        await second.run(asyncio.Event())
    assert [line["event"] for line in told if "stop" in line["event"]] == [], "what never started does not stop"
    assert [child.pid for child in second._crew.children if child.pid is not None] == []
    answer = await asyncio.to_thread(ask, box.run_dir, {"do": "status"})
    assert b'"patches"' in answer


async def test_what_an_order_causes_at_once_waits_its_turn(box: Box) -> None:
    """Granted comes in the middle of the orders that an over begins with; the engine still hears of it in order."""
    sent: list[object] = []
    box.daemon._crew.engine.send = sent.append  # type: ignore[method-assign,assignment]
    await box.talk("nl")
    assert [type(order).__name__ for order in sent] == ["BeginOver", "StartLeg"]


async def test_systemd_is_told_that_all_is_well_only_while_the_tick_advances(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(box.daemon._notifier, "send", lambda *lines: said.extend(lines))
    engine = box.daemon._crew.engine
    await box.until(lambda: "WATCHDOG=1" in said and engine.state is ChildState.UP)
    monkeypatch.setattr(engine, "_on_message", lambda _: None)  # its meters do not come any more
    monkeypatch.setattr(box.daemon._crew, "check", lambda _: None)  # nobody is silent by the clock of this test
    box.daemon._look(time.monotonic() + 1.0)
    said.clear()
    box.daemon._look(time.monotonic() + 2.0)
    assert said == []
