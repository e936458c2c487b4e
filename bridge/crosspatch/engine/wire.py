"""What the engine's core sees of an audio port: two rings, and a few figures that the edge keeps up to date."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crosspatch_drivers.audio.ring import Ring


@dataclass(slots=True)
class Wire:
    """One port. ``clocked``: it takes from `tx` at a pace of its own; else it sends whatever is there."""

    rx: Ring
    tx: Ring
    rate: int
    channels: int
    clocked: bool
    up: bool = False  # sound goes through
    jitter: float = 0.2  # seconds that may be kept for sound that comes late
    latency: float = 0.0  # seconds from leaving tx to having left the machine


@dataclass(frozen=True, slots=True)
class Place:
    """Where one radio's channel is: a wire, by number, and a channel of it."""

    wire: int
    channel: int


@dataclass(slots=True)
class Rows:
    """Which of the core's channels are on one wire, and which of the wire's channels they are."""

    rows: list[int] = field(default_factory=list)
    channels: list[int] = field(default_factory=list)


def rows_of(wires: int, places: Sequence[Place]) -> list[Rows]:
    """The core's channels sorted to their wires."""
    found = [Rows() for _ in range(wires)]
    for row, place in enumerate(places):
        found[place.wire].rows.append(row)
        found[place.wire].channels.append(place.channel)
    return found
