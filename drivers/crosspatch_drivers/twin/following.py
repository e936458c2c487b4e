"""Which part of a clip each moment of a recording plays, when the recording is faster: pieces of the waveform left out.

Speech that was squeezed is the clip itself, at its own pace, but for seams at which a little is left out. So every 5 ms
of the recording have a lag of their own, which stays as it is from one to the next or shrinks by at most what one seam
leaves out; anything else is a jump, cheap only in pauses. The best way through all lags is found by dynamic
programming. Pure arrays; helps `judge`. Not for speech that was resampled.
"""

import numpy as np
import scipy.fft
from scipy.ndimage import maximum_filter1d
from scipy.signal import resample_poly

from crosspatch_drivers.twin.placing import HOP, Bools, Floats, Ints

GRAIN = 2
"""Samples between two lags: half the rate is enough for what networks carry."""

WINDOW = 240
"""Samples that are compared: 15 ms."""

SHORTEST, SEAM = 36, 330
"""Samples by which the lag shrinks at a seam, at least and at most: less is a filter's phase."""

SEAM_COST, JUMP_COST, PAUSE_COST = 0.7, 3.0, 0.5
"""What a seam, any other change of lag, and one in a pause cost, in frames of perfect correlation."""

DRIFT_COST = 0.3
"""What a change by one grain costs: clocks that differ."""

ROOM = 3200
"""Samples by which lags are looked for beyond the least and the largest that stand out."""

FAINT = 1e-4
"""Energy below this share of the clip's loudest piece is like no sound."""

AT_ONCE = 64
"""Frames that are compared in one go."""


def follow(source: Floats, heard: Floats, active: Bools, places: Ints) -> Ints:
    """The lag (position in ``heard`` minus position in ``source``) of each frame of 5 ms of ``heard``.

    ``active``: frames of ``heard`` with sound; lags of the others mean nothing. ``places``: some lags that stand out,
    of which the outermost count. Both signals (samples,) at 16 kHz.
    """
    low = (int(places.min()) - ROOM) // GRAIN * GRAIN
    count = (int(places.max()) + ROOM - low) // GRAIN + 1
    frames = np.flatnonzero(active)
    lags = np.zeros(active.size, np.int64)
    if frames.size:
        lags[frames] = low + GRAIN * _way(_likeness(source, heard, frames, low, count), np.diff(frames))
    return lags


def _likeness(source: Floats, heard: Floats, frames: Ints, low: int, count: int) -> Floats:
    """Correlation (frames × lags) of each frame of the recording with the clip, at best one grain beside the lag."""
    clip = resample_poly(source, 1, GRAIN).astype(np.float32)
    there = resample_poly(heard, 1, GRAIN).astype(np.float32)
    size = WINDOW // GRAIN
    starts = (frames * HOP - (WINDOW - HOP) // 2) // GRAIN
    highest = low // GRAIN + count - 1  # the clip's place is the recording's less the lag
    room = count + size + there.size + abs(low // GRAIN)
    clip, there = np.pad(clip, room), np.pad(there, size)
    length = scipy.fft.next_fast_len(count + size, real=True)
    least = FAINT * float(np.convolve(clip**2, np.ones(size), "valid").max())
    out = np.zeros((frames.size, count), np.float32)
    for first in range(0, frames.size, AT_ONCE):
        at = starts[first : first + AT_ONCE, None]
        pieces = there[at + size + np.arange(size)]
        around = clip[at + room - highest + np.arange(count + size - 1)]
        spectra = scipy.fft.rfft(around, length, axis=1) * np.conj(scipy.fft.rfft(pieces, length, axis=1))
        products = scipy.fft.irfft(spectra, length, axis=1)[:, :count]
        sums = np.cumsum(np.pad(around.astype(np.float64) ** 2, ((0, 0), (1, 0))), axis=1)
        energy = np.maximum(sums[:, size:] - sums[:, :-size], least) * np.sum(pieces**2, axis=1, keepdims=True)
        likeness = maximum_filter1d(products / np.sqrt(energy + 1e-12), 3, axis=1)
        out[first : first + AT_ONCE] = likeness[:, ::-1]
    return np.asarray(out, np.float32)


def _way(likeness: Floats, steps: Ints) -> Ints:
    """The lag, in grains from the least, of every frame on the best way; ``steps``: frames from each to the next."""
    scores = np.zeros_like(likeness)
    scores[0] = likeness[0]
    for frame in range(1, len(scores)):
        before = scores[frame - 1]
        seam, jump = _costs(int(steps[frame - 1]))
        beside = maximum_filter1d(before, 3) - DRIFT_COST
        best = np.maximum(np.maximum(before, beside), np.maximum(_ahead(before) - seam, before.max() - jump))
        scores[frame] = likeness[frame] + best
    way = np.zeros(len(scores), np.int64)
    way[-1] = int(np.argmax(scores[-1]))
    for frame in range(len(scores) - 1, 0, -1):
        way[frame - 1] = _came_from(scores[frame - 1], int(way[frame]), *_costs(int(steps[frame - 1])))
    return way


def _costs(step: int) -> tuple[float, float]:
    """Of a seam and of a jump, from one frame with sound to one ``step`` frames later."""
    return (SEAM_COST, JUMP_COST) if step == 1 else (0.0, PAUSE_COST)


def _ahead(scores: Floats) -> Floats:
    """The best score among the lags that are a seam larger than each."""
    least = SHORTEST // GRAIN
    reach = SEAM // GRAIN + 1 - least
    shifted = np.pad(scores[least:], (0, least), constant_values=-1e9)
    return np.asarray(maximum_filter1d(shifted, reach, origin=-(reach // 2), mode="constant", cval=-1e9))


def _came_from(scores: Floats, lag: int, seam: float, jump: float) -> int:
    """The lag before, on the best way to this one."""
    least, most = lag + SHORTEST // GRAIN, lag + SEAM // GRAIN
    options = [(float(scores[lag]), lag)]
    if least < scores.size:
        larger = least + int(np.argmax(scores[least : most + 1]))
        options.append((float(scores[larger]) - seam, larger))
    anywhere = int(np.argmax(scores))
    options += [(float(scores[near]) - DRIFT_COST, near) for near in (lag - 1, lag + 1) if 0 <= near < scores.size]
    options.append((float(scores[anywhere]) - jump, anywhere))
    return max(options)[1]
