"""The one interface of every audio port: two rings at the port's own rate, and a pump that never blocks.

A port has a clock of its own. It fills `rx` with what it hears and drains `tx` into what it plays; taking out the
drift between that clock and the engine's is the engine's work, not the driver's.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum

from crosspatch_drivers.audio.ring import Ring


class PortState(Enum):
    """Whether sound goes through."""

    CLOSED = "closed"
    OPEN = "open"
    STALLED = "stalled"  # open, but its clock has stopped
    FAILED = "failed"  # must be closed and opened again


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """What flows through a port: ``rate`` in Hz, ``channels``, ``frame`` samples per channel moved at a time."""

    rate: int
    channels: int
    frame: int


class AudioPort(ABC):
    """A duplex audio port. `rx` holds what was captured, `tx` what waits to be played, both at `format.rate`."""

    format: AudioFormat
    rx: Ring
    tx: Ring

    @abstractmethod
    def open(self) -> None:
        """Begin. Raises `WillReturn` when the thing is absent for now, `Cannot` when a person must change something."""

    @abstractmethod
    def pump(self, now: float) -> None:
        """Move what is due between the rings and the world. Called every tick with monotonic seconds; never blocks."""

    def flush(self, now: float) -> None:
        """Let leave at once what was just written to `tx`, and take nothing; called after each tick."""
        self.pump(now)

    def source(self) -> int | None:
        """A descriptor that is readable when `pump` has something to take; None: it must be asked every time."""
        return None

    @abstractmethod
    def state(self, now: float) -> PortState:
        """How the port is at ``now``. A port whose clock stopped for 200 ms is STALLED."""

    @abstractmethod
    def latency(self) -> float:
        """Seconds between a sample leaving `tx` and being out of this machine (what the port itself still holds)."""

    @abstractmethod
    def close(self) -> None:
        """End; safe to call twice and on a port that never opened. The rings stay readable."""
