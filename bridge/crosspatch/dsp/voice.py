"""Does somebody speak on this channel? For the gain, the pauses and, where a radio has no other sign, the over itself.

Speech lifts many parts of the spectrum above the channel's noise at once; a tone, a hum or a whistle lifts few, however
loud it is, and noise lifts none. So what counts is the share of bins that stand out, of those within reach of the
strongest one. Not for words.
"""

import numpy as np

from crosspatch.dsp.spectrum import WIDTH
from crosspatch.dsp.units import Flags, Floats, Ints, to_db

LOW, HIGH = round(230 / WIDTH), round(3400 / WIDTH)
"""Bins that are counted."""

STANDS_OUT = 2.8
"""Smoothed power above the noise's from which a bin stands out."""

REACH = 10 ** (-30 / 10)
"""Bins weaker than the strongest one by more than this do not count: a tone's own skirts are as strong."""

SPEECH = 0.22
"""Share of bins that makes a block of speech."""

PAUSE = 0.06
"""Share of bins below which it is surely a pause."""

FEW, REST = 10, 10 ** (-30 / 10)
"""A block is tones, and no speech, when so few bins hold all of its power but this share."""

FALLING_DB = -10.0
"""A block that is so far below the smoothed level is what comes after a sound, not the sound."""

LEAST_DB = -55.0
"""dBov below which nothing is speech."""

SURELY_NOTHING_DB = -70.0
"""dBov below which a block is a pause, whatever its spectrum."""

STARTS = 3
"""Blocks of speech among the last eight that open the detector."""

HANG = 80
"""Blocks without speech that close it again: pauses between words are shorter than 0.8 s."""


class VoiceDetector:
    """For all channels at once."""

    def __init__(self, channels: int) -> None:
        """Nobody speaks."""
        self._recent = np.zeros((channels, 8), bool)
        self._since: Ints = np.full(channels, HANG, np.int64)
        self.share: Floats = np.zeros(channels, np.float32)  # of bins that stand out
        self.speech: Flags = np.zeros(channels, bool)  # this block
        self.quiet: Flags = np.ones(channels, bool)  # this block is surely a pause
        self.open: Flags = np.zeros(channels, bool)  # somebody has the word

    def __call__(self, power: Floats, smooth: Floats, noise: Floats, able: Flags) -> None:
        """Look at a block's power, the same smoothed over some blocks, and the noise's, all (channels, bins).

        ``able``: channels of which the noise is known.
        """
        band, fresh = smooth[:, LOW:HIGH], power[:, LOW:HIGH]
        level, now = to_db(band.sum(axis=1)), to_db(fresh.sum(axis=1))
        least = np.maximum(noise[:, LOW:HIGH] * STANDS_OUT, band.max(axis=1, keepdims=True) * REACH)
        self.share = np.asarray((band > least).sum(axis=1), np.float32) / np.float32(HIGH - LOW)
        speech = (self.share > SPEECH) & (level > LEAST_DB) & (now > level + FALLING_DB) & able
        doubtful = speech & ~self.open
        if doubtful.any():
            speech[doubtful] = ~_tonal(fresh[doubtful])
        self.speech = np.asarray(speech)
        self.quiet = np.asarray((self.share < PAUSE) | (level < SURELY_NOTHING_DB))
        self._recent[:, :-1] = self._recent[:, 1:]
        self._recent[:, -1] = speech
        opens = self._recent.sum(axis=1) >= STARTS
        self._since = np.where(speech & (self.open | opens), 0, self._since + 1)
        self.open = np.asarray(self._since < HANG)


def _tonal(band: Floats) -> Flags:
    """Whether a few bins hold all the power."""
    rest = np.partition(band, -FEW, axis=1)[:, :-FEW].sum(axis=1)
    return np.asarray(rest < REST * band.sum(axis=1))
