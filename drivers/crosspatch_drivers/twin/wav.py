"""Mono sound files at the twin's rate: reading any 16-bit WAV, writing recordings; not for anything else."""

import math
import wave
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from crosspatch_codecs.pcm import FULL_SCALE
from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.twin.officer import RATE, Samples


def read_wav(path: Path) -> Samples:
    """The first channel at 16 kHz. `Cannot` when it is no 16-bit WAV file."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2:
                msg = f"{path}: {8 * file.getsampwidth()} bits a sample; 16 are needed"
                raise Cannot(msg)
            rate, channels = file.getframerate(), file.getnchannels()
            data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    except (OSError, EOFError, wave.Error) as error:
        msg = f"{path}: {error or 'no WAV file'}"
        raise Cannot(msg) from error
    samples = data[: data.size // channels * channels : channels].astype(np.float32) / FULL_SCALE
    if rate == RATE:
        return samples
    common = math.gcd(rate, RATE)
    return np.asarray(resample_poly(samples, RATE // common, rate // common), np.float32)


def write_wav(path: Path, samples: Samples) -> None:
    """16-bit mono at 16 kHz."""
    data = np.clip(np.rint(samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(data.tobytes())
