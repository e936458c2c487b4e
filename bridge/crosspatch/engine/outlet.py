"""From one block of (channels × 160) to the ports' rings, at each port's rate and on its clock.

A port that plays by its own clock gets a little more or less than 160 samples a block, read between the samples, so
that its ring keeps its level and nothing is dropped or repeated; where nothing is said the level is set right at once.
A port that sends what it gets is given every block as it is. Not for knowing what is said.
"""

from collections.abc import Sequence

import numpy as np

from crosspatch.dsp.between import AFTER, BEFORE, TAPS, between
from crosspatch.dsp.convert import Converter
from crosspatch.dsp.servo import Levels, Servo
from crosspatch.dsp.units import BLOCK, RATE, Flags, Ints, which
from crosspatch.engine.wire import Place, Wire, rows_of
from crosspatch_drivers.audio.ring import Block

MARGIN, MARGIN_STEP, MARGIN_MOST = 0.003 * RATE, 0.005 * RATE, 0.06 * RATE
"""Samples (at the core's rate) that a ring keeps at least: at first; more after each time it ran dry; at most."""

CALM = 0.005
"""Share of the margin above its least that is given up in each window (0.5 s) that did not run dry."""

BAND = float(BLOCK)
"""Samples between the lowest and highest level that is left alone."""

SLACK = 0.005 * RATE
"""Samples outside of the band that are set right only where nothing is said."""

LONGEST_DOWN = 0.1 * RATE
"""Samples given to a port that does not play; more would only be late."""

MOST = BLOCK + 2
"""Samples that one block may become."""

HISTORY = TAPS + 4
"""Samples of the blocks before that reading between the samples needs."""


class Outlet:
    """All wires' transmit sides."""

    def __init__(self, wires: Sequence[Wire], places: Sequence[Place]) -> None:
        """``places[row]`` is where the core's channel ``row`` goes to."""
        self._wires = wires
        self._rows = rows_of(len(wires), places)
        self._converters = [Converter(wire.channels, RATE, wire.rate) for wire in wires]
        self._clocked = np.array([number for number, wire in enumerate(wires) if wire.clocked], np.int64)
        rows = [(index, row) for index, number in enumerate(self._clocked) for row in self._rows[number].rows]
        self._clocked_rows = np.array([row for _, row in rows], np.int64)
        self._clock_of = np.array([index for index, _ in rows], np.int64)
        self._history: Block = np.zeros((len(rows), HISTORY), np.float32)
        self._place: Levels = np.full(self._clocked.size, float(HISTORY - AFTER))  # of the next sample, in the history
        self._servo = Servo(self._clocked.size, BAND)
        self._margin: Levels = np.full(self._clocked.size, MARGIN)
        self._missed: Ints = np.zeros(self._clocked.size, np.int64)
        self._to_skip: Ints = np.zeros(self._clocked.size, np.int64)  # blocks of silence
        self.padded: Ints = np.zeros(len(wires), np.int64)  # samples of silence put in, while nothing was said
        self.skipped: Ints = np.zeros(len(wires), np.int64)  # samples of silence left out
        self.missing: Ints = np.zeros(len(wires), np.int64)  # samples a device wanted and did not get in an over

    def push(self, block: Block, idle: Flags) -> None:
        """Hand over (channels, 160). ``idle``: wires on which nothing is said now."""
        skip = self._levels(idle)
        sound, counts = self._reclock(block)
        place_of = {int(number): index for index, number in enumerate(self._clocked)}
        for number, wire in enumerate(self._wires):
            rows = self._rows[number]
            index = place_of.get(number)
            if index is not None and skip[index]:
                continue
            count = BLOCK if index is None else int(counts[index])
            out = np.zeros((wire.channels, count), np.float32)
            if index is None:
                out[rows.channels] = block[rows.rows]
            else:
                out[rows.channels] = sound[self._clock_of == index, :count]
            wire.tx.write(self._converters[number](out))

    def sent(self, number: int) -> tuple[int, int]:
        """Samples ever given to a wire, and of them those that have left its ring; at its own rate."""
        ring = self._wires[number].tx
        return ring.written, ring.written - ring.fill

    def delay(self, number: int) -> float:
        """Seconds from now until what is handed over next will have left the machine."""
        wire = self._wires[number]
        return wire.tx.fill / wire.rate + wire.latency

    def _levels(self, idle: Flags) -> Flags:
        """Look after the rings' levels; which clocked wires get no block this time because they hold too much."""
        level = np.array([self._level(int(number)) for number in self._clocked])
        quiet = idle[self._clocked]
        live = np.array([self._wires[number].up for number in self._clocked], bool)
        for index, number in enumerate(self._clocked):
            self._count_missed(index, int(number), bool(quiet[index]))
        for index in which(quiet & live & (level < self._margin)):
            self._pad(index, self._margin[index] + BAND / 2 - level[index])
        least = self._servo.step(level, self._margin, live)
        if least is not None:
            over = np.where(np.isfinite(least), least - self._margin - BAND, 0.0)
            self._to_skip = np.where(over > SLACK, over // BLOCK + 1, 0).astype(np.int64)
            self._margin += (MARGIN - self._margin) * CALM
        skip = quiet & (self._to_skip > 0)
        for index in which(skip):
            self._to_skip[index] -= 1
            self.skipped[self._clocked[index]] += BLOCK
            self._servo.spoil(index)
        return np.asarray(skip | (~live & (level > LONGEST_DOWN)))

    def _level(self, number: int) -> float:
        wire = self._wires[number]
        return wire.tx.fill * RATE / wire.rate

    def _count_missed(self, index: int, number: int, quiet: bool) -> None:
        """A ring that ran dry while something was said keeps more from now on."""
        missed = self._wires[number].tx.missed
        if missed > self._missed[index] and not quiet:
            self.missing[number] += missed - self._missed[index]
            self._margin[index] = min(MARGIN_MOST, self._margin[index] + MARGIN_STEP)
        self._missed[index] = missed

    def _pad(self, index: int, samples: float) -> None:
        number = int(self._clocked[index])
        wire = self._wires[number]
        wire.tx.write(np.zeros((wire.channels, int(samples * wire.rate / RATE)), np.float32))
        self.padded[number] += int(samples)
        self._servo.spoil(index)

    def _reclock(self, block: Block) -> tuple[Block, Ints]:
        """Clocked rows as (rows, up to `MOST`), and how many of them are to be taken, for each clocked wire."""
        sound = np.concatenate([self._history, block[self._clocked_rows]], axis=1)
        step = 1.0 + self._servo.ratio
        last = HISTORY + BLOCK - 1 - AFTER
        counts = (np.floor((last - self._place) / step) + 1).astype(np.int64)
        offsets = np.floor(self._place).astype(np.int64) - BEFORE
        columns = offsets[self._clock_of, None] + np.arange(MOST + TAPS - 1)
        windows = np.take_along_axis(sound, np.minimum(columns, sound.shape[1] - 1), axis=1)
        places = (self._place - np.floor(self._place))[:, None] + (step - 1.0)[:, None] * np.arange(MOST)
        out = between(windows, places.astype(np.float32)[self._clock_of])
        self._place += counts * step - BLOCK
        self._history = sound[:, BLOCK:]
        return out, counts
