"""From the ports' rings to one block of (channels × 160) at the core's rate and on the core's clock.

Every wire has a store that evens out its frames, its jitter and its clock. It is read at a ratio a little off one,
which keeps its level, so no sample of speech is dropped or repeated. A store that runs dry is concealed; if the sound
was only late, it keeps that much more from then on, less with time. One that holds too much, after a stall of engine,
device or network, is shortened in the next pause. Not for filtering.
"""

from collections.abc import Sequence

import numpy as np

from crosspatch.dsp.between import AFTER, TAPS, filters, read
from crosspatch.dsp.conceal import HISTORY, RETURN, conceal, period
from crosspatch.dsp.convert import Converter
from crosspatch.dsp.servo import Levels, Servo
from crosspatch.dsp.units import BLOCK, RATE, Flags, Floats, Ints, which
from crosspatch.engine.wire import Place, Wire, rows_of
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import READ, WRITE, Block, Ring
from crosspatch_drivers.audio.rings import Rings, copy, header, samples

CAPACITY = 1 << 15
"""Samples of each channel's store: 2 s, more than a ring holds; a power of two."""

MARGIN, CLOCKED = 0.001 * RATE, 0.012 * RATE
"""Samples that a store keeps at least: of datagrams; of a device, whose clock slides past ours."""

CALM = 0.975
"""What is left in each half second of the margin above its least: half of it after 14 s."""

BAND = float(BLOCK)
"""Samples between the lowest and highest level that is left alone: where in a tick a frame comes is not known."""

LEAST_BAND = 0.001 * RATE
"""The same where packets come so irregularly that this does not matter."""

KNOWN = 0.1
"""Share of a window in what is known of how irregularly packets come: 5 s."""

EXCESS = 0.015 * RATE
"""Samples above the band that are left out of the next pause, rather than worked off by the ratio."""

MOST_EXCESS = 0.5 * RATE
"""The same when there is no pause: so much too late is worse than a gap."""

MUCH = CAPACITY // 4
"""Samples in one go for which there may be no room."""

PIECE = 80
"""Samples by which a pause is looked for."""

RISE, PAUSE = 1.01, 4.0
"""Growth of the least power of a channel in a tick (4 dB a second), and how much above it is still a pause (6 dB)."""

QUIETEST = np.float32(1e-9)
"""Power below which it is digital silence."""

STREAM = 10
"""Ticks without a sample after which a wire counts as not flowing: its store waits for a new beginning."""

SKIP_FADE = 64
"""Samples over which the sound before and after a skip are mixed."""


class Intake:
    """All wires' receive sides."""

    def __init__(self, wires: Sequence[Wire], places: Sequence[Place]) -> None:
        """``places[row]`` is where the core's channel ``row`` comes from."""
        count = len(wires)
        self._wires = wires
        self._rings = [wire.rx for wire in wires]
        self._rows = rows_of(count, places)
        self._wire_of = np.array([place.wire for place in places], np.int64)
        self._converters = [Converter(wire.channels, wire.rate, RATE) if wire.rate != RATE else None for wire in wires]
        self._scratch = [np.zeros((wire.channels, wire.rx.capacity), np.float32) for wire in wires]
        self._store: Block = np.zeros((len(places), CAPACITY), np.float32)
        self._filters = filters()
        self._plain = np.array([not wire.clocked and wire.rate == RATE for wire in wires], bool)  # taken as it is
        self._places = Rings(self._rings).places
        pairs = [(row, channel) for rows in self._rows for row, channel in zip(rows.rows, rows.channels, strict=True)]
        self._pairs: Ints = np.array(pairs, np.int64).reshape(-1, 2)  # rows and channels, wire by wire
        self._first_pair: Ints = np.cumsum([0] + [len(rows.rows) for rows in self._rows])
        self._head: Ints = np.full(count, AFTER, np.int64)  # samples ever stored
        self._tail: Levels = np.zeros(count)  # place of the next sample to be read
        self._least: Levels = np.array([CLOCKED if wire.clocked else MARGIN for wire in wires])
        self._most_margin: Levels = np.maximum(self._least, [wire.jitter * RATE for wire in wires])
        self._margin: Levels = self._least.copy()
        self._adopt: Flags = np.zeros(count, bool)  # it ran dry: find out whether its sound was late or lost
        self._quiet_for: Ints = np.full(count, STREAM + 1, np.int64)  # ticks without a sample
        self._concealed: Ints = np.zeros(count, np.int64)  # samples since the last real one
        self._real_from: Ints = np.zeros(count, np.int64)  # place after the last silence or concealment put in
        self._period = [0] * count
        self._servo = Servo(count, BAND)
        self._clocked = np.array([wire.clocked for wire in wires], bool)
        self._packet: Ints = np.full(count, CAPACITY, np.int64)  # samples of the shortest packet of the present window
        self._most: Levels = np.full(count, -np.inf)  # level of the present window
        self._irregular: Levels = np.zeros(count)  # samples by which packets come sooner or later than even ones would
        self._least_power: Floats = np.full(len(places), 1e-6, np.float32)
        self.power: Floats = np.zeros(len(places), np.float32)  # mean square of each channel's last block
        self._flowing: Flags = np.zeros(count, bool)  # wires that bring sound
        self.flowing: Flags = np.zeros(len(places), bool)  # channels whose wire brings sound
        self.missing: Ints = np.zeros(count, np.int64)  # samples that had to be concealed
        self.skipped: Ints = np.zeros(count, np.int64)  # samples left out because of excess

    @property
    def delay(self) -> Levels:
        """Seconds for which sound waits in each wire's store now."""
        return np.asarray((self._head - self._tail) / RATE)

    def pull(self) -> Block:
        """The next (channels, 160)."""
        rings = self._places, self._pairs, self._first_pair
        counters = self._head, self._quiet_for, self._packet
        for number in which(_taken(self._plain, self._concealed, rings, counters, self._store)):
            ring = self._rings[number]
            self._take(number, ring, ring.fill)
        block, level, needed = self._read_on()
        if needed.any():
            for number in which(needed > 0):
                self._conceal(number, int(needed[number]))
            block, level, _ = self._read_on()
        least = self._servo.step(level, self._margin, self._flowing)
        if least is not None:
            self._learn_margin(least)
            self._learn_band(least)
            block = self._shorten(block, least)
        return block

    def _read_on(self) -> tuple[Block, Levels, Ints]:
        state = self._head, self._quiet_for, self._real_from
        reading = self._tail, self._servo.ratio, self._most
        found = self._flowing, self.flowing, self.power, self._least_power
        return _read_on(self._store, self._wire_of, state, reading, self._filters, found)

    # ---- in -------------------------------------------------------------------------------------------------------

    def _take(self, number: int, ring: Ring, fill: int) -> None:
        """Move everything a ring holds into the store; a new beginning waits for the margin first."""
        got = seen = ring.view(fill)
        if got is None:
            got = self._scratch[number][:, :fill]
            ring.read(got)
        convert = self._converters[number]
        block = got if convert is None else convert(got)
        if self._quiet_for[number] > STREAM:
            self._restart(number)
        elif self._concealed[number]:
            block = self._return(number, block)
        self._quiet_for[number] = self._concealed[number] = 0
        self._packet[number] = min(self._packet[number], block.shape[1])
        if block.shape[1] > MUCH:
            block = self._fitting(number, block)
        self._append(number, block)
        if seen is not None:
            ring.skip(fill)

    def _fitting(self, number: int, block: Block) -> Block:
        """The newest of a block that is longer than the room there is: the engine stood still for long."""
        room = max(0, CAPACITY - TAPS - HISTORY - int(self._head[number]) + int(self._tail[number]))
        self.skipped[number] += max(0, block.shape[1] - room)
        return block[:, max(0, block.shape[1] - room) :]

    def _append(self, number: int, block: Block) -> None:
        """Store those channels of (a wire's channels, any) that are used."""
        count = block.shape[1]
        at = int(self._head[number]) % CAPACITY
        first = CAPACITY - at
        rows = self._rows[number]
        for row, channel in zip(rows.rows, rows.channels, strict=True):
            if count <= first:
                self._store[row, at : at + count] = block[channel]
            else:
                self._store[row, at:] = block[channel, :first]
                self._store[row, : count - first] = block[channel, first:]
        self._head[number] += count

    def _restart(self, number: int) -> None:
        """Begin with as much silence as the margin, and nothing else."""
        self._servo.spoil(number)
        self._tail[number] = float(self._head[number] - AFTER)
        self._append(number, np.zeros((self._wires[number].channels, int(self._margin[number])), np.float32))
        self._real_from[number] = self._head[number]

    # ---- too little -----------------------------------------------------------------------------------------------

    def _conceal(self, number: int, count: int) -> None:
        self._servo.spoil(number)
        since = int(self._concealed[number])
        if not since:
            self._period[number] = period(self._recent(number, 0))
        fill = np.zeros((self._wires[number].channels, count), np.float32)
        fill[self._rows[number].channels] = conceal(self._recent(number, since), self._period[number], since, count)
        self._append(number, fill)
        self._concealed[number], self._real_from[number] = since + count, self._head[number]
        self._adopt[number] = True
        self.missing[number] += count

    def _return(self, number: int, block: Block) -> Block:
        """``block``, which comes after concealment, with a beginning into which that goes over."""
        size = min(RETURN, block.shape[1])
        since = int(self._concealed[number])
        before = conceal(self._recent(number, since), self._period[number], since, size)
        fade = np.arange(size, dtype=np.float32) / size
        block = block.copy()
        channels = self._rows[number].channels
        block[channels, :size] = block[channels, :size] * fade + before * (1 - fade)
        return block

    def _recent(self, number: int, since: int) -> Block:
        """The last real samples of a wire's channels, before ``since`` samples of concealment."""
        columns = (self._head[number] - since - HISTORY + np.arange(HISTORY)) & (CAPACITY - 1)
        return np.asarray(self._store[np.array(self._rows[number].rows)[:, None], columns], np.float32)

    def _learn_margin(self, least: Levels) -> None:
        """What ran dry because its sound was late, and now stands higher, keeps that; the others calm down."""
        self._margin = self._least + (self._margin - self._least) * CALM
        seen = self._adopt & np.isfinite(least)
        self._margin[seen] = np.clip(least[seen], self._margin[seen], self._most_margin[seen])
        self._adopt &= ~seen

    def _learn_band(self, least: Levels) -> None:
        """Where jitter is larger than a tick, the least level is the least: nothing slides, and the band is narrow."""
        even = np.maximum(self._packet - BLOCK, 0)
        spread = np.where(np.isfinite(least), self._most - least - even, self._irregular)
        self._irregular += KNOWN * (np.maximum(spread, 0.0) - self._irregular)
        narrow = np.clip(BAND - self._irregular, LEAST_BAND, BAND)
        self._servo.band = np.where(self._clocked, BAND, narrow)
        self._most.fill(-np.inf)
        self._packet.fill(CAPACITY)

    # ---- too much -------------------------------------------------------------------------------------------------

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
        rows, ratio = self._rows[number].rows, self._servo.ratio
        later = self._tail - BLOCK * (1.0 + ratio)
        later[number] += samples
        fade = np.minimum(np.arange(BLOCK, dtype=np.float32) / SKIP_FADE, 1)
        on = np.arange(later.size) == number
        after, _ = read(self._store, self._wire_of, later, ratio, on, self._filters, BLOCK)
        block[rows] = block[rows] * (1 - fade) + after[rows] * fade
        self.power[rows] = np.einsum("cn,cn->c", block[rows], block[rows]) / BLOCK
        self._tail[number] += samples
        self.skipped[number] += samples
        self._servo.spoil(number)
        return block


@compiled
def _taken(
    plain: Flags, concealed: Ints, rings: tuple[Ints, Ints, Ints], counters: tuple[Ints, Ints, Ints], store: Block
) -> Flags:
    """Move what the rings of ``plain`` wires hold into the store, one tick of it; which wires need a closer look."""
    (places, pairs, first_pair), (head, quiet_for, packet) = rings, counters
    closer = np.zeros(plain.size, np.bool_)
    for number in range(plain.size):
        place = places[number]
        ring = header(place)
        fill = ring[WRITE] - ring[READ]
        if not fill:
            quiet_for[number] += 1
            continue
        if not plain[number] or quiet_for[number] > STREAM or concealed[number] or fill > MUCH:
            closer[number] = True
            continue
        sound = samples(place)
        for pair in range(first_pair[number], first_pair[number + 1]):
            kept, heard = store[pairs[pair, 0]], sound[pairs[pair, 1]]
            done = 0
            while done < fill:  # in pieces that end where either of them does
                at, source = (head[number] + done) % CAPACITY, (ring[READ] + done) % place[2]
                piece = min(min(fill - done, CAPACITY - at), place[2] - source)
                copy(kept, at, heard, source, piece)
                done += piece
        ring[READ] += fill
        head[number] += fill
        quiet_for[number] = 0
        packet[number] = min(packet[number], fill)
    return closer


@compiled
def _read_on(
    store: Block,
    wire_of: Ints,
    state: tuple[Ints, Ints, Ints],
    reading: tuple[Levels, Levels, Levels],
    fixed: Floats,
    found: tuple[Flags, Flags, Floats, Floats],
) -> tuple[Block, Levels, Ints]:
    """The next block of every channel and the levels of the stores then; or what stores lack for it, in samples."""
    (head, quiet_for, real_from), (tail, ratio, most) = state, reading
    flowing, flows, power, least_power = found
    needed, level = np.zeros(head.size, np.int64), np.empty(head.size)
    for number in range(head.size):
        flowing[number] = quiet_for[number] < STREAM
        if flowing[number]:
            last = np.int64(np.ceil(tail[number] + (BLOCK - 1) * (1.0 + ratio[number]))) + AFTER + 1
            needed[number] = max(0, last - head[number])
    if needed.any():
        return np.empty((0, BLOCK), np.float32), level, needed
    block, power[:] = read(store, wire_of, tail, ratio, flowing, fixed, BLOCK)
    for row in range(power.size):
        number = wire_of[row]
        flows[row] = flowing[number]
        if power[row] > QUIETEST and tail[number] >= real_from[number]:  # what we put in says nothing of pauses
            least_power[row] = min(least_power[row] * np.float32(RISE), power[row])
    for number in range(head.size):
        if flowing[number]:
            tail[number] += BLOCK * (1.0 + ratio[number])
        level[number] = head[number] - AFTER - tail[number]
        most[number] = max(most[number], level[number])
    return block, level, needed
