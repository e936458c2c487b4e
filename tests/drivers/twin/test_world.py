"""Networks, radios and audio ports together, as fast as they are stepped: through the cable and back, whole."""

import re
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from crosspatch_drivers.audio.registry import open_port
from crosspatch_drivers.audio.settings import AudioSettings, UdpSettings, VirtualSettings
from crosspatch_drivers.audio.virtual import Cables, VirtualPort
from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.twin.air import Over
from crosspatch_drivers.twin.officer import RATE, Officer, Samples
from crosspatch_drivers.twin.settings import TwinNetwork, TwinRadio, TwinSettings
from crosspatch_drivers.twin.world import World, faults

GROUP = 1001


def cable(end: str, name: str = "wire", **change: object) -> VirtualSettings:
    return VirtualSettings(driver="virtual", cable=name, end=end, **change)  # type: ignore[arg-type]


def network(name: str = "c2000", **change: object) -> TwinNetwork:
    values: dict[str, object] = {"mcc": 204, "mnc": 1, "groups": (GROUP,), "audio_offset_ms": 0.0, **change}
    return TwinNetwork(id=name, **values)  # type: ignore[arg-type]


def radio(name: str = "nl-1", ssi: int = 9001, audio: AudioSettings | None = None, **change: object) -> TwinRadio:
    values: dict[str, object] = {"network": "c2000", "group": GROUP, **change}
    return TwinRadio(id=name, ssi=ssi, audio=audio or cable("b"), **values)  # type: ignore[arg-type]


def settings(*radios: TwinRadio, networks: tuple[TwinNetwork, ...] = (network(),)) -> TwinSettings:
    return TwinSettings(networks=networks, radios=radios or (radio(),), run_dir="unused")


class Bench:
    """A world and the gateway's end of its cable."""

    def __init__(self, made: TwinSettings, near: VirtualSettings | None = None) -> None:
        self.cables = cables = Cables()
        self.overs: list[tuple[str, Over]] = []
        self.world = World(made, partial(open_port, cables=cables), lambda name, over: self.overs.append((name, over)))
        self.port: VirtualPort = cables.end(near or cable("a"))
        self.now = 5.0
        self.world.start(self.now)
        self.port.open()
        self.lines: dict[str, bytes] = dict.fromkeys(self.world.radios, b"")

    def step(self, sent: Samples | None = None) -> Samples:
        """10 ms; what the gateway hears on its first channel."""
        self.now += 0.01
        if sent is not None:
            self.port.tx.write(np.stack([sent] * self.port.format.channels))
        self.port.pump(self.now)
        self.world.step(self.now)
        for name, each in self.world.radios.items():
            self.lines[name] += each.take(self.now)
        block = np.zeros((self.port.format.channels, self.port.rx.fill), np.float32)
        self.port.rx.read(block)
        return block[0]

    def run(self, seconds: float) -> Samples:
        return np.concatenate([self.step() for _ in range(round(seconds * 100))])

    def say(self, name: str, *commands: str) -> None:
        for command in commands:
            self.world.feed(name, command.encode() + b"\r", self.now)
            self.run(0.05)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench(settings())
    yield bench
    bench.world.close()


def noise(seconds: float) -> Samples:
    return np.random.default_rng(3).uniform(-0.5, 0.5, round(seconds * RATE)).astype(np.float32)


def holds(clip: Samples, sound: Samples) -> bool:
    """Whether the clip is in the sound, sample for sample."""
    return any(np.array_equal(sound[at : at + clip.size], clip) for at in np.flatnonzero(sound == clip[0]))


def test_an_officer_comes_out_of_the_radio_s_cable(bench: Bench) -> None:
    clip = noise(0.5)
    bench.world.speak("c2000", Officer(bench.world.networks["c2000"].identity(5001), clip), GROUP, 1, bench.now)
    assert holds(clip, bench.run(1.5))
    assert [name for name, _ in bench.overs] == ["c2000"]


def test_what_the_gateway_plays_while_granted_is_recorded_whole(bench: Bench) -> None:
    bench.say("nl-1", "ATE0", "AT+CTSP=2,0,0", "ATD1001")
    bench.run(0.3)
    assert b"+CTXG: 1,0,0,0" in bench.lines["nl-1"]
    clip = noise(0.5)
    for block in np.split(clip, 50):
        bench.step(block)
    bench.run(0.1)
    bench.say("nl-1", "AT+CUTXC=1")
    bench.run(0.1)
    ((_, over),) = bench.overs
    assert holds(clip, over.audio)
    assert bench.world.airs["c2000"].lost.get(bench.world.radios["nl-1"].identity, 0) == 0


def test_a_radio_does_not_hear_itself(bench: Bench) -> None:
    bench.say("nl-1", "ATD1001")
    bench.run(0.3)
    heard = np.concatenate([bench.step(noise(0.01)) for _ in range(50)])
    assert not heard.any()


def test_radios_of_one_group_hear_each_other() -> None:
    bench = Bench(settings(radio(), radio("nl-2", 9002, cable("b", "other"))))
    listener = bench.cables.end(cable("a", "other"))
    listener.open()
    bench.say("nl-1", "ATD1001")
    bench.run(0.3)
    clip, heard = noise(0.5), []
    for number in range(80):
        bench.step(clip[number * 160 :][:160] if number < 50 else None)
        listener.pump(bench.now)
        block = np.zeros((1, listener.rx.fill), np.float32)
        listener.rx.read(block)
        heard.append(block[0])
    assert holds(clip, np.concatenate(heard))
    bench.world.close()


def test_two_radios_share_a_port_by_its_channels() -> None:
    both = [radio(), radio("be-1", 9002, cable("b", channels=2, channel=1), network="astrid")]
    both[0] = radio(audio=cable("b", channels=2))
    made = settings(*both, networks=(network(), network("astrid", mcc=206)))
    bench = Bench(made, cable("a", channels=2))
    clip = noise(0.3)
    bench.world.speak("c2000", Officer(bench.world.networks["c2000"].identity(5001), clip), GROUP, 1, bench.now)
    assert holds(clip, bench.run(1.2))
    bench.world.speak("astrid", Officer(bench.world.networks["astrid"].identity(5001), clip), GROUP, 1, bench.now)
    assert not bench.run(1.2).any()  # on the other channel
    bench.world.close()


def test_a_port_of_another_rate_carries_speech() -> None:
    bench = Bench(settings(radio(audio=cable("b", rate=48000))), cable("a", rate=48000))
    tone = (0.3 * np.sin(2 * np.pi * 1000 / RATE * np.arange(RATE))).astype(np.float32)
    bench.world.speak("c2000", Officer(bench.world.networks["c2000"].identity(5001), tone), GROUP, 1, bench.now)
    heard = bench.run(2.0)
    middle = heard[np.flatnonzero(np.abs(heard) > 0.01)[0] + 4800 :][:24000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size)))
    assert np.argmax(spectrum) == 500  # 1 kHz in half a second
    assert np.max(np.abs(middle)) == pytest.approx(0.3, rel=0.02)
    bench.world.close()


def test_a_reboot_stops_the_transmission(bench: Bench) -> None:
    bench.say("nl-1", "ATD1001")
    bench.run(0.3)
    bench.world.reboot("nl-1", bench.now)
    assert not bench.world.radios["nl-1"].transmitting


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (settings(networks=(network(), network())), "two networks are named c2000"),
        (settings(radio(), radio(ssi=2, audio=cable("a"))), "two radios are named nl-1"),
        (settings(radio(network="x")), "radio nl-1: there is no network 'x'"),
        (settings(radio(group=7)), "radio nl-1: network c2000 has no talkgroup 7"),
        (settings(radio(), radio("nl-2", audio=cable("a"))), "radios nl-1 and nl-2: both are SSI 9001"),
        (settings(radio(), radio("nl-2", 2)), "radios nl-1 and nl-2: both are wired to one channel"),
        (settings(radio(audio=cable("b", channel=1))), "radio nl-1: its port has no channel 1, but 1"),
    ],
)
def test_what_does_not_fit_together_is_named(made: TwinSettings, fault: str) -> None:
    assert [line for line in faults(made) if fault in line]
    with pytest.raises(Cannot, match=re.escape(fault)):
        Bench(made)


def test_a_rate_that_does_not_go_with_the_twin_s_is_refused() -> None:
    udp = UdpSettings(driver="udp", listen="127.0.0.1:1", send="127.0.0.1:2", rate=44100)
    with pytest.raises(Cannot, match="44100"):
        World(settings(radio(audio=udp)), open_port, lambda _n, _o: None)


@pytest.mark.parametrize(
    ("net", "group", "talker", "says"),
    [
        ("nowhere", GROUP, 5001, "there is no talkgroup"),
        ("c2000", 7, 5001, "there is no talkgroup 7"),
        ("c2000", GROUP, 9001, "is a radio of the gateway"),
    ],
)
def test_nobody_speaks_where_he_cannot(bench: Bench, net: str, group: int, talker: int, says: str) -> None:
    officer = Officer(bench.world.networks["c2000"].identity(talker), noise(0.1))
    with pytest.raises(Cannot, match=says):
        bench.world.speak(net, officer, group, 1, bench.now)
