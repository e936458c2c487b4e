"""How much of one core a twin of three networks with eight radios each takes, with somebody speaking in each."""

import time

import numpy as np
from tests.bench.table import Row

from crosspatch_drivers.audio.registry import open_port
from crosspatch_drivers.audio.settings import UdpSettings
from crosspatch_drivers.twin.officer import RATE, Officer
from crosspatch_drivers.twin.settings import TwinNetwork, TwinRadio, TwinSettings
from crosspatch_drivers.twin.world import World

NETWORKS, RADIOS = 3, 8
FIRST_PORT = 46000
TICK_MS = 10.0


def rows(quick: bool) -> list[Row]:
    """All figures of this room."""
    ticks = np.array(_ticks(300 if quick else 3000)) * 1000
    share = 100 * float(ticks.mean()) / TICK_MS
    p50, p99 = np.percentile(ticks, [50, 99])
    what = f"twin: {NETWORKS} networks of {RADIOS} radios, all speaking"
    return [
        Row(what, f"{share:.0f} % of one core", "below 100 %", f"tick p50 {p50:.2f}, p99 {p99:.2f} ms of processor")
    ]


def _ticks(count: int) -> list[float]:
    """Processor time of each tick, over real UDP ports, in nobody's time."""
    networks = [
        TwinNetwork(id=f"n{number}", mcc=204 + number, mnc=1, groups=(1001,), tot_s=0) for number in range(NETWORKS)
    ]
    radios = [
        TwinRadio(id=f"r{number}-{each}", network=f"n{number}", ssi=9000 + each, group=1001, audio=_port(number, each))
        for number in range(NETWORKS)
        for each in range(RADIOS)
    ]
    world = World(
        TwinSettings(networks=tuple(networks), radios=tuple(radios), run_dir=""),
        open_port,
        lambda _network, _over: None,
    )
    clip = np.random.default_rng(1).uniform(-0.3, 0.3, (count // 100 + 10) * RATE).astype(np.float32)
    now = 1000.0
    world.start(now)
    for network in world.networks.values():
        world.speak(network.settings.id, Officer(network.identity(5001), clip), 1001, 1, now)
    taken = []
    for _ in range(count):
        now += TICK_MS / 1000
        began = time.process_time()
        world.step(now)
        for radio in world.radios.values():
            radio.take(now)
        taken.append(time.process_time() - began)
    world.close()
    return taken


def _port(network: int, radio: int) -> UdpSettings:
    place = FIRST_PORT + 2 * (network * RADIOS + radio)
    return UdpSettings(
        driver="udp", listen=f"127.0.0.1:{place}", send=f"127.0.0.1:{place + 1}", channels=1, frame_ms=10
    )
