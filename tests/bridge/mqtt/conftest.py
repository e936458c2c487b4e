"""A real Mosquitto for each test that needs one, and a client to talk through it."""

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from aiomqtt import Client, ProtocolVersion

MOSQUITTO = "/usr/sbin/mosquitto"


def free_port() -> int:
    """A loopback port that nobody has at the moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Mosquitto:
    """One broker on a port of its own, which can be stopped and started."""

    def __init__(self, directory: Path, lines: list[str] | None = None) -> None:
        self.port = free_port()
        self._config = directory / "mosquitto.conf"
        common = ["user root", "set_tcp_nodelay true", "persistence false", "log_dest none"]
        open_door = [f"listener {self.port} 127.0.0.1", "allow_anonymous true"]
        self._config.write_text("\n".join([*common, *(lines or open_door)]) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)], stderr=subprocess.DEVNULL)
        for _ in range(3000):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            try:
                self._process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
            break
        pytest.fail("Mosquitto does not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.stop()


class Listener:
    """Hears everything on a broker: the newest payload of each topic, and all of them in order."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.heard: list[tuple[str, bytes, bool]] = []

    @property
    def newest(self) -> dict[str, bytes]:
        return {topic: payload for topic, payload, _ in self.heard}

    async def listen(self) -> None:
        async for message in self.client.messages:
            self.heard.append((message.topic.value, message.payload, message.retain))


@contextlib.asynccontextmanager
async def listener(
    port: int, *, protocol: ProtocolVersion = ProtocolVersion.V5, topic: str = "#"
) -> AsyncIterator[Listener]:
    """Another client of the broker on ``port``."""
    async with Client("127.0.0.1", port, protocol=protocol) as client:
        await client.subscribe(topic, qos=1)
        other = Listener(client)
        task = asyncio.create_task(other.listen())
        try:
            yield other
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object], patience: float = 30) -> None:
    """Wait for a condition of the outside world."""
    async with asyncio.timeout(patience):
        while not condition():
            await asyncio.sleep(0.01)
