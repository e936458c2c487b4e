"""Why a patch is wanted, or what is missing: facts about a rule or a vehicle, each a sentence that holds or not."""

from collections.abc import Sequence

import msgspec

from crosspatch.approach import length
from crosspatch.positions import Witness
from crosspatch.rules.claim import Claim, Sight, reach, stays, words
from crosspatch.rules.standing import Standing
from crosspatch.snapshot import PatchView
from crosspatch.wish import Want

TROUBLED = ("waiting", "selecting", "failed")
"""States of a leg in which it cannot take part."""


class Fact(msgspec.Struct, frozen=True):
    """One sentence. ``holds``: it speaks for the patch; otherwise it is what is missing."""

    holds: bool
    text: str


def about_rule(standing: Standing, sights: Sequence[Sight], wall: float | None, now: float) -> tuple[Fact, ...]:
    """``sights`` belong to the standing's claims, in their order."""
    rule = standing.rule
    want, _ = standing.told
    facts = [Fact(want is Want.OPEN, f"rule {rule.id} wants {_wanted(want)}{_because(standing.reason)}")]
    if rule.always:
        facts.append(Fact(True, "it is wanted at all times"))
    if rule.schedule:
        within = wall is not None and standing.schedule.open(wall)
        facts.append(Fact(within, f"{'within' if within else 'outside'} its schedule: {', '.join(rule.schedule)}"))
    if rule.approval == "confirm":
        decision = standing.decision
        text = (
            "nobody has approved it" if decision is None else f"{decision.by} {'agreed' * decision.agreed or 'refused'}"
        )
        facts.append(Fact(decision is not None and decision.agreed, text))
    if not rule.always and not standing.claims:
        facts.append(Fact(False, "no vehicle of the site belongs to the rule"))
    for claim, sight in zip(standing.claims, sights, strict=True):
        facts.append(_about(claim, sight, now))
    return tuple(facts)


def about_vehicle(
    name: str, witness: Witness, claims: Sequence[Claim], sights: Sequence[Sight], now: float
) -> tuple[Fact, ...]:
    """``sights`` belong to the claims, in their order."""
    fix = witness.fix
    if fix is None:
        facts = [Fact(False, f"{name} has not reported yet")]
    else:
        facts = [Fact(True, f"{name} reported {now - fix.at:.0f} s ago: {fix.lat:.5f}, {fix.lon:.5f}")]
    facts += [Fact(False, f"{count} of its reports were refused: {why}") for why, count in witness.refused.items()]
    if not claims:
        facts.append(Fact(False, "no rule is about it"))
    for claim, sight in zip(claims, sights, strict=True):
        fact = _about(claim, sight, now)
        facts.append(Fact(fact.holds, f"rule {claim.rule.id}: {fact.text}"))
    return tuple(facts)


def about_patch(patch: PatchView) -> tuple[Fact, ...]:
    """What the patches' room says of it."""
    facts = [
        Fact(
            patch.state == "up", f"patch {patch.id} is {patch.state} for {patch.since_s:.0f} s{_because(patch.reason)}"
        )
    ]
    if patch.by_hand:
        facts.append(Fact(True, f"{patch.by_hand}{_for(patch.expires_in_s)}"))
    for network, accepted in patch.consents.items():
        text = f"{accepted} accepted for {network}" if accepted else f"nobody has accepted for {network}"
        facts.append(Fact(bool(accepted), text))
    facts += [Fact(False, f"{leg.talkgroup} is {leg.mode_reason}") for leg in patch.legs if leg.mode != "both"]
    facts += [Fact(False, f"patch {other} wants its talkgroups, too, and is refused") for other in patch.refused]
    for leg in patch.legs:
        radio = leg.radio or "no radio"
        group = leg.talkgroup + (f" (of its pool {', '.join(leg.pool)})" if leg.pool else "")
        facts.append(Fact(leg.state not in TROUBLED, f"{group} on {radio}: {leg.state}{_because(leg.reason)}"))
    return tuple(facts)


def _about(claim: Claim, sight: Sight, now: float) -> Fact:
    """What one vehicle does for one rule, or why it does not."""
    rule, approach = claim.rule, sight.approach
    if sight.fix is None:
        return Fact(False, f"{claim.vehicle} has not reported yet")
    where = f"{claim.vehicle} is {words(claim.title, sight, now)}, reported {now - sight.fix.at:.0f} s ago"
    if claim.left_at is not None:
        return Fact(True, f"{where}: it left and is held for {claim.left_at + rule.hold_s - now:.0f} s more")
    if now >= sight.until:
        return Fact(False, f"{where}: that is too old")
    near = reach(rule, sight, now)
    if near is Want.OPEN:
        if claim.want is Want.OPEN:
            return Fact(True, f"{where}: near enough to open")
        return Fact(False, f"{where}: near enough to open when it has been so for {rule.dwell_s:g} s")
    if near is Want.ARMED and claim.want is not Want.OPEN:
        return Fact(False, f"{where}: armed; it opens within {length(rule.open_m)} or {rule.open_s:g} s")
    if claim.want is not Want.NOTHING and stays(rule, sight, now):
        return Fact(
            claim.want is Want.OPEN, f"{where}: it keeps what it has ({claim.want.value}) within {length(rule.leave_m)}"
        )
    if approach is not None and sight.side is not None and sight.side.metres > 0:
        return Fact(False, f"{where}: it does not come from {rule.side}")
    return Fact(False, f"{where}: it arms within {length(rule.arm_m)} or {rule.arm_s:g} s")


def _wanted(want: Want) -> str:
    return {Want.NOTHING: "nothing", Want.ARMED: "its patch armed", Want.OPEN: "its patch open"}[want]


def _for(seconds: float | None) -> str:
    return "" if seconds is None else f", for {seconds:.0f} s more"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
