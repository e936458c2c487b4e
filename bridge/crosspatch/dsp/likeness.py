"""Whether two channels carry the same sound, the one later than the other, by the courses of their spectra.

A rough look compares all pairs of channels at all delays, a little more with each frame: one product, averaged with a
memory of a third of a second. A close look compares one pair exactly. Not for what is done about it.
"""

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.course import BANDS
from crosspatch.dsp.units import Flags, Floats, Ints
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

COARSE = 8
"""Bands of the rough look: two of the course's at a time, over two frames."""

MEMORY = 0.95
"""What is left of a rough look's sums after a frame: the last 0.4 s count most."""

USUAL = 0.02
"""Share of a sounding frame in what is usual on its channel: 1 s of sound."""

SOFT = 30.0
"""dB² below which a frame that is hardly unusual counts for less."""

FEWEST = 10
"""Frames that must be sound, and no pause, both in what was heard and in what was sent."""

TOGETHER = 0.4
"""Share of the frames with sound in either that must have sound in both."""

FRAMES = np.array([10.0, 14.0, 18.0, 23.0, 30.0, 40.0])
LIMITS = np.array([0.885, 0.830, 0.800, 0.785, 0.700, 0.630])
"""How alike it must be, by how many frames were compared: the more there is to compare, the less two people are alike
by chance. At least 0.035 above all that two hours of different talkers reached; ``python -m tests.bench loopguard``
tries another hour."""


class Coarse:
    """What the rough look takes of every channel: how each frame differs from the usual, as a direction."""

    def __init__(self, rows: int, depth: int) -> None:
        """Nothing yet. The last ``depth`` frames are kept, twice, so that any stretch of them is one piece."""
        self.depth = depth
        self.frames: npt.NDArray[np.float32] = np.zeros((rows, COARSE, 2 * depth), np.float32)
        self.sounding: Floats = np.zeros(rows, np.float32)  # frames with sound within the `MEMORY`
        self._before: Floats = np.zeros((rows, COARSE), np.float32)
        self._usual: Floats = np.zeros((rows, COARSE), np.float32)
        self._at = 0

    def step(self, frame: Block, sounds: Flags) -> None:
        """The next frame of the course, (rows, bands), and on which rows it is no pause."""
        _turn(frame, sounds, self._at, self.frames, self.sounding, self._before, self._usual)
        self._at = (self._at + 1) % self.depth

    def back(self, farthest: int) -> int:
        """Where the frame ``farthest`` ago is (0: the last one); later ones follow."""
        return self._at + self.depth - farthest - 1


class Rough:
    """How alike what each channel heard is to what each channel sent, at delays of so many frames."""

    def __init__(self, rows: int, nearest: int, farthest: int) -> None:
        """Nothing compared. ``nearest`` to ``farthest``: the delays, in frames."""
        self._farthest = farthest
        self.heard, self.sent = Coarse(rows, 1), Coarse(rows, farthest + 1)
        self._sums: Floats = np.zeros((rows, rows, farthest - nearest + 1), np.float32)
        self._looked: Ints = np.zeros((rows, rows), np.int64)  # frame of each pair's last look

    def look(self, sent: Ints, heard: Ints, frame: int, frames: Ints) -> Floats:
        """Go on with the pairs of the rows ``sent`` and ``heard``: how alike each is, at its best delay.

        ``frames``: how many this look stands for, for each row of ``sent``; a pair that was left out before was silent.
        What comes out is the mean likeness of frames with sound times the root of their number.
        """
        start = self.sent.back(self._farthest)
        sides = self.sent.frames, self.heard.frames, self.heard.sounding
        return _go_on(sent, heard, frame, frames, start, *sides, self._sums, self._looked)

    def delays(self, sent: int, heard: int, most: int) -> Ints:
        """The delays, in frames, at which a pair is most alike."""
        return np.asarray(self._farthest - np.argsort(self._sums[sent, heard])[: -most - 1 : -1], np.int64)


@compiled
def _turn(frame: Block, sounds: Flags, at: int, frames: Block, sounding: Floats, before: Floats, usual: Floats) -> None:
    """A frame and the one before it, two bands at a time: as the direction in which it differs from the usual."""
    depth = frames.shape[2] // 2
    pairs = BANDS // COARSE
    apart = np.empty(COARSE, np.float32)
    for row in range(sounds.size):
        middle, square = frame[row].mean() / np.float32(2), np.float32(SOFT)
        for band in range(COARSE):
            half = frame[row, band * pairs : (band + 1) * pairs].mean() / np.float32(2) - middle
            apart[band] = before[row, band] + half - usual[row, band] if sounds[row] else np.float32(0)
            before[row, band] = half
            usual[row, band] += np.float32(USUAL) * apart[band]
            square += apart[band] * apart[band]
        apart /= np.sqrt(square)
        frames[row, :, at] = apart
        frames[row, :, at + depth] = apart
        sounding[row] = sounding[row] * np.float32(MEMORY) + np.float32(sounds[row])


@compiled
def _go_on(
    sent: Ints,
    heard: Ints,
    frame: int,
    frames: Ints,
    start: int,
    sent_frames: Block,
    heard_frames: Block,
    sounding: Floats,
    sums: Floats,
    looked: Ints,
) -> Floats:
    """A little more of every pair's sums, and the largest of each."""
    alike = np.empty((sent.size, heard.size), np.float32)
    for i in range(sent.size):
        for j in range(heard.size):
            row, other = sent[i], heard[j]
            total = sums[row, other]
            total *= np.float32(MEMORY ** (frame - looked[row, other]))
            looked[row, other] = frame
            for band in range(COARSE):
                factor = heard_frames[other, band, 0] * np.float32(frames[i])
                then = sent_frames[row, band, start : start + total.size]
                for delay in range(total.size):
                    total[delay] += factor * then[delay]
            alike[i, j] = _largest(total) / np.sqrt(max(sounding[other], np.float32(1.0)))
    return alike


@compiled
def _largest(values: Floats) -> np.float32:
    """The largest, looked for in four places at once: each comparison has to wait for the one before it."""
    a = b = c = d = values[0]
    whole = values.size // 4 * 4
    for n in range(0, whole, 4):
        a, b = max(a, values[n]), max(b, values[n + 1])
        c, d = max(c, values[n + 2]), max(d, values[n + 3])
    for n in range(whole, values.size):
        a = max(a, values[n])
    return np.float32(max(max(a, b), max(c, d)))


@compiled
def same(heard: Block, sent: Block, sounds_heard: Flags, sounds_sent: Flags, spans: Ints) -> Floats:
    """How alike ``heard`` (frames, bands) and each of ``sent`` (delays, frames, bands) are: (delays, spans).

    Over the last so many frames, for each of ``spans``, where both sounded; 0 when that is not enough to call them the
    same. Pauses count for nothing: they are alike in all speech. Nor does the mean of each band, level and filter.
    """
    values = np.zeros((len(sent), spans.size), np.float32)
    one, other = np.empty(heard.shape), np.empty(heard.shape)
    for delay in range(len(sent)):
        for number in range(spans.size):
            count = either = 0
            for frame in range(len(heard) - spans[number], len(heard)):
                here, there = sounds_heard[frame], sounds_sent[delay, frame]
                either += here or there
                if here and there:
                    one[count], other[count] = heard[frame], sent[delay, frame]
                    count += 1
            if count >= FEWEST and count >= TOGETHER * either:
                value = _correlation(one[:count], other[:count])
                if value >= np.interp(count, FRAMES, LIMITS):
                    values[delay, number] = value
    return values


@compiled
def _correlation(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Of two pieces (frames, bands), each without the mean of each band."""
    cross = power = other_power = 0.0
    for band in range(one.shape[1]):
        mean, other_mean = one[:, band].mean(), other[:, band].mean()
        for frame in range(one.shape[0]):
            a, b = one[frame, band] - mean, other[frame, band] - other_mean
            cross += a * b
            power += a * a
            other_power += b * b
    return float(cross / max(np.sqrt(power * other_power), 1.0))
