"""Legs that are behind, because their transmitter came late, catch up: how fast, and what it does to the speech."""

import numpy as np
from pystoi import stoi
from tests.bench.quality.charts import lines
from tests.bench.quality.figures import Figure, Finding, Measurement, Picture, Step
from tests.bench.quality.material import Sound, sentences
from tests.bench.quality.paths import Carried, Rig

from crosspatch.dsp.limiter import PIECE
from crosspatch.dsp.spectrum import OVERLAP
from crosspatch.dsp.stages import Stages
from crosspatch.dsp.units import BLOCK, RATE, TICK

SPEED = 1.25
"""The fastest that speech is played."""

CASES = ((0.5, 3.0), (2.0, 9.0))
"""Seconds that the transmitter came late, and seconds of speech after which the backlog is gone."""

GONE = 0.06
"""Seconds of backlog that count as gone."""

ALIKE = 0.95
"""STOI that is asked against the original."""

SECONDS = 14
"""Of each talker's sentences."""

WINDOW = 480
"""Samples of the pieces of which the original's time is put together again: 30 ms, half of each over the next."""

NEAR = 160
"""Samples by which each piece is moved to where it is most alike: within a block speech goes over into later one."""

STRIPS = OVERLAP + 2 * PIECE
"""Samples by which the strips delay sound."""


def measure(quick: bool, step: Step) -> Finding:
    """Both backlogs, on dense speech of each talker."""
    talkers = {name: _dense(clip) for name, clip in sentences().items()}
    figures, curves = [], {}
    for late, after in CASES:
        step(f"{late:g} s late")
        rig = Rig([Stages()] * len(talkers), SPEED)
        overs = rig.carry(list(talkers.values()), late)
        plain = Rig([Stages()] * len(talkers)).carry(list(talkers.values()))
        left = [over.behind[round((late + after) / TICK)] for over in overs]
        alike = [float(stoi(*_aligned(clip.sound, over, late), RATE)) for clip, over in zip(plain, overs, strict=True)]
        worst = max(left)
        note = f"four talkers; {min(left) * 1000:.0f} to {max(left) * 1000:.0f} ms"
        name = f"backlog of {late:g} s, after {after:g} s of speech"
        figures.append(Figure(name, f"{1000 * worst:.0f} ms", f"≤ {1000 * GONE:.0f} ms", worst <= GONE, note))
        note = f"against the same speech that was not late, time-aligned; {min(alike):.3f} to {max(alike):.3f}"
        name = f"backlog of {late:g} s: STOI of the speech that catches up"
        figures.append(Figure(name, f"{min(alike):.3f}", f"≥ {ALIKE}", min(alike) >= ALIKE, note))
        for talker, over in list(zip(talkers, overs, strict=True))[: 1 if quick else 2]:
            behind = np.array(over.behind)
            curves[f"{talker}, {late:g} s late"] = (np.arange(behind.size) * TICK, behind)
    return Finding(figures, [Picture("Backlog over time", lines(curves, "s", "s behind", {"gone": GONE}))])


def _dense(clip: Sound) -> Sound:
    """Sentences without end, so that they last."""
    return np.resize(clip, SECONDS * RATE)


def _aligned(plain: Sound, over: Carried, late: float) -> tuple[Sound, Sound]:
    """What was played without backlog, and what was played with one, brought back to that one's time.

    Every 15 ms of the original get the piece that was played of them, at the place to which the recording had been
    played by then; neighbours go over into each other.
    """
    played = np.concatenate([[0], np.array(over.places)]).astype(np.float64)
    outs = np.arange(played.size) * float(BLOCK)
    size = min(plain.size, int(played[-1]))
    hop = WINDOW // 2
    window = np.hanning(WINDOW + 1)[:WINDOW]
    squeezed = np.zeros(size + 2 * WINDOW)
    rising = np.concatenate([[True], np.diff(played) > 0])
    sound = np.pad(over.sound, (WINDOW, 2 * WINDOW))
    for start in range(0, size - WINDOW, hop):
        middle = start + hop - STRIPS
        at = int(np.interp(middle, played[rising], outs[rising])) + STRIPS - hop + WINDOW
        at += _shift(plain[start : start + WINDOW], sound[at - NEAR : at + WINDOW + NEAR])
        squeezed[start : start + WINDOW] += window * sound[at : at + WINDOW]
    return plain[hop : size - WINDOW], np.asarray(squeezed[hop : size - WINDOW], np.float32)


def _shift(piece: Sound, around: Sound) -> int:
    """Samples from -`NEAR` to `NEAR` by which ``around`` fits the piece best."""
    places = np.lib.stride_tricks.sliding_window_view(around, piece.size)
    return int(np.argmax(places @ piece / (np.linalg.norm(places, axis=1) + 1e-6))) - NEAR


MEASUREMENT = Measurement("backlog", len(CASES), measure)
