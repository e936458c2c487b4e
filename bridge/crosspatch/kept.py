"""What of the heart's state outlives the process: plain values, written to a file and read again by the thin edge.

Times are monotonic seconds of the run that wrote them; whoever restores shifts them onto his own clock. Overs, radios
and transmitters are not kept: after a restart they are found out anew, and nothing is keyed for what was said before.
"""

import msgspec


class KeptHand(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants of a patch."""

    want: str
    by: str
    why: str
    door: str
    until: float
    force: bool = False
    held: bool = False


class KeptLeg(msgspec.Struct, frozen=True, kw_only=True):
    """How a leg is joined, where a person said so."""

    talkgroup: str
    mode: str
    reason: str


class KeptBreak(msgspec.Struct, frozen=True, kw_only=True):
    """Why it must not be up."""

    until: float
    lasting: float
    reason: str


class KeptPatch(msgspec.Struct, frozen=True, kw_only=True):
    """One patch that somebody wants, or that must not come up though its rule wants it."""

    id: str
    state: str
    made_of: tuple[str, ...] = ()  # talkgroups of one that no rule has
    hand: KeptHand | None = None
    let_go: str = ""
    expires_at: float | None = None
    lasts_s: float = 0.0
    legs: tuple[KeptLeg, ...] = ()
    consents: dict[str, str] = {}
    consent_by: float | None = None
    broken: KeptBreak | None = None


class KeptHolding(msgspec.Struct, frozen=True, kw_only=True):
    """What a vehicle holds of a rule."""

    rule: str
    want: str
    left_at: float | None = None
    near_since: float | None = None


class KeptVehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle that holds something, and its last position that was believed. ``sent_at`` is of the wall clock."""

    id: str
    lon: float
    lat: float
    at: float
    sent_at: float
    accuracy_m: float
    speed_kmh: float | None
    course_deg: float | None
    holds: tuple[KeptHolding, ...]


class KeptRule(msgspec.Struct, frozen=True, kw_only=True):
    """Why a rule wants its patch, and what a person said of it."""

    rule: str
    because: str
    agreed: bool | None = None
    by: str = ""


class KeptClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What another system wants."""

    rule: str
    source: str
    subject: str
    vehicle: str | None
    want: str
    until: float
    reason: str


class KeptRules(msgspec.Struct, frozen=True, kw_only=True):
    """The causes of what rules want."""

    vehicles: tuple[KeptVehicle, ...] = ()
    rules: tuple[KeptRule, ...] = ()
    claims: tuple[KeptClaim, ...] = ()


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Everything."""

    patches: tuple[KeptPatch, ...] = ()
    rules: KeptRules = KeptRules()
