"""Overs under way: recorded from their start, kept for each leg until its grant, played from the first sample.

Each leg reads its over at a place of its own, from the first sample or, if it joins later, from where it is told; an
over that others may still join is kept until it is said that none will. A leg that is behind leaves out parts of
pauses and, where its radio's speed allows it, what speech repeats. It is finished when its last sample has been handed
over; whether that has left the machine is for the core to see. Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.pauses import AFTER_SPEECH, LOOK, left_out
from crosspatch.dsp.squeeze import NEEDED, SAVED, SHORTEST, Credits, seams
from crosspatch.dsp.tape import BLOCKS, CAPACITY, Tape, unwind
from crosspatch.dsp.units import BLOCK, RATE, TICK, Flags, Floats, Ints, numbers_of, which
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

FAR = np.iinfo(np.int64).max
"""The end of an over that has not ended."""

EARLY = TICK / 2
"""Seconds by which a block may begin before its time, so that it is the one nearest to it."""

UNNOTICED, LEFT = round(0.05 * RATE), round(0.03 * RATE)
"""Samples of backlog that words are not squeezed for, and that stay when they were: nobody notices so little delay."""


@dataclass(slots=True)
class Over:
    """One over's recording."""

    number: int
    source: int  # row
    track: int
    captured_at: float  # when the first sample reached the machine
    keep: int = 0  # samples that legs which join later find; 0: none joins
    tone: bool = False  # a sound of our own: it keeps its length
    legs: set[int] = field(default_factory=set)  # rows that still need it
    tail: int | None = None  # blocks still to be recorded, once the talker has ended
    complete_at: float = 0.0  # when the last sample reached the machine

    @property
    def complete(self) -> bool:
        """Everything is recorded."""
        return self.tail == 0


@dataclass(slots=True)
class Part:
    """One leg's part of an over."""

    over: Over
    row: int
    first: int = 0  # the place it begins at
    start_at: float | None = None  # granted: from then on it plays
    started: bool = False
    held: bool = False  # started, and waits to go on
    delay_start_ms: float = 0.0
    played: int = 0
    skipped: int = 0
    lost: int = 0


class Overs:
    """All overs of the engine. Rows are the core's channels."""

    def __init__(
        self, look_back: Sequence[int], tail: Sequence[int], speed: Sequence[float], *, spare: int = 0
    ) -> None:
        """``look_back`` and ``tail``: blocks kept from before an over's start and recorded after its end, by row.

        ``speed``: the most at which each row plays when it is behind, 1 and more. ``spare`` overs fit beyond one for
        each row.
        """
        rows = len(look_back)
        self._tape = Tape(rows + spare)
        self._speed = np.array(speed, np.float32)
        self._pace = self._speed.copy()  # of what each row plays now
        self._credits = Credits(rows)
        self._numbers = np.arange(BLOCK)
        self._fade = ((self._numbers + 1) / BLOCK).astype(np.float32)
        self._look_back, self._tail = look_back, tail
        deepest = max(look_back, default=0)
        self._past: Block = np.zeros((deepest + 1, rows, BLOCK), np.float32)  # by tick, in a circle
        self._past_quiet = np.ones((deepest + 1, rows), bool)
        self._carried = np.full(rows, -1, np.int64)  # the last block of each row that an over has recorded
        self._tick = 0
        self._overs: dict[int, Over] = {}
        self._recorded: tuple[list[Over], Ints, Ints] | None = None  # those that are, their sources and tracks
        self._parts: dict[int, Part] = {}
        self._playing = np.zeros(rows, bool)
        self._track: Ints = np.zeros(rows, np.int64)
        self._place: Ints = np.zeros(rows, np.int64)
        self._end: Ints = np.full(rows, FAR, np.int64)
        self._trail: dict[int, npt.NDArray[np.float32]] = {}  # what a dropped leg would have played next, to fade in
        self.refused = 0  # orders for unknown overs or legs, and overs beyond what the tape holds

    @property
    def playing(self) -> Flags:
        """Rows that play an over now."""
        return self._playing

    def part(self, over: int, row: int) -> Part | None:
        """A leg's part of an over, if it has one."""
        part = self._parts.get(row)
        return part if part is not None and part.over.number == over else None

    # ---- orders -----------------------------------------------------------------------------------------------

    def begin(self, number: int, source: int, legs: Sequence[int], captured_at: float, keep_s: float = 0.0) -> None:
        """Record ``source`` from its look-back on, for ``legs``. ``captured_at``: of what the next block will hold.

        With ``keep_s`` others may `join`, and find as much, until `forget`.
        """
        track = self._track_for(number)
        if track is None:
            return
        fresh = int(self._tick - 1 - self._carried[source])  # blocks that no over before has recorded
        back = max(0, min(self._look_back[source], self._tick, fresh))
        over = Over(number, source, track, captured_at - back * TICK, round(keep_s * RATE))
        self._overs[number], self._recorded = over, None
        tracks = np.array([track])
        for tick in range(self._tick - back, self._tick):
            at = tick % len(self._past)
            self._tape.write(tracks, self._past[at, [source]], self._past_quiet[at, [source]])
        for row in legs:
            self._take_part(over, row, 0)
        self._forget_if_done(over)

    def join(self, number: int, legs: Sequence[int], back_s: float | None) -> None:
        """``legs`` take part from now on, from ``back_s`` seconds ago or from all that is kept for them."""
        over = self._overs.get(number)
        if over is None or not over.keep:
            self.refused += 1
            return
        written = int(self._tape.written[over.track])
        back = over.keep if back_s is None else min(over.keep, round(back_s * RATE))
        first = max(0, written - back) // BLOCK * BLOCK
        for row in legs:
            self._take_part(over, row, max(0, min(first, written - BLOCK)) if over.complete else first)

    def forget(self, number: int) -> None:
        """Nobody joins any more."""
        over = self._overs.get(number)
        if over is not None:
            over.keep = 0
            self._forget_if_done(over)

    def tone(self, number: int, row: int, sound: Floats, now: float) -> None:
        """An over of whole blocks of ``sound`` for a leg, complete from the start; another leg may hear it, too."""
        known = self._overs.get(number)
        if known is not None and known.complete:
            self._take_part(known, row, 0)
            return
        track = self._track_for(number)
        if track is None:
            return
        tracks = np.array([track])
        for start in range(0, sound.size, BLOCK):
            self._tape.write(tracks, sound[None, start : start + BLOCK], np.zeros(1, bool))
        over = Over(number, row, track, now, tone=True, tail=0, complete_at=now)
        self._overs[number] = over
        self._take_part(over, row, 0)

    def start(self, number: int, row: int, at: float) -> None:
        """The leg plays from the first sample, or from where it was held, from ``at`` on."""
        part = self.part(number, row)
        if part is None:
            self.refused += 1
        elif part.start_at is None:
            part.start_at = at

    def hold(self, number: int, row: int) -> None:
        """The leg stops where it is until it is started again. The block that fades out is played again whole then."""
        part = self.part(number, row)
        if part is None:  # it has just played its last sample
            return
        part.start_at = None
        if self._playing[row]:
            self._fade_out(part)
            part.held, self._playing[row] = True, False

    def end(self, number: int) -> None:
        """The talker has ended: the tail is recorded, then it is complete."""
        over = self._overs.get(number)
        if over is None:
            self.refused += 1
        elif over.tail is None:
            over.tail = max(1, self._tail[over.source])

    def drop(self, number: int, row: int) -> None:
        """Forget a leg's part."""
        part = self.part(number, row)
        if part is None:
            self.refused += 1
            return
        del self._parts[row]
        if self._playing[row]:
            self._fade_out(part)
        self._playing[row] = False
        part.over.legs.discard(row)
        self._forget_if_done(part.over)

    def clear(self) -> None:
        """Forget everything."""
        for row, part in list(self._parts.items()):
            self.drop(part.over.number, row)
        for over in list(self._overs.values()):
            self._forget(over)

    # ---- a tick -----------------------------------------------------------------------------------------------

    def record(self, block: Block, quiet: Flags, captured_at: Callable[[int], float]) -> None:
        """The next (rows, 160) of every channel, what of it is surely a pause, when that of a row reached us."""
        running, sources, tracks = self._recorded or self._find_recorded()
        if running:
            self._tape.write(tracks, block, quiet, sources)
            self._carried[sources] = self._tick
        for over in running:
            if over.tail is not None:
                over.tail -= 1
                if over.tail == 0:
                    self._complete(over, captured_at(over.source))
        at = self._tick % len(self._past)
        self._past[at], self._past_quiet[at] = block, quiet
        self._tick += 1

    def play(self, now: float) -> tuple[Block, list[Part], list[Part]]:
        """The next (rows, 160) for every leg, silence where none plays; parts that began, and that are finished."""
        due = [part for part in self._parts.values() if (part.held or not part.started) and self._due(part, now)]
        for part in due:
            if part.held:
                part.held, self._playing[part.row] = False, True
        began = [part for part in due if not part.started]
        for part in began:
            part.started = True
            part.delay_start_ms = 1000 * (now - part.over.captured_at - part.first / RATE)
            self._playing[part.row] = True
            self._track[part.row] = part.over.track
            self._place[part.row] = part.first
            self._pace[part.row] = 1.0 if part.over.tone else self._speed[part.row]
            self._credits.clear(part.row)
        out = np.zeros((self._playing.size, BLOCK), np.float32)
        for row, trail in self._trail.items():
            out[row] = trail
        self._trail.clear()
        rows = numbers_of(self._playing)
        finished: list[Part] = []
        if rows.size:
            credit = self._credits.samples, self._pace
            rest = _played(*self._tape.state, rows, self._track, self._place, self._end, credit, out)
            if rest.size:
                self._skip_lost(rest)
                out[rest] = self._next(rest)
            done = rows[self._place[rows] >= self._end[rows]]
            finished = [self._parts[row] for row in done]
        for part in finished:
            part.played = int(self._end[part.row]) - part.first - part.skipped - part.lost
            self._playing[part.row] = False
            self.drop(part.over.number, part.row)
        return out, began, finished

    def _find_recorded(self) -> tuple[list[Over], Ints, Ints]:
        running = [over for over in self._overs.values() if not over.complete]
        sources, tracks = [over.source for over in running], [over.track for over in running]
        self._recorded = running, np.array(sources, np.int64), np.array(tracks, np.int64)
        return self._recorded

    def _track_for(self, number: int) -> int | None:
        """A track for a new over."""
        track = None if number in self._overs else self._tape.take()
        self.refused += track is None
        return track

    def _take_part(self, over: Over, row: int, first: int) -> None:
        old = self._parts.get(row)
        if old is not None:
            self.drop(old.over.number, row)
        over.legs.add(row)
        self._parts[row] = Part(over, row, first)
        self._end[row] = self._tape.written[over.track] if over.complete else FAR

    def _due(self, part: Part, now: float) -> bool:
        if self._playing[part.row] or part.start_at is None or now + EARLY < part.start_at:
            return False
        return bool(self._tape.written[part.over.track])

    def _fade_out(self, part: Part) -> None:
        """What a leg that stops would have played next, for its strip to fade."""
        row = part.row
        if self._place[row] + BLOCK <= self._tape.written[part.over.track]:
            self._trail[row] = self._tape.read(self._track[[row]], self._place[[row]])[0]

    def _next(self, rows: Ints) -> Block:
        tracks, places = self._track[rows], self._place[rows]
        sound = self._tape.read(tracks, places)
        room = self._tape.written[tracks] - places - BLOCK
        behind = numbers_of(room >= SHORTEST)
        if behind.size:
            skip = self._to_skip(rows[behind], room[behind])
            self._fade_over(sound, behind[skip > 0], rows, skip[skip > 0])
            places[behind] += skip
        beyond = places + BLOCK > self._end[rows]
        if beyond.any():  # the last block is seldom whole when something was left out
            sound[beyond] *= (self._numbers + places[beyond, None]) < self._end[rows][beyond, None]
        self._place[rows] = places + BLOCK
        return sound

    def _fade_over(self, sound: Block, some: Ints, rows: Ints, skip: Ints) -> None:
        """Let ``some`` rows of ``sound`` go over into what comes ``skip`` samples later."""
        if not some.size:
            return
        later = self._tape.read(self._track[rows[some]], self._place[rows[some]] + skip)
        sound[some] += (later - sound[some]) * self._fade
        for row, samples in zip(rows[some].tolist(), skip.tolist(), strict=True):
            self._parts[row].skipped += samples

    def _to_skip(self, rows: Ints, room: Ints) -> Ints:
        """Samples that each of ``rows``, which are behind, leaves out now: of a pause, or of speech at a good seam."""
        tracks, places = self._track[rows], self._place[rows]
        skip = np.minimum(left_out(self._tape.quiet(tracks, places, AFTER_SPEECH, LOOK)), room)
        self._credits.earn(rows, self._pace[rows])
        most = np.minimum(self._credits.samples[rows], np.where(room > UNNOTICED, room - LEFT, 0))
        able = numbers_of((skip == 0) & (most >= SHORTEST))
        if able.size:
            sound = self._tape.read(tracks[able], places[able], NEEDED)
            skip[able] = seams(sound, most[able].astype(np.float32))
            self._credits.samples[rows[able]] -= skip[able]
        return np.asarray(skip, np.int64)

    def _skip_lost(self, rows: Ints) -> None:
        """What a track no longer holds is lost to those who had not heard it."""
        gone = self._tape.oldest(self._track[rows]) - self._place[rows]
        for index in which(gone > 0):
            self._parts[int(rows[index])].lost += int(gone[index])
            self._place[rows[index]] += gone[index]

    def _complete(self, over: Over, captured_at: float) -> None:
        over.tail, self._recorded = 0, None
        over.complete_at = captured_at
        for row in over.legs:
            self._end[row] = self._tape.written[over.track]
        self._forget_if_done(over)

    def _forget_if_done(self, over: Over) -> None:
        if not over.legs and over.complete and not over.keep:
            self._forget(over)

    def _forget(self, over: Over) -> None:
        self._recorded = None
        if self._overs.pop(over.number, None) is not None:
            self._tape.give_back(over.track)


@compiled
def _played(
    sound: Block,
    marks: Flags,
    written: Ints,
    rows: Ints,
    track: Ints,
    place: Ints,
    end: Ints,
    credit: tuple[Floats, Floats],
    out: Block,
) -> Ints:
    """The next block of those of ``rows`` that have nothing to leave out and do not end; the others, as they were."""
    (samples, pace), rest, count = credit, np.empty(rows.size, np.int64), 0
    for row in rows:
        at, total = place[row], written[track[row]]
        room = total - at - BLOCK
        pauses = 0
        while pauses < AFTER_SPEECH and (
            at // BLOCK <= pauses or marks[track[row], (at // BLOCK - 1 - pauses) % BLOCKS]
        ):
            pauses += 1
        skips = room > UNNOTICED or (room >= SHORTEST and pauses == AFTER_SPEECH)
        if skips or room < 0 or total - CAPACITY > at or at + BLOCK > end[row]:
            rest[count] = row
            count += 1
            continue
        if room >= SHORTEST:
            samples[row] = min(samples[row] + (pace[row] - np.float32(1.0)) * np.float32(BLOCK), np.float32(SAVED))
        unwind(sound[track[row]], at, out[row])
        place[row] = at + BLOCK
    return rest[:count]
