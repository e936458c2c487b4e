"""The buffer that evens out datagrams, on arrivals like those of real networks: its delay, and what came too late.

The traces are made: each packet has a little jitter of its own, and now and then the way is blocked for a while and
what waited arrives at once. How often and for how long is set so that the best fixed buffers are those that were
measured on real networks. A fixed buffer is judged in hindsight: the shortest that lets so few packets come too late.
Delays are those of the buffer alone: above the fastest 1 % of the packets, and without the packet's own length.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tests.bench.quality.charts import lines
from tests.bench.quality.figures import Figure, Finding, Measurement, Picture, Step
from tests.bench.quality.material import sentences

from crosspatch.dsp.units import BLOCK, RATE, TICK
from crosspatch.engine.intake import Intake
from crosspatch.engine.wire import Place, Wire
from crosspatch_drivers.audio.ring import Ring

ROOM = 10.0
"""ms of mean delay above the best fixed buffer for 0.1 % late that are asked at most."""

LATE = 0.002
"""Share of the sound that may come too late."""

SECONDS, QUICK_SECONDS = 600, 120
"""Of each trace."""

Times = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Way:
    """A network, by what was measured on one like it."""

    name: str
    packet_ms: int
    ppm: float
    spread_ms: float  # most of each packet's own jitter
    blocks: tuple[tuple[float, float], ...]  # blockages: how many a minute, how long in ms
    one: float  # ms; best fixed buffer for 1 % late, as measured on the real one
    tenth: float  # the same for 0.1 %


WAYS = (
    Way("Ethernet", 10, -13, 13.2, (), 13, 14),
    Way("Ethernet with load spikes", 5, -3, 18.8, ((0.5, 20),), 18, 19),
    Way("good Wi-Fi", 10, -21, 13.0, ((0.9, 204),), 13, 136),
    Way("bad Wi-Fi", 10, -22, 20.0, ((21, 66), (1.0, 185)), 44, 123),
    Way("2.4 GHz", 10, -2, 20.0, ((16, 83), (0.45, 408)), 55, 272),
    Way("internet", 35, 5, 50.0, ((9.2, 153), (0.5, 365)), 102, 243),
)


@dataclass(slots=True)
class Ride:
    """A way's packets on their ride through the intake, and what was seen."""

    sent: Times
    arrived: Times
    at: int = 0
    head_time: float = 0.0  # when the newest sample in the store was sent
    delays: list[float] = None  # type: ignore[assignment]
    held: list[float] = None  # type: ignore[assignment]


def trace(way: Way, seconds: float, dice: np.random.Generator) -> tuple[Times, Times]:
    """When each packet's last sample was sent, and when it arrived, by the receiver's clock; never out of order."""
    count = round(seconds * 1000 / way.packet_ms)
    sent = np.arange(1, count + 1) * way.packet_ms / 1000 * (1 - way.ppm * 1e-6)
    delay = 0.02 + dice.random(count) * way.spread_ms / 1000
    arrived = sent + delay
    for each_minute, length in way.blocks:
        for start in dice.random(round(each_minute * seconds / 60)) * seconds:
            blocked = (arrived >= start) & (arrived < start + length / 1000)
            arrived[blocked] = start + length / 1000
    return sent, np.maximum.accumulate(arrived)


def fixed(sent: Times, arrived: Times, late: float) -> float:
    """ms of the shortest fixed buffer above the fastest 1 % by which no more than that share is late."""
    delay = arrived - sent
    return 1000 * float(np.quantile(delay, 1 - late) - np.quantile(delay, 0.01))


def ride(ways: tuple[Way, ...], seconds: float, step: Step) -> tuple[Intake, list[Ride]]:
    """All traces at once through one intake, tick by tick."""
    dice = np.random.default_rng(11)
    wires = [Wire(Ring(1, RATE), Ring(1, RATE), RATE, 1, False, True) for _ in ways]
    intake = Intake(wires, [Place(number, 0) for number in range(len(ways))])
    rides = [Ride(*trace(way, seconds, dice), delays=[], held=[]) for way in ways]
    voice = sentences()["woman, sentences"]
    for tick in range(1, round(seconds / TICK)):
        now = tick * TICK
        if tick % round(60 / TICK) == 1:
            step(f"packets, minute {now / 60 + 1:.0f}")
        for way, one, wire in zip(ways, rides, wires, strict=True):
            size = way.packet_ms * RATE // 1000
            while one.at < one.arrived.size and one.arrived[one.at] <= now:
                begin = one.at * size % (voice.size - size)
                wire.rx.write(voice[None, begin : begin + size])
                one.head_time = one.sent[one.at]
                one.at += 1
        intake.pull()
        for one, held in zip(rides, intake.delay, strict=True):
            if one.at:
                one.delays.append(now - one.head_time + float(held) + BLOCK / RATE)
                one.held.append(1000 * float(held))
    return intake, rides


def measure(quick: bool, step: Step) -> Finding:
    """A row for each way."""
    seconds = QUICK_SECONDS if quick else SECONDS
    intake, rides = ride(WAYS, seconds, step)
    for _ in range(seconds // 60, SECONDS // 60):
        step("skipped")
    figures, curves = [], {}
    for number, (way, one) in enumerate(zip(WAYS, rides, strict=True)):
        fastest = float(np.quantile(one.arrived - one.sent, 0.01))
        mean = 1000 * (float(np.mean(one.delays)) - fastest) - way.packet_ms
        best, most = (fixed(one.sent, one.arrived, late) for late in (0.001, 0.01))
        late = float(intake.missing[number]) / (seconds * RATE)
        note = (
            f"best fixed buffers of this trace {most:.0f} and {best:.0f} ms for 1 and "
            f"0.1 % late (measured on a real one: {way.one:g} and {way.tenth:g} ms); {way.ppm:+g} ppm"
        )
        name = f"jitter buffer, {way.name}: mean delay"
        ok = mean <= best + ROOM
        figures.append(Figure(name, f"{mean:.1f} ms", f"≤ {best + ROOM:.1f} ms", ok, note))
        name = f"jitter buffer, {way.name}: sound that came too late"
        figures.append(Figure(name, f"{100 * late:.2f} %", f"≤ {100 * LATE} %", late <= LATE, "and was concealed"))
        held = np.array(one.held)
        curves[way.name] = (np.arange(held.size) * TICK, held)
    shown = {name: curves[name] for name in ("Ethernet with load spikes", "good Wi-Fi", "2.4 GHz")}
    return Finding(figures, [Picture("What the jitter buffer holds", lines(shown, "s", "ms held"))])


MEASUREMENT = Measurement("jitter", SECONDS // 60, measure)
