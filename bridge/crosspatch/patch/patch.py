"""A patch and its legs: what they are and what can be said of them at any moment. Plain state, no decisions."""

from dataclasses import dataclass, field
from enum import Enum

from crosspatch.commands import LegMode
from crosspatch.floor import EMERGENCY, Floor
from crosspatch.orders import Tone
from crosspatch.patch.fleet import KnownRadio
from crosspatch.patch.over import Over
from crosspatch.plan import Plan, Rule, Talkgroup
from crosspatch.state import State
from crosspatch.wish import Want


class PatchState(Enum):
    """The life of a patch."""

    DOWN = "down"
    PROPOSED = "proposed"  # wanted; radios are being found and set to their talkgroups
    ARMED = "armed"  # ready, no audio joined
    UP = "up"  # audio joined
    PARTING = "parting"  # the running over is let finish
    FAILED = "failed"  # wanted, but fewer than two legs can work; comes back by itself


class LegState(State):
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
    ruled: LegMode = LegMode.BOTH  # how its rule joins it
    mode: LegMode = LegMode.BOTH
    mode_since: float | None = None  # when a person changed it
    mode_reason: str = ""
    pool: tuple[Talkgroup, ...] = ()  # its talkgroup is one of these, another one each time

    @property
    def state(self) -> LegState:
        """What it can do now."""
        radio = self.radio
        if radio is None:
            return LegState.WAITING
        if self.confirmed and radio.fit and radio.audio_up:
            return LegState.READY
        return LegState.SELECTING if self.selecting else LegState.FAILED

    def as_ruled(self) -> None:
        """Joined as its rule says, whatever a person had set."""
        self.mode, self.mode_since = self.ruled, None
        self.mode_reason = "" if self.ruled is LegMode.BOTH else f"{self.ruled.value} by its rule"

    def hears(self, priority: int) -> bool:
        """Whether a talker of this priority is sent to it."""
        return self.mode is not LegMode.MUTED or priority >= EMERGENCY

    def is_heard(self, priority: int) -> bool:
        """Whether its talkers of this priority are sent to the others."""
        return self.mode is LegMode.BOTH or priority >= EMERGENCY


@dataclass(frozen=True, slots=True)
class PendingTone:
    """A tone for the crews of some talkgroups, to be played when nobody speaks or waits."""

    tone: Tone
    talkgroups: tuple[str, ...]
    until: float


@dataclass(frozen=True, slots=True)
class Break:
    """Why a patch must not be up, until when, and for how long that is."""

    until: float
    lasting: float
    reason: str


@dataclass(slots=True, eq=False)
class ByHand:
    """A person wants a patch until then."""

    want: Want
    by: str
    why: str
    door: str
    until: float
    force: bool = False
    held: bool = False  # kept as it was, rather than opened

    @property
    def words(self) -> str:
        """Who, and why."""
        over = " (over MQTT)" if self.door == "mqtt" else ""
        return f"{'held' if self.held else 'opened'} by {self.by}{over}: {self.why}"


FORCED = 10
"""The priority of a patch that was forced: above all that a rule can have."""


@dataclass(slots=True, eq=False)
class Patch:
    """What one rule, or a person, wants joined. Times are monotonic seconds."""

    rule: Rule
    legs: tuple[Leg, ...]
    id: str = field(init=False)  # it has its rule's name
    state: PatchState = PatchState.DOWN
    reason: str = "not asked for yet"
    since: float | None = None
    want: Want = Want.NOTHING
    vehicles: tuple[str, ...] = ()
    wish_reason: str = ""
    claimed: bool = False  # its talkgroups are its own
    claimed_as: int = 0  # a later number made them its own later
    refused: dict[str, None] = field(default_factory=dict)  # patches that want one of them, too
    let_go: str = ""  # why it is no longer wanted, whatever its rule wants, until that asks anew
    hand: ByHand | None = None
    made_by_hand: bool = False  # no rule of the site has it
    consents: dict[str, str] = field(default_factory=dict)  # networks asked; who accepted, empty: nobody yet
    consent_by: float | None = None
    open_by: float | None = None  # from then on it goes up with two legs
    part_by: float | None = None
    expires_at: float | None = None  # what its rule wants
    lasts_s: float = 0.0  # from when it came up until then
    broken: Break | None = None  # the latest, over or not
    floor: Floor = field(default_factory=Floor)
    over: Over | None = None
    waiting: list[Over] = field(default_factory=list)  # recorded, without the floor; the oldest first
    tone: PendingTone | None = None
    listens: bool = False  # whoever speaks on its legs is recorded, as it was settled last
    joined: bool = False  # its audio is, too
    looks: tuple[object, ...] | None = None  # as it was published last

    @classmethod
    def of(cls, rule: Rule, plan: Plan) -> "Patch":
        """The patch of a rule, down."""
        legs = [Leg(plan.talkgroups[talkgroup]) for talkgroup in rule.talkgroups]
        if rule.pool:
            pool = tuple(plan.talkgroups[talkgroup] for talkgroup in rule.pool)
            legs.append(Leg(pool[0], pool=pool))
        for leg in legs:
            leg.ruled = LegMode.LISTEN if leg.talkgroup.id in rule.listen_only else LegMode.BOTH
            leg.as_ruled()
        return cls(rule, tuple(legs))

    def __post_init__(self) -> None:
        """It keeps its rule's name."""
        self.id = self.rule.id

    @property
    def wanted(self) -> Want:
        """What holds now: the farther of what the rule wants and what a person does."""
        if self.hand is None or self.ruled.rank >= self.hand.want.rank:
            return self.ruled
        return self.hand.want

    @property
    def ruled(self) -> Want:
        """What its rule wants; one that expired or was closed is wanted again only after its rule has let go of it."""
        return Want.NOTHING if self.let_go else self.want

    @property
    def cause(self) -> str:
        """Why it is wanted."""
        if self.hand is None or (self.ruled is not Want.NOTHING and self.ruled.rank >= self.hand.want.rank):
            return self.wish_reason
        return self.hand.words

    @property
    def priority(self) -> int:
        """Of two patches that need the same radio, the higher one gets it."""
        return FORCED if self.hand is not None and self.hand.force else self.rule.priority

    @property
    def ends_at(self) -> float | None:
        """When it parts if nobody does anything; None: not known yet, or never."""
        ruled = None if self.ruled is Want.NOTHING else self.expires_at
        if self.hand is None:
            return ruled
        if self.rule.always and self.ruled is not Want.NOTHING:
            return None
        return self.hand.until if ruled is None else max(self.hand.until, ruled)

    @property
    def carrying(self) -> bool:
        """Whether somebody's over is under way: spoken, or still being played."""
        return self.over is not None and self.over.tone is None

    def is_broken(self, now: float) -> bool:
        """Whether it must not be up now."""
        return self.broken is not None and now < self.broken.until

    @property
    def lacking(self) -> list[Leg]:
        """The legs that cannot carry an over."""
        return [leg for leg in self.legs if leg.state is not LegState.READY]

    def leg_on(self, talkgroup: str) -> Leg | None:
        """The leg of this talkgroup."""
        return next((leg for leg in self.legs if leg.talkgroup.id == talkgroup), None)

    def leg_of(self, radio: KnownRadio) -> Leg | None:
        """The leg that this radio serves."""
        return next((leg for leg in self.legs if leg.radio is radio), None)
