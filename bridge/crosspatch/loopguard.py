"""Our own audio coming back: found by what it sounds like, whatever way it took and whatever identity it wears.

Another bridge, a radio in scan mode or a loudspeaker next to a microphone may return on one channel what we send on
another. A voice detector and a network both call that a talker, and a gateway that believes them feeds its own loop.
Here the course of the spectrum of what each channel received is compared with that of what each channel sent 0.1 to
2 s before: levels, band limits, noise and a vocoder change the samples, not that course; and two people do not speak
alike in sounds and pauses for most of a second. Not for what is done about it. Pure; all channels at once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.units import BLOCK, RATE, Flags, Floats, Ints, which
from crosspatch_drivers.audio.ring import Block

FRAME = 2
"""Ticks between two spectra: 20 ms."""

SPECTRUM = 512
"""Samples of one spectrum: 32 ms."""

BANDS, LOWEST_HZ, HIGHEST_HZ = 16, 300.0, 3300.0
"""Bands, equally wide for the ear, between the corners that every radio passes."""

DEPTH_DB = 25.0
"""What is so far below the loudest is no part of the course: noise of the way fills it."""

FADE_DB = 0.1
"""How much of the loudest is forgotten in a frame: 5 dB a second."""

SILENCE_DB = -60.0
"""What is below (relative to full scale) is no sound, even where nothing louder was heard."""

FAINTEST = 3e-4
"""Where no sample is larger there is silence, and no need to look closer."""

COMMON = 0.5
"""Share of the level common to all bands that is left out: pauses are alike in all speech, sounds are not."""

NEAREST, FARTHEST = 5, 100
"""Delays in frames that are looked for: 0.1 to 2 s."""

ROUND = 5
"""Frames from one look at a channel to the next: 0.1 s, where not so many send that looking takes turns."""

LOOKS = 4
"""Channels looked at in one tick: so many that 32 which send all get their turn within 0.2 s."""

AGAIN = 50
"""Frames after a finding in which the same pair of channels is not told again: 1 s."""

FIRST_LOOK = 32
"""Frames that are compared at every delay, to see which ones are worth a closer look."""

PROMISING, CHOICES = 0.55, 3
"""How alike they must be for that, and how many delays at most get it."""


SPANS = (32, 50, 90)
"""Frames back from now over which a promising delay is looked at closely: 0.64 to 1.8 s."""

FEWEST = 10
"""Frames that must be sound, and no pause, both in what was heard and in what was sent."""

TOGETHER = 0.4
"""Share of the frames with sound in either that must have sound in both."""

FRAMES = (10, 14, 18, 23, 30, 40)
LIMITS = (0.885, 0.830, 0.800, 0.785, 0.700, 0.630)
"""How alike it must be, by how many frames were compared: the more there is to compare, the less two people are alike
by chance. At least 0.035 above all that two hours of different talkers reached; ``python -m tests.bench loopguard``
tries another hour."""

DEPTH = max(SPANS) + FARTHEST
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
        self._heard, self._sent = Course(rows), Course(rows)
        self._blocks = 0
        self._frame = 0
        self._last_sent: Ints = np.full(rows, -DEPTH, np.int64)  # frame in which each row was sent on last
        self._looked: Ints = np.full(rows, -ROUND, np.int64)
        self._told: Ints = np.full((rows, rows), -AGAIN, np.int64)

    def tick(self, received: Block, sent: Block, sending: Flags) -> list[Echo]:
        """10 ms of every channel, (rows, 160) each way; ``sending``: rows that are sent on. What came back.

        Spectra and looking take turns, so that no tick has both.
        """
        self._heard.take(received)
        self._sent.take(sent)
        self._last_sent[sending] = self._frame
        self._blocks += 1
        live = self._frame - self._last_sent < DEPTH
        if not live.any():
            return []
        if self._blocks % FRAME:
            due = which(live & (self._frame - self._looked >= ROUND))
            due.sort(key=lambda row: int(self._looked[row]))
            return [echo for row in due[:LOOKS] for echo in self._look(row)]
        self._heard.step(~sending)
        self._sent.step(live)
        self._frame += 1
        return []

    def _look(self, row: int) -> list[Echo]:
        """What of this row's sound came back on which others."""
        self._looked[row] = self._frame
        rows = [heard for heard in which(self._heard.sounding(FIRST_LOOK) >= FEWEST) if self._may_tell(row, heard)]
        if not rows:
            return []
        alike = likenesses(self._heard.last(rows), self._sent.row(row)[0])
        found = []
        for index in which(alike.max(axis=0) >= PROMISING):
            delays = NEAREST + np.argsort(alike[:, index])[-CHOICES:][::-1]
            echo = self._closer(row, rows[index], delays.tolist())
            if echo is not None:
                found.append(echo)
                self._told[row, echo.heard_on] = self._frame
        return found

    def _may_tell(self, row: int, heard: int) -> bool:
        return bool(self._frame - self._told[row, heard] >= AGAIN)

    def _closer(self, row: int, heard: int, delays: list[int]) -> Echo | None:
        """The first of ``delays`` at which it is the same sound."""
        here, sounds_here = self._heard.row(heard)
        there, sounds_there = self._sent.row(row)
        for span in SPANS:
            now = slice(DEPTH - span, DEPTH)
            for delay in delays:
                then = slice(DEPTH - span - delay, DEPTH - delay)
                value = same(here[now], there[then], sounds_here[now], sounds_there[then])
                if value is not None:
                    return Echo(row, heard, delay * FRAME * BLOCK / RATE, value)
        return None


class Course:
    """The course of every channel's spectrum, kept for `DEPTH` frames."""

    def __init__(self, rows: int) -> None:
        """Silence so far."""
        self._samples: Block = np.zeros((rows, SPECTRUM), np.float32)
        self._loudest: Floats = np.full(rows, SILENCE_DB, np.float32)
        self._bands: npt.NDArray[np.float32] = np.zeros((rows, 2 * DEPTH, BANDS), np.float32)  # everything twice
        self._active = np.zeros((rows, 2 * DEPTH), bool)
        self._at = 0

    def take(self, block: Block) -> None:
        """The next 10 ms of every channel."""
        self._samples[:, :-BLOCK] = self._samples[:, BLOCK:]
        self._samples[:, -BLOCK:] = block

    def step(self, counts: Flags) -> None:
        """The next frame; rows that do not count are taken for silent."""
        levels = np.full((counts.size, BANDS), SILENCE_DB, np.float32)
        sounding = counts & (np.abs(self._samples).max(axis=1) > FAINTEST)
        if sounding.any():
            levels[sounding] = _levels(self._samples[sounding])
        peak = levels.max(axis=1)
        self._loudest = np.maximum(np.maximum(self._loudest - FADE_DB, peak), SILENCE_DB)
        floor = self._loudest - DEPTH_DB
        levels = np.maximum(levels, floor[:, None])
        frame = levels - COMMON * levels.mean(axis=1, keepdims=True)
        self._bands[:, self._at] = self._bands[:, self._at + DEPTH] = frame
        self._active[:, self._at] = self._active[:, self._at + DEPTH] = (peak > floor) & (peak > SILENCE_DB)
        self._at = (self._at + 1) % DEPTH

    def sounding(self, frames: int) -> Ints:
        """How many of the last ``frames`` were sound, for each channel."""
        end = self._at + DEPTH
        return np.asarray(self._active[:, end - frames : end].sum(axis=1), np.int64)

    def last(self, rows: list[int]) -> Block:
        """The last `FIRST_LOOK` frames of these channels, (rows, frames, bands)."""
        end = self._at + DEPTH
        return self._bands[rows, end - FIRST_LOOK : end]

    def row(self, row: int) -> tuple[Block, Flags]:
        """All that is kept of one channel, oldest first: (frames, bands), and which frames were sound."""
        kept = slice(self._at, self._at + DEPTH)
        return self._bands[row, kept], self._active[row, kept]


def same(heard: Block, sent: Block, sounds_heard: Flags, sounds_sent: Flags) -> float | None:
    """How alike two pieces (frames, bands) are, where both sounded; None when that is not enough to call them the same.

    Pauses count for nothing: they are alike in all speech. Nor does the mean of each band, which is level and filter.
    """
    both = sounds_heard & sounds_sent
    count = int(both.sum())
    if count < FEWEST or count < TOGETHER * int((sounds_heard | sounds_sent).sum()):
        return None
    one, other = heard[both], sent[both]
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    scale = float(np.sqrt(np.vdot(one, one) * np.vdot(other, other)))
    value = float(np.vdot(one, other)) / max(scale, 1.0)
    return value if value >= float(np.interp(count, FRAMES, LIMITS)) else None


def likenesses(heard: Block, sent: Block) -> Floats:
    """The correlation of each of ``heard`` (rows, FIRST_LOOK, bands) with ``sent`` (DEPTH, bands) at every delay.

    Pauses count as well here, so it only says where it is worth to look closer. (delays from `NEAREST` to `FARTHEST`,
    rows).
    """
    centred = (heard - heard.mean(axis=1, keepdims=True)).reshape(len(heard), -1)
    pieces = np.lib.stride_tricks.sliding_window_view(sent, (FIRST_LOOK, BANDS))[:, 0]
    pieces = pieces[DEPTH - FIRST_LOOK - FARTHEST : DEPTH - FIRST_LOOK - NEAREST + 1][::-1]
    means = pieces.mean(axis=1)
    flat = np.ascontiguousarray(pieces).reshape(len(pieces), -1)  # overlapping rows would be multiplied slowly
    power = np.einsum("pk,pk->p", flat, flat) - FIRST_LOOK * np.einsum("pb,pb->p", means, means)
    scale = np.sqrt(np.maximum(power, 1.0)[:, None] * np.maximum(np.einsum("hk,hk->h", centred, centred), 1.0))
    return np.asarray(flat @ centred.T / scale, np.float32)


def _levels(samples: Block) -> Floats:
    """Levels of the bands in dB relative to full scale, (rows, bands)."""
    power = np.abs(np.fft.rfft(samples * WINDOW, axis=1)) ** 2
    return np.asarray(10.0 * np.log10(power @ FILTERS + 1e-12), np.float32)


def _filters() -> Floats:
    """Triangles over the bins of a spectrum, (bins, bands), that make mean squares of a window's sum."""

    def ear(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(np.log1p(hertz / 700.0))

    bins = ear(np.arange(SPECTRUM // 2 + 1) * RATE / SPECTRUM)
    lowest, highest = ear(np.array([LOWEST_HZ, HIGHEST_HZ]))
    edges = np.linspace(lowest, highest, BANDS + 2)
    rising = (bins[:, None] - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - bins[:, None]) / np.diff(edges)[1:]
    scale = 2.0 / (SPECTRUM * float(np.sum(WINDOW**2)))
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)) * scale, np.float32)


WINDOW = np.hanning(SPECTRUM).astype(np.float32)
FILTERS = _filters()
