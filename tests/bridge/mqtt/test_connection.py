"""The connection by itself: which protocol it speaks, how it leaves a broker that hangs, what the socket is told."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from aiomqtt import Message

from crosspatch.mqtt.address import Address
from crosspatch.mqtt.connection import Connection, Link, Station
from crosspatch.mqtt.embedded import EmbeddedBroker
from crosspatch.mqtt.outbox import Outbox, Outgoing


class Bench:
    """A connection whose messages and defects the test can see."""

    def __init__(self, port: int, *, patience: float = 5.0) -> None:
        station = Station(
            address=Address("127.0.0.1", port),
            client_id="crosspatch-bench",
            filters=("owntracks/#",),
            will_topic="crosspatch/bench/status",
            will_payload=b"gone",
            patience=patience,
        )
        self.outbox = Outbox()
        self.messages: list[Message] = []
        self.defects: list[BaseException] = []
        self.connection = Connection(
            station,
            self.outbox,
            on_message=self.messages.append,
            on_connected=lambda: None,
            on_defect=self.defects.append,
        )

    @property
    def connected(self) -> bool:
        return self.connection.link is Link.CONNECTED


@contextlib.asynccontextmanager
async def bench_at(port: int, **options: float) -> AsyncIterator[Bench]:
    bench = Bench(port, **options)
    await bench.connection.start()
    try:
        yield bench
    finally:
        await bench.connection.stop(0.0)
    assert bench.defects == []


class Stub:
    """A broker that answers every connection with the same bytes, and then hangs or hangs up."""

    def __init__(self, answer: bytes, *, hangs: bool = True) -> None:
        self._answer = answer
        self._hangs = hangs
        self.levels: list[int] = []  # protocol level of each CONNECT: 4 is MQTT 3.1.1, 5 is MQTT 5

    async def __aenter__(self) -> "Stub":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readexactly(9)  # type, length, name, level
            self.levels.append(head[8])
            writer.write(self._answer)
            if self._hangs:
                await reader.read()
        writer.close()


async def test_mqtt_5_is_spoken_where_the_broker_knows_it(mosquitto, until) -> None:
    async with bench_at(mosquitto.port) as bench:
        await until(lambda: bench.connected)
        assert bench.connection.protocol == "MQTT 5"


async def test_a_broker_that_refuses_mqtt_5_is_asked_in_3_1_1_from_then_on(until) -> None:
    unsupported = bytes([0x20, 2, 0, 1])  # CONNACK
    async with Stub(unsupported) as stub, bench_at(stub.port, patience=0.3) as bench:
        await until(lambda: len(stub.levels) == 3)
        assert stub.levels == [5, 4, 4]
        assert not bench.connected


async def test_a_broker_that_does_not_answer_mqtt_5_is_asked_in_each_in_turn(until) -> None:
    async with Stub(b"") as stub, bench_at(stub.port, patience=0.1):
        await until(lambda: len(stub.levels) == 4)
        assert stub.levels == [5, 4, 5, 4]


async def test_a_broker_that_chokes_on_mqtt_5_is_served_in_3_1_1(until) -> None:
    old = EmbeddedBroker(Address("127.0.0.1", 0))
    await old.start()
    async with bench_at(old.address.port, patience=1.0) as bench:
        bench.outbox.put(Outgoing("crosspatch/bench/status", b"here", retain=True))
        await until(lambda: bench.connection.published == 1)
        assert bench.connection.protocol == "MQTT 3.1.1"
    await old.stop()


async def test_a_broker_that_throws_us_out_at_once_is_tried_ever_more_rarely(until) -> None:
    accepted = bytes([0x20, 3, 0, 0, 0])
    async with Stub(accepted, hangs=False) as stub, bench_at(stub.port, patience=0.1) as bench:
        await until(lambda: bench.connection._failures >= 3)
        assert bench.connection.link is not Link.CONNECTED


async def test_a_broker_that_hangs_is_found_by_what_it_does_not_confirm_and_left(mosquitto, until) -> None:
    async with bench_at(mosquitto.port, patience=0.3) as bench:
        await until(lambda: bench.connected)
        mosquitto.pause()
        bench.outbox.put(Outgoing("crosspatch/bench/status", b"here", retain=True))
        bench.outbox.put(Outgoing("crosspatch/bench/over", b"1"))
        bench.connection.wake()
        await until(lambda: bench.connection.losses == 1)
        mosquitto.resume()
        await until(lambda: bench.connected and bench.connection.published == 2)


async def test_nothing_waits_for_company_on_the_wire(mosquitto, until, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[object, ...]] = []
    real = socket.socket.setsockopt
    monkeypatch.setattr(socket.socket, "setsockopt", lambda sock, *what: (told.append(what), real(sock, *what))[1])
    async with bench_at(mosquitto.port) as bench:
        await until(lambda: bench.connected)
    assert (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1) in told


async def test_events_reach_the_broker_in_their_order(mosquitto, other, until) -> None:
    async with bench_at(mosquitto.port) as bench, other(mosquitto.port, topic="crosspatch/#") as client:
        for number in range(200):
            bench.outbox.put(Outgoing("crosspatch/bench/over", str(number).encode()))
        bench.connection.wake()
        await until(lambda: len(client.heard) == 200)
    assert [int(payload) for _, payload, _ in client.heard] == list(range(200))
