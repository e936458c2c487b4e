"""From the ports' rings to one block of (channels × 160) at the core's rate and on the core's clock.

Every wire has a store that evens out its frames and its clock. It is read at a ratio a little off one, which keeps its
level, so no sample of speech is dropped or repeated. A store that runs dry gives silence and keeps more from then on;
one that holds too much, after a stall of engine or device, is shortened in the next pause. Not for filtering.
"""

from collections.abc import Sequence

import numpy as np

from crosspatch.dsp.between import AFTER, BEFORE, TAPS, between
from crosspatch.dsp.convert import Converter
from crosspatch.dsp.servo import Levels, Servo
from crosspatch.dsp.units import BLOCK, RATE, Flags, Floats, Ints, which
from crosspatch.engine.wire import Place, Wire, rows_of
from crosspatch_drivers.audio.ring import Block

CAPACITY = 1 << 15
"""Samples of each channel's store: 2 s, more than a ring holds."""

MARGIN, MARGIN_STEP, MARGIN_MOST = 0.002 * RATE, 0.005 * RATE, 0.08 * RATE
"""Samples that a store keeps at least: at first; more after each time it ran dry; at most."""

CALM = 0.0002
"""Share of the margin above its least that is given up in each tick that did not run dry: half in half a minute."""

BAND = float(BLOCK)
"""Samples between the lowest and highest level that is left alone: where in a tick a frame comes is not known."""

EXCESS = 0.015 * RATE
"""Samples above the band that are left out of the next pause, rather than worked off by the ratio."""

MOST_EXCESS = 0.5 * RATE
"""The same when there is no pause: so much too late is worse than a gap."""

PIECE = 80
"""Samples by which a pause is looked for."""

RISE, PAUSE = 1.01, 4.0
"""Growth of the least power of a channel in a tick (4 dB a second), and how much above it is still a pause (6 dB)."""

STREAM = 10
"""Ticks without a sample after which a wire counts as not flowing: its store waits for a new beginning."""

SKIP_FADE = 64
"""Samples over which the sound before and after a skip are mixed."""


class Intake:
    """All wires' receive sides."""

    def __init__(self, wires: Sequence[Wire], places: Sequence[Place]) -> None:
        """``places[row]`` is where the core's channel ``row`` comes from."""
        self._wires = wires
        self._rows = rows_of(len(wires), places)
        self._wire_of = np.array([place.wire for place in places], np.int64)
        self._converters = [Converter(wire.channels, wire.rate, RATE) for wire in wires]
        self._scratch = [np.zeros((wire.channels, wire.rx.capacity), np.float32) for wire in wires]
        self._store: Block = np.zeros((len(places), CAPACITY), np.float32)
        self._head: Ints = np.full(len(wires), AFTER, np.int64)  # samples ever stored
        self._tail: Levels = np.zeros(len(wires))  # place of the next sample to be read
        self._margin: Levels = np.full(len(wires), MARGIN)
        self._quiet_for: Ints = np.full(len(wires), STREAM, np.int64)  # ticks without a sample
        self._servo = Servo(len(wires), BAND)
        self._row = np.arange(len(places))[:, None]
        self._least_power: Floats = np.full(len(places), 1e-6, np.float32)
        self.power: Floats = np.zeros(len(places), np.float32)  # mean square of each channel's last block
        self.missing: Ints = np.zeros(len(wires), np.int64)  # samples of silence put in while a wire flowed
        self.skipped: Ints = np.zeros(len(wires), np.int64)  # samples left out because of excess

    @property
    def flowing(self) -> Flags:
        """Which wires bring sound."""
        return np.asarray(self._quiet_for < STREAM)

    @property
    def delay(self) -> Levels:
        """Seconds for which sound waits in each wire's store now."""
        return (self._head - self._tail) / RATE

    def pull(self) -> Block:
        """The next (channels, 160)."""
        self._quiet_for += 1
        for number, wire in enumerate(self._wires):
            if wire.rx.fill:
                self._take(number, wire)
        self._fill_up()
        step = 1.0 + self._servo.ratio
        block = self._read(self._tail, step)
        self._tail += BLOCK * step
        least = self._servo.step(self._head - AFTER - self._tail, self._margin, self.flowing)
        self._margin += (MARGIN - self._margin) * CALM
        if least is not None:
            block = self._shorten(block, least)
        self.power = np.asarray(np.einsum("cn,cn->c", block, block) / BLOCK, np.float32)
        self._least_power = np.minimum(np.maximum(self._least_power, 1e-9) * RISE, np.maximum(self.power, 1e-9))
        return block

    def _take(self, number: int, wire: Wire) -> None:
        """Move everything a ring holds into the store; a new beginning waits for the margin first."""
        got = self._scratch[number][:, : wire.rx.fill]
        wire.rx.read(got)
        block = self._converters[number](got)
        if self._quiet_for[number] > STREAM:
            self._restart(number)
        self._quiet_for[number] = 0
        room = CAPACITY - TAPS - int(self._head[number] - self._tail[number])
        if block.shape[1] > room:  # the engine stood still for long
            self.skipped[number] += block.shape[1] - room
            block = block[:, block.shape[1] - max(0, room) :]
        self._append(number, block)

    def _append(self, number: int, block: Block) -> None:
        rows = self._rows[number]
        count = block.shape[1]
        at = int(self._head[number]) % CAPACITY
        first = min(count, CAPACITY - at)
        for row, channel in zip(rows.rows, rows.channels, strict=True):
            self._store[row, at : at + first] = block[channel, :first]
            if first < count:
                self._store[row, : count - first] = block[channel, first:]
        self._head[number] += count

    def _restart(self, number: int) -> None:
        """Begin with as much silence as the margin, and nothing else."""
        self._servo.spoil(number)
        self._tail[number] = float(self._head[number] - AFTER)
        self._append(number, np.zeros((self._wires[number].channels, int(self._margin[number])), np.float32))

    def _fill_up(self) -> None:
        """Silence for the wires that have less than a block; those that flow are short of it and keep more from now."""
        short = np.ceil(self._tail + (BLOCK - 1) * (1 + self._servo.ratio)).astype(np.int64) + AFTER + 1 - self._head
        for number in which(short > 0):
            if self._quiet_for[number] < STREAM and self._quiet_for[number] > 0:
                self.missing[number] += short[number]
                self._margin[number] = min(MARGIN_MOST, self._margin[number] + MARGIN_STEP)
            self._servo.spoil(number)
            self._append(number, np.zeros((self._wires[number].channels, int(short[number])), np.float32))

    def _read(self, tail: Levels, step: Levels) -> Block:
        """One block from ``tail`` on, (channels, 160)."""
        whole = np.floor(tail).astype(np.int64)
        columns = (whole - BEFORE)[self._wire_of, None] + np.arange(BLOCK + TAPS - 1)
        sound = self._store[self._row, columns % CAPACITY]
        places = (tail - whole)[:, None] + (step - 1.0)[:, None] * np.arange(BLOCK)
        return between(sound, places.astype(np.float32)[self._wire_of])

    def _shorten(self, block: Block, least: Levels) -> Block:
        """Leave out of a pause what a store holds too much, or out of anything when it is far too much."""
        over = np.where(np.isfinite(least), least - self._margin, 0.0)
        for number in which(over > BAND + EXCESS):
            skip = int(over[number]) if over[number] > MOST_EXCESS else self._pause(number, int(over[number]))
            if skip:
                block = self._skip(block, number, skip)
        return block

    def _pause(self, number: int, most: int) -> int:
        """Samples of pause, up to ``most``, with which the store goes on."""
        rows = np.array(self._rows[number].rows)
        pieces = most // PIECE
        columns = int(self._tail[number]) + np.arange(pieces * PIECE)
        sound = self._store[rows[:, None], columns % CAPACITY].reshape(rows.size, pieces, PIECE)
        loud = (np.einsum("cpn,cpn->cp", sound, sound) / PIECE > PAUSE * self._least_power[rows, None]).any(axis=0)
        run = int(np.argmax(loud)) if loud.any() else pieces
        return max(0, run - BLOCK // PIECE) * PIECE

    def _skip(self, block: Block, number: int, samples: int) -> Block:
        """``block``, just read, fading into what comes ``samples`` later."""
        rows, step = self._rows[number].rows, 1.0 + self._servo.ratio
        later = self._tail - BLOCK * step
        later[number] += samples
        fade = np.minimum(np.arange(BLOCK, dtype=np.float32) / SKIP_FADE, 1)
        block[rows] = block[rows] * (1 - fade) + self._read(later, step)[rows] * fade
        self._tail[number] += samples
        self.skipped[number] += samples
        self._servo.spoil(number)
        return block
