"""What one vehicle holds of one rule: it arms, opens, stays, leaves, is held for a while, and lets go.

Pure decisions about one vehicle and one rule at one moment; the book knows who else holds the same rule.
"""

from dataclasses import dataclass

from crosspatch.approach import Approach
from crosspatch.plan import Rule
from crosspatch.positions import Fix
from crosspatch.wish import Want

RANK = {Want.NOTHING: 0, Want.ARMED: 1, Want.OPEN: 2}


@dataclass(frozen=True, slots=True)
class Sight:
    """How a vehicle lies to a rule's zone now. ``until`` (monotonic): when it is no longer known to lie so."""

    fix: Fix | None
    approach: Approach | None
    side: Approach | None  # to the rule's side, if it names one
    until: float


@dataclass(slots=True)
class Claim:
    """``left_at`` is set while its hold time runs, ``near_since`` while it is near enough to open."""

    vehicle: str
    rule: Rule
    title: str  # of the rule's zone
    want: Want = Want.NOTHING
    left_at: float | None = None
    near_since: float | None = None
    changed: str = ""  # why it last changed; emptied by whoever tells it on

    def settle(self, sight: Sight, now: float) -> list[float]:
        """Move to where it belongs; returns the times at which that may change by itself."""
        near = reach(self.rule, sight, now)
        near = self._dwell(near, now)
        if near is not Want.NOTHING or (self.want is not Want.NOTHING and stays(self.rule, sight, now)):
            if RANK[near] > RANK[self.want]:
                self.want = near
                self.changed = f"{self.vehicle} is {words(self.title, sight, now)}"
            elif self.left_at is not None:
                self.changed = f"{self.vehicle} is back: {words(self.title, sight, now)}"
            self.left_at = None
        elif self.want is not Want.NOTHING:
            self._leave(sight, now)
        return self._times(sight)

    def _dwell(self, near: Want, now: float) -> Want:
        """Opening only after the dwell time; armed until then."""
        if near is not Want.OPEN:
            self.near_since = None
            return near
        if self.near_since is None:
            self.near_since = now
        return Want.OPEN if now - self.near_since >= self.rule.dwell_s else Want.ARMED

    def _leave(self, sight: Sight, now: float) -> None:
        """It has left or is silent: its hold time runs, then it lets go."""
        known = now < sight.until
        why = f"{self.vehicle} left: it is {words(self.title, sight, now)}" if known else f"{self.vehicle} is silent"
        hold = self.rule.hold_s
        if self.left_at is None:
            self.left_at = now
            self.changed = f"{why}; held for {hold:g} s"
        if now >= self.left_at + hold:
            self.want, self.left_at = Want.NOTHING, None
            self.changed = f"{why}, and its {hold:g} s of holding are over"

    def _times(self, sight: Sight) -> list[float]:
        times = [] if self.want is Want.NOTHING else [sight.until]
        border_at = None if sight.approach is None else sight.approach.border_at
        if border_at is not None:
            ahead = (border_at - self.rule.arm_s, border_at - self.rule.open_s)
            times += [at for at in ahead if at < sight.until]
        if self.left_at is not None:
            times.append(self.left_at + self.rule.hold_s)
        if self.near_since is not None:
            times.append(self.near_since + self.rule.dwell_s)
        return times


def reach(rule: Rule, sight: Sight, now: float) -> Want:
    """How far the vehicle, by itself, would bring the rule's patch."""
    approach = sight.approach
    if now >= sight.until:
        return Want.NOTHING
    if approach is None or (sight.side is not None and sight.side.metres > 0 and approach.metres > 0):
        return Want.NOTHING
    seconds = approach.seconds(now)
    if approach.metres <= rule.open_m or (seconds is not None and seconds <= rule.open_s):
        return Want.OPEN
    if approach.metres <= rule.arm_m or (seconds is not None and seconds <= rule.arm_s):
        return Want.ARMED
    return Want.NOTHING


def stays(rule: Rule, sight: Sight, now: float) -> bool:
    """Whether a vehicle that holds the rule still belongs to it: not surely outside of ``leave_m``."""
    if now >= sight.until or sight.approach is None or sight.fix is None:
        return False
    return sight.approach.metres - sight.fix.accuracy_m <= rule.leave_m


def words(title: str, sight: Sight, now: float) -> str:
    """Where the vehicle is."""
    return f"at an unknown place near {title}" if sight.approach is None else sight.approach.words(title, now)
