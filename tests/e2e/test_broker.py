"""The broker goes and comes while the vehicle drives: the patch opens at the border all the same."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from aiomqtt import Client
from tests.e2e.harness import Box
from tests.e2e.processes import Started, free_ports

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


class Broker:
    """Mosquitto on one port, which goes and comes."""

    def __init__(self, directory: Path) -> None:
        (self.port,) = free_ports(1)
        self._directory = directory
        self._config = directory / "mosquitto.conf"
        self._config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n")
        self._process: Started | None = None

    def start(self) -> None:
        self._process = Started("broker", ["/usr/sbin/mosquitto", "-c", str(self._config)], self._directory / "log")

    async def stop(self) -> None:
        if self._process:
            await self._process.end()

    async def report(self, place: tuple[float, float]) -> None:
        """The vehicle tells where it is, as OwnTracks does."""
        position = {
            "_type": "location",
            "lat": place[0],
            "lon": place[1],
            "tst": int(time.time()),
            "acc": 10,
            "vel": 50,
        }
        async with Client("127.0.0.1", self.port) as client:
            await client.publish("owntracks/v4101/phone", json.dumps(position), qos=1)


async def patch_state(box: Box) -> str:
    snapshot = await box.status()
    return snapshot.patches[0].state if snapshot else "no daemon"


async def wait_for(box: Box, broker: Broker, place: tuple[float, float], state: str) -> None:
    async with asyncio.timeout(60):
        while await patch_state(box) != state:
            await broker.report(place)
            await asyncio.sleep(1.1)


async def connected(box: Box, wanted: bool) -> None:
    async with asyncio.timeout(60):
        while True:
            snapshot = await box.status()
            if snapshot is not None and (snapshot.broker == "connected") is wanted:
                return
            await asyncio.sleep(0.05)


@pytest.mark.skipif(not Path("/usr/sbin/mosquitto").exists(), reason="Mosquitto is not installed")
async def test_a_patch_opens_at_the_border_after_the_broker_was_away(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.start()
    try:
        mqtt = {"broker": f"mqtt://127.0.0.1:{broker.port}"}
        async with Box(joined=(), rules=RULES, mqtt=mqtt, up=False) as box:
            await box.answers()
            await connected(box, True)
            assert await patch_state(box) == "down"
            await broker.stop()
            await connected(box, False)
            broker.start()
            await connected(box, True)
            await wait_for(box, broker, EIJSDEN, "up")
    finally:
        await broker.stop()
