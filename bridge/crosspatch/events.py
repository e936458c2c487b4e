"""What happens to the pure heart: radios speak, positions arrive, the engine reports, processes fail.

Engine events also cross the process boundary, so they are msgspec structs, tagged by their name.
"""

from dataclasses import dataclass
from typing import Literal

import msgspec

from crosspatch.commands import Command
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import RadioEvent


class FromRadio(msgspec.Struct, frozen=True):
    """A radio's event."""

    radio: str
    event: RadioEvent


@dataclass(frozen=True, slots=True)
class PositionReport:
    """Where a vehicle says it is. WGS 84 degrees; times are seconds since the epoch (wall clock)."""

    vehicle: str
    lon: float
    lat: float
    sent_at: float
    received_at: float
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    course_deg: float | None = None
    sender: str = ""  # which of the vehicle's devices: its topic, or what brought the report; empty where unknown


@dataclass(frozen=True, slots=True)
class PositionReports:
    """Reports that came together, in their order: to judge many at once costs each of them less."""

    reports: tuple[PositionReport, ...]


@dataclass(frozen=True, slots=True)
class ZoneTrigger:
    """A trusted system says that a vehicle is inside a zone, or has left it. Times as in `PositionReport`."""

    vehicle: str
    zone: str
    inside: bool
    sent_at: float
    received_at: float
    source: str  # which system
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PatchTrigger:
    """A trusted system wants a rule's patch until then, or no longer. Times as in `PositionReport`."""

    rule: str
    want: Literal["open", "armed", "nothing"]
    until: float
    sent_at: float
    received_at: float
    source: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RuleDecision:
    """A person agreed to the patch of a rule that waits for approval, or refused it."""

    rule: str
    agreed: bool
    by: str


class LegStarted(msgspec.Struct, frozen=True, tag=True):
    """The first sample of the over was handed to the leg's port ``delay_ms`` after it had been captured."""

    over: int
    leg: str
    delay_ms: float


class LegDrained(msgspec.Struct, frozen=True, tag=True):
    """The last sample of the over has left the machine."""

    over: int
    leg: str
    delay_ms: float  # of the last sample
    played_ms: float
    skipped_ms: float  # pauses left out to catch up
    lost_ms: float  # speech lost (buffer full): must be 0
    level_dbov: float | None = None  # of who spoke, before the gain: active speech level, ITU-T P.56


class VoiceStarted(msgspec.Struct, frozen=True, tag=True):
    """The voice detector opened on this radio's receive channel."""

    radio: str


class VoiceEnded(msgspec.Struct, frozen=True, tag=True):
    """The voice detector closed."""

    radio: str


class PortChanged(msgspec.Struct, frozen=True, tag=True):
    """The radio's audio port works (``up``) or not, and why not."""

    radio: str
    up: bool
    reason: str = ""


class EchoHeard(msgspec.Struct, frozen=True, tag=True):
    """What was sent on ``sent_on`` came back on ``radio`` after ``delay_ms``: a loop outside of this box."""

    radio: str
    sent_on: str
    delay_ms: float
    likeness: float  # correlation, at most 1


EngineEvent = LegStarted | LegDrained | VoiceStarted | VoiceEnded | PortChanged | EchoHeard


@dataclass(frozen=True, slots=True)
class Failed:
    """A process died or hung; the radios whose audio or control it carried were un-keyed by the watcher."""

    process: str
    radios: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Released:
    """The keeper un-keyed this radio because the control process was silent."""

    radio: str


@dataclass(frozen=True, slots=True)
class ForeignIdentities:
    """The radios of another box, all of them: whoever hears one of these does not hear a person."""

    box: str
    identities: frozenset[Identity]


Event = (
    FromRadio
    | PositionReport
    | PositionReports
    | ZoneTrigger
    | PatchTrigger
    | RuleDecision
    | Command
    | EngineEvent
    | Failed
    | Released
    | ForeignIdentities
)
