"""Where in a recording the pieces of a clip lie: candidate places, and the most likely way through them.

Pure arrays; helps `judge`. A place is a lag: position in the recording minus position in the clip, in samples.
"""

import numpy as np
import numpy.typing as npt

RATE = 16000
"""Samples per second of both signals."""

HOP = 80
"""Samples between frames: 5 ms, the grain of every figure."""

CHUNK, CHUNK_HOP = 1920, 960
"""Samples of the pieces whose places are looked for, and between them: 120 ms every 60 ms."""

SEARCH = 3 * RATE // 2
"""Samples by which a piece may lie away from the place that the piece before it suggests."""

FOUND = 0.6
"""Correlation from which a piece counts as found somewhere."""

JITTER = 4
"""Samples by which a frame may lie beside its place: drift, filters."""

SAME_PLACE = 12
"""Samples (0.75 ms) within which two places are the same one, filtered."""

MOST_PLACES = 48
"""Places considered."""

JUMP, PER_SAMPLE = 8.0, 0.1
"""What a change of place costs at most, and what it costs a sample when it is small, as drift makes it; in frames of
perfect correlation."""

NOWHERE = np.iinfo(np.int64).min
"""The lag of a frame that is left out."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def candidates(source: Floats, heard: Floats, active: Bools) -> Ints:
    """Candidate lags (position in the recording minus position in the clip), the best ones, in order of size."""
    found: list[tuple[int, float]] = []
    expected: int | None = None
    for start in range(0, source.size - CHUNK, CHUNK_HOP):
        if active[start // HOP : (start + CHUNK) // HOP].mean() < 0.5:
            continue
        low = -start if expected is None else max(-start, expected - SEARCH)
        high = heard.size - start if expected is None else min(heard.size - start, expected + SEARCH)
        peaks = _peaks(source[start : start + CHUNK], heard, start + low, start + high)
        found += [(place - start, value) for place, value in peaks]
        if peaks and peaks[0][1] > 0.8:
            expected = peaks[0][0] - start
    return _cluster(found)


def _peaks(chunk: Floats, heard: Floats, low: int, high: int) -> list[tuple[int, float]]:
    """Up to three places in ``heard[low:high + chunk]`` where the chunk fits, the best one first."""
    part = np.concatenate([heard[low : high + chunk.size], np.zeros(chunk.size)])
    size = 1 << int(part.size - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(part, size) * np.conj(np.fft.rfft(chunk, size)), size)[
        : part.size - chunk.size + 1
    ]
    sums = np.concatenate([[0.0], np.cumsum(part**2)])
    energies = sums[chunk.size :] - sums[: -chunk.size]
    own = float(np.sum(chunk**2))
    values = products / np.sqrt(np.maximum(energies, 1e-4 * np.max(energies, initial=0.0) + 1e-12) * own)
    peaks: list[tuple[int, float]] = []
    for _ in range(3):
        best = int(np.argmax(values))
        if values[best] < FOUND:
            break
        peaks.append((low + best, float(values[best])))
        values[max(0, best - 2 * JITTER) : best + 2 * JITTER + 1] = 0.0
    return peaks


def _cluster(found: list[tuple[int, float]]) -> Ints:
    """Lags with neighbours merged, the ones with most support."""
    support: dict[int, float] = {}
    for reach in (JITTER, SAME_PLACE):
        merged: dict[int, float] = {}
        for lag, value in sorted(support.items() if support else found, key=lambda entry: -entry[1]):
            near = next((other for other in merged if abs(other - lag) <= reach), lag)
            merged[near] = merged.get(near, 0.0) + value
        support = merged
    best = sorted(support, key=lambda lag: -support[lag])[:MOST_PLACES]
    return np.array(sorted(best), np.int64)


def best_path(match: Floats, active: Bools, places: Ints) -> Ints:
    """The place of each frame (-1: left out), by dynamic programming: the speech in order, with as few jumps as fit.

    A jump to a smaller lag leaves out as many frames of the clip as the lag shrinks by; a jump to a larger one is a
    gap in the recording.
    """
    count, number = match.shape
    gain = np.where(active[:, None], match, 0.0)
    shrink = places[:, None] - places[None, :]  # from place (row) to place (column)
    skip = np.where(shrink > 0, np.rint(shrink / HOP), 0).astype(np.int64)
    cost = np.minimum(JUMP, PER_SAMPLE * np.abs(shrink))
    score = np.full((count, number), -np.inf)
    came = np.zeros((count, number), np.int64)
    score[0] = gain[0]
    columns, rows = np.arange(number), np.arange(number)[:, None]
    for frame in range(1, count):
        before = frame - 1 - skip
        options = np.where(before >= 0, score[np.maximum(before, 0), rows], -np.inf) - cost
        came[frame] = np.argmax(options, axis=0)
        score[frame] = options[came[frame], columns] + gain[frame]
    path = np.full(count, -1, np.int64)
    frame, place = count - 1, int(np.argmax(score[-1]))
    while frame >= 0:
        path[frame] = place
        previous = int(came[frame, place])
        frame -= 1 + int(skip[previous, place])
        place = previous
    return path
