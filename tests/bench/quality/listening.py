"""The voice detector on speech it was not tuned with, and on what is no speech; the gain towards a vocoder's level."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from tests.bench.quality.charts import lines
from tests.bench.quality.figures import Figure, Finding, Measurement, Picture, Step
from tests.bench.quality.material import LEVEL, PHRASES, Sound, sentences
from tests.bench.quality.vocoder import spoken
from tests.bridge.dsp.conftest import active_level, at_level, pink, sine

from crosspatch.dsp.stages import Stages
from crosspatch.dsp.strips import DELAY, ReceiveStrip
from crosspatch.dsp.units import BLOCK, RATE, TICK
from crosspatch_drivers.twin.wav import read_wav

HELD_OUT = ("mrt_F1_16k_20s.wav", "mrt_M4_16k_20s.wav")
"""Phrases on which no constant of the detector was set."""

RATIO = 10.0
"""dB of speech over noise."""

LEAD = 2 * RATE
"""Samples of noise before the first word."""

LOOK_BACK = 20
"""Blocks that are kept from before the detector opened: 0.2 s."""

MISSED, FALSE = 0.005, 1.0
"""Share of speech frames, and openings in ten minutes, that are asked at most."""

INPUTS = (-40.0, -34.0, -28.0, -22.0, -16.0)
"""dBov of active speech at the gain's input."""

OVER = 15
"""Seconds of each talker: the standard wants more than a few sentences for a level to be one."""

NEAR = 1.0
"""dB that the level may be off after the first second of speech."""

Flags = npt.NDArray[np.bool_]


def heard(sounds: list[Sound], stages: Stages | None = None, step: Step | None = None) -> tuple[Sound, Flags, Flags]:
    """Equally long sounds through one receive strip: what comes out, and where the detector is open, sees speech."""
    strip = ReceiveStrip([stages or Stages()] * len(sounds))
    wide = np.stack(sounds).astype(np.float32)
    flowing = np.ones(len(sounds), bool)
    blocks = wide.shape[1] // BLOCK
    out = np.zeros((len(sounds), blocks * BLOCK), np.float32)
    opened, speech = np.zeros((len(sounds), blocks), bool), np.zeros((len(sounds), blocks), bool)
    for number in range(blocks):
        if step and number % 6000 == 0:
            step(f"what is no speech, minute {number // 6000 + 1}")
        part = slice(number * BLOCK, (number + 1) * BLOCK)
        block = wide[:, part]
        out[:, part] = strip(block, np.mean(block**2, axis=1), flowing)
        opened[:, number], speech[:, number] = strip.voice.open, strip.voice.speech
    return out, opened, speech


def measure(quick: bool, step: Step) -> Finding:
    """All rows."""
    step("speech in noise")
    missed = _missed()
    wrong = _openings(1 if quick else 10, step)
    step("levels")
    gain, picture = _gain()
    return Finding([missed, wrong, gain], [picture])


def _missed() -> Figure:
    voices = [at_level(read_wav(PHRASES / name), LEVEL) for name in HELD_OUT]
    level = 10 ** ((LEVEL - RATIO) / 20)
    dice = np.random.default_rng(5)
    size = min(voice.size for voice in voices) + LEAD
    noises = {
        "pink": lambda seed: pink(size, seed),
        "white": lambda _: dice.normal(0, 1, size),
        "vehicle": lambda seed: _shaped(pink(size, seed), 1.0),
    }
    sounds, truth = [], []
    for seed, noise in enumerate(noise for noise in noises.values() for _ in range(2)):
        for voice in voices:
            sounds.append(np.asarray(np.pad(voice, (LEAD, 0))[:size] + level * noise(seed), np.float32))
            truth.append(voice)
    _, opened, _ = heard(sounds)
    missed = total = 0
    for voice, row in zip(truth, opened, strict=True):
        energy = np.array([np.mean(block**2) for block in voice[: size - LEAD].reshape(-1, BLOCK)])
        spoken_at = np.flatnonzero(energy > 10 ** (LEVEL / 10) / 300) + LEAD // BLOCK
        kept = np.convolve(row, np.ones(LOOK_BACK), "full")[LOOK_BACK - 1 :] > 0
        missed += int(np.count_nonzero(~kept[spoken_at]))
        total += spoken_at.size
    share = missed / total
    note = f"{missed} of {total} frames; two talkers, noise {', '.join(noises)}, {RATIO:g} dB below"
    name = "voice detection in noise: speech missed after look-back"
    return Figure(name, f"{100 * share:.2f} %", f"≤ {100 * MISSED} %", share <= MISSED, note)


def _shaped(noise: Sound, power: float) -> Sound:
    """Noise that falls by ``power`` times 3 dB an octave more, of power 1: a vehicle's."""
    spectrum = np.fft.rfft(noise)
    spectrum *= np.maximum(np.fft.rfftfreq(noise.size, 1 / RATE), 30.0) ** (-power / 2)
    shaped = np.fft.irfft(spectrum, noise.size)
    return np.asarray(shaped / np.sqrt(np.mean(shaped**2)), np.float32)


def nothing_said(seconds: float) -> dict[str, Sound]:
    """What no detector should open on."""
    size = round(seconds * RATE)
    time = np.arange(size) / RATE
    dice = np.random.default_rng(7)
    part = pink(60 * RATE, 8)
    idle = np.repeat(spoken(np.asarray(0.002 * part, np.float32)), 2)
    step = (time / 0.1).astype(np.int64)
    sequence = np.array([1060.0, 1160.0, 1270.0, 1400.0, 1530.0, 0.0, 0.0, 0.0])[step % 8]
    phase = 2 * np.pi * np.cumsum(sequence) / RATE
    return {
        "silence": np.zeros(size, np.float32),
        "pink noise at -30": 10 ** (-30 / 20) * pink(size, 1),
        "white noise at -40": dice.normal(0, 0.01, size),
        "vehicle at -30": 10 ** (-30 / 20) * _shaped(pink(size, 2), 1.0),
        "hum": sum(sine(50.0 * k, seconds, -36.0 - 6 * k) for k in range(1, 9)) + 0.0003 * pink(size, 3),
        "sub-audible tone": sine(88.5, seconds, -30.0) + 0.001 * pink(size, 4),
        "1 kHz tone": sine(1000.0, seconds) + 0.0003 * pink(size, 5),
        "1750 Hz, now and then": sine(1750.0, seconds) * (step % 20 < 7) + 0.0005 * pink(size, 6),
        "five-tone calls": 0.1 * np.sin(phase) * (sequence > 0) + 0.0005 * pink(size, 7),
        "two tones, now and then": (sine(770.0, seconds) + sine(1336.0, seconds)) * (step % 4 < 2),
        "idle vocoder": np.resize(idle, size),
    }


def _openings(minutes: int, step: Step) -> Figure:
    sounds = {name: np.asarray(sound, np.float32) for name, sound in nothing_said(60.0 * minutes).items()}
    _, opened, _ = heard(list(sounds.values()), step=step)
    counts = (np.diff(opened.astype(np.int8), axis=1, prepend=0) == 1).sum(axis=1)
    worst = float(counts.max()) * 10 / minutes
    found = [f"{name} {count}" for name, count in zip(sounds, counts.tolist(), strict=True) if count]
    note = f"{minutes} min of each: {', '.join(sounds)}; opened: {', '.join(found) or 'none'}"
    return Figure("voice detection: false openings in 10 min", f"{worst:g}", f"≤ {FALSE:g}", worst <= FALSE, note)


def _gain() -> tuple[Figure, Picture]:
    clips = [np.pad(np.resize(clip, OVER * RATE), (RATE // 2, 0)) for clip in sentences().values()]
    size = max(clip.size for clip in clips)
    sounds, lengths = [], []
    for dbov in INPUTS:
        for clip in clips:
            sounds.append(np.pad(at_level(clip, dbov), (0, size - clip.size)))
            lengths.append(clip.size)
    out, _, speech = heard(sounds, replace(Stages(), limiter=True))
    late = round(DELAY * RATE)
    off, curves = [], {}
    for number, (row, length) in enumerate(zip(out, lengths, strict=True)):
        second = int(np.flatnonzero(np.cumsum(speech[number]) >= 1 / TICK)[0] + 1) * BLOCK
        off.append(active_level(row[second : length + late]) - LEVEL)
        if number % len(clips) == 0:
            pieces = row[: length // (25 * BLOCK) * 25 * BLOCK].reshape(-1, 25 * BLOCK)
            levels = np.maximum(10 * np.log10(np.mean(pieces**2, axis=1) + 1e-12), -70.0)
            curves[f"from {INPUTS[number // len(clips)]:g} dBov"] = (np.arange(len(levels)) / 4, levels)
    worst = float(np.max(np.abs(off)))
    spread = f"{min(off):+.2f} to {max(off):+.2f}"
    note = f"{len(off)} overs of {OVER} s, four talkers, from {INPUTS[0]:g} to {INPUTS[-1]:g} dBov; {spread}"
    name = "active speech level after the first second of speech"
    shown = dict(list(curves.items())[::2])
    picture = Picture("Level behind the gain, of inputs at different levels", lines(shown, "s", "dBov"))
    return Figure(name, f"{LEVEL:g} ± {worst:.2f} dBov", f"{LEVEL:g} ± {NEAR:g}", worst <= NEAR, note), picture


MEASUREMENT = Measurement("listening", 2 + 10, measure)
