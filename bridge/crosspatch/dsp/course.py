"""The course of every channel's spectrum: how loud it is in bands as wide as the ear's, 50 times a second, remembered.

Levels, band limits, noise and a vocoder change samples, not that course, so it tells whether two channels carry the
same sound. Pauses are alike in all speech and count for little. Not for comparing: see likeness.
"""

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.transform import spectra_of
from crosspatch.dsp.units import BLOCK, RATE, Flags, Floats, Ints
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

FRAME = 2
"""Ticks between two spectra: 20 ms."""

SPECTRUM = 256
"""Samples of one spectrum at half the core's rate: 32 ms."""

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

NEEDED = 2 * SPECTRUM + 2
"""Samples that a spectrum is made of."""

KEPT = -(-NEEDED // BLOCK)
"""Blocks of samples that it reaches back to."""

NEVER = -(1 << 40)
"""A frame so long ago that it does not count."""


class Course:
    """Of all channels, kept for ``depth`` frames. Everything is kept twice, so that any stretch of it is one piece."""

    def __init__(self, rows: int, depth: int) -> None:
        """Silence so far."""
        self.depth = depth
        self._blocks: npt.NDArray[np.float32] = np.zeros((KEPT, rows, BLOCK), np.float32)  # by tick, in a circle
        self._tick = self._frame = 0
        self._sounded: Ints = np.full(rows, NEVER, np.int64)  # frame in which each channel was sound last
        self._loudest: Floats = np.full(rows, SILENCE_DB, np.float32)
        self._bands: npt.NDArray[np.float32] = np.zeros((rows, 2 * depth, BANDS), np.float32)
        self._sounds = np.zeros((rows, 2 * depth), bool)
        self._at = 0

    def take(self, block: Block) -> None:
        """The next 10 ms of every channel."""
        self._blocks[self._tick % KEPT] = block
        self._tick += 1

    def step(self, counts: Flags) -> tuple[Block, Flags]:
        """The next frame; rows that do not count are taken for silent. (rows, bands) of it, and where it is sound."""
        self._frame += 1
        kept = self._bands, self._sounds, self._sounded
        frame, sounds = _stepped(self._blocks, self._tick % KEPT, counts, self._loudest, kept, self._at, self._frame)
        self._at = (self._at + 1) % self.depth
        return frame, sounds

    def sounded(self, frames: int) -> Flags:
        """Channels that were sound in any of the last ``frames``."""
        return np.asarray(self._frame - self._sounded < frames)

    def row(self, row: int) -> tuple[Block, Flags]:
        """All that is kept of one channel, oldest first: (frames, bands), and which frames were sound."""
        kept = slice(self._at, self._at + self.depth)
        return self._bands[row, kept], self._sounds[row, kept]


@compiled
def _stepped(
    blocks: Block, oldest: int, counts: Flags, loudest: Floats, kept: tuple[Block, Flags, Ints], at: int, number: int
) -> tuple[Block, Flags]:
    """The next frame, kept at two places, and where it is sound."""
    windows, rows = _windows(blocks, oldest, counts)
    frame, sounds = _frame(spectra_of(windows), rows, loudest, FILTERS)
    bands, sounding, sounded = kept
    for row in range(sounds.size):
        for place in (at, at + sounding.shape[1] // 2):
            bands[row, place] = frame[row]
            sounding[row, place] = sounds[row]
        if sounds[row]:
            sounded[row] = number
    return frame, sounds


@compiled
def _windows(blocks: Block, oldest: int, counts: Flags) -> tuple[Block, Ints]:
    """The last samples of every row that counts and is not silent, at half the rate, under a window; and which rows.

    The simple filter before halving leaves enough of what is below 3.3 kHz and little enough of what folds onto it.
    """
    windows = np.empty((counts.size, SPECTRUM), np.float32)
    rows = np.empty(counts.size, np.int64)
    samples = np.empty(KEPT * BLOCK, np.float32)
    count = 0
    for row in range(counts.size):
        if not counts[row]:
            continue
        for number in range(KEPT):
            samples[number * BLOCK : (number + 1) * BLOCK] = blocks[(oldest + number) % KEPT, row]
        peak = np.float32(0.0)
        last, window = samples[KEPT * BLOCK - NEEDED :], windows[count]
        for n in range(SPECTRUM):
            inner, outer = last[2 * n + 1] + last[2 * n + 2], last[2 * n] + last[2 * n + 3]
            value = np.float32(0.375) * inner + np.float32(0.125) * outer
            peak = max(peak, abs(value))
            window[n] = value * WINDOW[n]
        if peak > FAINTEST:
            rows[count] = row
            count += 1
    return windows[:count], rows[:count]


@compiled
def _frame(spectra: npt.NDArray[np.complex64], rows: Ints, loudest: Floats, filters: Floats) -> tuple[Block, Flags]:
    """What of each row's levels lies above its floor, less what all bands have in common; and where there is sound."""
    channels = loudest.size
    frame, sounds = np.full((channels, BANDS), SILENCE_DB, np.float32), np.zeros(channels, np.bool_)
    power = np.empty(LAST - FIRST, np.float32)
    for index in range(rows.size):
        values = spectra[index, FIRST:LAST]
        for b in range(power.size):
            power[b] = values[b].real * values[b].real + values[b].imag * values[b].imag
        for band in range(BANDS):
            level, through = np.float32(1e-12), filters[band]
            for b in range(power.size):
                level += power[b] * through[b]
            frame[rows[index], band] = np.float32(10.0) * np.log10(level)
    for row in range(channels):
        peak = frame[row].max()
        loudest[row] = max(loudest[row] - np.float32(FADE_DB), peak, np.float32(SILENCE_DB))
        floor = loudest[row] - np.float32(DEPTH_DB)
        sounds[row] = peak > floor and peak > SILENCE_DB
        frame[row] = np.maximum(frame[row], floor)
        frame[row] -= np.float32(COMMON) * frame[row].mean()
    return frame, sounds


def _filters() -> Floats:
    """Triangles over the bins of a spectrum, (bands, bins), that make mean squares of a window's sum."""

    def ear(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(np.log1p(hertz / 700.0))

    bins = ear(np.arange(FIRST, LAST) * RATE / 2 / SPECTRUM)
    lowest, highest = ear(np.array([LOWEST_HZ, HIGHEST_HZ]))
    edges = np.linspace(lowest, highest, BANDS + 2)
    rising = (bins[:, None] - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - bins[:, None]) / np.diff(edges)[1:]
    scale = 2.0 / (SPECTRUM * float(np.sum(WINDOW**2)))
    return np.ascontiguousarray((np.maximum(0.0, np.minimum(rising, falling)) * scale).T, np.float32)


FIRST, LAST = (int(edge * 2 * SPECTRUM / RATE) + 2 * top for top, edge in enumerate((LOWEST_HZ, HIGHEST_HZ)))
"""Bins that the bands are made of."""

WINDOW = np.hanning(SPECTRUM).astype(np.float32)
FILTERS = _filters()
