"""The course of every channel's spectrum: how loud it is in bands as wide as the ear's, 50 times a second, remembered.

Levels, band limits, noise and a vocoder change samples, not that course, so it tells whether two channels carry the
same sound. Pauses are alike in all speech and count for little. Not for comparing: see likeness.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft

from crosspatch.dsp.units import BLOCK, RATE, Flags, Floats, Ints
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
        levels = self._levels(counts)
        peak = levels.max(axis=1)
        self._loudest = np.maximum(np.maximum(self._loudest - np.float32(FADE_DB), peak), np.float32(SILENCE_DB))
        floor = self._loudest - np.float32(DEPTH_DB)
        frame = np.maximum(levels, floor[:, None])
        frame -= frame @ COMMON_MEAN
        self._bands[:, self._at] = self._bands[:, self._at + self.depth] = frame
        sounds = (peak > floor) & (peak > SILENCE_DB)
        self._sounds[:, self._at] = self._sounds[:, self._at + self.depth] = sounds
        self._at = (self._at + 1) % self.depth
        self._frame += 1
        self._sounded[sounds] = self._frame
        return frame, sounds

    def sounded(self, frames: int) -> Flags:
        """Channels that were sound in any of the last ``frames``."""
        return np.asarray(self._frame - self._sounded < frames)

    def row(self, row: int) -> tuple[Block, Flags]:
        """All that is kept of one channel, oldest first: (frames, bands), and which frames were sound."""
        kept = slice(self._at, self._at + self.depth)
        return self._bands[row, kept], self._sounds[row, kept]

    def _levels(self, counts: Flags) -> Floats:
        """Levels of the bands in dB relative to full scale, (rows, bands)."""
        levels = np.full((counts.size, BANDS), SILENCE_DB, np.float32)
        rows = np.flatnonzero(counts)
        blocks = [self._blocks[(self._tick + number) % KEPT].take(rows, axis=0) for number in range(KEPT)]
        samples = halved(np.concatenate(blocks, axis=1)[:, -NEEDED:])
        loud = np.abs(samples).max(axis=1, initial=0.0) > FAINTEST
        if loud.all():
            levels[rows] = band_levels(samples)
        elif loud.any():
            levels[rows[loud]] = band_levels(samples[loud])
        return levels


def halved(samples: Block) -> Block:
    """(rows, 2 n + 2) to (rows, n) at half the rate; what lies above the bands is weak enough not to matter."""
    inner = samples[:, 1:-2:2] + samples[:, 2:-1:2]
    inner *= np.float32(3 / 8)
    outer = samples[:, :-3:2] + samples[:, 3::2]
    outer *= np.float32(1 / 8)
    return np.asarray(inner + outer, np.float32)


def band_levels(samples: Block) -> Floats:
    """(rows, `SPECTRUM`) to levels of the bands in dB relative to full scale."""
    spectra = scipy.fft.rfft(samples * WINDOW, axis=1)[:, FIRST:LAST]
    power = spectra.real**2
    power += spectra.imag**2
    levels = power @ FILTERS
    levels += np.float32(1e-12)
    np.log(levels, out=levels)
    levels *= np.float32(10 / np.log(10))
    return np.asarray(levels, np.float32)


def _filters() -> Floats:
    """Triangles over the bins of a spectrum, (bins, bands), that make mean squares of a window's sum."""

    def ear(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(np.log1p(hertz / 700.0))

    bins = ear(np.arange(FIRST, LAST) * RATE / 2 / SPECTRUM)
    lowest, highest = ear(np.array([LOWEST_HZ, HIGHEST_HZ]))
    edges = np.linspace(lowest, highest, BANDS + 2)
    rising = (bins[:, None] - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - bins[:, None]) / np.diff(edges)[1:]
    scale = 2.0 / (SPECTRUM * float(np.sum(WINDOW**2)))
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)) * scale, np.float32)


FIRST, LAST = (int(edge * 2 * SPECTRUM / RATE) + 2 * top for top, edge in enumerate((LOWEST_HZ, HIGHEST_HZ)))
"""Bins that the bands are made of."""

WINDOW = np.hanning(SPECTRUM).astype(np.float32)
FILTERS = _filters()
COMMON_MEAN = np.full((BANDS, BANDS), COMMON / BANDS, np.float32)
"""What takes the share of the mean of all bands."""
