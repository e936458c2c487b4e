"""The broker goes and comes while the vehicle drives: the patch opens at the border all the same."""

import asyncio
from pathlib import Path

import pytest
from tests.e2e.broker import MOSQUITTO, Broker, Position
from tests.e2e.harness import Box

pytestmark = pytest.mark.e2e

RULES = """
[vehicles.v4101]
network = "c2000"
[zones.belgium]
country = "BE"
[rules.to-belgium]
talkgroups = ["tg-nl", "tg-be"]
zone = "belgium"
vehicles = ["v4101"]
"""

EIJSDEN = (50.7707, 5.6977)
"""Latitude and longitude of a place some hundred metres before the border."""


async def patch_state(box: Box) -> str:
    snapshot = await box.status()
    return snapshot.patches[0].state if snapshot else "no daemon"


async def wait_for(box: Box, broker: Broker, place: Position, state: str) -> None:
    async with asyncio.timeout(60):
        while await patch_state(box) != state:
            await broker.report("v4101", place)
            await asyncio.sleep(1.1)


async def connected(box: Box, wanted: bool) -> None:
    async with asyncio.timeout(60):
        while True:
            snapshot = await box.status()
            if snapshot is not None and (snapshot.broker == "connected") is wanted:
                return
            await asyncio.sleep(0.05)


@pytest.mark.skipif(not MOSQUITTO.exists(), reason="Mosquitto is not installed")
async def test_a_patch_opens_at_the_border_after_the_broker_was_away(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.start()
    try:
        mqtt = {"broker": broker.address}
        async with Box(joined=(), rules=RULES, mqtt=mqtt, up=False) as box:
            await box.answers()
            await connected(box, True)
            assert await patch_state(box) == "down"
            await broker.stop()
            await connected(box, False)
            broker.start()
            await connected(box, True)
            await wait_for(box, broker, EIJSDEN, "up")
            async with asyncio.timeout(60):
                zone = await broker.told("crosspatch/+/zone/belgium", "near")
            told = (zone["inside"], zone["near"], zone["vehicles"], zone["rules"])
            assert told == (0, 1, ["v4101"], [{"rule": "to-belgium", "want": "open"}])
    finally:
        await broker.stop()
