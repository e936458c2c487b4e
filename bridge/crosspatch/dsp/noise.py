"""The noise of each channel, bin by bin, and less of it: never a gate, speech is left as it is.

The noise is tracked by the probability that speech is present (T. Gerkmann and R. Hendriks, Unbiased MMSE-based noise
power estimation with low complexity and low tracking delay, IEEE TASLP 20(4), 2012). The gains are Wiener's on the
decision-directed signal-to-noise ratio (Y. Ephraim and D. Malah, 1984), with a floor. Not for tones and hum, which the
band-pass takes.
"""

import numpy as np

from crosspatch.dsp.spectrum import BINS, Spectra
from crosspatch.dsp.units import Flags, Floats, Ints, to_db

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
    """What each channel's noise is, and the gains that take it back."""

    def __init__(self, channels: int) -> None:
        """A quiet radio."""
        self.power: Floats = np.full((channels, BINS), FIRST, np.float32)
        self._lasting: Floats = np.zeros((channels, BINS), np.float32)
        self._age: Ints = np.zeros(channels, np.int64)
        self.smooth: Floats = self.power.copy()  # what is heard, smoothed over some blocks
        self._least: Floats = self.power.copy()
        self._least_before: Floats = self.power.copy()
        self._count = 0
        self._before: Floats = np.zeros((channels, BINS), np.float32)  # power of speech in the last block

    @property
    def level_db(self) -> Floats:
        """dBov of each channel's noise."""
        return to_db(self.power.sum(axis=1))

    def learn(self, power: Floats, flowing: Flags) -> None:
        """Look at a block's power (channels, bins). A channel that brings nothing (not ``flowing``) teaches nothing."""
        ratio = np.minimum(power / self.power, 60.0)
        presence = 1.0 / (1.0 + (1.0 + SPEECH_SNR) * np.exp(ratio * np.float32(-SPEECH_SNR / (1.0 + SPEECH_SNR))))
        self._lasting += np.float32(0.1) * (presence - self._lasting)
        np.minimum(presence, CERTAIN, out=presence, where=self._lasting > CERTAIN)
        share = np.float32(FOLLOW) * (1.0 - presence)
        share[~flowing] = 0.0
        self.power += share * (np.minimum(power, LOUDER * self.power) - self.power)
        self._begin(power, flowing)
        self._bound(power)
        np.maximum(self.power, QUIETEST, out=self.power)

    @property
    def young(self) -> Flags:
        """Channels whose noise is not known yet."""
        return np.asarray(self._age < YOUNG)

    def _begin(self, power: Floats, flowing: Flags) -> None:
        """The first sound of a channel tells what its noise is about."""
        young = self.young & flowing
        if young.any():
            self.power[young] += (power[young] - self.power[young]) / (self._age[young, None] + 1)
            self.smooth[young] = self._least[young] = self._least_before[young] = self.power[young]
            self._age += young

    def _bound(self, power: Floats) -> None:
        """Noise is not far above the least that was heard in the last second: between words speech has gaps."""
        self.smooth += np.float32(SMOOTH) * (power - self.smooth)
        np.minimum(self._least, self.smooth, out=self._least)
        bound = np.minimum(self._least, self._least_before) * np.float32(ABOVE_LEAST)
        np.minimum(self.power, bound, out=self.power)
        self._count += 1
        if self._count >= SPAN:
            self._count = 0
            self._least_before, self._least = self._least, self.smooth.copy()

    def gains(self, power: Floats) -> Floats:
        """The gain of each bin of that block."""
        ratio = np.minimum(power / self.power, 1e4)
        prior = np.float32(INERTIA) * (self._before / self.power) + np.float32(1 - INERTIA) * np.maximum(ratio - 1, 0)
        gain = np.maximum(prior / (1.0 + prior), self._floor()[:, None])
        self._before = gain * gain * power
        return np.asarray(gain, np.float32)

    def _floor(self) -> Floats:
        depth = np.clip((self.level_db - HARMLESS_DB) / (HARMFUL_DB - HARMLESS_DB), 0.0, 1.0) * DEPTH_DB
        return np.asarray(10.0 ** (depth / 20.0), np.float32)


def reduce(spectra: Spectra, gains: Floats) -> None:
    """Apply the gains in place; bins above the last that was looked at go with it."""
    spectra[:, :BINS] *= gains
    spectra[:, BINS:] *= gains[:, -1:]
