"""A patch and its legs: what they are and what can be said of them at any moment. Plain state, no decisions."""

from dataclasses import dataclass, field
from enum import Enum

from crosspatch.floor import Floor
from crosspatch.orders import Tone
from crosspatch.patch.fleet import KnownRadio
from crosspatch.patch.over import Over
from crosspatch.plan import Plan, Rule, Talkgroup
from crosspatch.snapshot import PatchView
from crosspatch.wish import Want


class PatchState(Enum):
    """The life of a patch."""

    DOWN = "down"
    PROPOSED = "proposed"  # wanted; radios are being found and set to their talkgroups
    ARMED = "armed"  # ready, no audio joined
    UP = "up"  # audio joined
    PARTING = "parting"  # the running over is let finish
    FAILED = "failed"  # wanted, but fewer than two legs can work; comes back by itself


class LegState(Enum):
    """Whether a leg could carry an over."""

    WAITING = "waiting"  # no radio
    SELECTING = "selecting"  # the radio is going to the talkgroup
    READY = "ready"
    FAILED = "failed"  # had a radio that does not work now


@dataclass(slots=True, eq=False)
class Leg:
    """A talkgroup in a patch and the radio that serves it. ``confirmed``: the radio was read back to be on it."""

    talkgroup: Talkgroup
    radio: KnownRadio | None = None
    confirmed: bool = False
    selecting: bool = False  # a selection was ordered and may still be answered
    reason: str = ""  # why there is no radio, or what is wrong with it
    place: int | None = None  # in the line for a radio
    taken_by: str | None = None  # the patch that its last radio was taken for

    @property
    def state(self) -> LegState:
        """What it can do now."""
        if self.radio is None:
            return LegState.WAITING
        if self.confirmed and self.radio.usable:
            return LegState.READY
        return LegState.SELECTING if self.selecting else LegState.FAILED


@dataclass(frozen=True, slots=True)
class PendingTone:
    """A tone for the crew of one talkgroup, to be played when nobody speaks or waits. Too old, it would mislead."""

    tone: Tone
    talkgroup: str
    until: float


@dataclass(frozen=True, slots=True)
class Break:
    """Why a patch must not be up, until when, and for how long that is."""

    until: float
    lasting: float
    reason: str


@dataclass(slots=True, eq=False)
class Patch:
    """What one rule wants joined. Times are monotonic seconds."""

    rule: Rule
    legs: tuple[Leg, ...]
    state: PatchState = PatchState.DOWN
    reason: str = "not asked for yet"
    since: float | None = None
    want: Want = Want.NOTHING
    vehicles: tuple[str, ...] = ()
    wish_reason: str = ""
    claimed: bool = False  # its talkgroups are its own
    claimed_as: int = 0  # a later number made them its own later
    expired: bool = False
    open_by: float | None = None  # from then on it goes up with two legs
    part_by: float | None = None
    expires_at: float | None = None
    broken: Break | None = None  # the latest, over or not
    floor: Floor = field(default_factory=Floor)
    over: Over | None = None
    waiting: list[Over] = field(default_factory=list)  # recorded, without the floor; the oldest first
    tone: PendingTone | None = None
    published: PatchView | None = None

    @classmethod
    def of(cls, rule: Rule, plan: Plan) -> "Patch":
        """The patch of a rule, down."""
        return cls(rule, tuple(Leg(plan.talkgroups[talkgroup]) for talkgroup in rule.talkgroups))

    @property
    def id(self) -> str:
        """A patch has its rule's name."""
        return self.rule.id

    @property
    def wanted(self) -> Want:
        """What holds now: an expired patch is wanted again only after its rule has let go of it."""
        return Want.NOTHING if self.expired else self.want

    @property
    def carrying(self) -> bool:
        """Whether somebody's over is under way: spoken, or still being played."""
        return self.over is not None and self.over.tone is None

    def is_broken(self, now: float) -> bool:
        """Whether it must not be up now."""
        return self.broken is not None and now < self.broken.until

    @property
    def ready(self) -> list[Leg]:
        """The legs that can carry an over."""
        return [leg for leg in self.legs if leg.state is LegState.READY]

    def leg_on(self, talkgroup: str) -> Leg | None:
        """The leg of this talkgroup."""
        return next((leg for leg in self.legs if leg.talkgroup.id == talkgroup), None)

    def leg_of(self, radio: KnownRadio) -> Leg | None:
        """The leg that this radio serves."""
        return next((leg for leg in self.legs if leg.radio is radio), None)
