"""Ways that sound takes between two radios, for tests and benches: bands, noise, a vocoder; and talkers at will."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import butter, resample_poly, sosfilt

from crosspatch.demo import __file__ as demo
from crosspatch.dsp.units import RATE, Floats
from crosspatch_codecs.opus import Opus, OpusSettings
from crosspatch_drivers.twin.wav import read_wav

SENTENCES = Path(demo).parent / "data"
PHRASES = Path(__file__).parent / "data" / "speech"


def later(sound: Floats, delay_s: float) -> Floats:
    """The same after ``delay_s`` of silence."""
    return np.concatenate([np.zeros(round(delay_s * RATE), np.float32), sound])


def wire(sound: Floats) -> Floats:
    """As it is."""
    return sound


def radio_band(sound: Floats) -> Floats:
    """300 to 3400 Hz, 12 dB softer, in noise 15 dB below it."""
    band = sosfilt(butter(4, [300, 3400], "band", fs=RATE, output="sos"), sound) * 0.25
    noise = np.random.default_rng(1).standard_normal(band.size)
    return np.asarray(band + noise * np.sqrt(np.mean(band**2)) * 10 ** (-15 / 20), np.float32)


def vocoder(sound: Floats) -> Floats:
    """Through a speech coder of 6 kbit/s, as narrow as a radio's."""
    codec = Opus(8000, OpusSettings(bitrate=6000, fec=False, loss_percent=0))
    narrow = resample_poly(sound, 1, 2).astype(np.float32)
    frames = [codec.decode(codec.encode(narrow[at : at + 480])) for at in range(0, narrow.size - 479, 480)]
    return np.asarray(resample_poly(np.concatenate(frames), 2, 1), np.float32)


def worn(sound: Floats) -> Floats:
    """Through two vocoders and a radio's band and noise."""
    return radio_band(vocoder(vocoder(sound)))


@dataclass(frozen=True, slots=True)
class Talker:
    """Somebody made of a recorded voice: higher or lower, brighter or duller, nearer or farther, in some noise."""

    voice: Floats
    pitch: float
    low_hz: float
    high_hz: float
    gain_db: float
    noise_db: float

    @classmethod
    def any(cls, voice: Floats, dice: np.random.Generator) -> "Talker":
        """One of very many."""
        return cls(
            voice,
            float(dice.choice([0.8, 0.85, 0.9, 0.95, 1.0, 1.06, 1.12, 1.2, 1.28])),
            dice.uniform(100, 300),
            dice.uniform(2500, 5000),
            dice.uniform(-8, 6),
            dice.uniform(-75, -50),
        )

    def speak(self, seconds: float, dice: np.random.Generator) -> Floats:
        """Words of the voice in any order, with pauses."""
        parts: list[Floats] = []
        while sum(part.size for part in parts) < seconds * RATE:
            start = dice.integers(0, self.voice.size - 2 * RATE)
            words = self.voice[start : start + int(dice.uniform(1, 4) * RATE)]
            parts += [resample_poly(words, round(100 * self.pitch), 100), np.zeros(int(dice.uniform(0.1, 0.8) * RATE))]
        sound = np.concatenate(parts)[: int(seconds * RATE)]
        sound = sosfilt(butter(1, [self.low_hz, self.high_hz], "band", fs=RATE, output="sos"), sound)
        noise = dice.standard_normal(sound.size) * 10 ** (self.noise_db / 20)
        return np.asarray(sound * 10 ** (self.gain_db / 20) + noise, np.float32)

    def overs(self, seconds: float, dice: np.random.Generator) -> Floats:
        """Overs of 1 to 8 s with silence between them."""
        sound, at = self.speak(seconds, dice), int(dice.uniform(0, 1) * RATE)
        spoken = np.zeros(sound.size, np.float32)
        while at < sound.size:
            length = int(dice.uniform(1, 8) * RATE)
            spoken[at : at + length] = 1.0
            at += length + int(dice.uniform(0.2, 3) * RATE)
        return sound * spoken


def voices() -> list[Floats]:
    """The recorded voices: two with sentences, two who say the same words again and again."""
    files = [SENTENCES / f"harvard_{name}_16k.wav" for name in ("F1", "M1")]
    files += [PHRASES / f"mrt_{name}_16k_20s.wav" for name in ("F1", "M4")]
    return [read_wav(file) for file in files]
