"""What the receive and transmit strips do to speech in front of a vocoder and behind it: PESQ (ITU-T P.862) and STOI.

A vocoder's score moves by a tenth or two with where its frames happen to lie in the speech, so every score is the mean
over several such places. The whole path is the core with all stages, from the one radio's wire to the other's.
"""

from collections.abc import Sequence

import numpy as np
from pesq import pesq
from pystoi import stoi
from scipy.signal import resample_poly
from tests.bench.quality.charts import bars, lines, spectrogram
from tests.bench.quality.figures import Figure, Finding, Measurement, Picture, Step
from tests.bench.quality.material import LEVEL, Sound, sentences
from tests.bench.quality.paths import carried
from tests.bench.quality.vocoder import RATE as NARROW
from tests.bench.quality.vocoder import narrow, spoken
from tests.bridge.dsp.conftest import pink, sine

from crosspatch.dsp.units import BLOCK, RATE, to_db

SECONDS = 10
"""Of each talker."""

LEAD, TAIL = RATE, RATE // 2
"""Samples of the channel before the first word and after the last."""

PLACES = (0, 80, 160, 240)
"""Samples of silence put before what is vocoded: four places of its frames."""

RATIOS = (20, 15, 10, 5)
"""dB of speech over noise."""

BETTER = 0.25
HARMLESS = 0.05
HUM = 0.1
"""PESQ that is asked: more in noise, at most less on clean speech, at most less with hum."""

PITCH = "50 Hz at -36 dBov and 88.5 Hz at -30 dBov"

STEPS = 3 + len(RATIOS)


def score(reference: Sound, heard: Sound) -> float:
    """PESQ, narrow-band; the reference at 16 kHz, what was heard at the vocoder's rate."""
    return float(pesq(NARROW, narrow(reference), heard, "nb"))


def _vocoded(reference: Sound, sound: Sound, places: Sequence[int]) -> float:
    """Mean PESQ of ``sound`` behind the vocoder."""
    return float(np.mean([score(reference, spoken(np.pad(sound, (place, 0)))) for place in places]))


def _understood(reference: Sound, heard: Sound) -> float:
    """STOI of two sounds at the vocoder's rate, the later one shifted to fit."""
    lag = _lag(reference, heard)
    size = min(reference.size, heard.size - lag)
    return float(stoi(reference[:size], heard[lag : lag + size], NARROW))


def _lag(reference: Sound, heard: Sound) -> int:
    size = 1 << (reference.size + heard.size).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(reference, size)), size)
    return int(np.argmax(product[: NARROW // 4]))


def measure(quick: bool, step: Step) -> Finding:
    """All rows that a vocoder's listener would give."""
    places = PLACES[:1] if quick else PLACES
    clips = {name: np.pad(clip[: (5 if quick else SECONDS) * RATE], (LEAD, TAIL)) for name, clip in sentences().items()}
    references = list(clips.values())
    step("the vocoder alone")
    alone = [_vocoded(clip, clip, places) for clip in references]
    step("clean speech")
    clean = carried(references)
    through = [_vocoded(clip, sound, places) for clip, sound in zip(references, clean, strict=True)]
    figures = [
        _loss("clean speech in front of the vocoder", alone, through),
        _behind(references),
    ]
    step("hum")
    figures.append(_hum(references, alone, places))
    noisy = {}
    for ratio in RATIOS:
        step(f"noise at {ratio} dB")
        noisy[ratio] = _noise(references, ratio, places)
    figures += [noisy[ratio][0] for ratio in RATIOS]
    figures.append(_intelligibility(references, clean))
    return Finding(figures, _pictures(references, clean, {ratio: found[1] for ratio, found in noisy.items()}))


def _loss(name: str, before: list[float], after: list[float]) -> Figure:
    lost = float(np.mean(before) - np.mean(after))
    note = f"PESQ {np.mean(before):.2f} without the bridge, {np.mean(after):.2f} with it; worst {_worst(before, after)}"
    return Figure(f"{name}, whole path: PESQ lost", f"{lost:.2f}", f"≤ {HARMLESS}", lost <= HARMLESS, note)


def _worst(before: list[float], after: list[float]) -> str:
    return f"{max(a - b for a, b in zip(before, after, strict=True)):+.2f}"


def _behind(references: list[Sound]) -> Figure:
    """Speech that comes out of a vocoder, through the bridge."""
    heard = [spoken(clip) for clip in references]
    bridged = carried([np.asarray(resample_poly(sound, 2, 1), np.float32) for sound in heard])
    before = [score(clip, sound) for clip, sound in zip(references, heard, strict=True)]
    after = [score(clip, narrow(sound)) for clip, sound in zip(references, bridged, strict=True)]
    return _loss("clean speech behind the vocoder", before, after)


def _hum(references: list[Sound], alone: list[float], places: Sequence[int]) -> Figure:
    hummed = []
    for clip in references:
        seconds = clip.size / RATE
        hummed.append(clip + sine(50.0, seconds, -36.0)[: clip.size] + sine(88.5, seconds, -30.0)[: clip.size])
    plain = [_vocoded(clip, sound, places) for clip, sound in zip(references, hummed, strict=True)]
    bridged = carried(hummed)
    clear = [_vocoded(clip, sound, places) for clip, sound in zip(references, bridged, strict=True)]
    lost = float(np.mean(alone) - np.mean(clear))
    scores = f"{np.mean(plain):.2f} without the bridge, {np.mean(clear):.2f} with it, clean {np.mean(alone):.2f}"
    note = f"{PITCH}: PESQ {scores}"
    return Figure("hum and sub-audible tone: PESQ lost", f"{lost:.2f}", f"≤ {HUM}", lost <= HUM, note)


def _noise(references: list[Sound], ratio: int, places: Sequence[int]) -> tuple[Figure, tuple[float, float]]:
    level = 10 ** ((LEVEL - ratio) / 20)
    noisy = [np.asarray(clip + pink(clip.size, 3) * level, np.float32) for clip in references]
    plain = [_vocoded(clip, sound, places) for clip, sound in zip(references, noisy, strict=True)]
    bridged = [_vocoded(clip, sound, places) for clip, sound in zip(references, carried(noisy), strict=True)]
    gained = float(np.mean(bridged) - np.mean(plain))
    note = f"PESQ {np.mean(plain):.2f} without the bridge, {np.mean(bridged):.2f} with it"
    name = f"pink noise, {ratio} dB below speech: PESQ gained"
    return Figure(name, f"{gained:.2f}", f"≥ {BETTER}", gained >= BETTER, note), (
        float(np.mean(plain)),
        float(np.mean(bridged)),
    )


def _intelligibility(references: list[Sound], clean: list[Sound]) -> Figure:
    before = [_understood(narrow(clip), spoken(clip)) for clip in references]
    after = [_understood(narrow(clip), spoken(sound)) for clip, sound in zip(references, clean, strict=True)]
    note = f"{np.mean(before):.3f} without the bridge"
    return Figure("clean speech in front of the vocoder, whole path: STOI", f"{np.mean(after):.3f}", note=note)


def _pictures(references: list[Sound], clean: list[Sound], noisy: dict[int, tuple[float, float]]) -> list[Picture]:
    clip, sound = references[0], clean[0]
    loud = np.asarray(clip + pink(clip.size, 3) * 10 ** ((LEVEL - 10) / 20), np.float32)
    bridged = carried([loud])[0]
    heights = {f"{ratio} dB": pair for ratio, pair in noisy.items()}
    return [
        Picture("PESQ behind the vocoder, in pink noise", bars(heights, ("without the bridge", "with it"), "PESQ")),
        Picture("Speech 10 dB above pink noise, before the bridge", spectrogram(loud, RATE)),
        Picture("The same behind the bridge", spectrogram(bridged, RATE)),
        Picture("Clean speech, before the bridge", spectrogram(clip, RATE)),
        Picture("The same behind the bridge", spectrogram(sound, RATE)),
        Picture("Level over time, speech 10 dB above noise", lines(_levels(loud, bridged), "s", "dBov")),
    ]


def _levels(before: Sound, after: Sound) -> dict[str, tuple[Sound, Sound]]:
    """Level of each tenth of a second."""
    curves = {}
    for name, sound in (("before the bridge", before), ("behind it", after)):
        pieces = sound[: sound.size // (10 * BLOCK) * 10 * BLOCK].reshape(-1, 10 * BLOCK)
        curves[name] = (np.arange(len(pieces)) / 10, to_db(np.mean(pieces**2, axis=1)))
    return curves


MEASUREMENT = Measurement("vocoder", STEPS, measure)
