"""Datagrams as SvxLink's udp: device sends them, and everything else that may come to a socket."""

import socket
import struct
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from crosspatch_codecs.pcm import interleave
from crosspatch_drivers.audio.base import PortState
from crosspatch_drivers.audio.datagrams import MOST_AT_ONCE
from crosspatch_drivers.audio.settings import UdpSettings
from crosspatch_drivers.audio.udp import UdpPort, together

from .conftest import free_port, take


class Peer:
    """A plain socket in the place of another bridge, and the port that talks with it."""

    def __init__(self, **change: int) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(5)
        send = f"127.0.0.1:{self.sock.getsockname()[1]}"
        self.port = UdpPort(UdpSettings(driver="udp", listen="127.0.0.1:0", send=send, **change))
        self.port.open()
        host, _, number = self.port.address.rpartition(":")
        self.target = (host, int(number))

    def give(self, data: bytes) -> None:
        self.sock.sendto(data, self.target)

    def pump_until(self, condition: Callable[[], bool]) -> None:
        for _ in range(2000):
            self.port.pump(0.0)
            if condition():
                return
            time.sleep(0.005)
        pytest.fail("it did not happen")

    def close(self) -> None:
        self.sock.close()
        self.port.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()


def test_a_datagram_is_little_endian_words_channels_in_turn(peer: Peer) -> None:
    peer.give(struct.pack("<4h", 1, -2, 16384, -32768))
    peer.pump_until(lambda: peer.port.rx.fill == 2)
    expected = np.array([[1 / 32768, 0.5], [-2 / 32768, -1.0]], np.float32)
    assert np.array_equal(expected, take(peer.port))


def test_a_frame_leaves_as_one_datagram_when_it_is_whole(peer: Peer) -> None:
    left, right = np.full(320, 0.5, np.float32), np.full(320, -0.25, np.float32)
    peer.port.tx.write(np.array([left, right])[:, :319])
    peer.port.pump(0.0)
    assert peer.port.counts.sent == 0
    peer.port.tx.write(np.array([left, right])[:, :1])
    peer.port.pump(0.0)
    assert struct.pack("<2h", 16384, -8192) * 320 == peer.sock.recv(4096)
    assert peer.port.counts.sent == 1


def test_every_waiting_datagram_is_taken_in_one_pump(peer: Peer) -> None:
    for _ in range(10):
        peer.give(bytes(1280))
    peer.pump_until(lambda: peer.port.rx.fill == 3200)
    assert peer.port.counts.received == 10


def test_a_flood_ends_each_pump_all_the_same(peer: Peer) -> None:
    for _ in range(MOST_AT_ONCE + 50):
        peer.give(bytes(4))
    peer.port.pump(0.0)
    assert peer.port.counts.received <= MOST_AT_ONCE
    peer.pump_until(lambda: peer.port.counts.received == MOST_AT_ONCE + 50)


@pytest.mark.parametrize(("data", "samples"), [(b"", 0), (b"\1", 0), (bytes(7), 1), (bytes(1283), 320)])
def test_an_odd_size_gives_its_whole_samples_and_is_counted(peer: Peer, data: bytes, samples: int) -> None:
    peer.give(data)
    peer.pump_until(lambda: peer.port.counts.odd == 1)
    assert peer.port.rx.fill == samples


def test_sound_from_another_host_is_ignored_and_counted(peer: Peer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        stranger.sendto(bytes(1280), peer.target)
    peer.pump_until(lambda: peer.port.counts.foreign == 1)
    assert peer.port.rx.fill == 0


def test_sound_from_another_port_of_the_peer_is_welcome(peer: Peer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(bytes(1280), peer.target)
    peer.pump_until(lambda: peer.port.rx.fill == 320)


def test_a_peer_that_is_not_there_costs_nothing_and_is_counted(peer: Peer) -> None:
    peer.sock.close()
    silence = np.zeros((2, 320), np.float32)

    def refused() -> bool:
        peer.port.tx.write(silence)
        return peer.port.counts.refused > 0

    peer.pump_until(refused)
    assert peer.port.state(0.0) is PortState.OPEN


def test_a_peer_that_comes_back_hears_every_frame_again(peer: Peer) -> None:
    address = peer.sock.getsockname()
    peer.sock.close()
    silence = np.zeros((2, 320), np.float32)
    for _ in range(3):
        peer.port.tx.write(silence)
        peer.port.pump(0.0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
        back.bind(address)
        back.settimeout(5)
        for number in range(3):
            peer.port.tx.write(silence + np.float32(number / 4))
            peer.port.pump(0.0)
        firsts = [struct.unpack("<h", back.recv(4096)[:2])[0] for _ in range(3)]
    assert firsts == [0, 8192, 16384]


def test_a_source_silent_from_the_start_leaves_the_port_open(peer: Peer) -> None:
    peer.port.pump(0.0)
    assert peer.port.state(3600.0) is PortState.OPEN


@pytest.mark.parametrize(("rate", "channels", "frame_ms"), [(8000, 1, 40), (48000, 8, 5), (44100, 2, 10)])
def test_rate_channels_and_frame_are_settings(rate: int, channels: int, frame_ms: int) -> None:
    peer = Peer(rate=rate, channels=channels, frame_ms=frame_ms)
    frame = rate * frame_ms // 1000
    peer.port.tx.write(np.zeros((channels, frame), np.float32))
    peer.port.pump(0.0)
    assert len(peer.sock.recv(65536)) == 2 * channels * frame
    peer.close()


def test_ipv6_addresses_are_in_brackets() -> None:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 loopback here")
    port = UdpPort(UdpSettings(driver="udp", listen="[::1]:0", send=f"[::1]:{free_port()}"))
    port.open()
    assert port.state(0.0) is PortState.OPEN
    port.close()


def test_closing_frees_the_port_for_the_next() -> None:
    settings = UdpSettings(driver="udp", listen=f"127.0.0.1:{free_port()}", send="127.0.0.1:9")
    for _ in range(3):
        port = UdpPort(settings)
        port.open()
        port.close()
    assert port.address == ""


def test_ports_that_are_served_together_keep_to_themselves() -> None:
    ears = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
    ports = []
    for ear in ears:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        send = f"127.0.0.1:{ear.getsockname()[1]}"
        ports.append(UdpPort(UdpSettings(driver="udp", listen="127.0.0.1:0", send=send, channels=1, frame_ms=10)))
    served = together(ports)
    for port in ports:
        port.open()
    ports[1].close()
    for number, port in enumerate(ports):
        port.tx.write(np.full((1, 160), number / 4, np.float32))
    served.give()
    assert [struct.unpack("<h", ears[number].recv(4096)[:2])[0] for number in (0, 2)] == [0, 16384]
    assert [port.counts.sent for port in ports] == [1, 0, 1]
    for number in (0, 2):
        host, _, place = ports[number].address.rpartition(":")
        ears[number].sendto(struct.pack("<h", 100 + number) * 80, (host, int(place)))
    end = time.monotonic() + 10
    while not (ports[0].rx.fill and ports[2].rx.fill) and time.monotonic() < end:
        served.take(np.arange(3))
    assert [port.rx.fill for port in ports] == [80, 0, 80]
    assert round(take(ports[2])[0, 0] * 32768) == 102
    for closed in (*ears, *ports):
        closed.close()


@pytest.mark.parametrize("value", [0.0, 0.25, 1.0, -1.0, 3.0, -3.0, float("nan"), float("inf"), 1.5 / 32768])
def test_a_sample_leaves_as_the_codec_has_it(peer: Peer, value: float) -> None:
    frame = np.full((2, 320), value, np.float32)
    peer.port.tx.write(frame)
    peer.port.pump(0.0)
    assert interleave(frame) == peer.sock.recv(4096)
