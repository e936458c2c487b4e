"""What is measured with: real speech at the level of vocoders, noise, hum and tones."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from tests.bridge.dsp.conftest import SPEECH, at_level

from crosspatch_drivers.twin.wav import read_wav

Sound = npt.NDArray[np.float32]
"""(samples,) at 16 kHz where nothing else is said."""

PHRASES = Path(__file__).parents[2] / "data" / "speech"

LEVEL = -26.0
"""dBov of active speech (ITU-T P.56)."""


def sentences() -> dict[str, Sound]:
    """Harvard sentences of a woman and a man, and rhyme-test phrases of another pair, at `LEVEL`."""
    files = {
        "woman, sentences": SPEECH / "harvard_F1_16k.wav",
        "man, sentences": SPEECH / "harvard_M1_16k.wav",
        "woman, phrases": PHRASES / "mrt_F1_16k_20s.wav",
        "man, phrases": PHRASES / "mrt_M4_16k_20s.wav",
    }
    return {name: at_level(read_wav(path), LEVEL) for name, path in files.items()}
