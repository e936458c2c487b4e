"""Each port lives and fails for itself: told once, tried again ever more rarely, shared where radios share it."""

import socket
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from crosspatch.engine.ports import FIRST_WAIT, LONGEST_WAIT, Ports
from crosspatch.process.messages import ChannelSetup
from crosspatch_drivers.audio.registry import open_port
from crosspatch_drivers.audio.settings import VirtualSettings
from crosspatch_drivers.audio.shared import create_shared_ring
from crosspatch_drivers.audio.virtual import Cables

Said = list[tuple[str, bool, str]]


def channel(radio: str, rings: tuple[int, int] | None = None, **audio: str | int | float) -> ChannelSetup:
    return ChannelSetup(radio, audio, rings, 60.0, 200.0, 250.0, 0.0)


def virtual(radio: str, cable: str, **audio: str | int) -> ChannelSetup:
    return channel(radio, driver="virtual", cable=cable, **audio)


def make(setups: list[ChannelSetup], cables: Cables | None = None) -> tuple[Ports, Said]:
    said: Said = []
    return Ports(setups, lambda *what: said.append(what), cables), said


def until(ports: Ports, condition: Callable[[], bool]) -> None:
    """Real time, for ports that open aside."""
    end = time.monotonic() + 30.0
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        ports.step(time.monotonic())
        time.sleep(0.005)


@pytest.fixture
def taken() -> Iterator[str]:
    """An address that somebody else listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{sock.getsockname()[1]}"


def test_radios_with_equal_settings_share_a_port() -> None:
    ports, said = make([virtual("left", "x", channels=2), virtual("right", "x", channels=2, channel=1)])
    ports.step(0.0)
    assert len(ports.wires) == 1
    assert [(each.place.wire, each.place.channel) for each in ports.channels] == [(0, 0), (0, 1)]
    assert said == [("left", True, ""), ("right", True, "")]


def test_a_port_that_stops_is_told_once_and_so_is_its_return() -> None:
    cables = Cables()
    ports, said = make([virtual("one", "x"), virtual("two", "y")], cables)
    ports.step(0.0)
    driver = ports._ports[0].driver
    driver.frozen = True  # type: ignore[attr-defined]
    for tick in range(100):
        ports.step(tick * 0.01)
    driver.frozen = False  # type: ignore[attr-defined]
    for tick in range(100, 120):
        ports.step(tick * 0.01)
    assert [(radio, up) for radio, up, _ in said] == [("one", True), ("two", True), ("one", False), ("one", True)]
    assert "stands still" in said[2][2]


def test_a_port_that_is_in_use_is_tried_ever_more_rarely_until_it_opens() -> None:
    cables = Cables()
    other = open_port(VirtualSettings(driver="virtual", cable="x", end="a"), None, cables)
    other.open()
    ports, said = make([virtual("one", "x"), virtual("two", "y")], cables)
    tries = []
    opens = ports._ports[0].driver.open
    ports._ports[0].driver.open = lambda: (tries.append(now), opens())  # type: ignore[method-assign,func-returns-value,assignment]
    for tick in range(3000):
        now = tick * 0.01
        ports.step(now)
    waits = [round(later - earlier, 2) for earlier, later in pairwise(tries)]
    assert waits[0] == pytest.approx(FIRST_WAIT, abs=0.02)
    assert waits[-1] == pytest.approx(LONGEST_WAIT, abs=0.02)
    assert said[0] == ("one", False, "virtual: end a of cable 'x' is in use")
    assert len(said) == 2
    other.close()
    for tick in range(3000, 3600):
        now = tick * 0.01
        ports.step(now)
    assert said[2:] == [("one", True, "")]


@pytest.mark.parametrize(
    ("audio", "reason"),
    [
        ({"driver": "wires"}, "there is no audio driver 'wires'"),
        ({"driver": "virtual", "cable": "x", "channel": 3}, "channel 3 of a port with 1 channel(s)"),
        ({"driver": "udp", "listen": "127.0.0.1:1"}, "missing required field `send`"),
    ],
)
def test_a_channel_that_cannot_be_made_is_named_and_the_others_go_on(audio: dict[str, str | int], reason: str) -> None:
    ports, said = make([channel("bad", **audio), virtual("good", "y")])
    ports.step(0.0)
    assert [each.radio for each in ports.channels] == ["good"]
    assert [(radio, up) for radio, up, _ in said] == [("bad", False), ("good", True)]
    assert reason in said[0][2]


def test_an_address_that_is_taken_opens_when_it_is_free(taken: str) -> None:
    ports, said = make([channel("one", driver="udp", listen=taken, send="127.0.0.1:9"), virtual("two", "y")])
    until(ports, lambda: len(said) == 2)
    assert sorted(said)[1] == ("two", True, "")
    assert sorted(said)[0][:2] == ("one", False)
    assert "in use" in sorted(said)[0][2]
    ports.close()


def test_a_card_is_down_until_its_process_beats() -> None:
    rings = create_shared_ring(1, 48000), create_shared_ring(1, 48000)
    ports, said = make([channel("card", rings, driver="pyaudio", input="i", output="o", rate=48000)])
    until(ports, lambda: len(said) == 1)
    assert said[0][:2] == ("card", False)
    beats = iter(range(1, 100000))

    def up() -> bool:
        ports.wires[0].rx.beat(next(beats))
        return len(said) == 2

    until(ports, up)
    assert said[1] == ("card", True, "")
    ports.close()


def test_what_is_no_ring_is_refused() -> None:
    with socket.socket() as sock:
        rings = sock.fileno(), sock.fileno()
        ports, said = make([channel("card", rings, driver="pyaudio", input="i", output="o")])
    assert ports.channels == []
    assert "holds no ring" in said[0][2]
