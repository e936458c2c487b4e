"""What vehicles hold of rules, as it outlives a restart: kept with the position that caused it, and judged anew.

A vehicle whose position has grown too old meanwhile counts as silent since then: its hold time has run on.
"""

from collections.abc import Iterable

from crosspatch.events import PositionReport
from crosspatch.kept import KeptHolding, KeptRule, KeptVehicle
from crosspatch.positions import Fix
from crosspatch.rules.claim import Claim
from crosspatch.rules.standing import Decision, Standing
from crosspatch.wish import Want


def kept_vehicle(vehicle: str, fix: Fix | None, claims: Iterable[Claim]) -> KeptVehicle | None:
    """None where it holds nothing."""
    holds = tuple(
        KeptHolding(rule=claim.rule.id, want=claim.want.value, left_at=claim.left_at, near_since=claim.near_since)
        for claim in claims
        if claim.want is not Want.NOTHING
    )
    if fix is None or not holds:
        return None
    return KeptVehicle(
        id=vehicle,
        lon=fix.lon,
        lat=fix.lat,
        at=fix.at,
        sent_at=fix.sent_at,
        accuracy_m=fix.accuracy_m,
        speed_kmh=fix.speed_kmh,
        course_deg=fix.course_deg,
        holds=holds,
    )


def kept_rule(standing: Standing) -> KeptRule | None:
    """None where nothing is wanted."""
    if standing.wanted() is Want.NOTHING or standing.rule.always:
        return None
    decision = standing.decision
    return KeptRule(
        rule=standing.rule.id,
        because=standing.because,
        agreed=None if decision is None else decision.agreed,
        by="" if decision is None else decision.by,
    )


def report_of(kept: KeptVehicle, age_s: float) -> PositionReport:
    """The position again, as old as it is now."""
    return PositionReport(
        kept.id,
        kept.lon,
        kept.lat,
        sent_at=kept.sent_at,
        received_at=kept.sent_at + age_s,
        accuracy_m=kept.accuracy_m,
        speed_kmh=kept.speed_kmh,
        course_deg=kept.course_deg,
    )


def take_up(kept: KeptVehicle, claims: Iterable[Claim], shift: float, silent_since: float | None) -> list[Claim]:
    """The claims that hold something again. ``silent_since``: when its position grew too old, if it did."""
    by_rule = {claim.rule.id: claim for claim in claims}
    taken = []
    for held in kept.holds:
        claim = by_rule.get(held.rule)
        if claim is None:  # another site file than before
            continue
        claim.want = Want(held.want)
        claim.left_at = silent_since if held.left_at is None else held.left_at + shift
        claim.near_since = None if held.near_since is None else held.near_since + shift
        taken.append(claim)
    return taken


def decided(kept: KeptRule) -> Decision | None:
    """What a person said of the rule."""
    return None if kept.agreed is None else Decision(kept.agreed, kept.by)
