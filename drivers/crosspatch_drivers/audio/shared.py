"""Rings in memory shared by two processes, and the engine's end of a sound card that another process serves.

The card process moves the samples; here is only what the engine sees of it: two rings and a sign of life. Not for
finding out *why* a card is silent: the card tells control.
"""

import fcntl
import mmap
import os
import struct

from crosspatch_drivers.audio.base import AudioFormat, AudioPort, PortState
from crosspatch_drivers.audio.memory import empty_memory
from crosspatch_drivers.audio.ring import Ring
from crosspatch_drivers.errors import Cannot

STALL = 0.2
"""Seconds without a beat of the card process after which its clock counts as stopped."""

_SHAPE = struct.Struct("<8sqq")  # after the ring: mark, channels, capacity
_MARK = b"xp-ring1"


def create_shared_ring(channels: int, capacity: int, descriptor: int | None = None) -> int:
    """A new ring in anonymous memory: a descriptor for `attach`, here or in a child that inherits it.

    ``descriptor``: memory without a size that a child has inherited already.
    """
    descriptor = empty_memory() if descriptor is None else descriptor
    size = Ring.bytes_needed(channels, capacity)
    os.ftruncate(descriptor, size + _SHAPE.size)
    os.pwrite(descriptor, _SHAPE.pack(_MARK, channels, capacity), size)
    # Nobody can cut the memory short under a process that has it mapped: that would kill it with SIGBUS.
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return descriptor


def attach(descriptor: int) -> Ring:
    """The ring behind a descriptor of `create_shared_ring`, which may then be closed; `Cannot` when it is none."""
    try:
        size = os.fstat(descriptor).st_size
        mark, channels, capacity = _SHAPE.unpack(os.pread(descriptor, _SHAPE.size, max(0, size - _SHAPE.size)))
        if mark != _MARK or size != Ring.bytes_needed(channels, capacity) + _SHAPE.size:
            msg = f"descriptor {descriptor} holds no ring"
            raise Cannot(msg)
        return Ring(channels, capacity, mmap.mmap(descriptor, size))
    except (OSError, struct.error) as error:
        msg = f"descriptor {descriptor} holds no ring: {error}"
        raise Cannot(msg) from error


class SharedRingPort(AudioPort):
    """A port whose device lives in a card process. STALLED as long as that process does not beat in `rx`.

    The card beats only while sound flows through its device, so a dead process and a dead device look alike here.
    """

    def __init__(self, audio_format: AudioFormat, rx: Ring, tx: Ring) -> None:
        """``rx`` and ``tx`` are the rings the card process has attached too."""
        self.format = audio_format
        self.rx = rx
        self.tx = tx
        self._open = False
        self._beat = 0
        self._beaten_at: float | None = None

    def open(self) -> None:
        """Begin, forgetting what was captured while nobody listened. Never raises: the card may come later."""
        self.rx.skip(self.rx.fill)
        self._beat = self.rx.last_beat
        self._beaten_at = None
        self._open = True

    def pump(self, now: float) -> None:
        """Look for a beat; the samples move by themselves."""
        if self._open and self.rx.last_beat != self._beat:
            self._beat = self.rx.last_beat
            self._beaten_at = now

    def flush(self, now: float) -> None:
        """Nothing: the card process takes what it needs."""

    def state(self, now: float) -> PortState:
        """OPEN while beats come."""
        if not self._open:
            return PortState.CLOSED
        alive = self._beaten_at is not None and now - self._beaten_at <= STALL
        return PortState.OPEN if alive else PortState.STALLED

    def latency(self) -> float:
        """Two frames: what a duplex device holds between taking a frame and having played it."""
        return 2 * self.format.frame / self.format.rate

    def close(self) -> None:
        """Stop looking; the card process goes on and plays silence."""
        self._open = False
