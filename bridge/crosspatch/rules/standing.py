"""Where one rule stands: what its vehicles hold, and whether it is in force and approved."""

from dataclasses import dataclass

from crosspatch.plan import Rule
from crosspatch.rules.claim import RANK, Claim
from crosspatch.rules.schedule import Schedule
from crosspatch.wish import Want, Wish


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

    def wanted(self) -> Want:
        """By the vehicles alone, or always."""
        if self.rule.always:
            return Want.OPEN
        return max((claim.want for claim in self.claims), key=RANK.__getitem__, default=Want.NOTHING)

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
        """The vehicles that are there; if all have left, those whose hold time runs."""
        holding = [claim for claim in self.claims if claim.want is not Want.NOTHING]
        present = tuple(claim.vehicle for claim in holding if claim.left_at is None)
        return present or tuple(claim.vehicle for claim in holding)
