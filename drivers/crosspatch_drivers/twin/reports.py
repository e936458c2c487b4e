"""What a twin tells of the overs it has recorded, and of what its officers were asked to say; plain values."""

from dataclasses import dataclass

from crosspatch_drivers.twin.officer import Officer


@dataclass(frozen=True, slots=True)
class OverReport:
    """One over of a talkgroup as the network had it. Times are CLOCK_MONOTONIC seconds of this machine."""

    number: int  # counts the overs of its network from 1
    network: str
    talkgroup: int
    talker: str  # MCC-MNC-SSI
    radio: str | None  # the gateway's radio that sent it; None: an officer
    speech: int | None  # the number that `speak` returned
    priority: int
    requested_at: float
    granted_at: float
    ended_at: float
    reason: str
    duration_ms: float  # of the recording
    audio_at: float  # when its first sample was sent
    clip_at: float | None  # when the first sample of the officer's clip was sent
    wav: str


@dataclass(slots=True, eq=False)
class Speech:
    """What somebody asked an officer to say."""

    number: int
    network: str
    talkgroup: int
    officer: Officer
    over: OverReport | None = None
