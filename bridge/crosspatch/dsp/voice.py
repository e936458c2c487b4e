"""Does somebody speak on this channel? For the gain, the pauses and, where a radio has no other sign, the over itself.

Speech lifts many parts of the spectrum above the channel's noise at once; a tone, a hum or a whistle lifts few, however
loud it is, and noise lifts none. So what counts is the share of bins that stand out, of those within reach of the
strongest one. Not for words.
"""

import numpy as np

from crosspatch.dsp.spectrum import WIDTH
from crosspatch.dsp.units import Flags, Floats, Ints
from crosspatch_codecs.compiled import compiled

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

    @property
    def state(self) -> tuple[Flags, Ints, Floats, Flags, Flags, Flags]:
        """What `look` goes on with."""
        return self._recent, self._since, self.share, self.speech, self.quiet, self.open


@compiled
def look(
    powers: Floats,
    smooths: Floats,
    noises: Floats,
    able: Flags,
    rows: Ints,
    recent: Flags,
    since: Ints,
    shares: Floats,
    speech: Flags,
    quiet: Flags,
    opened: Flags,
) -> None:
    """Each row's share of bins that stand out, and what follows from it.

    ``powers`` of the block (rows, bins); what was heard lately and the noise, both (channels, bins); ``able``: channels
    of which the noise is known.
    """
    width = np.float32(HIGH - LOW)
    for index in range(rows.size):
        row = rows[index]
        band, fresh, noise = smooths[row, LOW:HIGH], powers[index, LOW:HIGH], noises[row, LOW:HIGH]
        level, strongest = band.sum(), band.max() * np.float32(REACH)
        count = 0
        for b in range(HIGH - LOW):
            count += band[b] > max(noise[b] * np.float32(STANDS_OUT), strongest)
        share = count / width
        loud = level > 10 ** (LEAST_DB / 10) and fresh.sum() > level * 10 ** (FALLING_DB / 10)
        speaks = share > SPEECH and loud and able[row] and (opened[row] or not _tonal(fresh))
        shares[row], speech[row] = share, speaks
        quiet[row] = share < PAUSE or level < 10 ** (SURELY_NOTHING_DB / 10)
        recent[row, :-1] = recent[row, 1:].copy()
        recent[row, -1] = speaks
        opens = opened[row] or recent[row].sum() >= STARTS
        since[row] = 0 if speaks and opens else since[row] + 1
        opened[row] = since[row] < HANG


@compiled
def _tonal(band: Floats) -> bool:
    """Whether a few bins hold all the power."""
    rest = np.sort(band)[:-FEW].sum()
    return bool(rest < np.float32(REST) * band.sum())
