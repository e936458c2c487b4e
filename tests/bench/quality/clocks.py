"""Clocks that differ: how pure a tone stays, and where buffers stand after a day. The engine's own intake and outlet.

A device whose clock is so many parts in a million fast is played exactly: frames of 10 ms come and go by its clock.
"""

from math import ceil

import numpy as np
from tests.bench.quality.charts import lines
from tests.bench.quality.figures import Figure, Finding, Measurement, Picture, Step

from crosspatch.dsp import servo as servo_module
from crosspatch.dsp.servo import Servo
from crosspatch.dsp.units import BLOCK, RATE, TICK
from crosspatch.engine.intake import CLOCKED, Intake
from crosspatch.engine.outlet import Outlet
from crosspatch.engine.wire import Place, Wire
from crosspatch_drivers.audio.ring import Ring

PPM = (-300, -200, -50, 50, 200, 300)
"""Clocks of the devices."""

ASKED_PPM = 200
"""Those up to which the tone's purity is asked."""

HERTZ, AMPLITUDE = 1000.0, 0.1

PURE = -70.0
"""dB of everything that is not the tone."""

NOTCH = 0.1
"""Seconds in which the tone's level and phase are fitted anew, as the notch of an analyser follows them."""

SETTLED = 120.0
"""Seconds after which the loop has learnt the drift and the tone is measured."""

HOURS = 24

LATE = 0.6
"""Share of a frame by which a device's frames come at worst too late: their times are not those of its clock."""


class Devices:
    """Sound cards with clocks of their own, on the engine's intake and outlet."""

    def __init__(self) -> None:
        self.wires = [Wire(Ring(1, RATE), Ring(1, RATE), RATE, 1, True, True) for _ in PPM]
        places = [Place(number, 0) for number in range(len(PPM))]
        self.intake, self.outlet = Intake(self.wires, places), Outlet(self.wires, places)
        self.clocks = RATE * (1 + np.array(PPM) * 1e-6)
        self.given = np.zeros(len(PPM), np.int64)  # samples each device has brought so far
        self.ticks = 0
        self.dice = np.random.default_rng(2)

    def faults(self) -> np.ndarray:
        """Samples concealed, and left out, so far."""
        sides = self.intake, self.outlet
        return np.array([sum(side.missing.sum() for side in sides), sum(side.skipped.sum() for side in sides)])

    def tick(self) -> tuple[np.ndarray, np.ndarray]:
        """10 ms: what the core gets (devices, 160), and the levels of the stores and rings in ms."""
        self.ticks += 1
        late = self.dice.random(len(PPM)) * LATE * TICK
        due = ((self.ticks * TICK - late).clip(0) * self.clocks) // BLOCK * BLOCK
        for number, wire in enumerate(self.wires):
            count = int(due[number]) - int(self.given[number])
            if count > 0:
                time = (self.given[number] + np.arange(count)) / self.clocks[number]
                tone = AMPLITUDE * np.sin(2 * np.pi * HERTZ * time)
                wire.rx.write(tone[None].astype(np.float32))
                wire.tx.read(np.zeros((1, count), np.float32))
                self.given[number] += count
        block = self.intake.pull()
        self.outlet.push(block, np.zeros(len(PPM), bool))
        return block, np.array([wire.tx.fill / RATE * 1000 for wire in self.wires])


def purity(sound: np.ndarray) -> tuple[float, float]:
    """THD+N of the tone in dB, and its largest jump: second difference against that of a tone, in dB."""
    size = round(NOTCH * RATE)
    pieces = sound[: sound.size // size * size].reshape(-1, size).astype(np.float64)
    time = np.arange(size) / RATE
    turn = 2 * np.pi * HERTZ * time
    tone = np.stack([np.cos(turn), np.sin(turn)])
    basis = np.concatenate([tone, tone * time, tone * time**2]).T  # its level and phase may move, slowly
    fits = basis @ np.linalg.lstsq(basis, pieces.T, rcond=None)[0]
    rest = np.sum((pieces.T - fits) ** 2) / np.sum(fits**2)
    step = np.abs(np.diff(sound, 2)).max() / (AMPLITUDE * (2 * np.pi * HERTZ / RATE) ** 2)
    return float(10 * np.log10(rest)), float(20 * np.log10(step))


def measure(quick: bool, step: Step) -> Finding:
    """The tone, and the day."""
    devices = Devices()
    minutes = 3 if quick else 12
    heard, levels, stores = [], [], []
    for tick in range(round(minutes * 60 / TICK)):
        if tick % round(60 / TICK) == 0:
            step(f"devices that drift, minute {tick * TICK / 60 + 1:.0f}")
        block, rings = devices.tick()
        if tick == round(SETTLED / TICK):
            before = devices.faults()
        if tick * TICK >= SETTLED:
            heard.append(block)
        if tick % 100 == 0:
            levels.append(rings)
            stores.append(devices.intake.delay * 1000)
    for _ in range(minutes, 12):
        step("skipped")
    sound = np.concatenate(heard, axis=1)
    found = {ppm: purity(row) for ppm, row in zip(PPM, sound, strict=True)}
    asked = [found[ppm] for ppm in PPM if abs(ppm) <= ASKED_PPM]
    worst, jump = max(value for value, _ in asked), max(value for _, value in asked)
    beyond = max(found[ppm][0] for ppm in PPM)
    note = f"{minutes - SETTLED / 60:.0f} min at ±50 and ±200 ppm, frames up to 6 ms late; {beyond:.1f} dB at ±300 ppm"
    ok = worst <= PURE
    figures = [Figure("1 kHz tone from a clock that drifts: THD+N", f"{worst:.1f} dB", f"≤ {PURE:g} dB", ok, note)]
    note = "largest second difference of the samples against that of the tone; 0 dB: none"
    figures.append(Figure("the same: discontinuity", f"{jump:+.2f} dB", "≤ +0.5 dB", jump <= 0.5, note))
    missing, skipped = devices.faults() - before
    note = f"±50 to ±300 ppm, both directions; {before[0]} and {before[1]} in the first {SETTLED:g} s"
    value = f"{missing} concealed, {skipped} left out"
    figures.append(Figure("samples lost to drift", value, "none", not missing and not skipped, note))
    step("a day")
    figures.append(_day(devices.dice))
    return Finding(figures, [_picture("Stores that devices fill", stores), _picture("Rings that devices play", levels)])


def _picture(title: str, levels: list[np.ndarray]) -> Picture:
    time, rows = np.arange(len(levels)) / 60, np.array(levels).T
    return Picture(
        title, lines({f"{p:+} ppm": (time, row) for p, row in zip(PPM, rows, strict=True)}, "min", "ms held")
    )


def _day(dice: np.random.Generator) -> Figure:
    """The loop through a day, by the least level of each half second, as it sees them itself."""
    window, tick = servo_module.WINDOW, servo_module.TICK
    servo_module.WINDOW, servo_module.TICK = 1, window * tick
    try:
        return _held(dice, window * tick)
    finally:
        servo_module.WINDOW, servo_module.TICK = window, tick


def _held(dice: np.random.Generator, seconds: float) -> Figure:
    drift = np.array(PPM) * 1e-6
    low, live = np.full(drift.size, CLOCKED), np.ones(drift.size, bool)
    servo, true = Servo(drift.size, float(BLOCK)), np.full(drift.size, CLOCKED + BLOCK)
    least, most = np.full(drift.size, np.inf), np.zeros(drift.size)
    count = ceil(HOURS * 3600 / seconds)
    for number in range(count):
        true += (drift - servo.ratio) * RATE * seconds
        seen = true - (number * seconds * drift * RATE) % BLOCK - dice.random(drift.size) * LATE * BLOCK
        servo.step(seen, low, live)
        if number * seconds > SETTLED:
            least, most = np.minimum(least, seen), np.maximum(most, seen)
    ms = 1000 / RATE
    ok = bool(least.min() > 0 and most.max() < CLOCKED + 3 * BLOCK)
    value = f"{least.min() * ms:.1f} to {most.max() * ms:.1f} ms"
    note = f"±50 to ±300 ppm; never empty, its target is {CLOCKED * ms:.0f} ms and a frame"
    asked = f"0 to {(CLOCKED + 3 * BLOCK) * ms:.0f} ms"
    return Figure(f"level held through {HOURS} simulated hours of drift", value, asked, ok, note)


MEASUREMENT = Measurement("clocks", 13, measure)
