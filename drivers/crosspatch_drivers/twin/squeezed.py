"""Did an over arrive whole that a leg which was behind has played faster, by leaving out what the waveform repeats?

The recording is taken for pieces of the clip, each at its own pace, and what of the clip no piece covers is looked at:
in speech only so much may be missing as squeezing at a given speed leaves out, a little at each seam; in pauses any
of it may. What is missing beyond that was cut out, silenced or replaced. Pure arrays. Blind to a loss shorter than what
may have been saved up for squeezing (40 ms) and half as much; `judge` sees that in speech that was not squeezed.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from crosspatch_drivers.twin import following
from crosspatch_drivers.twin.judge import (
    HEARD,
    REACH,
    SURE,
    Samples,
    Verdict,
    active_frames,
    band_of,
    coloured,
    energies,
    frame_sums,
    in_ms,
    judge,
    present_frames,
    taps_of,
)
from crosspatch_drivers.twin.likeness import difference
from crosspatch_drivers.twin.placing import HOP, RATE, Bools, Floats, Ints, candidates

HERE = 0.45
"""Correlation from which a frame counts as heard: it is not looked for anywhere else, and seams blur."""

CLOSE_DB = 3.0
"""A frame whose spectrum differs by less from the clip's is heard, too, whatever filters did to its phase."""

NEAR = 20
"""Samples by which a frame may lie beside its lag: filters turn phases."""

SOUND_DB = -42.0
"""Frames of the recording below its loud ones by more than this are pauses: a gain may have turned speech down."""

ROUNDS = 2
"""How often the way's filter is fitted to the clip, and lags are looked for again."""

SAVED = 640
"""Samples that squeezing may have saved up before it leaves anything out: 40 ms."""

AT_FIRST = 320
"""Samples of that when the over begins."""

SEAM, APART = 320, 160
"""Samples that one seam leaves out at most, and between two seams."""

NEXT = 4
"""Frames of the recording over which a seam blurs what was heard, at most."""

MOST_SHARE = 0.6
"""Share of a stretch of missing speech that squeezing explains at most: between two seams something is played."""

HOLE = 400
"""Samples of speech that must be missing beyond what squeezing explains to count: 25 ms; seams blur as much."""

EDGE = 7
"""Frames of speech that must be missing at the beginning or the end to count: 35 ms, for the same reason."""


def judge_over(clip: Samples, recording: Samples, speed: float) -> Verdict:
    """The verdict on an over that may have been squeezed: as strict as `judge` where it was not.

    Both (samples,) at 16 kHz; ``speed``: the most at which it may have been played. ValueError for a silent clip.
    """
    strict = judge(clip, recording)
    if strict.whole or speed <= 1.0:
        return strict
    squeezed, seams = _look(clip, recording, speed)
    return squeezed if seams else strict


def judge_squeezed(clip: Samples, recording: Samples, speed: float) -> Verdict:
    """Look for the speech of ``clip`` in ``recording``, which plays it at up to ``speed`` (1 and more).

    Both (samples,) at 16 kHz. ValueError for a silent clip.
    """
    return _look(clip, recording, speed)[0]


def _look(clip: Samples, recording: Samples, speed: float) -> tuple[Verdict, int]:
    """The verdict, and how many seams there are."""
    source, heard = band_of(clip), band_of(recording)
    louder = float(np.sqrt(np.max(energies(heard), initial=0.0) / max(float(np.max(energies(source))), 1e-12)))
    heard = heard / max(louder, 1e-6)  # as loud as the clip: no floor of any step hides it
    spoken = active_frames(energies(source))
    if not spoken.any():
        msg = "the clip holds no speech"
        raise ValueError(msg)
    nothing = _nothing(spoken)
    bright = np.diff(source, prepend=0.0), np.diff(heard, prepend=0.0)  # filters turn the phase of low tones most
    places = candidates(*bright, spoken)
    if not places.size:
        return nothing, 0
    sounding = active_frames(energies(heard), SOUND_DB)
    lags = _filled(following.follow(*bright, sounding, places), sounding)
    for _ in range(ROUNDS):
        outermost = np.array([lags.min(), lags.max()])
        likely = np.diff(_as_heard(source, heard, lags), prepend=0.0)
        lags = _filled(following.follow(likely, bright[1], sounding, outermost), sounding)
    frames, level = _heard(source, heard, lags)
    frames = _lasting(frames, lags[frames])
    if frames.size < 2 * SURE:
        return nothing, 0
    gain_db = float(np.median(level[frames])) + 20 * float(np.log10(louder))
    found = _Heard(frames, lags[frames])
    return _sum_up(found, spoken, speed, gain_db), found.seams


@dataclass(frozen=True, slots=True)
class _Heard:
    """Frames of the recording in which the clip was heard, and their lags."""

    frames: Ints
    lags: Ints

    @property
    def seams(self) -> int:
        """Moments within speech at which no more and no less was left out than a seam leaves out."""
        shrinks, apart = -np.diff(self.lags), np.diff(self.frames)
        return int(np.sum((shrinks >= following.SHORTEST) & (shrinks <= following.SEAM) & (apart <= NEXT)))

    def played_by(self, count: int) -> Ints:
        """For each of the clip's ``count`` frames the frame of the recording that plays it; -1 where none does."""
        by = np.full(count, -1, np.int64)
        by[((self.frames * HOP + HOP // 2 - self.lags) // HOP).clip(0, count - 1)] = self.frames
        return by


def _filled(lags: Ints, known: Bools) -> Ints:
    """Lags of all frames, from the nearest whose lag is known."""
    numbers, frames = np.flatnonzero(known), np.arange(lags.size)
    if not numbers.size:
        return lags
    after = np.searchsorted(numbers, frames).clip(0, numbers.size - 1)
    before = (after - 1).clip(0)
    nearer = frames - numbers[before] < numbers[after] - frames
    return np.asarray(lags[numbers[np.where(nearer, before, after)]], np.int64)


def _nothing(spoken: Bools) -> Verdict:
    speech_ms = in_ms(int(spoken.sum()))
    return Verdict(False, 0.0, 0.0, speech_ms, 0.0, 0.0, speech_ms, 0.0)


def _heard(source: Floats, heard: Floats, lags: Ints) -> tuple[Ints, Floats]:
    """The frames of the recording that play the clip at their lags, and how much louder (dB) each frame is."""
    centres = np.arange(lags.size) * HOP + HOP // 2
    here = centres - lags
    played = _played(source, lags)
    likely = coloured(played, played, heard[: played.size])
    own, there = frame_sums(likely**2), frame_sums(heard[: played.size] ** 2)
    match = np.zeros(lags.size)
    wide = np.pad(heard[: played.size], NEAR)
    for beside in range(2 * NEAR + 1):
        moved = wide[beside : beside + played.size]
        value = frame_sums(likely * moved) / np.sqrt(np.maximum(own * frame_sums(moved**2), 1e-18))
        match = np.maximum(match, value)
    plain = frame_sums(played**2)
    active = active_frames(plain) & (here >= 0) & (here < source.size)
    level = 10 * np.log10(np.maximum(there / np.maximum(own, 1e-12), 1e-12))
    close = np.zeros(lags.size, bool)
    some = np.flatnonzero(active)
    close[some] = difference(source, heard, here[some], lags[some]) < CLOSE_DB
    present = present_frames(match, level, close, active, plain, here=HERE)
    return _sure(present), 10 * np.log10(np.maximum(there, 1e-12) / np.maximum(plain, 1e-12))


def _sure(present: Bools) -> Ints:
    """Frames that were heard, from the first `SURE` in a row to the last such: fewer are chance at the edges."""
    rows = np.flatnonzero(np.convolve(present, np.ones(SURE), "valid") >= SURE - 0.5)
    if not rows.size:
        return np.zeros(0, np.int64)
    heard = np.flatnonzero(present)
    return np.asarray(heard[(heard >= rows[0]) & (heard < rows[-1] + SURE)], np.int64)


def _lasting(frames: Ints, lags: Ints) -> Ints:
    """Frames but for those alone at their lag: one cut looks like several seams in a row."""
    new = np.abs(np.diff(lags)) >= following.SHORTEST
    alone = np.concatenate([[False], new]) & np.concatenate([new, [False]])
    return np.asarray(frames[~alone], np.int64)


def _played(source: Floats, lags: Ints) -> Floats:
    """The clip as the recording should sound: cut where the lag changes."""
    at = np.arange(lags.size * HOP) - np.repeat(lags, HOP)
    inside = (at >= 0) & (at < source.size)
    return np.where(inside, source[at.clip(0, source.size - 1)], 0.0)


def _as_heard(source: Floats, heard: Floats, lags: Ints) -> Floats:
    """The whole clip through one filter, fitted to all that was heard: its phase no longer looks like a lag."""
    played = _played(source, lags)
    taps = taps_of(played, np.pad(heard[: played.size], REACH))
    return np.asarray(np.convolve(np.pad(source, REACH), taps, "valid"), np.float64)


def _sum_up(heard: _Heard, spoken: Bools, speed: float, gain_db: float) -> Verdict:
    """The verdict, of the frames that were heard and the clip's frames with speech."""
    by = heard.played_by(spoken.size)
    covered = np.flatnonzero((by >= 0) & spoken)
    if covered.size < HEARD * spoken.sum():
        return _nothing(spoken)
    before, after = int(spoken[: covered[0]].sum()), int(spoken[covered[-1] + 1 :].sum())
    return Verdict(
        heard=True,
        delay_start_ms=1000.0 * float(heard.lags[0]) / RATE,
        delay_end_ms=1000.0 * float(heard.lags[-1]) / RATE,
        lost_start_ms=in_ms(before) if before >= EDGE else 0.0,
        lost_end_ms=in_ms(after) if after >= EDGE else 0.0,
        lost_middle_ms=in_ms(_missing(by, covered, spoken, speed)),
        speech_ms=in_ms(int(spoken.sum())),
        gain_db=gain_db,
    )


def _missing(by: Ints, covered: Ints, spoken: Bools, speed: float) -> int:
    """Frames of speech missing between those that were heard, and that squeezing does not explain.

    ``by``: the frame of the recording that plays each frame of the clip, where one does (``covered``).
    """
    speech = np.concatenate([[0], np.cumsum(spoken)])
    saved, missing = float(AT_FIRST), 0
    for before, after in pairwise(covered.tolist()):
        passed = max(0, int(by[after] - by[before])) * HOP
        saved = min(SAVED, saved + (speed - 1) * passed)
        between = int(speech[after] - speech[before + 1]) * HOP
        if not between:
            continue
        left_out = (after - before) * HOP - passed if by[after] > by[before] else 0
        seams = 1 + passed // APART
        explained = min(max(0, left_out), saved, SEAM * seams, MOST_SHARE * between)
        if between - explained >= HOLE:
            missing += between // HOP
        else:
            saved -= min(explained, between)
    return missing
