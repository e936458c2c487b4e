"""What crosses between the control process and its children, besides the pure heart's audio orders and events.

Everything is a tagged msgspec struct, one message to a packet (see `link`).
"""

import msgspec

from crosspatch.dsp.stages import Stages
from crosspatch.events import EngineEvent
from crosspatch.orders import AudioOrder
from crosspatch.snapshot import ChannelLevel


class Beat(msgspec.Struct, frozen=True, tag=True):
    """I am alive and my loop turns. Sent every 50 ms both ways; 200 ms of silence means dead."""

    count: int


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The child has set itself up. ``note`` says what is less than wished (no real-time priority …)."""

    note: str = ""


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Finish and leave."""


class ChannelSetup(msgspec.Struct, frozen=True):
    """One radio's audio channel, for the engine.

    ``audio`` is one of `crosspatch_drivers.audio.settings` as built-in types. ``rings`` are two inherited memfd
    numbers (rx, tx) of a card process's rings, or None where the engine opens the port itself. Radios that share
    one port have equal ``audio`` but for ``channel``.
    """

    radio: str
    audio: dict[str, str | int | float]
    rings: tuple[int, int] | None
    settle_ms: float
    look_back_ms: float
    tail_ms: float
    tx_gain_db: float
    catch_up: float = 1.0
    stages: Stages = Stages()


class EngineSetup(msgspec.Struct, frozen=True, tag=True):
    """First message to the engine."""

    channels: tuple[ChannelSetup, ...]


class EngineMeters(msgspec.Struct, frozen=True, tag=True):
    """Ten times a second from the engine."""

    ticks: int
    late_ms_max: float
    tick_ms_max: float
    skipped_ticks: int
    realtime: bool
    levels: tuple[ChannelLevel, ...]


class CardSetup(msgspec.Struct, frozen=True, tag=True):
    """First message to a card process: a `PyAudioSettings` as built-in types and the rings' inherited memfds."""

    audio: dict[str, str | int | float]
    rings: tuple[int, int]


class CardState(msgspec.Struct, frozen=True, tag=True):
    """The card's port changed (a `PortState` value) and why."""

    state: str
    reason: str = ""


ToEngine = EngineSetup | AudioOrder | Beat | Stop
FromEngine = Ready | EngineEvent | EngineMeters | Beat
ToCard = CardSetup | Beat | Stop
FromCard = Ready | CardState | Beat
