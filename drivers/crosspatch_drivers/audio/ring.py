"""A single-producer, single-consumer ring of float32 audio over any buffer, shared memory included.

One side only writes, the other only reads; each owns one position counter, so no lock is needed: a counter is
published after the samples it covers (aligned 64-bit stores, which x86-64 and AArch64 make whole; on AArch64 the
interpreter's own synchronisation between the two stores orders them in practice).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Block = npt.NDArray[np.float32]
"""Audio: shape (channels, samples), full scale ±1.0."""

HEADER_WORDS = 8  # write, read, dropped, missed, heartbeat, spare: one cache line
WRITE, READ, DROPPED, MISSED, BEAT = range(5)


class Ring:
    """Bounded FIFO of audio blocks. Full: the oldest is kept and what does not fit is dropped and counted."""

    def __init__(self, channels: int, capacity: int, buffer: Any = None) -> None:
        """``capacity`` in samples per channel; ``buffer``: writable memory of `bytes_needed`, None makes one."""
        if channels < 1 or capacity < 1:
            msg = f"a ring needs at least one channel and one sample, not {channels} x {capacity}"
            raise ValueError(msg)
        self.channels = channels
        self.capacity = capacity
        if buffer is None:
            buffer = bytearray(self.bytes_needed(channels, capacity))
        self._head = memoryview(buffer)[: HEADER_WORDS * 8].cast("q")  # plain integers, read and written whole
        self._data: Block = np.frombuffer(buffer, np.float32, channels * capacity, offset=HEADER_WORDS * 8).reshape(
            channels, capacity
        )

    @staticmethod
    def bytes_needed(channels: int, capacity: int) -> int:
        """Size in bytes of the memory that holds such a ring."""
        return HEADER_WORDS * 8 + channels * capacity * 4

    @property
    def address(self) -> int:
        """Where its memory begins, for compiled loops (`crosspatch_drivers.audio.rings`); it stays there."""
        return self._data.ctypes.data - HEADER_WORDS * 8

    @property
    def fill(self) -> int:
        """Samples per channel waiting to be read."""
        return self._head[WRITE] - self._head[READ]

    @property
    def written(self) -> int:
        """Samples per channel written since the beginning."""
        return self._head[WRITE]

    @property
    def dropped(self) -> int:
        """Samples per channel thrown away because the ring was full."""
        return self._head[DROPPED]

    @property
    def missed(self) -> int:
        """Samples per channel the reader wanted and did not get."""
        return self._head[MISSED]

    def write(self, block: Block) -> int:
        """Append ``block`` (channels × samples); returns how many samples per channel fitted."""
        head = self._head
        size: int = block.shape[1]
        written = head[WRITE]
        at = written % self.capacity
        if size <= self.capacity - at and size <= self.capacity - written + head[READ]:
            self._data[:, at : at + size] = block
            head[WRITE] = written + size
            return size
        taken: int = min(size, self.capacity - written + head[READ])
        if taken < size:
            head[DROPPED] += size - taken
        first = self.capacity - at
        if taken <= first:
            self._data[:, at : at + taken] = block[:, :taken]
        else:
            self._data[:, at:] = block[:, :first]
            self._data[:, : taken - first] = block[:, first:taken]
        head[WRITE] = written + taken
        return taken

    def read(self, out: Block) -> int:
        """Fill ``out`` (channels × samples) from the oldest, then with silence. Returns the samples that were real."""
        head = self._head
        size: int = out.shape[1]
        read = head[READ]
        at = read % self.capacity
        if size <= self.capacity - at and size <= head[WRITE] - read:
            out[:] = self._data[:, at : at + size]
            head[READ] = read + size
            return size
        taken: int = min(size, head[WRITE] - read)
        first = self.capacity - at
        if taken <= first:
            out[:, :taken] = self._data[:, at : at + taken]
        else:
            out[:, :first] = self._data[:, at:]
            out[:, first:taken] = self._data[:, : taken - first]
        if taken < size:
            out[:, taken:] = 0.0
            head[MISSED] += size - taken
        head[READ] = read + taken
        return taken

    def view(self, samples: int) -> Block | None:
        """Reader's side: the oldest ``samples``, which must be there, as they lie until `skip`; None: in two parts."""
        at = self._head[READ] % self.capacity
        return self._data[:, at : at + samples] if at + samples <= self.capacity else None

    def skip(self, samples: int) -> int:
        """Reader's side: forget up to ``samples`` of the oldest; returns how many went."""
        head = self._head
        gone = max(0, min(samples, head[WRITE] - head[READ]))
        head[READ] += gone
        return gone

    def beat(self, value: int) -> None:
        """Producer's or consumer's sign of life (any changing number)."""
        self._head[BEAT] = value

    @property
    def last_beat(self) -> int:
        """The newest sign of life."""
        return self._head[BEAT]
