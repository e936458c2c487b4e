"""Did an over arrive whole? A recording is compared with the clip that was spoken, by local correlation.

Pure arrays. Robust to gain that changes slowly, to a few telephone's band-passes in a row, to noise well below the
speech, to drift up to 300 ppm, and to pauses that were made shorter or longer: every piece of speech is looked for
where it fits, and must come in order. Speech that was cut out, or replaced by something else, is what has no
counterpart. Not for quality (see the bench), and not for speech that was squeezed in time: see `squeezed`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_toeplitz
from scipy.signal import butter, sosfiltfilt

from crosspatch_drivers.twin.likeness import difference
from crosspatch_drivers.twin.placing import FOUND, HOP, JITTER, NOWHERE, RATE, best_path, candidates

BAND = (300.0, 3400.0)
"""Hz; what every network carries. Nothing else is compared."""

WINDOW = 200
"""Samples of a frame: 15 ms."""

ACTIVE_DB = -30.0
"""Frames below the level of the clip's loud parts by more than this are pauses."""

HERE = 0.65
"""Correlation from which a frame counts as heard at a given place."""

WEAK_DB, WEAK_HERE = -20.0, 0.3
"""Frames this far below the loud parts are heard from a lower correlation on: noise and filters hurt them more."""

CLOSE_DB = 3.0
"""A frame whose spectrum differs by less from the clip's is heard, too: drift spoils correlation, not spectra."""

UNLIKE_DB = 6.0
"""Frames whose spectra differ by so much have nothing in common."""

FAINT_DB = -15.0
"""A frame this far below what its neighbours' level lets expect is not heard, whatever it resembles."""

NEIGHBOURS = 60
"""Frames to each side from which the level at a frame is taken: 300 ms."""

SURE = 3
"""Frames in a row that make a beginning or an end of what was heard; fewer are chance."""

HEARD = 0.2
"""Share of the speech that must be found for the clip to count as heard at all."""

REACH = 48
"""Samples (3 ms) before and after, from which the filter of the way is fitted."""

FITTED, FIT_HOP, LEAST_FITTED = 160, 20, 20
"""Frames to which the filter is fitted, frames after which it is fitted anew, and how many of these must be there."""

ROUNDS = 2
"""How often the filter is fitted: the second time to frames that are better placed."""

SMALLEST_HOLE = 2
"""Frames in a row that must be missing in the middle of speech to count: fewer are chance."""

Samples = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a clip. Times in ms; positions are those of the two arrays, so delays are between these."""

    heard: bool  # any of it at all
    delay_start_ms: float  # how much later the speech begins in the recording than in the clip
    delay_end_ms: float  # the same for its end; less than at the start when pauses were shortened
    lost_start_ms: float
    lost_end_ms: float
    lost_middle_ms: float
    speech_ms: float  # active speech in the clip
    gain_db: float

    @property
    def whole(self) -> bool:
        """Everything arrived, from the first syllable to the last."""
        return self.heard and not (self.lost_start_ms or self.lost_middle_ms or self.lost_end_ms)


def judge(clip: Samples, recording: Samples) -> Verdict:
    """Look for the speech of ``clip`` in ``recording``; both (samples,) at 16 kHz. ValueError for a silent clip."""
    source, heard = band_of(clip), band_of(recording)
    energy = energies(source)
    active = active_frames(energy)
    if not active.any():
        msg = "the clip holds no speech"
        raise ValueError(msg)
    first, last = int(np.flatnonzero(active)[0]), int(np.flatnonzero(active)[-1])
    speech_ms = in_ms(int(active.sum()))
    bright = np.diff(source, prepend=0.0), np.diff(heard, prepend=0.0)  # filters turn the phase of low tones most
    places = candidates(*bright, active)
    if not places.size:
        return Verdict(False, 0.0, 0.0, speech_ms, 0.0, 0.0, speech_ms, 0.0)
    part = slice(first, last + 1)
    alike = _alike(source, heard, places)
    match, _ = _match(*bright, places)
    path = best_path((match + alike)[part] / 2, active[part], places)
    for _ in range(ROUNDS):
        coloured = _colour(source, heard, _lags(path, places, first, active.size))
        used = np.unique(path[path >= 0])
        places, alike = places[used], alike[:, used]
        match, level = _match(coloured, heard, places)
        path = best_path((match + alike)[part] / 2, active[part], places)
    lags = _lags(path, places, first, active.size)[part]
    close = _close(source, heard, lags, active[part], first)
    present = present_frames(_chosen(match[part], path), _chosen(level[part], path), close, active[part], energy[part])
    return _sum_up(lags, present, active[part], _gain(source, heard, lags, present, first))


def speech_bounds(clip: Samples) -> tuple[int, int]:
    """First and last sample of speech in a clip, as `judge` sees it."""
    frames = np.flatnonzero(active_frames(energies(band_of(clip))))
    return int(frames[0]) * HOP, int(frames[-1]) * HOP + HOP


def in_ms(frames: int) -> float:
    return 1000.0 * frames * HOP / RATE


def band_of(samples: Samples) -> Floats:
    """Band-passed without delay, with silence added so that the filter has room."""
    sections = butter(4, BAND, "bandpass", fs=RATE, output="sos")
    room = np.zeros(RATE // 10)
    padded = np.concatenate([room, np.asarray(samples, np.float64), room])
    return np.asarray(sosfiltfilt(sections, padded)[room.size : -room.size], np.float64)


def frame_sums(values: Floats) -> Floats:
    """Sums over each frame; the frame number i is centred on the hop that begins at sample i * HOP."""
    count = values.size // HOP
    before = (WINDOW - HOP) // 2
    sums = np.concatenate([[0.0], np.cumsum(values)])
    starts = np.arange(count) * HOP - before
    ends = np.clip(starts + WINDOW, 0, values.size)
    return np.asarray(sums[ends] - sums[np.clip(starts, 0, values.size)], np.float64)


def energies(source: Floats) -> Floats:
    return frame_sums(source**2)


def _loud(energy: Floats) -> float:
    """Mean energy of the loudest fifth of the frames."""
    return float(np.mean(np.sort(energy)[-max(1, energy.size // 5) :]))


def active_frames(energy: Floats, below_db: float = ACTIVE_DB) -> Bools:
    """Frames with speech: no more than so far below the loud ones."""
    if not energy.size:
        return np.zeros(0, bool)
    return np.asarray((energy > _loud(energy) * 10 ** (below_db / 10)) & (energy > 1e-9 * WINDOW))


def _match(source: Floats, heard: Floats, places: Ints) -> tuple[Floats, Floats]:
    """Correlation (frames × places) of each frame at each place, and how much louder (dB) it is there."""
    count = source.size // HOP
    match = np.zeros((count, places.size))
    ratio = np.zeros((count, places.size))
    own = frame_sums(source**2)
    reach = int(np.max(np.abs(places))) + source.size + JITTER + 1
    wide = np.concatenate([np.zeros(reach), heard, np.zeros(reach)])
    for index, place in enumerate(places):
        for beside in range(-JITTER, JITTER + 1):
            begin = reach + int(place) + beside
            there = wide[begin : begin + source.size]
            energy = frame_sums(there**2)
            value = frame_sums(source * there) / np.sqrt(np.maximum(own * energy, 1e-18))
            better = value > match[:, index]
            match[better, index] = value[better]
            if beside == 0:
                ratio[:, index] = energy / np.maximum(own, 1e-12)
    return match, 10 * np.log10(np.maximum(ratio, 1e-12))


def _lags(path: Ints, places: Ints, first: int, count: int) -> Ints:
    """The lag of each of the clip's ``count`` frames; the path begins at frame ``first``."""
    lags = np.full(count, NOWHERE)
    lags[first : first + path.size] = np.where(path >= 0, places[np.maximum(path, 0)], NOWHERE)
    return lags


def _colour(source: Floats, heard: Floats, lags: Ints) -> Floats:
    """The clip as the way it went colours it."""
    lag = np.repeat(lags, HOP)
    there = np.arange(lag.size) + np.where(lag == NOWHERE, heard.size, lag)
    placed = (there >= 0) & (there < heard.size)
    spoken = np.where(placed, source[: lag.size], 0.0)
    return coloured(source, spoken, np.where(placed, heard[there.clip(0, heard.size - 1)], 0.0))


def coloured(source: Floats, spoken: Floats, heard: Floats) -> Floats:
    """``source`` through a short filter that makes ``heard`` of ``spoken``, fitted anew as the speech goes on.

    Without it the phase of a few filters in a row looks like loss.
    """
    found = source.copy()
    padded, aligned = np.pad(source, REACH), np.pad(heard, REACH)
    frames = spoken.size // HOP
    for frame in range(0, frames, FIT_HOP):
        middle = frame + FIT_HOP // 2
        low, high = max(0, middle - FITTED // 2) * HOP, (middle + FITTED // 2) * HOP
        if np.count_nonzero(spoken[low:high]) >= LEAST_FITTED * HOP:
            taps = taps_of(spoken[low:high], aligned[low : high + 2 * REACH])
            begin, end = frame * HOP, min(frame + FIT_HOP, frames) * HOP
            found[begin:end] = np.convolve(padded[begin : end + 2 * REACH], taps, "valid")
    return found


def taps_of(source: Floats, heard: Floats) -> Floats:
    """The filter (2 REACH + 1 taps) that best makes ``heard``, which is REACH longer on both sides, of the source."""
    size = 1 << int(heard.size - 1).bit_length()
    spectrum = np.fft.rfft(source, size)
    # Correlation by products of spectra: dot products would be shared out to threads, and wait for these.
    cross = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(spectrum), size)[: 2 * REACH + 1]
    own = np.fft.irfft(np.abs(np.fft.rfft(source, 2 * size)) ** 2)[: cross.size]
    own[0] = own[0] * 1.001 + 1e-12
    return np.asarray(solve_toeplitz(own, cross), np.float64)


def _chosen(values: Floats, path: Ints) -> Floats:
    """What ``values`` (frames × places) says of each frame at its place; 0 where it is left out."""
    return np.where(path >= 0, values[np.arange(path.size), np.maximum(path, 0)], 0.0)


def _alike(source: Floats, heard: Floats, places: Ints) -> Floats:
    """How much each frame sounds like itself at each place (frames × places), 0 to 1: tells pitch periods apart."""
    centres = np.arange(source.size // HOP) * HOP + HOP // 2
    unlike = [difference(source, heard, centres, np.full(centres.size, place)) for place in places]
    return np.asarray(1.0 - np.stack(unlike, axis=1).clip(0.0, UNLIKE_DB) / UNLIKE_DB, np.float64)


def _close(source: Floats, heard: Floats, lags: Ints, active: Bools, first: int) -> Bools:
    """Active frames whose spectrum is that of the clip."""
    frames = np.flatnonzero(active & (lags != NOWHERE))
    close = np.zeros(active.size, bool)
    close[frames] = difference(source, heard, (first + frames) * HOP + HOP // 2, lags[frames]) < CLOSE_DB
    return close


def _gain(source: Floats, heard: Floats, lags: Ints, present: Bools, first: int) -> float:
    """The median of how much louder (dB) the frames that were heard are than in the clip."""
    frames = np.flatnonzero(present)
    here = ((first + frames)[:, None] * HOP + np.arange(HOP)).clip(0, source.size - 1)
    there = (here + lags[frames][:, None]).clip(0, heard.size - 1)
    ratio = np.sum(heard[there] ** 2, axis=1) / np.maximum(np.sum(source[here] ** 2, axis=1), 1e-12)
    return float(np.median(10 * np.log10(np.maximum(ratio, 1e-12)))) if frames.size else 0.0


def _sum_up(lags: Ints, present: Bools, active: Bools, gain_db: float) -> Verdict:
    """The verdict, of frames from the first to the last with speech."""
    speech_ms = in_ms(int(active.sum()))
    sure = _sure(present, active)
    if sure is None or present.sum() < HEARD * active.sum():
        return Verdict(False, 0.0, 0.0, speech_ms, 0.0, 0.0, speech_ms, 0.0)
    first, last = sure
    holes = _runs((active & ~present)[first : last + 1])
    return Verdict(
        heard=True,
        delay_start_ms=1000.0 * float(lags[first]) / RATE,
        delay_end_ms=1000.0 * float(lags[last]) / RATE,
        lost_start_ms=in_ms(int(active[:first].sum())),
        lost_end_ms=in_ms(int(active[last + 1 :].sum())),
        lost_middle_ms=in_ms(sum(size for size in holes if size >= SMALLEST_HOLE)),
        speech_ms=speech_ms,
        gain_db=gain_db,
    )


def present_frames(
    value: Floats, level: Floats, close: Bools, active: Bools, energy: Floats, *, here: float = HERE
) -> Bools:
    """Active frames that were heard: they correlate or sound alike, and their level goes with that of those around."""
    weak = energy < _loud(energy) * 10 ** (WEAK_DB / 10)
    alike = active & (close | (value >= np.where(weak, WEAK_HERE, here)))
    certain = np.flatnonzero(active & (value >= FOUND))
    if not certain.size:
        return np.zeros(active.size, bool)
    usual = float(np.median(level[certain]))
    present = alike.copy()
    for frame in np.flatnonzero(alike):
        low, high = np.searchsorted(certain, (frame - NEIGHBOURS, frame + NEIGHBOURS))
        near = level[certain[low:high]]
        expected = float(np.median(near)) if near.size > NEIGHBOURS // 4 else usual
        present[frame] = level[frame] > expected + FAINT_DB
    return present


def _sure(present: Bools, active: Bools) -> tuple[int, int] | None:
    """First and last frame of what was heard: those of the first and last `SURE` active frames heard in a row."""
    numbers = np.flatnonzero(active)
    rows = np.convolve(present[numbers], np.ones(SURE), "valid") >= SURE - 0.5
    found = np.flatnonzero(rows)
    return (int(numbers[found[0]]), int(numbers[found[-1] + SURE - 1])) if found.size else None


def _runs(flags: Bools) -> list[int]:
    """Lengths of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [int(stop - start) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
