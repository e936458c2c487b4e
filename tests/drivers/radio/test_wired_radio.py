"""A radio on wires alone: its squelch makes overs, its key transmits, its device may go and come back."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    OverEnded,
    OverStarted,
    RadioState,
    ReleasePlan,
    SelectTalkgroup,
    StateChanged,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)
from crosspatch_drivers.radio.settings import Wiring
from crosspatch_drivers.radio.wired_radio import WiredRadio

WIRING = Wiring(key="rts", squelch="cts", device="/dev/ttyS9")
PLAN = ReleasePlan(b"", drop_lines=4)
PATIENCE = 20.0


class FakeLines:
    """Lines in memory."""

    descriptor = 0
    plan = PLAN

    def __init__(self) -> None:
        self.pressed = self.open = self.gone = self.closed = False

    def press(self, pressed: bool) -> None:
        if self.gone:
            raise OSError("gone")
        self.pressed = pressed

    def speech(self) -> bool:
        if self.gone:
            raise OSError("gone")
        return self.open

    def close(self) -> None:
        self.pressed, self.closed = False, True


class Bench:
    """The radio, its lines, and everything it said, guard included."""

    def __init__(self) -> None:
        self.lines = FakeLines()
        self.there = True
        self.said: list[Any] = []
        self.changed = asyncio.Event()
        self.radio = WiredRadio("r1", WIRING, self._heard, self, self._open)

    def _heard(self, radio: str, event: Any, now: float) -> None:
        self.said.append(event)
        self.changed.set()

    def _open(self, wiring: Wiring) -> FakeLines:
        if not self.there:
            raise WillReturn("/dev/ttyS9: not there")
        self.lines = FakeLines()
        return self.lines

    def opened(self, radio: str, descriptor: int) -> None:
        self.said.append("opened")

    def closed(self, radio: str) -> None:
        self.said.append("closed")

    def arm(self, radio: str, plan: ReleasePlan) -> None:
        assert not self.lines.pressed, "the key was pressed before the keeper knew"
        self.said.append(plan)

    def disarm(self, radio: str) -> None:
        assert not self.lines.pressed
        self.said.append("disarm")

    def order(self, order: Any) -> None:
        self.radio.order(order, time.monotonic())

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), 0.01)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.radio.start()
    await bench.until(lambda: Fit() in bench.said)
    bench.said.clear()
    yield bench
    await bench.radio.close()
    assert bench.lines.closed


async def test_an_open_squelch_is_an_over_of_somebody(bench: Bench) -> None:
    bench.lines.open = True
    await bench.until(lambda: OverStarted(None) in bench.said)
    bench.lines.open = False
    await bench.until(lambda: OverEnded() in bench.said)
    states = [event.state for event in bench.said if isinstance(event, StateChanged)]
    assert states == [RadioState.RECEIVING, RadioState.IDLE]


async def test_a_squelch_that_chatters_is_one_over(bench: Bench) -> None:
    bench.lines.open = True
    await bench.until(lambda: OverStarted(None) in bench.said)
    bench.lines.open = False
    bench.radio._look(100.0)
    bench.lines.open = True
    bench.radio._look(100.02)
    bench.lines.open = False
    bench.radio._look(100.04)
    assert OverEnded() not in bench.said
    bench.radio._look(100.08)
    assert OverEnded() in bench.said


async def test_the_key_is_guarded_granted_and_let_go(bench: Bench) -> None:
    bench.order(Key())
    assert bench.lines.pressed
    bench.order(Unkey())
    assert not bench.lines.pressed
    said = [event for event in bench.said if not isinstance(event, StateChanged)]
    assert said == [PLAN, Granted(), "disarm", TransmitEnded(EndReason.RELEASED)]


async def test_its_own_transmission_is_not_heard(bench: Bench) -> None:
    bench.order(Key())
    bench.lines.open = True
    bench.radio._look(100.0)
    assert OverStarted(None) not in bench.said
    bench.radio.release_now(100.1)
    assert not bench.lines.pressed
    assert TransmitEnded(EndReason.SAFETY) in bench.said


async def test_every_key_has_one_end(bench: Bench) -> None:
    bench.order(Key())
    bench.order(Key())
    bench.order(Unkey())
    bench.order(Unkey())
    ends = [event.reason for event in bench.said if isinstance(event, TransmitEnded)]
    assert ends == [EndReason.REFUSED, EndReason.RELEASED]


async def test_the_group_is_taken_to_be_the_one_ordered(bench: Bench) -> None:
    bench.order(SelectTalkgroup(1001))
    assert bench.said == [TalkgroupSelected(1001)]


async def test_a_lost_device_ends_what_was_and_comes_back(bench: Bench) -> None:
    bench.order(Key())
    bench.there = False
    bench.lines.gone = True
    await bench.until(lambda: TransmitEnded(EndReason.LOST, "gone") in bench.said)
    await bench.until(lambda: Unfit("gone") in bench.said)
    assert StateChanged(RadioState.OFFLINE, "gone") in bench.said
    assert "closed" in bench.said
    bench.order(Key())
    assert bench.said[-1] == TransmitEnded(EndReason.LOST, "its lines are not there")
    bench.there = True
    await bench.until(lambda: Fit() in bench.said)
    assert not bench.lines.pressed


async def test_close_lets_the_key_go() -> None:
    bench = Bench()
    await bench.radio.start()
    await bench.until(lambda: Fit() in bench.said)
    bench.order(Key())
    await bench.radio.close()
    assert bench.lines.closed
    assert not bench.lines.pressed
    assert TransmitEnded(EndReason.RELEASED) in bench.said
    assert bench.said[-2] == "closed"
