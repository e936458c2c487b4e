"""The crew is started keeper first, watched, told apart by whose audio it carries, and ended without a trace."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.bridge.control.conftest import OBEDIENT

from crosspatch.control.crew import Crew
from crosspatch.events import EngineEvent, PortChanged
from crosspatch.plan import Plan
from crosspatch.process.child import ChildState
from crosspatch.process.early import Early, early_engine
from crosspatch.process.messages import EngineMeters
from crosspatch_drivers.radio.base import ReleasePlan

CARD = "card USB/USB"

pytestmark = pytest.mark.usefixtures("obedient")


class Box:
    """A crew on the real clock, and what it told."""

    def __init__(self, plan: Plan, early: Early | None = None) -> None:
        self.ports: dict[str, PortChanged] = {}
        self.failures: list[tuple[str, tuple[str, ...], str]] = []
        self.released: list[str] = []
        failed = lambda *failure: self.failures.append(failure)  # noqa: E731
        self.crew = Crew(plan, self.from_engine, failed, self.released.append, early)

    def from_engine(self, event: EngineEvent | EngineMeters) -> None:
        if isinstance(event, PortChanged):
            self.ports[event.radio] = event

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self.crew.check(asyncio.get_running_loop().time())
                await asyncio.sleep(0.01)

    def all_up(self) -> bool:
        states = all(child.state is ChildState.UP for child in self.crew.children)
        return states and len(self.ports) == 3 and all(port.up for port in self.ports.values())

    def pids(self) -> list[int]:
        return [child.pid for child in self.crew.children if child.pid is not None]


@pytest.fixture
async def box(plan: Plan) -> AsyncIterator[Box]:
    box = Box(plan)
    box.crew.start(asyncio.get_running_loop().time())
    await box.until(box.all_up)
    box.failures.clear()  # a busy machine may have made one late
    yield box
    box.crew.stop()


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_the_keeper_is_the_first_and_radios_on_one_card_share_a_process(box: Box) -> None:
    assert [child.name for child in box.crew.children] == ["keeper", CARD, "engine"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize(("name", "carried"), [("keeper", ()), (CARD, ("nl", "be")), ("engine", ("nl", "be", "be-2"))])
async def test_a_failure_names_the_radios_it_concerns_and_the_child_comes_back(
    box: Box, name: str, carried: tuple[str, ...], number: int
) -> None:
    child = next(child for child in box.crew.children if child.name == name)
    first = child.pid
    assert first is not None
    os.kill(first, number)
    await box.until(lambda: name in [failure[0] for failure in box.failures])
    assert carried == next(failure[1] for failure in box.failures if failure[0] == name)
    assert all(not box.ports[radio].up for radio in carried)
    await box.until(box.all_up)
    assert child.pid != first


async def test_a_keeper_that_fails_concerns_the_radios_that_may_be_on_the_air(box: Box) -> None:
    box.crew.keeper.arm("be", ReleasePlan(b"\r", 0))
    assert box.crew.keeper.pid is not None
    os.kill(box.crew.keeper.pid, signal.SIGKILL)
    await box.until(lambda: bool(box.failures))
    assert box.failures[0][:2] == ("keeper", ("be",))
    assert box.crew.keeper.armed == ("be",)


async def test_the_next_keeper_is_told_of_every_port_and_armed_radio(box: Box) -> None:
    reader, writer = os.pipe()
    box.crew.keeper.opened("be", writer)
    box.crew.keeper.arm("be", ReleasePlan(b"un-key", 0))
    first = box.crew.keeper.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await box.until(lambda: box.crew.keeper.pid != first and box.all_up())
    box.crew.stop()  # its socket closes: what is armed is un-keyed
    os.close(writer)
    assert os.read(reader, 100).startswith(b"un-key")
    os.close(reader)


async def test_stopping_leaves_no_process_and_no_descriptor(plan: Plan) -> None:
    before = open_descriptors()
    box = Box(plan)
    box.crew.start(asyncio.get_running_loop().time())
    await box.until(box.all_up)
    pids = box.pids()
    box.crew.stop()
    assert len(pids) == 3
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert before == open_descriptors()


async def test_a_child_that_hangs_is_ended_too(box: Box) -> None:
    pid = box.crew.engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    box.crew.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_an_engine_that_was_begun_early_serves_with_the_cards_of_the_site(plan: Plan) -> None:
    before = open_descriptors()
    with early_engine(("-c", OBEDIENT, "crosspatch.engine")) as early:
        box = Box(plan, early)
        assert any(ring is not None for ring in box.crew._rings.values())
        box.crew.start(asyncio.get_running_loop().time())
        assert box.crew.engine.pid == early.process.pid
        await box.until(box.all_up)
        assert box.crew.engine.restarts == 0 or box.failures  # a busy machine may have made it late
        box.crew.stop()
    assert open_descriptors() == before


async def test_a_crew_that_is_never_started_ends_it(plan: Plan) -> None:
    with early_engine() as early:
        Box(plan, early).crew.stop()
    assert early.process.poll() is not None


def test_one_that_nobody_takes_is_ended() -> None:
    before = open_descriptors()
    with early_engine() as early:
        assert early.process.poll() is None
    assert early.process.poll() is not None
    assert open_descriptors() == before
