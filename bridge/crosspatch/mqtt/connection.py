"""The connection to the broker: comes up when the broker does, comes back when it was lost, says so once.

It lives on one event loop (`crosspatch.mqtt.aside`). It subscribes, hands every message that arrives to a sink, and
publishes what waits in the outbox. Not for what the messages mean.
"""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import structlog
from aiomqtt import Client, Message, MqttCodeError, MqttError, ProtocolVersion, Will
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt import client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from crosspatch.mqtt.access import Access, CannotAccess
from crosspatch.mqtt.address import Address
from crosspatch.mqtt.arrived import Arrived
from crosspatch.mqtt.lane import take_over
from crosspatch.mqtt.outbox import Outbox, Outgoing

BACK_OFF = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds before the next attempt, the last one again and again."""

SPREAD = 0.25
"""Share by which each wait is shortened at random, so that many boxes do not come back in one moment."""

STEADY = 5.0
"""Seconds that a connection must hold before its loss counts as new: to be thrown out at once is no success."""

TAKEN_OVER = 142
"""DISCONNECT code by which MQTT 5 says that another client has come with our name."""

MOST_THROWN_OUT = 2
"""How often in a row to come back at once after being thrown out at once, before leaving it for a while."""

HOLD_OFF = 30.0
"""Seconds of that while: most likely another client has our name, and two with one name throw each other out."""

KEEP_ALIVE = 10
"""Seconds. A broker that says nothing for two of them is lost; it takes us for lost after one and a half."""

PATIENCE = 5.0
"""Seconds to wait for any one answer of the broker."""

GOODBYE = 1.0
"""Seconds for the broker to take our leave."""

UNDER_WAY = 16
"""Messages published at the same time: over a line of 100 ms still 160 a second."""

SESSION = 300
"""Seconds for which the broker keeps messages for us when the connection is lost (MQTT 5 only)."""

MAX_PACKET = 128 * 1024
"""Bytes of the largest packet that the broker may send us (MQTT 5 only; others are cut off by the sink)."""

PROTOCOL_REFUSED = (1, 132)
"""CONNACK codes for "unsupported protocol version", of MQTT 3.1.1 and of MQTT 5."""

SUBSCRIPTION_REFUSED = 128
"""SUBACK codes from here on are refusals."""

NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
"""Without it an acknowledgement can wait 40 ms for company (Nagle)."""

log = structlog.get_logger()


class Link(Enum):
    """How the connection is."""

    IDLE = "not started"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting for the next attempt"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Who we are towards the broker. With ``mqtt5`` that is tried first; 3.1.1 follows if refused or unanswered."""

    address: Address
    client_id: str
    filters: Sequence[str]
    will_topic: str
    will_payload: bytes
    access: Access = field(default_factory=Access)
    mqtt5: bool = True
    patience: float = PATIENCE


class Connection:
    """One connection that looks after itself from `start` to `stop`."""

    def __init__(
        self,
        station: Station,
        outbox: Outbox,
        *,
        on_message: Callable[[Arrived], None],
        on_connected: Callable[[], None],
        on_defect: Callable[[BaseException], None],
    ) -> None:
        """``on_message`` must not wait; ``on_connected`` is called after each subscription.

        ``on_defect`` hears what must not happen: an error that is neither the broker's nor the network's.
        """
        self._station = station
        self._outbox = outbox
        self._on_connected = on_connected
        self._on_defect = on_defect
        self._on_message = on_message
        self._queue_type = _queue_into(on_message)
        self._mqtt5 = station.mqtt5
        self._refuses_mqtt5 = not station.mqtt5
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._lost_at = 0.0
        self._found_at = 0.0
        self._failures = 0  # since the last steady connection
        self._thrown_out = 0  # times in a row
        self.link = Link.IDLE
        self.reason = ""
        self.connections = 0
        self.losses = 0
        self.published = 0

    @property
    def protocol(self) -> str:
        """The protocol spoken, or tried next."""
        return "MQTT 5" if self._mqtt5 else "MQTT 3.1.1"

    async def start(self) -> None:
        """Begin to connect, on the running loop; returns at once."""
        self._lost_at = time.monotonic()
        self._task = asyncio.create_task(self._run(), name="mqtt connection")
        self._task.add_done_callback(self._ended)

    def wake(self) -> None:
        """Something waits in the outbox."""
        self._wake.set()

    async def stop(self, patience: float) -> None:
        """Let what waits leave within ``patience`` seconds if there is a connection, then close it in good order."""
        until = time.monotonic() + patience
        while self.link is Link.CONNECTED and len(self._outbox) and time.monotonic() < until:
            self.wake()
            await asyncio.sleep(0.01)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=GOODBYE)
        self.link = Link.STOPPED

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A defect must not end the connection in silence."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_defect(error)

    # ---- life ---------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self.link = Link.CONNECTING
            try:
                await self._serve()
            except* MqttError as group:
                self._lost(_first(group))
            await asyncio.sleep(self._back_off())

    def _back_off(self) -> float:
        if self._thrown_out >= MOST_THROWN_OUT:
            return HOLD_OFF
        step = BACK_OFF[min(self._failures, len(BACK_OFF)) - 1]
        return step * (1 - SPREAD * random.random())

    async def _serve(self) -> None:
        """One connection, from the attempt to its loss."""
        try:
            client = self._client()
        except CannotAccess as error:
            raise MqttError(str(error)) from None
        take_over(client._client, self._on_message)
        try:
            await self._use(client)
        finally:
            _abandon(client)

    async def _use(self, client: Client) -> None:
        async with client:
            client.pending_calls_threshold = 2 * UNDER_WAY  # above what this class ever has under way
            await self._subscribe(client)
            self._found()
            async with asyncio.TaskGroup() as group:
                for _ in range(UNDER_WAY):
                    group.create_task(self._send(client))
                group.create_task(_watch(client))

    async def _subscribe(self, client: Client) -> None:
        filters = self._station.filters
        answers = await client.subscribe([(topic, 1) for topic in filters])
        for topic, answer in zip(filters, answers, strict=False):
            code: int = answer if isinstance(answer, int) else getattr(answer, "value", 0)
            if code >= SUBSCRIPTION_REFUSED:
                log.warning("broker refuses a subscription", broker=str(self._station.address), topic=topic, code=code)

    def _client(self) -> Client:
        station, access = self._station, self._station.access
        return Client(
            station.address.host,
            station.address.port,
            identifier=station.client_id,
            protocol=ProtocolVersion.V5 if self._mqtt5 else ProtocolVersion.V311,
            username=access.username,
            password=access.password(),
            tls_context=access.tls_context() if station.address.tls else None,
            clean_session=None if self._mqtt5 else True,
            clean_start=False if self._mqtt5 else mqtt.MQTT_CLEAN_START_FIRST_ONLY,
            will=Will(station.will_topic, station.will_payload, qos=1, retain=True),
            keepalive=KEEP_ALIVE,
            timeout=station.patience,
            properties=_connect_properties() if self._mqtt5 else None,
            queue_type=self._queue_type,
            socket_options=[NO_DELAY],
        )

    async def _send(self, client: Client) -> None:
        """Publish what waits. Several of these run; paho sends in the order in which they take."""
        while True:
            message = self._outbox.take()
            if message is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._publish(client, message)
            self._outbox.done(message)
            self.published += 1

    async def _publish(self, client: Client, message: Outgoing) -> None:
        properties = _publish_properties(message) if self._mqtt5 else None
        await client.publish(message.topic, message.payload, qos=1, retain=message.retain, properties=properties)

    def _found(self) -> None:
        self.link, self.reason = Link.CONNECTED, ""
        self.connections += 1
        now = time.monotonic()
        self._found_at = now
        log.info(
            "broker connected",
            broker=str(self._station.address),
            protocol=self.protocol,
            after_s=round(now - self._lost_at, 2),
        )
        self._on_connected()

    def _lost(self, error: MqttError) -> None:
        """The attempt failed or the connection broke: the first time a person hears of it, then only who debugs."""
        self._outbox.again()
        error = _cause(error)
        self._choose_protocol(error)
        if self.link is Link.CONNECTED:
            self.losses += 1
            self._lost_at = time.monotonic()
            steady = self._lost_at - self._found_at > STEADY
            self._failures = 0 if steady else self._failures
            self._thrown_out = 0 if steady and _code(error) != TAKEN_OVER else self._thrown_out + 1
        else:
            self._thrown_out = 0
        self._failures += 1
        self.link, self.reason = Link.WAITING, str(error)
        tell = log.warning if self._failures == 1 else log.debug
        tell("broker away", broker=str(self._station.address), reason=self.reason, attempt=self._failures)
        if self._thrown_out == MOST_THROWN_OUT:
            name = self._station.client_id
            self.reason = f"thrown out again and again: is there another client named {name!r}?"
            log.error("broker throws us out: another client with our name?", name=name, holding_off_s=HOLD_OFF)

    def _choose_protocol(self, error: MqttError) -> None:
        """MQTT 5, unless it was refused; where nothing was answered, each in turn: an old broker may not know it."""
        refused = isinstance(error, MqttConnectError) and _code(error) in PROTOCOL_REFUSED
        if refused and self._mqtt5 and not self._refuses_mqtt5:
            self._refuses_mqtt5 = True
            log.info("broker without MQTT 5: going on with MQTT 3.1.1", broker=str(self._station.address))
        unanswered = self.link is Link.CONNECTING and isinstance(error.__context__, TimeoutError)
        self._mqtt5 = not self._refuses_mqtt5 and not (unanswered and self._mqtt5)


async def _watch(client: Client) -> None:
    """Wait until the connection breaks, which raises; messages go to the sink and never come here."""
    async for _ in client.messages:
        pass


def _connect_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = MAX_PACKET
    properties.SessionExpiryInterval = SESSION
    return properties


def _publish_properties(message: Outgoing) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.PayloadFormatIndicator = 1  # text
    properties.ContentType = "application/json"
    if message.expires_s is not None:
        properties.MessageExpiryInterval = message.expires_s
    if message.correlation is not None:
        properties.CorrelationData = message.correlation
    return properties


def _abandon(client: Client) -> None:
    """Cut what a goodbye could not close (the broker hangs), or the dead client would go on keeping itself alive."""
    sock = client._client.socket()
    if isinstance(sock, socket.socket):
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _queue_into(sink: Callable[[Arrived], None]) -> type[asyncio.Queue[Message]]:
    """A queue that hands on instead of keeping: the client's own would cost a task for each message."""

    class IntoSink(asyncio.Queue[Message]):
        def put_nowait(self, item: Message) -> None:
            sink(_arrived(item))

    return IntoSink


def _arrived(message: Message) -> Arrived:
    """The message without its library."""
    properties = message.properties  # of MQTT 5; those that were not sent are no attributes
    return Arrived(
        topic=message.topic.value,
        payload=message.payload,
        retained=bool(message.retain),
        response_topic=getattr(properties, "ResponseTopic", None),
        correlation=getattr(properties, "CorrelationData", None),
    )


def _first(group: BaseExceptionGroup[MqttError]) -> MqttError:
    """One of the errors that a lost connection raised, all with the same cause."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def _cause(error: MqttError) -> MqttError:
    """What broke the connection, where the error only says that something could not be sent any more."""
    while isinstance(error.__cause__, MqttError):
        error = error.__cause__
    return error


def _code(error: MqttError) -> int | None:
    if not isinstance(error, MqttCodeError):
        return None
    return error.rc if isinstance(error.rc, int) else getattr(error.rc, "value", None)
