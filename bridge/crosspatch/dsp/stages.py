"""Which stages of the signal path a radio's channel goes through: plain values, part of a site's plan."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

Decibels = Annotated[float, Ge(-12), Le(12)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """Everything that is good for a TETRA radio on a sound card; analogue radios may need some of the rest."""

    band_pass: bool = True  # 200 to 3400 Hz
    noise_reduction: bool = True
    gain: bool = True  # to -26 dBov of active speech
    limiter: bool = True  # at -3 dBFS, both ways
    de_emphasis: bool = False  # received from a discriminator: 6 dB less for each octave from 300 Hz up
    pre_emphasis: bool = False  # the reverse, on the way out
    bass_db: Decibels = 0.0  # received, below about 500 Hz
    treble_db: Decibels = 0.0  # received, above about 2 kHz
