"""The rule book: every vehicle's reports judged, every rule's wish told when it changes.

A vehicle that comes near a rule's zone arms its patch, then opens it, and holds it until it has left for the rule's
hold time; several vehicles hold one patch. Not for talkgroups and radios: the patches' room decides what comes of a
wish. Each vehicle is looked at when it reports, and when time alone changes its case: a border is reached between two
reports, a report grows too old, a hold time or a schedule ends.
"""

import heapq
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from crosspatch.approach import Approach
from crosspatch.events import PositionReport
from crosspatch.geofence import Geofence
from crosspatch.plan import Plan
from crosspatch.positions import Fix, Witness, metres_between
from crosspatch.rules.claim import Claim, Sight
from crosspatch.rules.facts import Fact, about_rule, about_vehicle
from crosspatch.rules.members import is_about
from crosspatch.rules.schedule import Schedule
from crosspatch.rules.standing import Decision, Standing
from crosspatch.snapshot import VehicleView, ZoneDistance
from crosspatch.wish import Want, Wish

ROUGHLY = 0.02
"""A zone that is far is measured anew when the vehicle has moved by this part of its distance to it."""


@dataclass(slots=True)
class Known:
    """One vehicle: what it reported, how it lies to each zone, what it holds."""

    id: str
    witness: Witness
    claims: list[Claim]
    approaches: dict[str, Approach] = field(default_factory=dict)
    measured: dict[str, Fix] = field(default_factory=dict)  # where the vehicle was then, by zone
    look_at: float | None = None


class RuleBook:
    """The rules of a site and the vehicles they are about. Implements `crosspatch.heart.RuleSource`."""

    def __init__(self, plan: Plan, geofence: Geofence, wall_offset: float | None = None) -> None:
        """``geofence`` holds every zone of the plan's rules. ``wall_offset``: wall clock less monotonic, if known."""
        self._plan, self._geofence, self._offset = plan, geofence, wall_offset
        titles = {zone.id: zone.country or zone.id for zone in plan.zones.values()}
        self._vehicles: dict[str, Known] = {}
        for vehicle in plan.vehicles.values():
            rules = [rule for rule in plan.rules.values() if not rule.always and is_about(rule, vehicle)]
            claims = [Claim(vehicle.id, rule, titles[str(rule.zone)]) for rule in rules]
            self._vehicles[vehicle.id] = Known(vehicle.id, Witness(plan.limits), claims)
        every = [claim for known in self._vehicles.values() for claim in known.claims]
        self._standings = {
            rule.id: Standing(
                rule, Schedule(rule.schedule, plan.gateway.timezone), [claim for claim in every if claim.rule is rule]
            )
            for rule in plan.rules.values()
        }
        self._reaches: dict[str, tuple[float, float]] = {}  # how far rules look around each zone: metres, seconds
        for rule in plan.rules.values():
            metres, seconds = self._reaches.get(str(rule.zone), (0.0, 0.0))
            self._reaches[str(rule.zone)] = (max(metres, rule.arm_m, rule.leave_m), max(seconds, rule.arm_s))
        self._looks: list[tuple[float, str, bool]] = []  # when, whose; whether a rule's
        self._begun = False
        self._counters: Counter[str] = Counter()

    # ---- what happens -----------------------------------------------------------------------------------------

    def report(self, report: PositionReport, now: float) -> list[Wish]:
        """A vehicle told its position: the wishes that changed."""
        known = self._vehicles.get(report.vehicle)
        if known is None:
            self._counters["positions of unknown vehicles"] += 1
            return []
        fix = known.witness.hear(report, now)
        if fix is None:
            self._counters["positions refused"] += 1
            return []
        self._counters["positions"] += 1
        self._offset = report.received_at - now
        self._measure(known, fix)
        return self._look(known, now)

    def decide(self, rule: str, agreed: bool, by: str, now: float) -> list[Wish]:
        """A person agrees to the patch of a rule that waits for approval, or refuses it; `KeyError`: no such rule."""
        standing = self._standings[rule]
        if standing.wanted() is not Want.NOTHING:
            standing.decision = Decision(agreed, by)
        return self._settle(standing, "", now)

    def tick(self, now: float) -> list[Wish]:
        """Time passed: the wishes that changed."""
        wishes: list[Wish] = []
        if not self._begun:
            self._begun = True
            for standing in self._standings.values():
                wishes += self._settle(standing, "", now)
        while self._looks and self._looks[0][0] <= now:
            at, name, is_rule = heapq.heappop(self._looks)
            if is_rule:
                wishes += self._settle(self._standings[name], "", now)
            elif self._vehicles[name].look_at == at:
                self._vehicles[name].look_at = None
                wishes += self._look(self._vehicles[name], now)
        return wishes

    def next_look(self) -> float | None:
        """When `tick` has something to do if nothing is reported meanwhile."""
        if not self._begun:
            return -math.inf
        return self._looks[0][0] if self._looks else None

    # ---- what is known ----------------------------------------------------------------------------------------

    def vehicles(self, now: float) -> tuple[VehicleView, ...]:
        """All vehicles."""
        return tuple(_view(known, now) for known in self._vehicles.values())

    @property
    def counters(self) -> Mapping[str, int]:
        """Positions that were believed, refused, or of vehicles that the site does not know."""
        return self._counters

    def approaches(self, vehicle: str) -> Mapping[str, Approach]:
        """How a vehicle lay to each zone at its last report that was believed."""
        return self._vehicles[vehicle].approaches

    def why(self, name: str, now: float) -> tuple[Fact, ...]:
        """The chain of facts about a rule or a vehicle, what holds and what does not; empty for an unknown name."""
        if name in self._standings:
            standing = self._standings[name]
            sights = [self._sight(self._vehicles[claim.vehicle], claim) for claim in standing.claims]
            return about_rule(standing, sights, self._wall(now), now)
        if name in self._vehicles:
            known = self._vehicles[name]
            sights = [self._sight(known, claim) for claim in known.claims]
            return about_vehicle(name, known.witness, known.claims, sights, now)
        return ()

    def _wall(self, now: float) -> float | None:
        return None if self._offset is None else now + self._offset

    # ---- vehicles ---------------------------------------------------------------------------------------------

    def _measure(self, known: Known, fix: Fix) -> None:
        """Distances to all zones; one that is far is not measured anew for every metre."""
        due = [zone for zone in self._geofence.zones if not self._far(known, zone, fix)]
        for zone, near in self._geofence.locate(fix.lon, fix.lat, due).items() if due else ():
            known.approaches[zone] = Approach.of(near, fix)
            known.measured[zone] = fix

    def _far(self, known: Known, zone: str, fix: Fix) -> bool:
        """Whether what was measured of this zone is still good enough, and brings no rule into play."""
        before = known.measured.get(zone)
        if before is None:
            return False
        metres = abs(known.approaches[zone].metres)
        moved = metres_between(before.lon, before.lat, fix.lon, fix.lat)
        if moved > ROUGHLY * metres:
            return False
        driven = (fix.speed_kmh or 0.0) / 3.6
        reach, seconds = self._reaches.get(zone, (0.0, 0.0))
        return metres - moved > max(reach, driven * seconds)

    def _sight(self, known: Known, claim: Claim) -> Sight:
        rule, fix = claim.rule, known.witness.fix
        until = fix.at + self._plan.limits.position_age_s if fix is not None else -math.inf
        side = known.approaches.get(rule.side) if rule.side is not None else None
        return Sight(fix, known.approaches.get(str(rule.zone)), side, until)

    def _look(self, known: Known, now: float) -> list[Wish]:
        """Settle what a vehicle holds, and when to look again."""
        wishes: list[Wish] = []
        times: list[float] = []
        for claim in known.claims:
            times += claim.settle(self._sight(known, claim), now)
            if claim.changed:
                self._standings[claim.rule.id].note(claim)
                wishes += self._settle(self._standings[claim.rule.id], claim.changed, now)
                claim.changed = ""
        due = min((at for at in times if at > now), default=None)
        if due is not None and due != known.look_at:
            heapq.heappush(self._looks, (due, known.id, False))
        known.look_at = due
        return wishes

    # ---- rules ------------------------------------------------------------------------------------------------

    def _settle(self, standing: Standing, reason: str, now: float) -> list[Wish]:
        """The rule's wish, if it changed, and when to look again."""
        wall = self._wall(now)
        wishes = standing.settle(reason, wall)
        due = standing.next_change(wall, now)
        if due is not None and due != standing.look_at:
            heapq.heappush(self._looks, (max(due, now + 1e-3), standing.rule.id, True))
        standing.look_at = due
        return wishes


def _view(known: Known, now: float) -> VehicleView:
    fix = known.witness.fix
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
