"""Signals for crews, made of short notes: known after the first time, clear after a vocoder, as loud as speech."""

import numpy as np

from crosspatch.dsp.units import BLOCK, RATE, Floats, from_db
from crosspatch.orders import Tone

NOTES: dict[Tone, tuple[tuple[float, float], ...]] = {
    Tone.NOT_DELIVERED: ((620.0, 0.15), (0.0, 0.05), (490.0, 0.15), (0.0, 0.05), (390.0, 0.30)),
    Tone.PATCH_UP: ((490.0, 0.12), (0.0, 0.05), (620.0, 0.12), (0.0, 0.05), (780.0, 0.20)),
    Tone.PATCH_CLOSING: ((620.0, 0.12), (0.0, 0.10), (620.0, 0.12), (0.0, 0.10), (490.0, 0.20)),
    Tone.EMERGENCY: ((780.0, 0.10), (490.0, 0.10), (780.0, 0.10), (490.0, 0.10), (780.0, 0.10), (490.0, 0.20)),
}
"""Hertz (0: a rest) and seconds. Falling: it failed; rising: it works; knocking: it ends soon; two tones: emergency."""

AMPLITUDE = from_db(-23.0)
"""Of a note: a sine of this amplitude has the active level of speech, -26 dBov (ITU-T P.56)."""

EDGE = RATE // 100
"""Samples over which a note comes and goes, along half a wave, so that it does not click."""


def sound_of(tone: Tone) -> Floats:
    """The signal, in whole blocks of the core's rate."""
    sound = np.concatenate([_note(hertz, seconds) for hertz, seconds in NOTES[tone]])
    return np.pad(sound, (0, -sound.size % BLOCK)).astype(np.float32)


def _note(hertz: float, seconds: float) -> Floats:
    time = np.arange(round(seconds * RATE)) / RATE
    edge = np.minimum(1.0, np.minimum(np.arange(time.size) + 1, time.size - np.arange(time.size)) / EDGE)
    edge = (1 - np.cos(np.pi * edge)) / 2
    return np.asarray(AMPLITUDE * np.sin(2 * np.pi * hertz * time) * edge * (hertz > 0), np.float32)
