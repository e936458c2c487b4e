"""The fast lane cuts and understands what the library would, and hands it everything else."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt._packet import decode_publish
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket

from crosspatch.mqtt.arrived import Arrived
from crosspatch.mqtt.lane import Malformed, Packets, plain


def packet(header: int, body: bytes) -> bytes:
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | 0x80 * bool(length))
        if not length:
            return bytes([header, *digits]) + body


def publish(topic: bytes, payload: bytes, mid: int = 0, properties: bytes | None = b"\0") -> bytes:
    identifier = struct.pack("!H", mid) if mid else b""
    return struct.pack("!H", len(topic)) + topic + identifier + (properties or b"") + payload


BODIES = st.binary(max_size=300)


@given(packets=st.lists(st.tuples(st.integers(0, 255), BODIES), max_size=8), cuts=st.lists(st.integers(1, 50)))
def test_packets_are_whole_however_the_stream_was_cut(packets, cuts) -> None:
    stream = b"".join(packet(header, body) for header, body in packets)
    reader, found = Packets(), []
    while stream:
        size = cuts.pop() if cuts else 1000
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert found == packets


def test_a_large_packet_is_put_together_once() -> None:
    body = bytes(300_000)
    stream, reader, found = packet(0x30, body), Packets(), []
    for at in range(0, len(stream), 65536):
        found += reader.feed(stream[at : at + 65536])
    assert found == [(0x30, body)]


def test_a_length_without_end_is_malformed() -> None:
    with pytest.raises(Malformed):
        Packets().feed(b"\x30\xff\xff\xff\xff\x01")


@pytest.mark.parametrize("mqtt5", [False, True])
@pytest.mark.parametrize(("header", "mid"), [(0x30, 0), (0x31, 0), (0x32, 7), (0x3A, 65535)])
def test_a_plain_message_is_understood(header, mid, mqtt5) -> None:
    body = publish("owntracks/é/phone".encode(), b"{}", mid, b"\0" if mqtt5 else None)
    assert plain(header, body, mqtt5) == (Arrived("owntracks/é/phone", b"{}", header == 0x31), mid)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (0x20, b"\0\0"),  # CONNACK
        (0x34, publish(b"t", b"x", 1)),  # QoS 2
        (0x30, publish(b"t", b"x", properties=b"\x02\x01\x01")),
        (0x30, publish(b"", b"x", properties=b"\x03\x23\x00\x01")),  # a topic alias
        (0x30, publish(b"", b"x")),
        (0x30, publish(b"\xff", b"x")),
        (0x32, struct.pack("!H", 1) + b"t" + b"\0\0" + b"\0x"),  # identifier 0
        (0x30, b"\0"),
        (0x30, b"\0\x09t"),
        (0x30, b""),
    ],
)
def test_everything_else_is_left_to_the_library(header, body) -> None:
    assert plain(header, body, mqtt5=True) is None


@given(
    header=st.sampled_from([0x30, 0x31, 0x32, 0x33, 0x3A]),
    body=st.one_of(
        BODIES,
        st.builds(
            publish, st.text(max_size=9).map(str.encode), BODIES, st.integers(0, 65535), st.sampled_from([b"\0", None])
        ),
    ),
    mqtt5=st.booleans(),
)
def test_what_the_lane_understands_the_library_understands_alike(header, body, mqtt5) -> None:
    found = plain(header, body, mqtt5)
    if found is None:
        return
    version = MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311
    try:
        read = decode_publish(header, body, version)
    except MalformedPacket:
        pytest.fail("the library refuses it")
    message, mid = found
    assert message == Arrived(read.topic.decode(), bytes(read.payload), read.retain)
    assert mid == read.mid
