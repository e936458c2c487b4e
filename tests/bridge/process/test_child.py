"""A child that dies or hangs is found, told of once, killed, and started again."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from crosspatch.process import child as children
from crosspatch.process.child import ChildState, MessageChild
from crosspatch.process.messages import Beat, FromCard, Stop

GOOD = """
import socket, sys, time
from crosspatch.process.link import Link, PeerGone
from crosspatch.process.messages import Beat, Ready, Stop, ToCard
link = Link(socket.socket(fileno=int(sys.argv[1])), ToCard)
link.send(Ready())
try:
    while not any(isinstance(message, Stop) for message in link.receive()):
        link.send(Beat(0))
        time.sleep(0.02)
except PeerGone:
    pass
"""


SLOW = GOOD.replace(
    "link.send(Ready())",
    """
while not link.receive():
    time.sleep(0.02)
link.send(Ready())
""",
)
"""Is ready when it has its set-up, as an understudy is."""


class ScriptChild(MessageChild[Stop | Beat, Beat]):
    """A child whose program is given as text."""

    def __init__(self, script: str, on_dead: Callable[[str, str], None], understudied: bool) -> None:
        super().__init__(
            "script",
            "",
            Beat(0),
            incoming=FromCard,
            on_message=lambda _: None,
            on_dead=on_dead,
            understudied=understudied,
        )
        self.script = script
        self.launched: list[int] = []

    def _launch(self) -> children.Running:
        running = super()._launch()
        self.launched.append(running.process.pid)
        return running

    def _command(self, descriptor: int) -> tuple[list[str], Sequence[int]]:
        return [sys.executable, "-c", self.script, str(descriptor)], ()


class Watcher:
    """Runs a child's `check` on the real clock, and keeps what was told of its deaths."""

    def __init__(self, script: str = GOOD, *, understudied: bool = False) -> None:
        self.deaths: list[str] = []
        self.child = ScriptChild(script, lambda _, reason: self.deaths.append(reason), understudied)
        self.child.start(asyncio.get_running_loop().time())

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self.child.check(asyncio.get_running_loop().time())
                await asyncio.sleep(0.01)


@pytest.fixture
async def watcher() -> AsyncIterator[Watcher]:
    watcher = Watcher()
    await watcher.until(lambda: watcher.child.state is ChildState.UP)
    yield watcher
    watcher.child.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
async def test_a_child_that_is_gone_is_started_again(watcher: Watcher, number: int) -> None:
    first = watcher.child.pid
    assert first is not None
    os.kill(first, number)
    await watcher.until(lambda: watcher.child.state is ChildState.UP and watcher.child.pid != first)
    assert len(watcher.deaths) >= 1
    assert watcher.child.restarts >= 1


async def test_a_hung_child_is_named_silent(watcher: Watcher) -> None:
    assert watcher.child.pid is not None
    os.kill(watcher.child.pid, signal.SIGSTOP)
    await watcher.until(lambda: bool(watcher.deaths))
    assert watcher.deaths[0].startswith("silent for ")


async def test_stopping_leaves_no_process(watcher: Watcher) -> None:
    pid = watcher.child.pid
    watcher.child.stop()
    assert watcher.child.state is ChildState.STOPPED
    with pytest.raises(ProcessLookupError):
        os.kill(pid or 0, 0)


async def test_a_child_that_cannot_start_is_tried_ever_more_rarely() -> None:
    watcher = Watcher("raise SystemExit(1)")
    await watcher.until(lambda: len(watcher.deaths) == 3)
    assert watcher.child.restarts == 2
    watcher.child.stop()


async def test_messages_to_a_dead_child_are_refused_not_raised() -> None:
    watcher = Watcher("raise SystemExit(1)")
    await watcher.until(lambda: bool(watcher.deaths))
    assert not watcher.child.send(Stop())
    watcher.child.stop()


def test_the_children_of_a_terminal_do_not_get_its_ctrl_c() -> None:
    async def groups() -> tuple[int, int]:
        watcher = Watcher()
        await watcher.until(lambda: watcher.child.state is ChildState.UP)
        assert watcher.child.pid is not None
        try:
            return os.getpgid(0), os.getpgid(watcher.child.pid)
        finally:
            watcher.child.stop()

    ours, theirs = asyncio.run(groups())
    assert ours != theirs


NONSENSE = GOOD.replace("link.send(Ready())", "link.send(Ready()); link._sock.send(b'nonsense')")


async def test_a_child_that_talks_nonsense_counts_as_dead() -> None:
    watcher = Watcher(NONSENSE)
    await watcher.until(lambda: bool(watcher.deaths))
    assert watcher.deaths[0].startswith("what it said could not be understood: ")
    watcher.child.stop()


@pytest.fixture
async def understudied(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watcher]:
    """A child that is up, and its understudy has been started."""
    monkeypatch.setattr(children, "STABLE_AFTER", 0.0)
    watcher = Watcher(SLOW, understudied=True)
    await watcher.until(lambda: len(watcher.child.launched) == 2)
    yield watcher
    watcher.child.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_an_understudy_takes_over_and_gets_one_itself(understudied: Watcher, number: int) -> None:
    child = understudied.child
    first, second = child.launched
    os.kill(first, number)
    await understudied.until(lambda: child.state is ChildState.UP and child.pid == second)
    await understudied.until(lambda: len(child.launched) == 3)


async def test_an_understudy_that_died_before_it_was_needed_is_replaced(understudied: Watcher) -> None:
    child = understudied.child
    first, second = child.launched
    os.kill(second, signal.SIGKILL)
    await understudied.until(lambda: len(child.launched) == 3)
    os.kill(first, signal.SIGKILL)
    await understudied.until(lambda: child.state is ChildState.UP and child.pid != first)
    assert len(understudied.deaths) == 1


async def test_an_understudy_that_hangs_is_given_up(understudied: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "TAKEN_OVER_LIMIT", 0.3)
    child = understudied.child
    first, second = child.launched
    os.kill(second, signal.SIGSTOP)
    os.kill(first, signal.SIGKILL)
    await understudied.until(lambda: child.state is ChildState.UP and child.pid not in (first, second))


async def test_stopping_ends_the_understudy_too(understudied: Watcher) -> None:
    _, second = understudied.child.launched
    understudied.child.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
