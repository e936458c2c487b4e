"""Equalising of analogue legs: de-emphasis and shelves as gains of spectra, pre-emphasis as a filter on the way out.

Not for the channel's band, which is the same for all.
"""

from collections.abc import Sequence

import numpy as np

from crosspatch.dsp.spectrum import BINS, WIDTH
from crosspatch.dsp.stages import Stages
from crosspatch.dsp.units import RATE, Floats, Ints
from crosspatch_drivers.audio.ring import Block

CORNER = 300.0
"""Hz from which emphasis acts (ETSI EN 300 086: 6 dB for each octave from 300 Hz to 3 kHz)."""

UNITY = 1000.0
"""Hz at which emphasis changes nothing."""

END = 3400.0
"""Hz at which pre-emphasis stops rising."""

BASS, TREBLE = 500.0, 2000.0
"""Hz in the middle of the shelves' slopes."""


def received(stages: Sequence[Stages]) -> Floats:
    """Gains (channels, `BINS`) for the spectra of what is received."""
    hertz = np.maximum(np.arange(BINS) * WIDTH, 1.0)
    return np.array([_gains(stage, hertz) for stage in stages], np.float32).reshape(len(stages), BINS)


def _gains(stages: Stages, hertz: Floats) -> Floats:
    fall = _low_pass(hertz) / _low_pass(np.array([UNITY])) if stages.de_emphasis else np.ones(hertz.size)
    bass = stages.bass_db / (1 + (hertz / BASS) ** 2)
    treble = stages.treble_db / (1 + (TREBLE / hertz) ** 2)
    return np.asarray(fall * 10 ** ((bass + treble) / 20), np.float32)


def _low_pass(hertz: Floats) -> Floats:
    return np.asarray(1 / np.sqrt(1 + (hertz / CORNER) ** 2), np.float32)


class PreEmphasis:
    """On the way out, for those channels that want it."""

    def __init__(self, stages: Sequence[Stages]) -> None:
        """At rest."""
        self._wanted = np.array([stage.pre_emphasis for stage in stages], bool)
        self._none = not self._wanted.any()
        self._state = np.zeros((len(stages), 1))
        if self._none:
            return
        from scipy.signal import bilinear, lfilter  # noqa: PLC0415 - takes a second, and few sites want it

        zero, pole = 2 * np.pi * CORNER, 2 * np.pi * END
        self._b, self._a = bilinear([1 / zero, 1.0], [1 / pole, 1.0], fs=RATE)
        self._b = self._b / self._gain_at(UNITY)
        self._filter = lfilter

    def __call__(self, block: Block, rows: Ints) -> Block:
        """(rows, samples), those of them emphasised that want it."""
        if self._none:
            return block
        wanted = self._wanted[rows]
        some = rows[wanted]
        block[wanted], self._state[some] = self._filter(self._b, self._a, block[wanted], axis=1, zi=self._state[some])
        return block

    def _gain_at(self, hertz: float) -> float:
        turn = np.exp(-2j * np.pi * hertz / RATE)
        return float(abs((self._b[0] + self._b[1] * turn) / (self._a[0] + self._a[1] * turn)))
