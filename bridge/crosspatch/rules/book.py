"""Which patches are wanted because of where vehicles are: one wish per rule, told when it changes.

A vehicle that comes near a rule's zone arms its patch, then opens it, and holds it until it has left for the rule's
hold time; several vehicles hold one patch. Not for talkgroups and radios: the patches' room decides what comes of a
wish. Each vehicle is looked at when it reports, and when time alone changes its case: a border is reached between two
reports, a report grows too old, a hold time ends.
"""

import heapq
from collections import Counter
from dataclasses import dataclass, field

from crosspatch.approach import Approach
from crosspatch.events import PositionReport
from crosspatch.geofence import Geofence
from crosspatch.plan import Plan, Rule
from crosspatch.positions import Fix, Witness
from crosspatch.snapshot import VehicleView, ZoneDistance
from crosspatch.wish import Want, Wish

RANK = {Want.NOTHING: 0, Want.ARMED: 1, Want.OPEN: 2}


@dataclass(slots=True)
class Claim:
    """What one vehicle holds of one rule. ``left_at`` is set while its hold time runs."""

    rule: Rule
    want: Want = Want.NOTHING
    left_at: float | None = None
    reason: str = ""


@dataclass(slots=True)
class Known:
    """One vehicle: what it reported, how it lies to each zone, what it holds."""

    id: str
    witness: Witness
    claims: list[Claim]
    approaches: dict[str, Approach] = field(default_factory=dict)
    look_at: float | None = None


class RuleBook:
    """The rules of a site and the vehicles they are about. Implements `crosspatch.heart.RuleSource`."""

    def __init__(self, plan: Plan, geofence: Geofence) -> None:
        """``geofence`` holds every zone of the plan's rules."""
        self._plan, self._geofence = plan, geofence
        self._titles = {zone.id: zone.country or zone.id for zone in plan.zones.values()}
        rules = [rule for rule in plan.rules.values() if not rule.always]
        self._vehicles = {
            name: Known(name, Witness(plan.limits), [Claim(rule) for rule in rules if name in rule.vehicles])
            for name in plan.vehicles
        }
        self._claims = {
            rule.id: [
                (known, claim) for known in self._vehicles.values() for claim in known.claims if claim.rule is rule
            ]
            for rule in rules
        }
        self._told: dict[str, tuple[Want, tuple[str, ...]]] = {}
        self._looks: list[tuple[float, str]] = []
        self.counters: Counter[str] = Counter()

    def report(self, report: PositionReport, now: float) -> list[Wish]:
        """A vehicle told its position: the wishes that changed."""
        known = self._vehicles.get(report.vehicle)
        if known is None:
            self.counters["positions of unknown vehicles"] += 1
            return []
        fix = known.witness.hear(report, now)
        if fix is None:
            self.counters["positions refused"] += 1
            return []
        self.counters["positions"] += 1
        near = self._geofence.locate(fix.lon, fix.lat)
        known.approaches = {zone: Approach.of(nearness, fix) for zone, nearness in near.items()}
        return self._look(known, now)

    def tick(self, now: float) -> list[Wish]:
        """Time passed: the wishes that changed."""
        wishes = self._fixed()
        while self._looks and self._looks[0][0] <= now:
            at, name = heapq.heappop(self._looks)
            known = self._vehicles[name]
            if known.look_at == at:
                known.look_at = None
                wishes += self._look(known, now)
        return wishes

    def vehicles(self, now: float) -> tuple[VehicleView, ...]:
        """All vehicles."""
        return tuple(_view(known, now) for known in self._vehicles.values())

    def _fixed(self) -> list[Wish]:
        """Patches that are always wanted are asked for once."""
        wishes = []
        for rule in self._plan.rules.values():
            if rule.always and rule.id not in self._told:
                self._told[rule.id] = (Want.OPEN, ())
                wishes.append(Wish(rule.id, Want.OPEN, (), "the site wants it at all times"))
        return wishes

    def _look(self, known: Known, now: float) -> list[Wish]:
        """Settle what a vehicle holds, and when to look again."""
        wishes = []
        times = []
        for claim in known.claims:
            before = claim.want
            times += self._settle(known, claim, now)
            if claim.want is not before or claim.reason:
                wishes += self._tell(claim.rule, claim.reason)
                claim.reason = ""
        due = min((at for at in times if at > now), default=None)
        if due is not None and due != known.look_at:
            heapq.heappush(self._looks, (due, known.id))
        known.look_at = due
        return wishes

    def _settle(self, known: Known, claim: Claim, now: float) -> list[float]:
        """Move one claim to where it belongs; returns the times at which that may change by itself."""
        rule, fix = claim.rule, known.witness.fix
        if fix is None or rule.zone is None:
            return []
        approach = known.approaches[rule.zone]
        title = self._titles[rule.zone]
        stale_at = fix.at + self._plan.limits.position_age_s
        reach = _reach(approach, rule, now) if now < stale_at else Want.NOTHING
        stays = now < stale_at and claim.want is not Want.NOTHING and approach.metres <= rule.leave_m
        if stays or reach is not Want.NOTHING:
            if RANK[reach] > RANK[claim.want]:
                claim.want = reach
                claim.reason = f"{known.id} is {approach.words(title, now)}"
            elif claim.left_at is not None:
                claim.reason = f"{known.id} is back: {approach.words(title, now)}"
            claim.left_at = None
        elif claim.want is not Want.NOTHING:
            self._leave(known, claim, approach.words(title, now) if now < stale_at else "", now)
        return [stale_at, *_crossings(approach, rule), *([claim.left_at + rule.hold_s] if claim.left_at else [])]

    def _leave(self, known: Known, claim: Claim, where: str, now: float) -> None:
        """The vehicle has left, or is silent: its hold time runs, then it lets go."""
        why = f"{known.id} left: it is {where}" if where else f"{known.id} is silent"
        hold = claim.rule.hold_s
        if claim.left_at is None:
            claim.left_at = now
            claim.reason = f"{why}; held for {hold:g} s"
        if now >= claim.left_at + hold:
            claim.want, claim.left_at = Want.NOTHING, None
            claim.reason = f"{why}, and its {hold:g} s of holding are over"

    def _tell(self, rule: Rule, reason: str) -> list[Wish]:
        """The rule's wish, if it is another one than was told last."""
        holding = [(known, claim) for known, claim in self._claims[rule.id] if claim.want is not Want.NOTHING]
        want = max((claim.want for _, claim in holding), key=RANK.__getitem__, default=Want.NOTHING)
        present = tuple(known.id for known, claim in holding if claim.left_at is None)
        names = present or tuple(known.id for known, _ in holding)
        if self._told.get(rule.id, (Want.NOTHING, ())) == (want, names):
            return []
        self._told[rule.id] = (want, names)
        return [Wish(rule.id, want, names, reason)]


def _reach(approach: Approach, rule: Rule, now: float) -> Want:
    """How far the vehicle, by itself, would bring the rule's patch."""
    seconds = approach.seconds(now)
    if approach.metres <= rule.open_m or (seconds is not None and seconds <= rule.open_s):
        return Want.OPEN
    if approach.metres <= rule.arm_m or (seconds is not None and seconds <= rule.arm_s):
        return Want.ARMED
    return Want.NOTHING


def _crossings(approach: Approach, rule: Rule) -> list[float]:
    """When the vehicle, going on as it does, will be near enough to arm and to open."""
    border_at = approach.border_at
    return [] if border_at is None else [border_at - rule.arm_s, border_at - rule.open_s]


def _view(known: Known, now: float) -> VehicleView:
    fix: Fix | None = known.witness.fix
    refused = dict(known.witness.refused)
    if fix is None:
        return VehicleView(id=known.id, refused=refused)
    return VehicleView(
        id=known.id,
        lon=fix.lon,
        lat=fix.lat,
        speed_kmh=fix.speed_kmh,
        age_s=now - fix.at,
        zones=tuple(
            ZoneDistance(zone=zone, metres=approach.metres, seconds=approach.seconds(now))
            for zone, approach in known.approaches.items()
        ),
        refused=refused,
    )
