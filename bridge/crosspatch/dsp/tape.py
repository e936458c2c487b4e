"""Where overs are recorded, and read from any place: one track for each, with a mark for every block of pause.

A track holds the last minute; what is older is gone. Memory is taken as a track grows. Not for knowing whose over it
is or when it is played.
"""

import numpy as np

from crosspatch.dsp.compiled import compiled
from crosspatch.dsp.units import BLOCK, RATE, Flags, Ints
from crosspatch_drivers.audio.ring import Block

SECONDS = 60
"""What a track holds: the backlog of a leg that waits that long for its transmitter."""

CAPACITY = SECONDS * RATE
BLOCKS = CAPACITY // BLOCK


class Tape:
    """Tracks of equal length, written in blocks of 160 samples. Places are samples since a track's beginning."""

    def __init__(self, tracks: int) -> None:
        """All free. The pages of a track are real memory only from its first writing on."""
        self._sound: Block = np.zeros((tracks, BLOCKS, BLOCK), np.float32)
        self._flat = self._sound.reshape(tracks, -1)
        self._quiet = np.zeros((tracks, BLOCKS), bool)
        self._free = list(range(tracks - 1, -1, -1))
        self.written: Ints = np.zeros(tracks, np.int64)

    def take(self) -> int | None:
        """A track that is empty; None when all are in use."""
        if not self._free:
            return None
        track = self._free.pop()  # the one given back last: its pages are real already
        self.written[track] = 0
        return track

    def give_back(self, track: int) -> None:
        """The track may be used for another over."""
        self._free.append(track)

    def write(self, tracks: Ints, sound: Block, quiet: Flags) -> None:
        """Append a block (tracks, 160) to each of ``tracks``; ``quiet``: it is surely a pause."""
        at = self.written[tracks] // BLOCK % BLOCKS
        self._sound[tracks, at] = sound
        self._quiet[tracks, at] = quiet
        self.written[tracks] += BLOCK

    def read(self, tracks: Ints, places: Ints, samples: int = BLOCK) -> Block:
        """(tracks, samples) from ``places`` on, which are no older than a minute and lie before what is written."""
        return _copied(self._flat, tracks, places, samples)

    def oldest(self, tracks: Ints) -> Ints:
        """The first place of each track that is still there."""
        return np.asarray(np.maximum(0, self.written[tracks] - CAPACITY), np.int64)

    def quiet(self, tracks: Ints, places: Ints, before: int, after: int) -> Flags:
        """Marks (tracks, before + after) of the blocks around ``places``.

        What lies before the beginning counts as a pause, what is not written yet does not.
        """
        blocks = (places // BLOCK)[:, None] + np.arange(-before, after)
        marks = self._quiet[tracks[:, None], blocks % BLOCKS] & (blocks < (self.written[tracks] // BLOCK)[:, None])
        return np.asarray(marks | (blocks < 0))


@compiled
def _copied(sound: Block, tracks: Ints, places: Ints, samples: int) -> Block:
    """``samples`` of each of ``tracks`` from its place on, around the end of the track."""
    out = np.empty((tracks.size, samples), np.float32)
    for index in range(tracks.size):
        row = sound[tracks[index]]
        at = places[index] % row.size
        for n in range(samples):
            out[index, n] = row[at]
            at = at + 1 if at + 1 < row.size else 0
    return out
