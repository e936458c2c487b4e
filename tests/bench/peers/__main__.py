"""``python -m tests.bench.peers [--pairs N] [--json]``: this engine and SvxLink side by side, in one run.

Both bridge the same pairs over raw UDP audio (16 bit, two channels, 16 kHz, 20 ms) and are keyed by voice. Speech goes
into side A of every pair; what leaves side B is compared with it. The engine runs all its stages; SvxLink has no noise
reduction, gain or limiter. Of ours the engine's process is counted, control being played by this bench.
"""

import argparse
import json
import os
import select
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from tests.bench.bench_udp import Arrivals, cpu_seconds, delays
from tests.bench.engine_rig import Engine, realtime, speech
from tests.bench.peers import svxlink
from tests.bench.table import Machine, share

from crosspatch.events import VoiceEnded, VoiceStarted
from crosspatch.orders import BeginOver, EndOver, StartLeg
from crosspatch.process.messages import ChannelSetup

RATE, FRAME = 16000, 320
"""Hz, and samples of a datagram."""

BASES = {"Crosspatch": 22400, "SvxLink": 23400}
"""First port of each."""

SILENCE, SPEECH = 1.0, 12.0
"""Seconds before the speech (and after it), and of it."""

SETTLED = 6.0
"""Seconds of speech after which the delay is the lasting one."""

ONSET, AUDIBLE = 300 / 32768, 50 / 32768
"""Magnitude from which a clip has begun, and from which something is heard."""

SETTLE_S = 3.0
"""Seconds that a bridge has to come up."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of one bridge. Times in ms."""

    bridge: str
    delay_ms: float | None  # lasting, median
    onset_lost_ms: float | None
    core_percent_per_pair: float
    silent_pairs: int


class Ours:
    """The engine in its own process; this is its control."""

    def __init__(self, pairs: int, base: int) -> None:
        names = [(f"{side}{pair}", base + 4 * pair + 2 * number) for pair in range(pairs) for number, side in _sides()]
        self._engine = Engine([_setup(name, port) for name, port in names])
        self._seen, self._over = 0, 0
        self._running: dict[str, int] = {}
        self.pid = self._engine.process.pid

    def step(self) -> None:
        """Give every voice its over."""
        self._engine.step()
        said, self._seen = self._engine.said[self._seen :], len(self._engine.said)
        for event in said:
            if isinstance(event, VoiceStarted) and event.radio.startswith("a"):
                self._over += 1
                self._running[event.radio] = self._over
                leg = "b" + event.radio[1:]
                self._engine.link.send(BeginOver(self._over, event.radio, (leg,)))
                self._engine.link.send(StartLeg(self._over, leg))
            elif isinstance(event, VoiceEnded) and event.radio in self._running:
                self._engine.link.send(EndOver(self._running.pop(event.radio)))

    def close(self) -> None:
        """End it."""
        self._engine.close()


class Theirs:
    """SvxLink."""

    def __init__(self, pairs: int, base: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process = svxlink.start(pairs, base, RATE, Path(self._folder.name))
        self.pid = self._process.pid

    def step(self) -> None:
        """It needs nobody."""

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)
        self._folder.cleanup()


def _sides() -> list[tuple[int, str]]:
    return list(enumerate("ab"))


def _setup(name: str, port: int) -> ChannelSetup:
    audio = {"driver": "udp", "listen": f"127.0.0.1:{port}", "send": f"127.0.0.1:{port + 1}"}
    return ChannelSetup(
        name, audio, None, settle_ms=0.0, look_back_ms=200.0, tail_ms=250.0, tx_gain_db=0.0, catch_up=1.25
    )


def measured(name: str, make: Callable[[int, int], Ours | Theirs], pairs: int) -> Result:
    """One bridge: all pairs at once."""
    base = BASES[name]
    ears = [_ear(base + 4 * pair + 3) for pair in range(pairs)]
    mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bridge = make(pairs, base)
    try:
        _wait(bridge, SETTLE_S)
        sound = np.pad(speech(SPEECH), round(SILENCE * RATE))
        used, sent, heard = _talk(bridge, sound, ears, mouth, base)
    finally:
        bridge.close()
        for sock in (*ears, mouth):
            sock.close()
    found = [one for one in (_compared(sound, sent, arrivals) for arrivals in heard) if one is not None]
    lasting, lost = [delay for delay, _ in found], [onset for _, onset in found]
    return Result(
        name,
        round(1000 * share(lasting, 0.5), 1) if found else None,
        round(1000 * share(lost, 0.5), 1) if found else None,
        round(100 * used / pairs, 3),
        pairs - len(found),
    )


def _ear(port: int) -> socket.socket:
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    ear.bind(("127.0.0.1", port))
    ear.setblocking(False)
    return ear


def _wait(bridge: Ours | Theirs, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        bridge.step()
        time.sleep(0.005)


def _talk(
    bridge: Ours | Theirs, sound: np.ndarray, ears: list[socket.socket], mouth: socket.socket, base: int
) -> tuple[float, list[float], list[Arrivals]]:
    """The bridge's share of a core, when each datagram went, what came where and when."""
    heard: list[Arrivals] = [[] for _ in ears]
    place = {ear: number for number, ear in enumerate(ears)}
    sent: list[float] = []
    began, before = time.monotonic(), cpu_seconds(bridge.pid)
    for number in range(sound.size // FRAME):
        while (left := began + number * FRAME / RATE - time.monotonic()) > 0:
            ready, _, _ = select.select(ears, [], [], min(left, 0.002))
            now = time.monotonic()
            for ear in ready:
                data = ear.recv(65536)
                heard[place[ear]].append((now, np.frombuffer(data, "<i2")[::2].astype(np.float32) / 32768))
            bridge.step()
        data = np.repeat((sound[number * FRAME : (number + 1) * FRAME] * 32767).astype("<i2"), 2).tobytes()
        sent.append(time.monotonic())
        for pair in range(len(ears)):
            mouth.sendto(data, ("127.0.0.1", base + 4 * pair))
    return (cpu_seconds(bridge.pid) - before) / (time.monotonic() - began), sent, heard


def _compared(sound: np.ndarray, sent: list[float], arrivals: Arrivals) -> tuple[float, float] | None:
    """Lasting delay and speech lost at the start, in seconds; None when nothing was heard."""
    loud = [number for number, (_, frame) in enumerate(arrivals) if np.abs(frame).max(initial=0.0) > AUDIBLE]
    late = _frames([arrival for arrival in arrivals if arrival[0] > sent[0] + SILENCE + SETTLED])
    added = delays(sound, sent, late)
    if not loud or not added:
        return None
    first = _frames(arrivals[loud[0] :])[:25]  # half a second from the first sound on
    heard = np.concatenate([frame for _, frame in first])
    start = int(np.argmax(np.abs(heard) > AUDIBLE))
    onset = int(np.argmax(np.abs(sound) > ONSET))
    near = sound[onset - RATE // 2 : onset + RATE + heard.size]
    likeness = np.correlate(near, heard, "valid") / np.sqrt(np.convolve(near**2, np.ones(heard.size), "valid") + 1e-6)
    place = onset - RATE // 2 + int(np.argmax(likeness)) + start
    return share(added, 0.5), max(0.0, (place - onset) / RATE)


def _frames(arrivals: Arrivals) -> Arrivals:
    """The same cut into datagrams of `FRAME` samples, each having arrived when the whole did."""
    return [
        (at, sound[start : start + FRAME])
        for at, sound in arrivals
        for start in range(0, sound.size - FRAME + 1, FRAME)
    ]


def print_table(machine: Machine, pairs: int, results: list[Result], console: Console) -> None:
    """For people."""
    console.print(machine.words(), highlight=False)
    names = {
        "delay_ms": "added delay, lasting (ms)",
        "onset_lost_ms": "speech lost at the start (ms)",
        "core_percent_per_pair": f"processor per pair, {pairs} pairs (% of a core)",
        "silent_pairs": "pairs that carried nothing",
    }
    table = Table("measured", *(result.bridge for result in results), "ratio", box=None, padding=(0, 2))
    for field, words in names.items():
        values = [getattr(result, field) for result in results]
        usable = len(values) == 2 and None not in values and values[1] and field != "silent_pairs"
        table.add_row(words, *map(str, values), f"{values[0] / values[1]:.2f}" if usable else "")
    console.print(table)


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("--pairs", type=int, default=32, metavar="N", help="two-way pairs bridged at once (32)")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    asked = parser.parse_args()
    if not 1 <= asked.pairs <= 64:
        parser.error(f"--pairs is {asked.pairs}: from 1 to 64")
    machine, console = Machine.here(), Console(stderr=True)
    bridges: dict[str, Callable[[int, int], Ours | Theirs]] = {"Crosspatch": Ours}
    if svxlink.installed():
        bridges["SvxLink"] = Theirs
    else:
        console.print("svxlink (Debian package svxlink-server) is not installed: our figures alone", style="yellow")
    results = []
    with realtime():
        for name, make in bridges.items():
            with console.status(f"measuring {name}, {SETTLE_S + SPEECH + 2 * SILENCE:.0f} s"):
                results.append(measured(name, make, asked.pairs))
    if asked.json:
        Console(soft_wrap=True).out(
            json.dumps(
                {"machine": asdict(machine), "pairs": asked.pairs, "results": list(map(asdict, results))}, indent=2
            )
        )
    else:
        print_table(machine, asked.pairs, results, Console())
    return 1 if any(result.silent_pairs for result in results if result.bridge == "Crosspatch") else 0


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main())
