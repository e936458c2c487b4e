"""Where overs are recorded, and read from any place: one track for each, with a mark for every block of pause.

A track holds the last minute; what is older is gone. Memory is taken as a track grows. Not for knowing whose over it
is or when it is played.
"""

import contextlib
import mmap

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.units import BLOCK, RATE, Flags, Floats, Ints
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

SECONDS = 60
"""What a track holds: the backlog of a leg that waits that long for its transmitter."""

READY, PAGE = 5, 1024
"""Seconds of each track whose memory is real from the start, which most overs need; samples of a page of memory."""

CAPACITY = SECONDS * RATE
BLOCKS = CAPACITY // BLOCK


class Tape:
    """Tracks of equal length, written in blocks of 160 samples. Places are samples since a track's beginning."""

    def __init__(self, tracks: int) -> None:
        """All free. What of a track lies beyond the first seconds is real memory only when it was written."""
        memory = mmap.mmap(-1, max(1, tracks) * CAPACITY * 4)
        # Not in huge pages: many overs that begin at once would need one each in one tick, which has to be zeroed.
        with contextlib.suppress(OSError):  # a kernel that has none
            memory.madvise(mmap.MADV_NOHUGEPAGE)
        self._sound: Block = np.frombuffer(memory, np.float32, tracks * CAPACITY).reshape(tracks, BLOCKS, BLOCK)
        self._flat = self._sound.reshape(tracks, -1)
        self._flat[:, : READY * RATE : PAGE] = 0.0
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

    def write(self, tracks: Ints, sound: Block, quiet: Flags, rows: Ints | None = None) -> None:
        """Append a row of ``sound`` (rows, 160) to each of ``tracks``; ``quiet``: it is surely a pause.

        ``rows``: which of them each track gets (None: one after the other).
        """
        rows = np.arange(tracks.size) if rows is None else rows
        _written(self._sound, self._quiet, self.written, tracks, rows, sound, quiet)

    @property
    def state(self) -> tuple[Block, Flags, Ints]:
        """What compiled loops read: sound (tracks, samples), marks of pauses (tracks, blocks), samples written."""
        return self._flat, self._quiet, self.written

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
def _written(
    tape: npt.NDArray[np.float32], marks: Flags, written: Ints, tracks: Ints, rows: Ints, sound: Block, quiet: Flags
) -> None:
    for index in range(tracks.size):
        track, row = tracks[index], rows[index]
        at = written[track] // BLOCK % BLOCKS
        marks[track, at] = quiet[row]
        for n in range(BLOCK):
            tape[track, at, n] = sound[row, n]
        written[track] += BLOCK


@compiled
def _copied(sound: Block, tracks: Ints, places: Ints, samples: int) -> Block:
    """``samples`` of each of ``tracks`` from its place on, around the end of the track."""
    out = np.empty((tracks.size, samples), np.float32)
    for index in range(tracks.size):
        unwind(sound[tracks[index]], places[index], out[index])
    return out


@compiled
def unwind(track: Floats, place: int, out: Floats) -> None:
    """Fill ``out`` with a track's sound from ``place`` on, around its end."""
    at = place % track.size
    whole = min(out.size, track.size - at)
    for n in range(whole):
        out[n] = track[at + n]
    for n in range(whole, out.size):
        out[n] = track[n - whole]
