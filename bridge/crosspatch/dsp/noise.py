"""The noise of each channel, bin by bin, and less of it: never a gate, speech is left as it is.

The noise is tracked by the probability that speech is present (T. Gerkmann and R. Hendriks, Unbiased MMSE-based noise
power estimation with low complexity and low tracking delay, IEEE TASLP 20(4), 2012). The gains are Wiener's on the
decision-directed signal-to-noise ratio (Y. Ephraim and D. Malah, 1984), with a floor. Not for tones and hum, which the
band-pass takes.
"""

import numpy as np

from crosspatch.dsp.spectrum import BINS
from crosspatch.dsp.transform import Spectra
from crosspatch.dsp.units import Flags, Floats, Ints, to_db
from crosspatch_codecs.compiled import compiled

SPEECH_SNR = 10 ** (15 / 10)
"""Signal-to-noise ratio that speech has where it is present."""

FOLLOW = 0.15
"""Share of the difference that the noise's estimate goes in a block without speech: half of it in 40 ms."""

CERTAIN = 0.99
"""Presence that is never quite believed when it has lasted: noise that has become louder is learnt after all."""

LOUDER = 100.0
"""Most times the estimate by which a block's power counts in it."""

YOUNG = 15
"""Blocks from the first sound of a channel on in which all that is heard is taken for noise."""

SMOOTH, SPAN = 0.3, 75
"""Smoothing of the power whose least within the last 75 to 150 blocks bounds the noise, and what it may be above it."""

ABOVE_LEAST = 6.0

QUIETEST = 10 ** (-95 / 10)
"""Least power of noise in a bin."""

FIRST = 10 ** (-75 / 10)
"""Power in each bin before anything was heard: a quiet radio."""

INERTIA = 0.92
"""Share of the last block in the signal-to-noise ratio: more leaves less musical noise, and blurs beginnings."""

DEPTH_DB = -14.0
"""The floor of the gains."""

HARMLESS_DB, HARMFUL_DB = -68.0, -52.0
"""dBov of noise up to which nothing is done, and from which the whole depth is used."""


class Noise:
    """What is known of each channel's noise; for `learn` and `gains_of`."""

    def __init__(self, channels: int) -> None:
        """A quiet radio."""
        self.power: Floats = np.full((channels, BINS), FIRST, np.float32)
        self._lasting: Floats = np.zeros((channels, BINS), np.float32)
        self.age: Ints = np.zeros(channels, np.int64)
        self.smooth: Floats = self.power.copy()  # what is heard, smoothed over some blocks
        self._least: Floats = self.power.copy()
        self._least_before: Floats = self.power.copy()
        self._count = 0
        self.before: Floats = np.zeros((channels, BINS), np.float32)  # power of speech in the last block

    @property
    def level_db(self) -> Floats:
        """dBov of each channel's noise."""
        return to_db(self.power.sum(axis=1))

    def next(self) -> tuple[Floats, Floats, Ints, Floats, Floats, Floats]:
        """What `learn` goes on with in the next block."""
        self._count += 1
        if self._count > SPAN:
            self._count = 1
            self._least_before, self._least = self._least, self.smooth.copy()
        return self.power, self._lasting, self.age, self.smooth, self._least, self._least_before

    @property
    def young(self) -> Flags:
        """Channels whose noise is not known yet."""
        return np.asarray(self.age < YOUNG)


@compiled
def learn(
    powers: Floats,
    flowing: Flags,
    rows: Ints,
    noises: Floats,
    lasting: Floats,
    age: Ints,
    smooth: Floats,
    least: Floats,
    least_before: Floats,
) -> None:
    """Look at a block's power (rows, bins); a channel that brings nothing (not ``flowing``) teaches nothing.

    Presence of speech, and the noise where it is absent; in the beginning, and where it was least, in all there is.

    The first sound of a channel tells what its noise is about. Later noise is not far above the least that was heard
    in the last second: between words speech has gaps.
    """
    steep, odds = np.float32(-SPEECH_SNR / (1.0 + SPEECH_SNR)), np.float32(1.0 + SPEECH_SNR)
    one, certain = np.float32(1.0), np.float32(CERTAIN)
    for index in range(rows.size):
        row = rows[index]
        learns = flowing[row]
        young = learns and age[row] < YOUNG
        first = one / np.float32(age[row] + 1)
        for b in range(BINS):
            power, noise = powers[index, b], noises[row, b]
            presence = one / (one + odds * np.exp(min(power / noise, np.float32(60.0)) * steep))
            lasting[row, b] += np.float32(0.1) * (presence - lasting[row, b])
            if lasting[row, b] > certain:
                presence = min(presence, certain)
            if learns:
                noise += np.float32(FOLLOW) * (one - presence) * (min(power, np.float32(LOUDER) * noise) - noise)
            if young:
                noise += (power - noise) * first
                smooth[row, b] = least[row, b] = least_before[row, b] = noise
            smooth[row, b] += np.float32(SMOOTH) * (power - smooth[row, b])
            least[row, b] = min(least[row, b], smooth[row, b])
            noise = min(noise, np.float32(ABOVE_LEAST) * min(least[row, b], least_before[row, b]))
            noises[row, b] = max(noise, np.float32(QUIETEST))
        if young:
            age[row] += 1


@compiled
def gains_of(powers: Floats, rows: Ints, noises: Floats, before: Floats) -> Floats:
    """The gain of each bin of a block: Wiener's with a floor that lies the lower, the louder the noise is."""
    gains = np.empty(powers.shape, np.float32)
    one, inertia = np.float32(1.0), np.float32(INERTIA)
    for index in range(rows.size):
        row = rows[index]
        level = 10.0 * np.log10(max(noises[row].sum(), 1e-12))
        depth = min(max((level - HARMLESS_DB) / (HARMFUL_DB - HARMLESS_DB), 0.0), 1.0) * DEPTH_DB
        floor = np.float32(10.0 ** (depth / 20.0))
        for b in range(BINS):
            power, noise = powers[index, b], noises[row, b]
            ratio = min(power / noise, np.float32(1e4))
            prior = inertia * before[row, b] / noise + (one - inertia) * max(ratio - one, np.float32(0.0))
            gain = max(prior / (one + prior), floor)
            before[row, b] = gain * gain * power
            gains[index, b] = gain
    return gains


@compiled
def reduce(spectra: Spectra, gains: Floats) -> None:
    """Apply the gains in place; bins above the last that was looked at go with it."""
    for index in range(spectra.shape[0]):
        for b in range(spectra.shape[1]):
            spectra[index, b] *= gains[index, min(b, BINS - 1)]
