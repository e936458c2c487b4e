"""The engine's tick: how long it takes, how many channels one core carries, how late the real process is.

Half of the channels speak, each to one of the others. The tick is the core's whole work: rings, full receive and
transmit strips, over buffers; ports and sockets are measured with the process.
"""

import json
import random
import threading
import time

import numpy as np
from tests.bench.engine_rig import Engine, realtime, speech
from tests.bench.table import Row, ms, share

from crosspatch.dsp.units import BLOCK, TICK
from crosspatch.engine.core import Channel, Core
from crosspatch.engine.process import uncollected
from crosspatch.engine.wire import Place, Wire
from crosspatch.orders import BeginOver, StartLeg
from crosspatch.process.messages import ChannelSetup, EngineMeters
from crosspatch_drivers.audio.ring import Block, Ring

FRAME = 2 * BLOCK


class CoreBench:
    """A core on rings in memory, whose far ends this class plays, as datagram ports would."""

    def __init__(self, channels: int) -> None:
        self.wires = [Wire(Ring(1, 16000), Ring(1, 16000), 16000, 1, clocked=False, up=True) for _ in range(channels)]
        names = [f"r{number}" for number in range(channels)]
        setups = [
            Channel(name, Place(number, 0), settle_ms=0.0, look_back_ms=200.0, tail_ms=250.0, tx_gain_db=0.0)
            for number, name in enumerate(names)
        ]
        self.core = Core(self.wires, setups)
        self.sound = speech(20.0)
        self.sink: Block = np.zeros((1, FRAME), np.float32)
        self.ticks = 0
        self.used = 0.0  # processor seconds of the ticks
        for number in range(0, channels - 1, 2):
            self.core.order(BeginOver(number + 1, names[number], (names[number + 1],)), 0.0)
            self.core.order(StartLeg(number + 1, names[number + 1]), 0.0)

    def tick(self) -> float:
        """One tick; the seconds it took."""
        if self.ticks % 2 == 0:
            self._feed()
        began, before = time.perf_counter(), time.thread_time()
        self.core.tick(self.ticks * TICK)
        took = time.perf_counter() - began
        self.used += time.thread_time() - before
        self.ticks += 1
        return took

    def _feed(self) -> None:
        for number, wire in enumerate(self.wires):
            if number % 2 == 0:
                at = (self.ticks * BLOCK + number * 1000) % (self.sound.size - FRAME)
                wire.rx.write(self.sound[None, at : at + FRAME])
            wire.tx.read(self.sink)


def paced(channels: int, ticks: int) -> list[float]:
    """Seconds of each of so many ticks, one every 10 ms and without collections of garbage, as the engine makes them.

    Without a pause they would find all they need in the processor's caches; and a process at real-time priority that
    never sleeps is held up by the kernel for 50 ms in every second.
    """
    bench = CoreBench(channels)
    took = []
    with uncollected():
        due = time.monotonic()
        for _ in range(100 + ticks):
            due += TICK
            time.sleep(max(0.0, due - time.monotonic()))
            took.append(bench.tick())
    return took[100:]


def cost(channels: int, ticks: int) -> float:
    """Processor seconds of a tick, in the mean."""
    bench = CoreBench(channels)
    for _ in range(100):
        bench.tick()
    before = bench.used
    for _ in range(ticks):
        bench.tick()
    return (bench.used - before) / ticks


def tick_rows(quick: bool) -> list[Row]:
    with realtime() as permitted:
        how = "real-time priority" if permitted else "no real-time priority: other work on the box shows"
        rows = []
        for channels, full in ((2, 1000), (16, 1000), (64, 5000)):
            took = paced(channels, 500 if quick else full)
            reach = {64: "p50 1.5 ms, p99.9 5 ms"}.get(channels, "")
            value = f"p50 {ms(share(took, 0.5), 2)}, p99 {ms(share(took, 0.99), 2)}, p99.9 {ms(share(took, 0.999), 2)}"
            rows.append(Row(f"engine: tick, {channels} channels", value, reach, f"{len(took)} ticks, {how}"))
    few, many = 100, 300
    means = {channels: cost(channels, 200 if quick else 1000) for channels in (few, many)}
    each = (means[many] - means[few]) / (many - few)
    fit = int((TICK - (means[few] - few * each)) / each)
    note = (
        f"mean tick {ms(means[few], 2)} of processor with {few} channels, {ms(means[many], 2)} with {many}; "
        f"{each * 1e6:.1f} µs each"
    )
    return [*rows, Row("engine: channels one core carries", str(fit), "400", note)]


def busy(stop: threading.Event) -> None:
    """What a busy control process does: much Python, little rest."""
    dice = random.Random(1)
    while not stop.is_set():
        data = [{"id": number, "at": dice.random(), "text": "x" * 50} for number in range(2000)]
        json.loads(json.dumps(data))


def lateness_row(quick: bool) -> Row:
    """The real process beside this one, which is busy."""
    channels = [
        ChannelSetup(
            f"r{number}",
            {"driver": "udp", "listen": f"127.0.0.1:{21300 + 2 * number}", "send": f"127.0.0.1:{21301 + 2 * number}"},
            None,
            settle_ms=0.0,
            look_back_ms=0.0,
            tail_ms=0.0,
            tx_gain_db=0.0,
        )
        for number in range(4)
    ]
    engine = Engine(channels)
    stop = threading.Event()
    load = threading.Thread(target=busy, args=(stop,))
    load.start()
    try:
        engine.said.clear()
        end = time.monotonic() + (5 if quick else 60)
        while time.monotonic() < end:
            engine.step(0.01)
    finally:
        stop.set()
        load.join()
        engine.close()
    meters = [message for message in engine.said if isinstance(message, EngineMeters)][1:]
    late = [meter.late_ms_max / 1e3 for meter in meters]
    note = (
        f"{meters[-1].ticks - meters[0].ticks} ticks, work included, "
        f"{meters[-1].skipped_ticks} skipped, real-time priority {'yes' if meters[-1].realtime else 'no'}"
    )
    # The engine tells the worst of each ten ticks: one such in a hundred holds the worst tick of a thousand.
    value = f"p99.9 {ms(share(late, 0.99), 2)}, worst {ms(max(late), 2)}"
    return Row("engine: lateness beside a busy control process", value, "p99.9 2 ms", note)


def rows(quick: bool) -> list[Row]:
    """What the bench table shows."""
    return [*tick_rows(quick), lateness_row(quick)]
