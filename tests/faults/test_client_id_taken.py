"""Another client takes the box's name at the broker: it does not fight, says so, and comes back later."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from aiomqtt import Client, MqttError, ProtocolVersion
from tests.e2e.broker import Broker
from tests.e2e.harness import Box
from tests.faults.conftest import Figures
from tests.faults.watching import when

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

FIGHT = 8.0
"""Seconds for which the other one comes back each time it is thrown out."""


async def test_it_does_not_fight_for_its_name(tmp_path: Path, figures: Figures, rounds: int) -> None:
    broker = Broker(tmp_path)
    broker.start()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(broker.stop)
        box = await stack.enter_async_context(Box(mqtt={"broker": broker.address}))
        await when(box, lambda now: now.broker == "connected", "connected")
        thrown_out = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIGHT):
                while True:
                    with contextlib.suppress(MqttError):
                        await _hold(broker.port, "crosspatch-box")
                    thrown_out += 1
        snapshot = await box.answers()
        assert "another client named 'crosspatch-box'" in snapshot.broker, snapshot.broker
        figures.add("came back", f"{thrown_out} times in {FIGHT:g} s", "≤ 3", thrown_out <= 3)
        if rounds > 1:  # it waits half a minute before
            await when(box, lambda now: now.broker == "connected", "connected again, alone", within=90)


async def _hold(port: int, name: str) -> None:
    """Be the one with this name until thrown out."""
    async with Client("127.0.0.1", port, identifier=name, protocol=ProtocolVersion.V5) as other:
        async for _ in other.messages:
            pass
