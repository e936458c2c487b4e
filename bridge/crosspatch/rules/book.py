"""The rule book: every vehicle's reports judged, every rule's wish told when it changes.

A vehicle that comes near a rule's zone arms its patch, then opens it, and holds it until it has left for the rule's
hold time; several vehicles hold one patch. Not for talkgroups and radios: the patches' room decides what comes of a
wish. A vehicle is looked at when it reports from where a rule may answer otherwise, and when time alone changes its
case: a border is reached between two reports, a report grows too old, a hold time or a schedule ends.
"""

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from crosspatch.approach import Approach
from crosspatch.events import PositionReport
from crosspatch.geofence import Geofence
from crosspatch.kept import KeptRules
from crosspatch.plan import Plan
from crosspatch.positions import Fix, Witness
from crosspatch.rules import memory
from crosspatch.rules.claim import Claim, Sight
from crosspatch.rules.crowd import ROUGHLY, Bools, Crowd, Moves
from crosspatch.rules.facts import Fact, about_rule, about_vehicle
from crosspatch.rules.members import is_about
from crosspatch.rules.schedule import Schedule
from crosspatch.rules.standing import NAMED, Decision, Standing
from crosspatch.rules.zones import Said, ZoneBook
from crosspatch.snapshot import VehicleView, ZoneDistance, ZoneView
from crosspatch.wish import Want, Wish

SHOWN = 2_000
"""Vehicles that are shown at once; where there are more, those that reported last."""

EXACT = 200
"""Vehicles whose distances are measured anew to be shown; of more, those to zones that matter not may be rough."""


@dataclass(slots=True)
class Known:
    """One vehicle: its number in the crowd, what it reported, what it holds, and when time changes its case."""

    id: str
    row: int
    witness: Witness
    claims: list[Claim]
    cares: Bools  # for each zone, whether the claims depend on it
    busy: bool = False  # it holds something, or is about to
    look_at: float | None = None
    queued_at: float | None = None  # the earliest of its entries among the looks


class RuleBook:
    """The rules of a site and the vehicles they are about. Implements `crosspatch.heart.RuleSource`."""

    def __init__(
        self, plan: Plan, geofence: Geofence, wall_offset: float | None = None, *, roughly: float = ROUGHLY
    ) -> None:
        """``geofence`` holds every zone of the plan's rules. ``wall_offset``: wall clock less monotonic, if known.

        ``roughly``: by which share `distances` may differ from the true ones where no rule cares.
        """
        self._plan, self._geofence, self._offset = plan, geofence, wall_offset
        titles = {zone.id: zone.country or zone.id for zone in plan.zones.values()}
        self._vehicles: dict[str, Known] = {}
        self._none = np.zeros(len(geofence.zones), np.bool_)
        cares: dict[frozenset[str], Bools] = {}
        for row, vehicle in enumerate(plan.vehicles.values()):
            rules = [rule for rule in plan.rules.values() if not rule.always and is_about(rule, vehicle)]
            claims = [Claim(vehicle.id, rule, titles[str(rule.zone)]) for rule in rules]
            names = frozenset(name for rule in rules for name in (rule.zone, rule.side) if name is not None)
            if names not in cares:
                cares[names] = np.array([zone in names for zone in geofence.zones], np.bool_)
            self._vehicles[vehicle.id] = Known(vehicle.id, row, Witness(plan.limits), claims, cares[names])
        self._crowd = Crowd(geofence, list(plan.rules.values()), len(self._vehicles), roughly)
        self._recent = dict.fromkeys(self._vehicles)  # who reported last is at the end
        self._moved: dict[str, None] = {}  # since they were last shown as news
        self._moved_near: dict[str, None] = {}  # those of them that hold something
        every = [claim for known in self._vehicles.values() for claim in known.claims]
        self._standings = {
            rule.id: Standing(
                rule, Schedule(rule.schedule, plan.gateway.timezone), [claim for claim in every if claim.rule is rule]
            )
            for rule in plan.rules.values()
        }
        self._zones = ZoneBook(geofence.zones, self._vehicles, self._standings.values())
        self._looks: list[tuple[float, str, bool]] = []  # when, whose; whether a rule's
        self._begun = False
        self._counters: Counter[str] = Counter()

    # ---- what happens -----------------------------------------------------------------------------------------

    def report(self, reports: Iterable[PositionReport], now: float) -> list[Wish]:
        """Vehicles told their positions, in this order: the wishes that changed. Only the newest of each is judged."""
        moved: dict[str, tuple[Known, Fix]] = {}
        for report in reports:
            known = self._vehicles.get(report.vehicle)
            if known is None:
                self._counters["positions of unknown vehicles"] += 1
            elif (fix := known.witness.hear(report, now)) is None:
                self._counters["positions refused"] += 1
                self._moved[known.id] = None
            else:
                self._counters["positions"] += 1
                self._offset = report.received_at - now
                moved[known.id] = known, fix
        return self._judge(list(moved.values()), now) if moved else []

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
            else:
                wishes += self._look_again(self._vehicles[name], at, now)
        return wishes

    def keep(self) -> KeptRules:
        """What is to outlive a restart."""
        names = dict.fromkeys(name for standing in self._standings.values() for name in standing.holding)
        holding = (self._vehicles[name] for name in names)
        vehicles = (memory.kept_vehicle(known.id, known.witness.fix, known.claims) for known in holding)
        rules = (memory.kept_rule(standing) for standing in self._standings.values())
        return KeptRules(
            vehicles=tuple(kept for kept in vehicles if kept is not None),
            rules=tuple(kept for kept in rules if kept is not None),
        )

    def restore(self, kept: KeptRules, shift: float, now: float) -> list[Wish]:
        """Take up what was kept, its times moved by ``shift``, and judge it now: the wishes that come of it."""
        for rule in kept.rules:
            if (standing := self._standings.get(rule.rule)) is not None:
                standing.decision, standing.because = memory.decided(rule), rule.because
        wishes: list[Wish] = []
        for vehicle in kept.vehicles:
            if (known := self._vehicles.get(vehicle.id)) is None:
                continue
            age = now - vehicle.at - shift
            if known.witness.fix is None and age <= self._plan.limits.position_age_s:
                known.witness.hear(memory.report_of(vehicle, age), now)
                self._refresh([known])
            silent = None if known.witness.fix is not None else min(now, now - age + self._plan.limits.position_age_s)
            for claim in memory.take_up(vehicle, known.claims, shift, silent):
                self._standings[claim.rule.id].note(claim)
            wishes += self._look(known, now)
        for standing in self._standings.values():
            wishes += self._settle(standing, "", now)
        return wishes

    def next_look(self) -> float | None:
        """When `tick` has something to do if nothing is reported meanwhile."""
        if not self._begun:
            return -math.inf
        return self._looks[0][0] if self._looks else None

    # ---- what is known ----------------------------------------------------------------------------------------

    def vehicles(self, now: float) -> tuple[VehicleView, ...]:
        """All vehicles, or the `SHOWN` of them that reported last, in the order of the site file."""
        names: Iterable[str] = self._vehicles
        if len(self._vehicles) > SHOWN:
            names = sorted(islice(reversed(self._recent), SHOWN), key=lambda name: self._vehicles[name].row)
        if len(self._vehicles) <= EXACT:
            self._refresh(self._vehicles.values())
        return tuple(self._view(self._vehicles[name], now) for name in names)

    def news(self, most: int, now: float) -> tuple[VehicleView, ...]:
        """At most so many of the vehicles that reported since they were last news; first those that hold something."""
        names: list[str] = []
        for waiting in (self._moved_near, self._moved):
            while waiting and len(names) < most:
                name = next(iter(waiting))
                self._moved_near.pop(name, None)
                self._moved.pop(name, None)
                names.append(name)
        self._refresh(self._vehicles[name] for name in names)
        return tuple(self._view(self._vehicles[name], now) for name in names)

    def zones(self, now: float, said: Said) -> tuple[ZoneView, ...]:
        """All zones; looked at anew once in a while. ``said`` are vehicles that others than the rules count."""
        if self._zones.due(now):
            self._zones.look(self._crowd.inside(now - self._plan.limits.position_age_s), said, now)
        return self._zones.views(now)

    @property
    def counters(self) -> Mapping[str, int]:
        """Positions that were believed, refused, or of vehicles that the site does not know."""
        return self._counters

    def distances(self, vehicle: str) -> Mapping[str, float]:
        """Signed metres to each zone as last measured; empty before the first report that was believed."""
        return {zone: near.metres for zone, near in self._crowd.nearness(self._vehicles[vehicle].row).items()}

    def why(self, name: str, now: float) -> tuple[Fact, ...]:
        """The chain of facts about a rule or a vehicle, what holds and what does not; empty for an unknown name."""
        if name in self._standings:
            standing = self._standings[name]
            self._refresh(self._vehicles[claim.vehicle] for claim in standing.claims[:NAMED])
            sights = [self._sight(self._vehicles[claim.vehicle], claim) for claim in standing.claims]
            return about_rule(standing, sights, self._wall(now), now)
        if name in self._vehicles:
            known = self._vehicles[name]
            self._refresh([known])
            sights = [self._sight(known, claim) for claim in known.claims]
            return about_vehicle(name, known.witness, known.claims, sights, now)
        return ()

    def _wall(self, now: float) -> float | None:
        return None if self._offset is None else now + self._offset

    # ---- vehicles ---------------------------------------------------------------------------------------------

    def _judge(self, moved: Sequence[tuple[Known, Fix]], now: float) -> list[Wish]:
        """Measure what matters of vehicles that moved, and look at those of whom a rule may say something else now."""
        watched = np.array([known.cares if known.busy else self._none for known, _ in moved])
        found = self._crowd.look(_moves(moved, now), watched)
        wishes: list[Wish] = []
        for (known, fix), measured, quiet_s in zip(moved, found.measured.tolist(), found.quiet_s.tolist(), strict=True):
            self._recent[known.id] = self._recent.pop(known.id)
            self._moved[known.id] = None
            soon = now + quiet_s < fix.at + self._plan.limits.position_age_s
            quiet_until = now + quiet_s if soon else None
            if measured or known.busy:
                wishes += self._look(known, now, quiet_until)
            else:
                self._remind(known, quiet_until)
        return wishes

    def _look_again(self, known: Known, at: float, now: float) -> list[Wish]:
        """A time came at which a vehicle was to be looked at, unless it has reported since and that is later now."""
        if known.queued_at != at:
            return []
        known.queued_at = None
        due = known.look_at
        if due is None or due > now:
            self._remind(known, due)
            return []
        self._refresh([known])
        return self._look(known, now)

    def _refresh(self, vehicles: Iterable[Known]) -> None:
        """Measure exactly where they were when they reported last."""
        moved = [(known, known.witness.fix) for known in vehicles if known.witness.fix is not None]
        if moved:
            self._crowd.look(_moves(moved, 0.0), np.ones((len(moved), 1), np.bool_))

    def _sight(self, known: Known, claim: Claim) -> Sight:
        rule, fix = claim.rule, known.witness.fix
        if fix is None:
            return Sight(None, None, None, -math.inf)
        zone = self._approach(known, fix, str(rule.zone))
        side = None if rule.side is None else self._approach(known, fix, rule.side)
        return Sight(fix, zone, side, fix.at + self._plan.limits.position_age_s)

    def _approach(self, known: Known, fix: Fix, zone: str) -> Approach | None:
        near = self._crowd.near(known.row, zone)
        return None if near is None else Approach.of(near, fix)

    def _look(self, known: Known, now: float, quiet_until: float | None = None) -> list[Wish]:
        """Settle what a vehicle holds, and when to look again; ``quiet_until``: then at the latest if it is not busy.

        The distances of one that is busy are exact, and so are the times that follow from them.
        """
        wishes: list[Wish] = []
        times: list[float] = []
        known.busy = False
        for claim in known.claims:
            times += claim.settle(self._sight(known, claim), now)
            known.busy |= claim.want is not Want.NOTHING
            if claim.changed:
                self._standings[claim.rule.id].note(claim)
                wishes += self._settle(self._standings[claim.rule.id], claim.changed, now)
                claim.changed = ""
        if known.busy:
            self._moved_near[known.id] = None
        if quiet_until is not None and not known.busy:
            times.append(quiet_until)
        self._remind(known, min((at for at in times if at > now), default=None))
        return wishes

    def _remind(self, known: Known, due: float | None) -> None:
        """Look at the vehicle then, or not before it reports."""
        known.look_at = due
        if due is not None and (known.queued_at is None or due < known.queued_at):
            known.queued_at = due
            heapq.heappush(self._looks, (due, known.id, False))

    def _view(self, known: Known, now: float) -> VehicleView:
        fix = known.witness.fix
        refused = dict(known.witness.refused)
        if fix is None:
            return VehicleView(id=known.id, refused=refused)
        ways = {zone: Approach.of(near, fix) for zone, near in self._crowd.nearness(known.row).items()}
        return VehicleView(
            id=known.id,
            lon=fix.lon,
            lat=fix.lat,
            speed_kmh=fix.speed_kmh,
            age_s=now - fix.at,
            zones=tuple(
                ZoneDistance(zone=zone, metres=way.metres, seconds=way.seconds(now)) for zone, way in ways.items()
            ),
            refused=refused,
        )

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


def _moves(moved: Sequence[tuple[Known, Fix]], now: float) -> Moves:
    """As arrays."""
    return Moves(
        np.array([known.row for known, _ in moved]),
        np.array([fix.lon for _, fix in moved]),
        np.array([fix.lat for _, fix in moved]),
        np.array([math.nan if fix.speed_kmh is None else fix.speed_kmh for _, fix in moved]),
        np.array([max(0.0, now - fix.at) for _, fix in moved]),
        np.array([fix.at for _, fix in moved]),
    )
