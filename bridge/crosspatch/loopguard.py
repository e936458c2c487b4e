"""Our own audio coming back: found by what it sounds like, whatever way it took and whatever identity it wears.

Another bridge, a radio in scan mode or a loudspeaker next to a microphone may return on one channel what we send on
another. A voice detector and a network both call that a talker, and a gateway that believes them feeds its own loop.
Here the course of the spectrum of what each channel received is compared with that of what each channel sent 0.1 to
2 s before: two people do not speak alike in sounds and pauses for most of a second. Work takes turns, so that a tick
has little of it, however many channels there are. Not for what is done about it. Pure; all channels at once.
"""

from dataclasses import dataclass

import numpy as np

from crosspatch.dsp.course import FRAME, Course
from crosspatch.dsp.likeness import Rough, same
from crosspatch.dsp.units import BLOCK, RATE, Flags, Ints, numbers_of
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

NEAREST, FARTHEST = 5, 100
"""Delays in frames that are looked for: 0.1 to 2 s."""

RECENT = 64
"""Frames among which a channel must have sounded to be looked at."""

ROUND, PAIRS = 4, 1024
"""Ticks in which every pair of channels gets its rough look, unless a tick would have more pairs than that."""

PROMISING, CHOICES = 1.4, 3
"""How alike a pair must be roughly for a closer look (one in fifty is by chance), and how many delays of it get one."""

REST = 5
"""Frames for which a pair rests after a closer look; one pair in a frame gets one: the most promising."""

AGAIN = 50
"""Frames after a finding in which the same pair of channels is not told again: 1 s."""

SPANS = np.array([32, 50, 90])
"""Frames back from now over which a promising delay is looked at closely: 0.64 to 1.8 s."""

LONGEST = int(SPANS.max())
DEPTH = LONGEST + FARTHEST
"""Frames that are remembered of every channel."""


@dataclass(frozen=True, slots=True)
class Echo:
    """What was sent on one row came back on another one."""

    sent_on: int
    heard_on: int
    delay_s: float
    likeness: float


class LoopGuard:
    """Listens to all channels of the engine, both ways."""

    def __init__(self, rows: int) -> None:
        """Nothing heard, nothing sent."""
        self._heard, self._sent = Course(rows, DEPTH), Course(rows, DEPTH)
        self._rough = Rough(rows, NEAREST, FARTHEST)
        self._ticks = 0
        self._frame = 0
        self._last_sent: Ints = np.full(rows, -DEPTH, np.int64)  # frame in which each row was sent on last
        self._looked: Ints = np.zeros(rows, np.int64)  # frame of each row's last rough look
        self._rests_until: Ints = np.zeros((rows, rows), np.int64)  # frame, for what was sent on and heard on

    def tick(self, received: Block, sent: Block, sending: Flags) -> list[Echo]:
        """10 ms of every channel, (rows, 160) each way; ``sending``: rows that are sent on. What came back."""
        self._heard.take(received)
        self._sent.take(sent)
        live = _live(sending, self._last_sent, self._looked, self._frame)
        if not live.size:
            return []
        self._ticks += 1
        if self._ticks % FRAME:
            self._rough.sent.step(*self._sent.step(self._frame - self._last_sent < DEPTH))
        else:
            self._rough.heard.step(*self._heard.step(~sending))
            self._frame += 1
        return self._look(live)

    def _look(self, live: Ints) -> list[Echo]:
        """What came back of the rows whose turn it is."""
        heard = numbers_of(self._heard.sounded(RECENT))
        if not heard.size:
            self._looked[:] = self._frame
            return []
        rows, frames = _due(live, self._looked, self._frame, heard.size)
        if not rows.size:
            return []
        alike = self._rough.look(rows, heard, self._frame, frames)
        if self._ticks % FRAME:
            return []
        row, column, likeness = _most_alike(alike, rows, heard, self._rests_until, self._frame)
        echo = self._closer(row, column) if likeness >= PROMISING else None
        return [] if echo is None else [echo]

    def _closer(self, row: int, heard: int) -> Echo | None:
        """Whether it is the same sound, at one of the delays at which it was most alike."""
        delays = self._rough.delays(row, heard, CHOICES)
        here, sounds_here = self._heard.row(heard)
        there, sounds_there = self._sent.row(row)
        columns = DEPTH - LONGEST - delays[:, None] + np.arange(LONGEST)
        value = same(here[-LONGEST:], there[columns], sounds_here[-LONGEST:], sounds_there[columns], SPANS)
        found = bool(value.any())
        self._rests_until[row, heard] = self._frame + (AGAIN if found else REST)
        if not found:
            return None
        span = int(np.argmax(value.any(axis=0)))
        choice = int(np.argmax(value[:, span]))
        ticks = FRAME * int(delays[choice]) + 1  # what is heard is looked at a tick after what is sent
        return Echo(row, heard, ticks * BLOCK / RATE, float(value[choice, span]))


@compiled
def _live(sending: Flags, last_sent: Ints, looked: Ints, frame: int) -> Ints:
    """Rows that are or were lately sent on; the others need no look."""
    rows, count = np.empty(sending.size, np.int64), 0
    for row in range(sending.size):
        if sending[row]:
            last_sent[row] = frame
        if frame - last_sent[row] < DEPTH:
            rows[count] = row
            count += 1
        else:
            looked[row] = frame
    return rows[:count]


@compiled
def _due(live: Ints, looked: Ints, frame: int, heard: int) -> tuple[Ints, Ints]:
    """Those of the ``live`` rows whose turn it is to be looked for on so many, and for how many frames that stands."""
    due = live[frame - looked[live] >= ROUND // FRAME]
    most = max(1, min(-(-live.size // ROUND), PAIRS // heard))
    rows = due[np.argsort(looked[due], kind="mergesort")[:most]]  # the longest ago first, else by number
    frames = frame - looked[rows]
    looked[rows] = frame
    return rows, frames


@compiled
def _most_alike(alike: Block, rows: Ints, heard: Ints, rests_until: Ints, frame: int) -> tuple[int, int, float]:
    """The pair, of those that do not rest, that is most alike: sent on, heard on, how alike."""
    row, column, most = rows[0], heard[0], np.float32(0.0)
    for i in range(rows.size):
        for j in range(heard.size):
            if alike[i, j] > most and rests_until[rows[i], heard[j]] <= frame:
                row, column, most = rows[i], heard[j], alike[i, j]
    return int(row), int(column), float(most)
