"""Whether two channels carry the same sound, the one later than the other, by the courses of their spectra.

A rough look compares all pairs of channels at all delays, a little more with each frame: one product, averaged with a
memory of a third of a second. A close look compares one pair exactly. Not for what is done about it.
"""

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.course import BANDS
from crosspatch.dsp.units import Flags, Floats, Ints
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

FRAMES = (10, 14, 18, 23, 30, 40)
LIMITS = (0.885, 0.830, 0.800, 0.785, 0.700, 0.630)
"""How alike it must be, by how many frames were compared: the more there is to compare, the less two people are alike
by chance. At least 0.035 above all that two hours of different talkers reached; ``python -m tests.bench loopguard``
tries another hour."""


class Coarse:
    """What the rough look takes of every channel: how each frame differs from the usual, as a direction."""

    def __init__(self, rows: int, depth: int) -> None:
        """Nothing yet. The last ``depth`` frames are kept, twice, so that any stretch of them is one piece."""
        self.depth = depth
        self.frames: npt.NDArray[np.float32] = np.zeros((rows, 2 * depth, COARSE), np.float32)
        self.sounding: Floats = np.zeros(rows, np.float32)  # frames with sound within the `MEMORY`
        self._before: Floats = np.zeros((rows, COARSE), np.float32)
        self._usual: Floats = np.zeros((rows, COARSE), np.float32)
        self._at = 0

    def step(self, frame: Block, sounds: Flags) -> None:
        """The next frame of the course, (rows, bands), and on which rows it is no pause."""
        half = frame @ PAIRS
        coarse = self._before + half
        self._before = half
        apart = (coarse - self._usual) * sounds[:, None]
        self._usual += np.float32(USUAL) * apart
        apart /= np.sqrt(np.einsum("rb,rb->r", apart, apart) + np.float32(SOFT))[:, None]
        self.sounding *= np.float32(MEMORY)
        self.sounding += sounds
        self.frames[:, self._at] = self.frames[:, self._at + self.depth] = apart
        self._at = (self._at + 1) % self.depth

    def back(self, nearest: int, farthest: int) -> slice:
        """Where the frames from ``farthest`` to ``nearest`` ago are (0: the last one)."""
        end = self._at + self.depth - nearest
        return slice(end - (farthest - nearest) - 1, end)


class Rough:
    """How alike what each channel heard is to what each channel sent, at delays of so many frames."""

    def __init__(self, rows: int, nearest: int, farthest: int) -> None:
        """Nothing compared. ``nearest`` to ``farthest``: the delays, in frames."""
        self._rows, self._nearest, self._farthest = rows, nearest, farthest
        self.heard, self.sent = Coarse(rows, 1), Coarse(rows, farthest + 1)
        self._sums: Floats = np.zeros((rows * rows, farthest - nearest + 1), np.float32)
        self._looked: Ints = np.zeros(rows * rows, np.int64)  # frame of each pair's last look

    def look(self, sent: Ints, heard: Ints, frame: int, frames: Ints) -> Floats:
        """Go on with the pairs of the rows ``sent`` and ``heard``: (sent, heard, delays from the farthest on).

        ``frames``: how many this look stands for, for each row of ``sent``; a pair that was left out before was silent.
        What comes out is the mean likeness of frames with sound times the root of their number.
        """
        then = self.sent.frames[sent, self.sent.back(self._nearest, self._farthest)] * frames[:, None, None]
        now = np.matmul(self.heard.frames[heard, 0], then.transpose(0, 2, 1).astype(np.float32))
        pairs = (sent[:, None] * self._rows + heard).ravel()
        kept = np.float32(MEMORY) ** (frame - self._looked[pairs]).astype(np.float32)
        self._looked[pairs] = frame
        sums = self._sums[pairs]
        sums *= kept[:, None]
        sums += now.reshape(sums.shape)
        self._sums[pairs] = sums
        root = np.sqrt(np.maximum(self.heard.sounding[heard], 1.0))
        return np.asarray(sums.reshape(now.shape) / root[:, None], np.float32)


def same(heard: Block, sent: Block, sounds_heard: Flags, sounds_sent: Flags, spans: Ints) -> Floats:
    """How alike ``heard`` (frames, bands) and each of ``sent`` (delays, frames, bands) are: (delays, spans).

    Over the last so many frames, for each of ``spans``, where both sounded; 0 when that is not enough to call them the
    same. Pauses count for nothing: they are alike in all speech. Nor does the mean of each band, level and filter.
    """
    frames, bands = heard.shape
    within = (np.arange(frames) >= frames - spans[:, None]).astype(np.float32)  # (spans, frames)
    both, either = sounds_heard & sounds_sent, sounds_heard | sounds_sent
    count, possible = both @ within.T, either @ within.T
    middle = heard.mean(axis=0)
    values = np.empty((*sent.shape[:2], 2 * bands + 3), np.float32)
    one, other = values[..., :bands], values[..., bands : 2 * bands]
    one[:], other[:] = heard - middle, sent - middle
    for column, products in enumerate((one * other, one * one, other * other)):
        values[..., 2 * bands + column] = products.sum(axis=2)
    sums = np.matmul(both[:, None] * within, values)
    means = sums[..., : 2 * bands] / np.sqrt(np.maximum(count, 1.0))[..., None]
    one, other = means[..., :bands], means[..., bands:]
    for column, products in enumerate((one * other, one * one, other * other)):
        sums[..., 2 * bands + column] -= products.sum(axis=2)
    cross, power, other_power = np.moveaxis(sums[..., 2 * bands :], 2, 0)
    value = cross / np.maximum(np.sqrt(np.maximum(power * other_power, 0.0)), 1.0)
    enough = (count >= FEWEST) & (count >= TOGETHER * possible) & (value >= np.interp(count, FRAMES, LIMITS))
    return np.asarray(np.where(enough, value, 0.0), np.float32)


PAIRS = np.kron(np.eye(COARSE) - 1 / COARSE, np.full((BANDS // COARSE, 1), COARSE / BANDS / 2)).astype(np.float32)
"""(bands, coarse bands): the mean of neighbours without that of all, and half of the mean of two frames."""
