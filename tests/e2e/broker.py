"""Mosquitto on one loopback port, which goes and comes; for tests that need a broker of their own."""

import json
import time
from pathlib import Path
from typing import Any

from aiomqtt import Client
from tests.e2e.processes import Started, free_ports

MOSQUITTO = Path("/usr/sbin/mosquitto")

Position = tuple[float, float]
"""Latitude and longitude."""


class Broker:
    """One broker. It keeps nothing over a stop."""

    def __init__(self, directory: Path) -> None:
        """Not started; its configuration and log go to ``directory``."""
        (self.port,) = free_ports(1)
        self._directory = directory
        self._config = directory / "mosquitto.conf"
        self._config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n")
        self._process: Started | None = None

    @property
    def address(self) -> str:
        """As a site file names it."""
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin; it listens a moment later."""
        command = [str(MOSQUITTO), "-c", str(self._config)]
        self._process = Started("broker", command, self._directory / "mosquitto.log")

    async def stop(self) -> None:
        """End it, and every connection with it."""
        if self._process:
            await self._process.end()

    async def report(self, vehicle: str, place: Position, kmh: float = 50) -> None:
        """A vehicle tells where it is, as OwnTracks does."""
        location = {"_type": "location", "lat": place[0], "lon": place[1], "tst": int(time.time()), "acc": 10}
        async with Client("127.0.0.1", self.port) as client:
            await client.publish(f"owntracks/{vehicle}/phone", json.dumps(location | {"vel": kmh}), qos=1)

    async def told(self, topic: str, state: str) -> dict[str, Any]:
        """What is retained on a topic, or comes there, as soon as it tells this state."""
        async with Client("127.0.0.1", self.port) as client:
            await client.subscribe(topic, qos=1)
            async for message in client.messages:
                found: dict[str, Any] = json.loads(str(message.payload, "utf-8"))
                if found["state"] == state:
                    return found
        msg = "the broker is gone"
        raise AssertionError(msg)
