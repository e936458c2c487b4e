"""Sentences for the judge to find again, and what telephones do to them on the way."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
from scipy.signal import butter, resample_poly, sosfilt

from crosspatch_drivers.twin.judge import RATE, Samples
from crosspatch_drivers.twin.wav import read_wav

DATA = Path(str(files("crosspatch.demo"))) / "data"
MS = RATE // 1000


def sentence(name: str, seconds: float) -> Samples:
    """The beginning of a recording."""
    return read_wav(DATA / f"harvard_{name}_16k.wav")[: int(seconds * RATE)]


def received(samples: Samples, before_ms: int = 300, after_ms: int = 200) -> Samples:
    return np.pad(np.asarray(samples, np.float32), (before_ms * MS, after_ms * MS))


def telephone(samples: Samples, times: int = 1) -> Samples:
    sections = butter(4, (300, 3400), "bandpass", fs=RATE, output="sos")
    for _ in range(times):
        samples = sosfilt(sections, samples)
    return samples.astype(np.float32)


def drifted(samples: Samples, ppm: float) -> Samples:
    fine = resample_poly(samples, 8, 1)
    at = np.arange(samples.size) * (1 + ppm * 1e-6) * 8
    return np.interp(at, np.arange(fine.size), fine).astype(np.float32)


def noisy(samples: Samples, dbfs: float = -55.0) -> Samples:
    noise = np.random.default_rng(4).normal(0, 10 ** (dbfs / 20), samples.size)
    return (samples + noise).astype(np.float32)


def riding(samples: Samples) -> Samples:
    """A gain that goes up and down by 6 dB within a second."""
    swing = 10 ** (6 / 20 * np.sin(2 * np.pi * np.arange(samples.size) / RATE))
    return (0.3 * samples * swing).astype(np.float32)


WAYS: dict[str, Callable[[Samples], Samples]] = {
    "as it was": lambda x: x,
    "faint": lambda x: 0.02 * x,
    "telephone": telephone,
    "two telephones in a row": lambda x: telephone(x, 2),
    "noise": noisy,
    "drift": lambda x: drifted(x, 300.0),
    "gain control": riding,
    "all of it": lambda x: noisy(telephone(drifted(0.5 * x, -100.0)), -60.0),
}
