"""Where one rule stands: what its vehicles hold, and whether it is in force and approved."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from crosspatch.plan import Rule
from crosspatch.rules.claim import Claim
from crosspatch.rules.schedule import Schedule
from crosspatch.wish import Want, Wish

NAMED = 50
"""Vehicles named in a wish: more help nobody."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A person agreed to what the vehicles want, or refused it. It holds until they want nothing any more."""

    agreed: bool
    by: str


@dataclass(slots=True)
class Standing:
    """One rule."""

    rule: Rule
    schedule: Schedule
    claims: list[Claim]
    decision: Decision | None = None
    told: tuple[Want, tuple[str, ...]] = (Want.NOTHING, ())
    because: str = ""  # why the vehicles' part of it changed last
    reason: str = ""  # what was told last
    look_at: float | None = None
    _holding: dict[str, tuple[Claim, Want]] = field(default_factory=dict)  # those that want something, as noted last
    _open: int = 0  # how many of them want it open

    def note(self, claim: Claim) -> None:
        """A claim of this rule has changed."""
        _, before = self._holding.get(claim.vehicle, (claim, Want.NOTHING))
        self._open += (claim.want is Want.OPEN) - (before is Want.OPEN)
        if claim.want is Want.NOTHING:
            self._holding.pop(claim.vehicle, None)
        else:
            self._holding[claim.vehicle] = (claim, claim.want)

    @property
    def holding(self) -> Iterable[str]:
        """The vehicles that want something."""
        return self._holding

    def wanted(self) -> Want:
        """By the vehicles alone, or always."""
        if self.rule.always or self._open:
            return Want.OPEN
        return Want.ARMED if self._holding else Want.NOTHING

    def settle(self, reason: str, wall: float | None) -> list[Wish]:
        """The wish, if it is another one than was told last; ``reason`` is why the vehicles' part of it changed."""
        wanted = self.wanted()
        if wanted is Want.NOTHING:
            self.decision = None
        self.because = reason or self.because
        want, because = self.gated(wanted, self.because, wall)
        names = self._holders() if want is not Want.NOTHING else ()
        if self.told == (want, names):
            return []
        self.told, self.reason = (want, names), because
        return [Wish(self.rule.id, want, names, because)]

    def next_change(self, wall: float | None, now: float) -> float | None:
        """When (monotonic) time alone may change it."""
        change = None if wall is None else self.schedule.next_change(wall)
        return None if wall is None or change is None else now + change - wall

    def gated(self, wanted: Want, reason: str, wall: float | None) -> tuple[Want, str]:
        """What schedule and approval leave of the vehicles' want."""
        if wanted is Want.NOTHING:
            return wanted, reason
        if self.rule.always:
            reason = "the site wants it at all times"
        if self.rule.schedule and (wall is None or not self.schedule.open(wall)):
            return Want.NOTHING, f"outside its schedule ({', '.join(self.rule.schedule)})"
        if self.rule.approval == "auto":
            return wanted, reason
        if self.decision is None:
            return Want.ARMED, f"{reason}; it waits for approval"
        if not self.decision.agreed:
            return Want.NOTHING, f"{self.decision.by} refused it"
        return wanted, f"{reason}; {self.decision.by} agreed"

    def _holders(self) -> tuple[str, ...]:
        """The vehicles that are there; if all have left, those whose hold time runs. At most `NAMED` of them."""
        present = (vehicle for vehicle, (claim, _) in self._holding.items() if claim.left_at is None)
        return tuple(islice(present, NAMED)) or tuple(islice(self._holding, NAMED))
