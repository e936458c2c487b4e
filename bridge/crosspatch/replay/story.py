"""What happened in a dry run, as plain values ready for JSON. Times are seconds since the run's beginning."""

import msgspec


class Change(msgspec.Struct, frozen=True):
    """A patch or a radio is in another state from here on."""

    at: float
    state: str
    reason: str = ""


class Crossing(msgspec.Struct, frozen=True):
    """A vehicle's first report on the other side of a zone's border."""

    at: float
    vehicle: str
    zone: str
    inside: bool
    lon: float
    lat: float


class Lead(msgspec.Struct, frozen=True):
    """How long before a vehicle entered its rule's zone the patch was up; None: it was not."""

    at: float
    vehicle: str
    rule: str
    seconds: float | None


class OverLine(msgspec.Struct, frozen=True):
    """One over across a patch."""

    at: float
    patch: str
    text: str
    outcomes: tuple[str, ...]
    delay_start_ms: tuple[float | None, ...]
    delay_end_ms: tuple[float | None, ...]


class Spot(msgspec.Struct, frozen=True):
    """Where a vehicle was at a time."""

    at: float
    lon: float
    lat: float


class Finding(msgspec.Struct, frozen=True):
    """Something a planner must know. ``kind`` is a `Kind`'s value; ``error``: by the policy the plan fails for it."""

    kind: str
    subject: str
    text: str
    error: bool
    at: float | None = None


class Figures(msgspec.Struct, frozen=True):
    """How much was run, and how fast."""

    seconds: float  # of virtual time
    took_s: float
    reports: int
    refused: dict[str, int]

    @property
    def speed(self) -> float:
        """Times real time."""
        return self.seconds / self.took_s if self.took_s else 0.0


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """The whole run."""

    site: str
    gateway: str
    begin: float  # seconds since the epoch
    figures: Figures
    tracks: dict[str, list[Spot]]
    patches: dict[str, list[Change]]
    radios: dict[str, list[Change]]
    crossings: list[Crossing]
    leads: list[Lead]
    overs: list[OverLine]
    findings: list[Finding]

    @property
    def holds(self) -> bool:
        """Whether the plan passes by the policy."""
        return not any(finding.error for finding in self.findings)
