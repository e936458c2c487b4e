"""A real Mosquitto for each test that needs one, and other clients to talk through it."""

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import structlog
from aiomqtt import Client, ProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

MOSQUITTO = "/usr/sbin/mosquitto"
PATIENCE = 30.0


def free_port() -> int:
    """A loopback port that nobody has at the moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Mosquitto:
    """One broker on a port of its own, which can be stopped and started."""

    def __init__(self, directory: Path, lines: Sequence[str] = ()) -> None:
        """``lines`` of its configuration, with ``{port}`` for its port; default: everybody may do everything."""
        self.port = free_port()
        open_door = ("listener {port} 127.0.0.1", "allow_anonymous true")
        common = ("user root", "set_tcp_nodelay true", "persistence false", "log_dest none")
        text = "\n".join((*common, *(lines or open_door))).replace("{port}", str(self.port))
        self._config = directory / "mosquitto.conf"
        self._config.write_text(text + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)], stderr=subprocess.PIPE)
        while not answers(self.port):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.01)
                said = self._process.stderr.read().decode() if self._process.stderr else ""
                pytest.fail(f"Mosquitto does not start: {said}")

    def pause(self) -> None:
        """It keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A command that a test runs in this process sets up logging to where the test hears it: only for that test."""
    before, handlers = structlog.get_config(), logging.getLogger().handlers[:]
    yield
    structlog.configure(**before)
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def make_mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Start a broker with these lines of configuration; it ends with the test."""
    brokers: list[Mosquitto] = []

    def make(*lines: str) -> Mosquitto:
        brokers.append(Mosquitto(tmp_path, lines))
        brokers[-1].start()
        return brokers[-1]

    yield make
    for broker in brokers:
        broker.stop()


@pytest.fixture
def mosquitto(make_mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    """A broker that lets everybody in."""
    return make_mosquitto()


class Other:
    """Another client of a broker: says things and hears everything."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.heard: list[tuple[str, bytes, bool]] = []  # topic, payload, retained
        self.properties: dict[str, Mapping[str, object]] = {}  # of the newest on each topic

    @property
    def newest(self) -> dict[str, bytes]:
        return {topic: payload for topic, payload, _ in self.heard}

    async def say(self, topic: str, payload: bytes | str, *, retain: bool = False, **properties: object) -> None:
        """``properties`` of MQTT 5, by their names there."""
        more = Properties(PacketTypes.PUBLISH)
        for name, value in properties.items():
            setattr(more, name, value)
        await self._client.publish(topic, payload, qos=1, retain=retain, properties=more if properties else None)

    async def listen(self) -> None:
        async for message in self._client.messages:
            self.properties[message.topic.value] = vars(message.properties or object)
            self.heard.append((message.topic.value, message.payload, message.retain))


@contextlib.asynccontextmanager
async def other_client(
    port: int, *, mqtt5: bool = True, topic: str = "#", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Other]:
    protocol = ProtocolVersion.V5 if mqtt5 else ProtocolVersion.V311
    async with Client("127.0.0.1", port, protocol=protocol, tls_context=tls, timeout=PATIENCE) as client:
        await client.subscribe(topic, qos=1)
        other = Other(client)
        task = asyncio.create_task(other.listen())
        try:
            yield other
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def other() -> Callable[..., contextlib.AbstractAsyncContextManager[Other]]:
    """``async with other(port) as client``: another client of the broker on that port."""
    return other_client


async def wait_until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - the outside world sets no event
            await asyncio.sleep(0.005)


@pytest.fixture
def until() -> Callable[[Callable[[], object]], object]:
    """``await until(condition)`` of the outside world."""
    return wait_until
