"""From radio to radio through the real engine process: what it adds, over datagrams of 20 ms, and what it costs.

Speech goes into one port in real time; what leaves the other one is laid over it. The delay of a datagram is the time
from the sample that was due at its first one's place to its arrival: a bridge that sent each datagram on at once would
add nothing.
"""

import os
import socket
import time
from pathlib import Path

import numpy as np
from scipy.signal import fftconvolve
from tests.bench.engine_rig import Engine, realtime, speech
from tests.bench.table import Row, ms, share

from crosspatch.orders import BeginOver, StartLeg
from crosspatch.process.messages import ChannelSetup
from crosspatch_drivers.twin.officer import RATE, Samples

FRAME = 320
"""Samples of a datagram: 20 ms."""

BASE = 21400
"""First port; side A of pair i is received on BASE + 4 i and sent to BASE + 4 i + 1, side B on the two after those."""

Arrivals = list[tuple[float, Samples]]


def setup(name: str, port: int) -> ChannelSetup:
    audio = {"driver": "udp", "listen": f"127.0.0.1:{port}", "send": f"127.0.0.1:{port + 1}"}
    return ChannelSetup(name, audio, None, settle_ms=0.0, look_back_ms=0.0, tail_ms=250.0, tx_gain_db=0.0)


class Pairs:
    """An engine with ``count`` two-way pairs, speech into side A of each, ears on side B of each."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.ears = [self._ear(BASE + 4 * pair + 3) for pair in range(count)]
        self.mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sides = [
            (f"{side}{pair}", BASE + 4 * pair + 2 * number) for pair in range(count) for number, side in enumerate("ab")
        ]
        self.engine = Engine([setup(name, port) for name, port in sides])
        for pair in range(count):
            self.engine.link.send(BeginOver(pair + 1, f"a{pair}", (f"b{pair}",)))
            self.engine.link.send(StartLeg(pair + 1, f"b{pair}"))

    @staticmethod
    def _ear(port: int) -> socket.socket:
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ear.bind(("127.0.0.1", port))
        ear.setblocking(False)
        return ear

    def talk(self, sound: Samples) -> tuple[float, list[float], list[Arrivals]]:
        """Say it on every side A; the processor share of the engine, when each frame went, what came where and when."""
        heard: list[Arrivals] = [[] for _ in self.ears]
        sent: list[float] = []
        began, before = time.monotonic(), cpu_seconds(self.engine.process.pid)
        for number in range(sound.size // FRAME):
            while (left := began + number * 0.02 - time.monotonic()) > 0:
                self.engine.step(min(left, 0.002))
                self._listen(heard)
            data = np.repeat((sound[number * FRAME : (number + 1) * FRAME] * 32767).astype("<i2"), 2).tobytes()
            sent.append(time.monotonic())
            for pair in range(self.count):
                self.mouth.sendto(data, ("127.0.0.1", BASE + 4 * pair))
        took = time.monotonic() - began
        return (cpu_seconds(self.engine.process.pid) - before) / took, sent, heard

    def _listen(self, heard: list[Arrivals]) -> None:
        for ear, arrivals in zip(self.ears, heard, strict=True):
            try:
                while True:
                    data = ear.recv(65536)
                    arrivals.append((time.monotonic(), np.frombuffer(data, "<i2")[::2].astype(np.float32) / 32768))
            except BlockingIOError:
                pass

    def close(self) -> None:
        self.engine.close()
        for sock in (*self.ears, self.mouth):
            sock.close()


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def place_of(sound: Samples, heard: Samples, near: int) -> int:
    """Where in ``sound``, within half a second of ``near``, ``heard`` comes from."""
    first = max(0, near - RATE // 2)
    part = sound[first : near + heard.size + RATE // 2]
    likeness = fftconvolve(part, heard[::-1], "valid")
    energy = np.convolve(part**2, np.ones(heard.size), "valid")
    return first + int(np.argmax(likeness / np.sqrt(energy + 1e-6)))


def delays(sound: Samples, sent: list[float], arrivals: Arrivals) -> list[float]:
    """Seconds added to each datagram; the places found in pieces of half a second, where the speech is clear enough."""
    added = []
    piece = 25
    stream = np.concatenate([frame for _, frame in arrivals])
    for first in range(0, len(arrivals) - piece, piece):
        heard = stream[first * FRAME : (first + piece) * FRAME]
        near = round((arrivals[first][0] - sent[0]) * RATE)
        place = place_of(sound, heard, near)
        for number in range(piece):
            at = place + number * FRAME
            if at // FRAME < len(sent) and np.mean(heard**2) > 1e-5:
                due = sent[at // FRAME] + (at % FRAME) / RATE
                added.append(arrivals[first + number][0] - due)
    return added


def rows(quick: bool) -> list[Row]:
    """What the bench table shows."""
    with realtime() as permitted:
        one = Pairs(1)
        try:
            sound = speech(10.0 if quick else 60.0)
            _, sent, heard = one.talk(sound)
        finally:
            one.close()
        added = [delay for delay in delays(sound, sent, heard[0]) if delay < 1.0]
        many = Pairs(32)
        try:
            used, _, _ = many.talk(speech(5.0 if quick else 20.0))
        finally:
            many.close()
    note = f"{len(added)} datagrams of 20 ms, {'with' if permitted else 'without'} real-time priority for the feeder"
    value = f"median {ms(share(added, 0.5))}, p99 {ms(share(added, 0.99))}, least {ms(min(added))}"
    each = 100 * used / 32
    return [
        Row("udp: added delay, radio to radio", value, "median 30 ms, p99 40 ms", note),
        Row("udp: processor per two-way pair", f"{each:.2f} % of a core", "0.35 %", "32 pairs, one side of each talks"),
    ]
