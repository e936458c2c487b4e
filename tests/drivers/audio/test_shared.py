"""Rings in shared memory are one ring in two processes; the engine's end knows whether the card lives."""

import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from crosspatch_drivers.audio.base import AudioFormat, PortState
from crosspatch_drivers.audio.ring import Ring
from crosspatch_drivers.audio.shared import SharedRingPort, attach, create_shared_ring
from crosspatch_drivers.errors import Cannot

FORMAT = AudioFormat(48000, 1, 480)


@pytest.fixture
def descriptor() -> Iterator[int]:
    descriptor = create_shared_ring(2, 1000)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def port() -> Iterator[SharedRingPort]:
    descriptors = create_shared_ring(1, 4800), create_shared_ring(1, 4800)
    yield SharedRingPort(FORMAT, attach(descriptors[0]), attach(descriptors[1]))
    for descriptor in descriptors:
        os.close(descriptor)


def ramp(channels: int, samples: int) -> np.ndarray:
    return np.arange(channels * samples, dtype=np.float32).reshape(channels, samples)


def read(ring: Ring, samples: int) -> np.ndarray:
    out = np.zeros((ring.channels, samples), np.float32)
    ring.read(out)
    return out


def test_what_one_writes_the_other_reads(descriptor: int) -> None:
    one, other = attach(descriptor), attach(descriptor)
    assert (other.channels, other.capacity) == (2, 1000)
    one.write(ramp(2, 300))
    one.beat(7)
    assert np.array_equal(ramp(2, 300), read(other, 300))
    assert other.last_beat == 7
    assert one.fill == 0


def test_what_lies_in_one_piece_is_seen_without_a_copy_and_stays_until_it_is_skipped() -> None:
    ring = Ring(1, 10)
    sound = np.arange(14, dtype=np.float32)[None]
    ring.write(sound[:, :8])
    assert ring.view(8).tolist() == sound[:, :8].tolist()
    assert (ring.fill, ring.skip(6), ring.fill) == (8, 6, 2)
    ring.write(sound[:, 8:14])
    assert ring.view(8) is None  # it goes round the end
    assert ring.view(4).tolist() == sound[:, 6:10].tolist()


def test_a_ring_outlives_its_descriptor() -> None:
    descriptor = create_shared_ring(1, 100)
    ring = attach(descriptor)
    os.close(descriptor)
    ring.write(ramp(1, 50))
    assert np.array_equal(ramp(1, 50), read(ring, 50))


def test_a_child_reads_in_order_what_is_written_meanwhile(descriptor: int) -> None:
    child = (
        "import sys, time, numpy as np\n"
        "from crosspatch_drivers.audio.shared import attach\n"
        "ring = attach(int(sys.argv[1])); out = np.zeros((2, 97), np.float32); got = []\n"
        "while sum(block.shape[1] for block in got) < 20000:\n"
        "    size = ring.read(out)\n"
        "    got.append(out[:, :size].copy())\n"
        "    ring.beat(len(got))\n"
        "    if not size: time.sleep(0.001)\n"
        "sys.stdout.buffer.write(np.concatenate(got, axis=1).tobytes())\n"
    )
    ring, sound, given = attach(descriptor), ramp(2, 20000), 0
    process = subprocess.Popen(
        [sys.executable, "-c", child, str(descriptor)], pass_fds=[descriptor], stdout=subprocess.PIPE
    )
    while given < sound.shape[1] and process.poll() is None:
        given += ring.write(sound[:, given : given + min(333, ring.capacity - ring.fill)])
    assert sound.tobytes() == process.communicate(timeout=60)[0]
    assert ring.last_beat > 0


@pytest.mark.parametrize("content", [b"", b"short", bytes(5000)])
def test_something_else_than_a_ring_is_refused(content: bytes) -> None:
    descriptor = os.memfd_create("other")
    os.write(descriptor, content)
    with pytest.raises(Cannot, match=f"descriptor {descriptor} holds no ring"):
        attach(descriptor)
    os.close(descriptor)


def test_a_closed_descriptor_is_refused() -> None:
    descriptor = create_shared_ring(1, 10)
    os.close(descriptor)
    with pytest.raises(Cannot, match="holds no ring"):
        attach(descriptor)


def test_nobody_can_cut_the_memory_short(descriptor: int) -> None:
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 10)


def test_the_port_is_open_while_the_card_beats_and_stalled_after(port: SharedRingPort) -> None:
    assert port.state(0.0) is PortState.CLOSED
    port.open()
    port.pump(1.0)
    assert port.state(1.0) is PortState.STALLED
    port.rx.beat(1)
    port.pump(1.1)
    assert port.state(1.3) is PortState.OPEN
    port.pump(1.31)
    assert port.state(1.31) is PortState.STALLED
    port.rx.beat(2)
    port.pump(1.4)
    assert port.state(1.4) is PortState.OPEN
    port.close()
    assert port.state(1.4) is PortState.CLOSED


def test_a_beat_from_before_opening_is_no_sign_of_life(port: SharedRingPort) -> None:
    port.rx.beat(41)
    port.open()
    port.pump(1.0)
    assert port.state(1.0) is PortState.STALLED


def test_sound_captured_before_opening_is_not_heard_late(port: SharedRingPort) -> None:
    port.rx.write(ramp(1, 480))
    port.open()
    assert port.rx.fill == 0
