"""What every audio port promises, whatever it is made of: one test for all of them."""

import threading
from collections.abc import Callable

import numpy as np
import pytest

from crosspatch_codecs.pcm import from_linear, to_linear
from crosspatch_drivers.audio.base import AudioPort, PortState
from crosspatch_drivers.audio.ring import Block
from crosspatch_drivers.audio.settings import PyAudioSettings, UdpSettings, VirtualSettings
from crosspatch_drivers.audio.udp import UdpPort
from crosspatch_drivers.audio.virtual import Cables
from crosspatch_drivers.errors import Cannot, DriverError, WillReturn

from .conftest import Rig, take

ATTEMPTS = 4
"""Sound servers slip when the machine is busy: one clean passage shows that the port is whole, none that it is not."""


def noise(port: AudioPort, seconds: float, seed: int) -> Block:
    """Noise in whole frames, on 16-bit values, none of them zero: the zeros around it are told apart."""
    samples = round(seconds * port.format.rate) // port.format.frame * port.format.frame
    loud = np.random.default_rng(seed).uniform(0.05, 0.5, (port.format.channels, samples))
    signs = np.random.default_rng(seed + 1).choice([-1.0, 1.0], loud.shape)
    return from_linear(to_linear((loud * signs).astype(np.float32)))


def whole(rig: Rig, sent: Block, heard: Block) -> bool:
    """Whether ``heard`` is silence, then ``sent`` once, then silence."""
    loud = np.flatnonzero(np.abs(heard).max(axis=0) > (0.0 if rig.exact else 0.02))
    if not loud.size:
        return False
    first, last = int(loud[0]), int(loud[-1]) + 1
    if rig.exact:
        return np.array_equal(sent, heard[:, first:last])
    middle = heard[:, first : first + sent.shape[1]]
    if middle.shape != sent.shape or abs(last - first - sent.shape[1]) > 2:
        return False
    return float(np.sqrt(np.mean((middle - sent) ** 2))) < 0.01


def passes(rig: Rig, source: AudioPort, target: AudioPort) -> bool:
    for attempt in range(1 if rig.exact else ATTEMPTS):
        sent = noise(source, 0.4, attempt)
        if whole(rig, sent, rig.carry(source, target, sent)):
            return True
    return False


def test_sound_arrives_once_in_order_both_ways(rig: Rig) -> None:
    rig.open()
    assert passes(rig, rig.a, rig.b)
    assert passes(rig, rig.b, rig.a)


def test_sound_arrives_again_after_closing_and_opening(rig: Rig) -> None:
    rig.open()
    rig.close()
    rig.open()
    assert passes(rig, rig.a, rig.b)


def test_what_waited_before_opening_is_not_played_late(rig: Rig) -> None:
    rig.a.tx.write(noise(rig.a, 0.2, 0))
    rig.open()
    heard = []
    for _ in range(40):
        rig.step()
        heard.append(take(rig.b))
    assert np.abs(np.concatenate(heard, axis=1)).max(initial=0.0) == 0.0


def test_states_follow_open_and_close(rig: Rig) -> None:
    assert rig.a.state(rig.now()) is PortState.CLOSED
    rig.open()
    assert rig.a.state(rig.now()) is PortState.OPEN
    rig.a.close()
    assert rig.a.state(rig.now()) is PortState.CLOSED


def test_closing_twice_or_unopened_is_harmless(rig: Rig) -> None:
    rig.a.close()
    rig.open()
    rig.a.close()
    rig.a.close()
    assert rig.a.state(rig.now()) is PortState.CLOSED


def test_opening_twice_is_opening_once(rig: Rig) -> None:
    rig.open()
    rig.a.open()
    assert rig.a.state(rig.now()) is PortState.OPEN
    assert passes(rig, rig.a, rig.b)


def test_the_rings_stay_readable_after_closing(rig: Rig) -> None:
    rig.open()
    rig.a.tx.write(noise(rig.a, 0.2, 0))
    rig.until(lambda: rig.b.rx.fill > 0)
    rig.close()
    waiting = rig.b.rx.fill
    assert take(rig.b).shape == (rig.b.format.channels, waiting)


def test_pumping_returns_at_once_whatever_the_state(rig: Rig) -> None:
    def pump_everything() -> None:
        rig.a.pump(rig.now())
        rig.open()
        rig.a.tx.write(noise(rig.a, 2.0, 0))  # more than fits
        for _ in range(20):
            rig.step()
        rig.close()
        rig.a.pump(rig.now())

    worker = threading.Thread(target=pump_everything, daemon=True)
    worker.start()
    worker.join(60)  # a pump that waits for the far end waits for ever
    assert not worker.is_alive()


def test_a_port_nobody_reads_keeps_the_oldest_and_counts_the_rest(rig: Rig) -> None:
    rig.open()
    sound = np.concatenate([noise(rig.a, 0.5, seed) for seed in range(4)], axis=1)
    given = 0
    while rig.b.rx.dropped == 0:
        given = (given + rig.a.tx.write(sound[:, given : given + rig.a.format.frame])) % sound.shape[1]
        rig.step()
    assert rig.b.rx.capacity - rig.b.rx.fill < rig.b.format.frame


def test_what_a_port_holds_back_is_a_time(rig: Rig) -> None:
    rig.open()
    assert 0.0 <= rig.a.latency() < 0.5


def taken_udp() -> AudioPort:
    first = UdpPort(UdpSettings(driver="udp", listen="127.0.0.1:0", send="127.0.0.1:9"))
    first.open()
    HELD.append(first)
    port = first.address.rpartition(":")[2]
    return UdpPort(UdpSettings(driver="udp", listen=f"127.0.0.1:{port}", send="127.0.0.1:9"))


def taken_end() -> AudioPort:
    cables = Cables()
    settings = VirtualSettings(driver="virtual", cable="wire", end="a")
    HELD.append(cables.end(settings))
    HELD[-1].open()
    return cables.end(settings)


def unlike_end() -> AudioPort:
    cables = Cables()
    HELD.append(cables.end(VirtualSettings(driver="virtual", cable="wire", end="a", rate=8000)))
    HELD[-1].open()
    return cables.end(VirtualSettings(driver="virtual", cable="wire", end="b", rate=16000))


def udp(**change: str) -> Callable[[], AudioPort]:
    return lambda: UdpPort(UdpSettings(**{"driver": "udp", "listen": "127.0.0.1:0", "send": "127.0.0.1:9", **change}))


def card(**change: object) -> Callable[[], AudioPort]:
    from crosspatch_drivers.audio.pyaudio_port import PyAudioPort

    names = {"driver": "pyaudio", "input": "one_a_in", "output": "one_a_out"}
    return lambda: PyAudioPort(PyAudioSettings(**{**names, **change}))


HELD: list[AudioPort] = []
"""Ports that stand in the way of another, closed after each test."""


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        pytest.param(udp(listen="nonsense"), Cannot, "listen 'nonsense' is not host:port", id="udp-no-port"),
        pytest.param(udp(send="127.0.0.1:65536"), Cannot, "send '127.0.0.1:65536' is not", id="udp-high-port"),
        pytest.param(udp(send="127.0.0.1:0"), Cannot, "send '127.0.0.1:0' needs a port", id="udp-port-zero"),
        pytest.param(udp(send="no such host:5000"), Cannot, "send 'no such host:5000'", id="udp-bad-host"),
        pytest.param(udp(listen="192.0.2.1:5000"), WillReturn, "listen '192.0.2.1:5000'", id="udp-not-this-box"),
        pytest.param(taken_udp, WillReturn, "listen '127.0.0.1:[0-9]+': Address already in use", id="udp-taken"),
        pytest.param(taken_end, WillReturn, "end a of cable 'wire' is in use", id="virtual-taken"),
        pytest.param(unlike_end, Cannot, "ends of cable 'wire' differ.*8000.*16000", id="virtual-unlike"),
        pytest.param(
            card(output="lost"), WillReturn, "output device is named 'lost'.*'one_a_out'", id="pulse-absent",
            marks=pytest.mark.pulse,
        ),
    ],
)  # fmt: skip
def test_a_port_that_cannot_open_says_what_is_wrong_and_stays_closed(
    pulse: object, make: Callable[[], AudioPort], kind: type[DriverError], words: str
) -> None:
    port = make()
    try:
        with pytest.raises(kind, match=words):
            port.open()
        assert port.state(0.0) is PortState.CLOSED
        port.close()
    finally:
        while HELD:
            HELD.pop().close()
