"""From one block of (channels × 160) to the ports' rings, at each port's rate and on its clock.

A port that plays by its own clock gets a little more or less than 160 samples a block, read between the samples, so
that its ring keeps its level and nothing is dropped or repeated; where nothing is said the level is set right at once.
A port that sends what it gets is given every block as it is, and nothing while nothing is said. Not for knowing what is
said.
"""

from collections.abc import Sequence

import numpy as np

from crosspatch.dsp.between import AFTER, BEFORE, TAPS, between
from crosspatch.dsp.convert import Converter
from crosspatch.dsp.servo import Levels, Servo
from crosspatch.dsp.units import BLOCK, RATE, Flags, Ints, which
from crosspatch.engine.wire import Place, Wire, rows_of
from crosspatch_drivers.audio.ring import Block
from crosspatch_drivers.audio.rings import MOST_CHANNELS, Rings, give

MARGIN, MARGIN_STEP, MARGIN_MOST = 0.003 * RATE, 0.005 * RATE, 0.06 * RATE
"""Samples (at the core's rate) that a ring keeps at least: at first; more after each time it ran dry; at most."""

CALM = 0.005
"""Share of the margin above its least that is given up in each window (0.5 s)."""

BAND = float(BLOCK)
"""Samples between the lowest and highest level that is left alone."""

SLACK = 0.005 * RATE
"""Samples above the band that are left out where nothing is said."""

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
        self._blocks = [np.zeros((wire.channels, MOST), np.float32) for wire in wires]
        loose = [number for number, wire in enumerate(wires) if not wire.clocked]
        self._converted = [number for number in loose if wires[number].rate != RATE]
        self._plain: Ints = np.array([number for number in loose if wires[number].rate == RATE], np.int64)
        self._rings = Rings([wires[number].tx for number in self._plain])
        self._sources: Ints = np.full((self._plain.size, MOST_CHANNELS), -1, np.int64)  # rows, by ring and channel
        for index, number in enumerate(self._plain):
            self._sources[index, self._rows[number].channels] = self._rows[number].rows
        self._clocked = np.array([number for number, wire in enumerate(wires) if wire.clocked], np.int64)
        rows = [(index, row) for index, number in enumerate(self._clocked) for row in self._rows[number].rows]
        self._clocked_rows = np.array([row for _, row in rows], np.int64)
        self._clock_of = np.array([index for index, _ in rows], np.int64)
        self._history: Block = np.zeros((len(rows), HISTORY), np.float32)
        self._place: Levels = np.full(self._clocked.size, float(HISTORY - AFTER))  # of the next sample, in the history
        self._servo = Servo(self._clocked.size, BAND)
        self._margin: Levels = np.full(self._clocked.size, MARGIN)
        self._missed = [0] * self._clocked.size
        self._to_skip: Ints = np.zeros(self._clocked.size, np.int64)  # blocks of silence
        self.padded: Ints = np.zeros(len(wires), np.int64)  # samples of silence put in, while nothing was said
        self.skipped: Ints = np.zeros(len(wires), np.int64)  # samples of silence left out
        self.missing: Ints = np.zeros(len(wires), np.int64)  # samples a device wanted and did not get in an over

    def push(self, block: Block, idle: Flags) -> None:
        """Hand over (channels, 160). ``idle``: wires on which nothing is said now."""
        give(self._rings.places, self._sources, block, idle[self._plain])
        for number in self._converted:
            if not idle[number] or self._wires[number].tx.fill:  # an unfinished frame is finished with silence
                self._give(number, block)
        if self._clocked.size:
            self._push_clocked(block, idle)

    def sent(self, number: int) -> tuple[int, int]:
        """Samples ever given to a wire, and of them those that have left its ring; at its own rate."""
        ring = self._wires[number].tx
        written = ring.written
        return written, written - ring.fill

    def delay(self, number: int) -> float:
        """Seconds from now until what is handed over next will have left the machine."""
        wire = self._wires[number]
        return wire.tx.fill / wire.rate + wire.latency

    def _give(self, number: int, sound: Block, first: int | None = None, count: int = BLOCK) -> None:
        """Write ``count`` samples of a wire's rows of ``sound``, or of those from ``first`` on, to its ring."""
        wire, rows = self._wires[number], self._rows[number]
        out = self._blocks[number][:, :count]
        for index, (row, channel) in enumerate(zip(rows.rows, rows.channels, strict=True)):
            out[channel] = sound[row if first is None else first + index, :count]
        wire.tx.write(out if wire.rate == RATE else self._converters[number](out))

    def _push_clocked(self, block: Block, idle: Flags) -> None:
        skip = self._levels(idle)
        sound, counts = self._reclock(block)
        first = 0
        for index, number in enumerate(self._clocked.tolist()):
            last = first + len(self._rows[number].rows)
            if not skip[index]:
                self._give(number, sound, first, int(counts[index]))
            first = last

    def _levels(self, idle: Flags) -> Flags:
        """Look after the rings' levels; which clocked wires get no block this time because they hold too much."""
        numbers = self._clocked.tolist()
        level = np.array([self._wires[number].tx.fill * RATE / self._wires[number].rate for number in numbers])
        live = np.array([self._wires[number].up for number in numbers], bool)
        quiet = idle[self._clocked]
        for index, number in enumerate(numbers):
            if self._wires[number].tx.missed != self._missed[index]:
                self._count_missed(index, number, bool(quiet[index]))
        for index in which(quiet & live & (level < self._margin)):
            self._pad(index, self._margin[index] + BAND - level[index])
        least = self._servo.step(level, self._margin, live)
        if least is not None:
            over = np.where(np.isfinite(least), least - self._margin - 2 * BAND, 0.0)
            self._to_skip = np.where(over > SLACK, over // BLOCK + 1, 0).astype(np.int64)
            self._margin += (MARGIN - self._margin) * CALM
        skip = quiet & (self._to_skip > 0)
        for index in which(skip):
            self._to_skip[index] -= 1
            self.skipped[self._clocked[index]] += BLOCK
            self._servo.spoil(index)
        return np.asarray(skip | (~live & (level > LONGEST_DOWN)))

    def _count_missed(self, index: int, number: int, quiet: bool) -> None:
        """A ring that ran dry while something was said keeps more from now on."""
        missed = self._wires[number].tx.missed
        if not quiet:
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
        ratio, whole = self._servo.ratio, np.floor(self._place)
        last = HISTORY + BLOCK - 1 - AFTER
        counts = (np.floor((last - self._place) / (1.0 + ratio)) + 1).astype(np.int64)
        columns = (whole.astype(np.int64) - BEFORE)[self._clock_of, None] + np.arange(MOST + TAPS - 1)
        windows = np.take_along_axis(sound, np.minimum(columns, sound.shape[1] - 1), axis=1)
        out = windows[:, BEFORE : BEFORE + MOST]
        apart = ((self._place != whole) | (ratio != 0.0))[self._clock_of]
        if apart.any():
            clocks = self._clock_of[apart]
            places = (self._place - whole)[clocks, None] + ratio[clocks, None] * np.arange(MOST)
            out[apart] = between(windows[apart], places.astype(np.float32))
        self._place += counts * (1.0 + ratio) - BLOCK
        self._history = sound[:, BLOCK:]
        return out, counts
