"""Speech and noise for the signal path's parts, and the standard's own way to measure speech."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from crosspatch.dsp.units import BLOCK, RATE
from crosspatch_drivers.audio.ring import Block
from crosspatch_drivers.twin.wav import read_wav

SPEECH = Path(str(files("crosspatch.demo"))) / "data"


def active_level(sound: np.ndarray) -> float:
    """dBov by ITU-T P.56, method B, sample by sample."""
    keep = np.exp(-1 / (RATE * 0.03))
    envelope = lfilter([1 - keep], [1, -keep], lfilter([1 - keep], [1, -keep], np.abs(sound)))
    numbers, before = np.arange(sound.size), None
    for exponent in range(15, 0, -1):
        threshold = 2.0**-exponent
        last = np.maximum.accumulate(np.where(envelope >= threshold, numbers, -RATE))
        active = np.count_nonzero(numbers - last <= 0.2 * RATE)
        if not active:
            break
        level = 10 * np.log10(np.sum(sound.astype(float) ** 2) / active)
        apart = level - 20 * np.log10(threshold) - 15.9
        if before is not None and apart < 0 <= before[1]:
            share = before[1] / (before[1] - apart)
            return float(before[0] + share * (level - before[0]))
        before = (level, apart)
    return float(before[0]) if before else -120.0


def at_level(sound: np.ndarray, dbov: float) -> np.ndarray:
    return (sound * 10 ** ((dbov - active_level(sound)) / 20)).astype(np.float32)


def blocks(sound: np.ndarray) -> list[Block]:
    """One channel (samples,), or several (channels, samples), in blocks of 160."""
    wide = np.atleast_2d(np.asarray(sound, np.float32))
    return [wide[:, start : start + BLOCK] for start in range(0, wide.shape[1] - BLOCK + 1, BLOCK)]


def pink(samples: int, seed: int = 0) -> np.ndarray:
    """Pink noise of power 1."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(0, 1, samples))
    hertz = np.fft.rfftfreq(samples, 1 / RATE)
    spectrum *= np.where(hertz > 50, 1 / np.sqrt(np.maximum(hertz, 1)), 0)
    noise = np.fft.irfft(spectrum, samples)
    return (noise / np.sqrt(np.mean(noise**2))).astype(np.float32)


def sine(hertz: float, seconds: float, dbov: float = -20.0) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return (np.sqrt(2) * 10 ** (dbov / 20) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def residue_db(sound: np.ndarray, hertz: float) -> float:
    """What is not the tone of ``hertz`` (its level and phase fitted), relative to it: THD+N."""
    time = np.arange(sound.size) / RATE
    basis = np.stack([np.cos(2 * np.pi * hertz * time), np.sin(2 * np.pi * hertz * time)], axis=1)
    fit = basis @ np.linalg.lstsq(basis, sound.astype(float), rcond=None)[0]
    return float(10 * np.log10(np.mean((sound - fit) ** 2) / np.mean(fit**2)))


@pytest.fixture(scope="session")
def man() -> np.ndarray:
    """A man's sentences at -26 dBov."""
    return at_level(read_wav(SPEECH / "harvard_M1_16k.wav"), -26.0)


@pytest.fixture(scope="session")
def woman() -> np.ndarray:
    """A woman's sentences at -26 dBov."""
    return at_level(read_wav(SPEECH / "harvard_F1_16k.wav"), -26.0)
