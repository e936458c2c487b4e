"""A fast lane for the many small messages: reads the client's socket in large pieces and takes plain PUBLISHes itself.

The client library reads each packet with a handful of system calls and builds tables of MQTT 5 properties for it, which
costs more than everything that the gateway then does with a position. A PUBLISH of QoS 0 or 1 without properties needs
none of that. Everything else (connecting, subscribing, acknowledgements, requests with a response topic) is handed to
the library as it came. `take_over` reaches into the library, in this module only.
"""

import struct
import time
from collections.abc import Callable, Iterable

from paho.mqtt.client import Client
from paho.mqtt.enums import MessageType, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes

from crosspatch.mqtt.arrived import Arrived

CHUNK = 65536
"""Bytes read at once."""

LENGTH_BYTES = 4
"""Bytes that the length of a packet has at most (MQTT 5 clause 1.5.5)."""


class Malformed(Exception):  # noqa: N818 - says what is the case
    """The stream of packets cannot be cut any further."""


class Packets:
    """Cuts what was read into packets (MQTT 5 clause 2.1)."""

    def __init__(self) -> None:
        """Nothing read yet."""
        self._left = bytearray()
        self._needed = 2

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """First byte and body of each packet that is complete with ``data``; `Malformed` when no more can come."""
        self._left += data
        if len(self._left) < self._needed:
            return []
        stream, at = bytes(self._left), 0
        found: list[tuple[int, bytes]] = []
        while (place := _cut(stream, at)) is not None and place[1] <= len(stream):
            body, end = place
            found.append((stream[at], stream[body:end]))
            at = end
        self._left = bytearray(stream[at:])
        self._needed = 2 if place is None else place[1] - at
        return found


def _cut(stream: bytes, at: int) -> tuple[int, int] | None:
    """Where the body of the packet that begins ``at`` begins and ends; None when that is not known yet."""
    length = 0
    for place in range(LENGTH_BYTES):
        where = at + 1 + place
        if where >= len(stream):
            return None
        byte = stream[where]
        length |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return where + 1, where + 1 + length
    msg = "the length of a packet does not end"
    raise Malformed(msg)


def plain(header: int, body: bytes, mqtt5: bool) -> tuple[Arrived, int] | None:
    """The message of a PUBLISH and its packet identifier (0: none to acknowledge); None when the library must read it.

    That is so for QoS 2, properties, topic aliases and whatever is not as it should be.
    """
    qos = header >> 1 & 3
    if header >> 4 != PacketTypes.PUBLISH or qos > 1 or len(body) < 2:
        return None
    end = 2 + (body[0] << 8 | body[1])
    mid, at = (int.from_bytes(body[end : end + 2]), end + 2) if qos else (0, end)
    if mqtt5:
        if body[at : at + 1] != b"\0":
            return None
        at += 1
    if at > len(body) or end == 2 or (qos and not mid):
        return None
    try:
        topic = body[2:end].decode()
    except UnicodeDecodeError:
        return None
    return Arrived(topic, body[at:], bool(header & 1)), mid


def take_over(client: Client, sink: Callable[[Arrived], None]) -> None:
    """From now on ``client`` reads through the lane; plain messages go to ``sink`` and not to its callbacks."""
    packets = Packets()

    def read() -> MQTTErrorCode:
        try:
            data = client._sock_recv(CHUNK)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_AGAIN
        except OSError:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        if not data:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        with client._msgtime_mutex:
            client._last_bytes_received = time.monotonic()
        try:
            return _work_off(client, packets.feed(data), sink)
        except Malformed:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL

    client._packet_read = read  # type: ignore[method-assign]


def _work_off(client: Client, packets: Iterable[tuple[int, bytes]], sink: Callable[[Arrived], None]) -> MQTTErrorCode:
    mqtt5 = client._protocol == MQTTProtocolVersion.MQTTv5
    confirmed = bytearray()
    result = MQTTErrorCode.MQTT_ERR_SUCCESS
    for header, body in packets:
        if (found := plain(header, body, mqtt5)) is not None:
            message, mid = found
            sink(message)
            if mid:
                confirmed += struct.pack("!BBH", MessageType.PUBACK, 2, mid)
        elif (result := _hand_on(client, header, body)) > 0:
            break
    if confirmed:
        client._packet_queue(MessageType.PUBACK, bytes(confirmed), 0, 1)
    return result


def _hand_on(client: Client, header: int, body: bytes) -> MQTTErrorCode:
    """Have the library understand a packet, as if it had read it."""
    client._in_packet = {
        "command": header,
        "have_remaining": 1,
        "remaining_count": [],
        "remaining_mult": 1,
        "remaining_length": len(body),
        "packet": bytearray(body),
        "to_process": 0,
        "pos": 0,
    }
    try:
        return client._packet_handle()
    except MalformedPacket:
        return MQTTErrorCode.MQTT_ERR_PROTOCOL
