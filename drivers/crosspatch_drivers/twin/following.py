"""Where the speech of a clip is in a recording that plays it faster, by leaving out what the waveform repeats.

Every 5 ms of the clip have a place of their own; from one to the next it may come nearer by up to a few pitch periods,
or jump where nobody speaks. The best way through all places is found by dynamic programming. Pure arrays; not for
judging what was found, and not for speech that was resampled.
"""

import numpy as np
import scipy.fft
from scipy.ndimage import maximum_filter1d
from scipy.signal import resample_poly

from crosspatch_drivers.twin.placing import HOP, NOWHERE, Bools, Floats, Ints

GRAIN = 2
"""Samples between two places: half the rate is enough for what networks carry."""

WINDOW = 240
"""Samples of a frame: 15 ms."""

NEARER = 400
"""Samples by which the place may come nearer from one frame to the next: what is left out at a seam is shorter."""

SEAM, JUMP, PAUSE = 0.7, 3.0, 0.7
"""What coming nearer, any other change of place, and one in a pause cost, in frames of perfect correlation."""

ROOM = 3200
"""Samples by which places are looked for beyond the first and the last that stand out."""

AT_ONCE = 64
"""Frames that are compared in one go."""


def follow(source: Floats, heard: Floats, active: Bools, places: Ints) -> Ints:
    """The lag (position in the recording minus position in the clip) of each frame of 5 ms; `NOWHERE` in pauses.

    ``source`` and ``heard`` (samples,) at 16 kHz; ``places``: some lags that stand out, of which the outermost count.
    """
    low = (int(places.min()) - ROOM) // GRAIN * GRAIN
    count = (int(places.max()) + ROOM - low) // GRAIN + 1
    likeness = _likeness(source, heard, active, low, count)
    way = _way(likeness, active)
    return np.where(active[: way.size], low + GRAIN * way, NOWHERE)


def _likeness(source: Floats, heard: Floats, active: Bools, low: int, count: int) -> Floats:
    """Correlation (active frames × places) of each active frame with every place, at best one grain beside it."""
    clip = resample_poly(source, 1, GRAIN).astype(np.float32)
    wide = resample_poly(heard, 1, GRAIN).astype(np.float32)
    frames, size = np.flatnonzero(active), WINDOW // GRAIN
    starts = (frames * HOP - (WINDOW - HOP) // 2) // GRAIN
    reach = size + count + clip.size
    wide = np.pad(wide, (reach, reach))
    clip = np.pad(clip, (size, size))
    length = scipy.fft.next_fast_len(count + size, real=True)
    out = np.zeros((frames.size, count), np.float32)
    for first in range(0, frames.size, AT_ONCE):
        at = starts[first : first + AT_ONCE, None]
        pieces = clip[at + size + np.arange(size)]
        there = wide[at + reach + low // GRAIN + np.arange(count + size - 1)]
        spectra = scipy.fft.rfft(there, length, axis=1) * np.conj(scipy.fft.rfft(pieces, length, axis=1))
        products = scipy.fft.irfft(spectra, length, axis=1)[:, :count]
        sums = np.cumsum(np.pad(there.astype(np.float64) ** 2, ((0, 0), (1, 0))), axis=1)
        energy = np.maximum(sums[:, size:] - sums[:, :-size], 1e-9) * np.sum(pieces**2, axis=1, keepdims=True)
        out[first : first + AT_ONCE] = maximum_filter1d(products / np.sqrt(energy + 1e-12), 3, axis=1)
    return np.asarray(out, np.float64)


def _way(likeness: Floats, active: Bools) -> Ints:
    """The place of every frame on the best way; those of pauses are of no meaning."""
    numbers = np.flatnonzero(active)
    count, places = numbers.size, likeness.shape[1]
    scores = np.zeros((count, places), np.float32)
    scores[0] = likeness[0]
    for frame in range(1, count):
        before = scores[frame - 1]
        seam, jump = _costs(numbers[frame] - numbers[frame - 1])
        scores[frame] = likeness[frame] + np.maximum(np.maximum(before, _ahead(before) - seam), before.max() - jump)
    way = np.zeros(active.size, np.int64)
    place = int(np.argmax(scores[-1]))
    for frame in range(count - 1, -1, -1):
        way[numbers[frame]] = place
        if frame:
            place = _came_from(scores[frame - 1], place, *_costs(numbers[frame] - numbers[frame - 1]))
    return way


def _costs(step: int) -> tuple[float, float]:
    """Of coming nearer and of jumping, from one active frame to one ``step`` frames later."""
    return (SEAM, JUMP) if step == 1 else (0.0, PAUSE)


def _ahead(scores: Floats) -> Floats:
    """The best score among each place and those up to `NEARER` samples further away."""
    reach = NEARER // GRAIN + 1
    return np.asarray(maximum_filter1d(scores, reach, origin=-(reach // 2), mode="constant", cval=-1e9))


def _came_from(scores: Floats, place: int, seam: float, jump: float) -> int:
    """The place before, on the best way to this one."""
    part = scores[place : place + NEARER // GRAIN + 1]
    nearer, anywhere = place + int(np.argmax(part)), int(np.argmax(scores))
    options = [(scores[place], place), (scores[nearer] - seam, nearer), (scores[anywhere] - jump, anywhere)]
    return max(options, key=lambda option: float(option[0]))[1]
