"""Equalising of analogue legs: de-emphasis and shelves as gains of spectra, pre-emphasis as a filter on the way out.

Not for the channel's band, which is the same for all.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.spectrum import BINS, WIDTH
from crosspatch.dsp.stages import Stages
from crosspatch.dsp.units import RATE, Flags, Floats, Ints
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

Doubles = npt.NDArray[np.float64]

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
    """On the way out, for those channels that want it; see `emphasised`."""

    def __init__(self, stages: Sequence[Stages]) -> None:
        """At rest."""
        self._wanted = np.array([stage.pre_emphasis for stage in stages], bool)
        zero, pole = RATE / (np.pi * CORNER), RATE / (np.pi * END)  # the bilinear transform of (1 + s/z) / (1 + s/p)
        self._b = np.array([1 + zero, 1 - zero]) / (1 + pole)
        self._a = np.array([1.0, (1 - pole) / (1 + pole)])
        self._b /= self._gain_at(UNITY)
        self._state = np.zeros(len(stages))

    @property
    def state(self) -> tuple[Flags, Doubles, Doubles, Doubles]:
        """What `emphasised` goes on with."""
        return self._wanted, self._b, self._a, self._state

    def _gain_at(self, hertz: float) -> float:
        turn = np.exp(-2j * np.pi * hertz / RATE)
        return float(abs((self._b[0] + self._b[1] * turn) / (self._a[0] + self._a[1] * turn)))


@compiled
def emphasised(block: Block, rows: Ints, wanted: Flags, b: Doubles, a: Doubles, state: Doubles) -> None:
    """A first-order section in place, in the transposed direct form II, on those of ``rows`` that are wanted."""
    for index in range(rows.size):
        row = rows[index]
        if wanted[row]:
            for n in range(block.shape[1]):
                x = np.float64(block[index, n])
                y = b[0] * x + state[row]
                state[row] = b[1] * x - a[1] * y
                block[index, n] = y
