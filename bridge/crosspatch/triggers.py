"""Ready-made triggers beside the rules: what other systems say opens and holds patches like a position does. Pure.

It stands between the rules and the heart and joins both wishes for a patch: the farther one counts, and whoever holds
it. Positions and triggers do not undo each other: a patch that a position holds stays when a trigger lets go, and the
other way round. A trigger's claim ends by itself: at its own time, or with the rule's ``max_s``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec

from crosspatch.events import PatchTrigger, PositionReport, ZoneTrigger
from crosspatch.kept import KeptClaim, KeptRules
from crosspatch.plan import Plan, Rule
from crosspatch.rules.facts import Fact
from crosspatch.rules.members import members
from crosspatch.rules.zones import Said
from crosspatch.snapshot import VehicleView, ZoneRule, ZoneView
from crosspatch.wish import Want, Wish

RANK = {Want.NOTHING: 0, Want.ARMED: 1, Want.OPEN: 2}


class RuleSource(Protocol):
    """What the heart needs of the rules' room."""

    @property
    def counters(self) -> Mapping[str, int]:
        """What was believed, and what was not."""

    def report(self, reports: Iterable[PositionReport], now: float) -> list[Wish]:
        """Vehicles told their positions: the wishes that changed."""

    def tick(self, now: float) -> list[Wish]:
        """Time passed: the wishes that changed."""

    def next_look(self) -> float | None:
        """When `tick` has something to do if nothing is reported meanwhile."""

    def vehicles(self, now: float) -> tuple[VehicleView, ...]:
        """All vehicles, or those that reported last where there are too many."""

    def news(self, most: int, now: float) -> tuple[VehicleView, ...]:
        """At most so many of the vehicles that reported since they were last news."""

    def zones(self, now: float, said: Said) -> tuple[ZoneView, ...]:
        """All zones; ``said`` are vehicles that others than the rules count."""

    def decide(self, rule: str, agreed: bool, by: str, now: float) -> list[Wish]:
        """A person agrees to the patch of a rule that waits for approval, or refuses it: the wishes that changed."""

    def why(self, name: str, now: float) -> tuple[Fact, ...]:
        """What speaks for a rule's or a vehicle's patch, and what is missing; empty for an unknown name."""

    def keep(self) -> KeptRules:
        """What is to outlive a restart."""

    def restore(self, kept: KeptRules, shift: float, now: float) -> list[Wish]:
        """Take up what was kept, its times moved by ``shift``: the wishes that come of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source, or one vehicle by it, holds of one rule's patch. ``until`` is monotonic."""

    want: Want
    until: float
    vehicle: str | None
    reason: str


class TriggerBook:
    """The rules' wishes joined with those of triggers."""

    def __init__(self, plan: Plan, rules: RuleSource) -> None:
        """Nothing is claimed yet."""
        self._plan = plan
        self._rules = rules
        self._ruled: dict[str, Wish] = {}
        self._claims: dict[str, dict[tuple[str, str], Claim]] = {}  # rule -> (source, vehicle) -> claim
        self._told: dict[str, tuple[Want, tuple[str, ...]]] = {}

    @property
    def counters(self) -> Mapping[str, int]:
        """What was believed of positions, and what was not."""
        return self._rules.counters

    def report(self, reports: Iterable[PositionReport], now: float) -> list[Wish]:
        """Vehicles told their positions: the wishes that changed."""
        return self._ruled_by(self._rules.report(reports, now))

    def trigger(self, trigger: ZoneTrigger | PatchTrigger, now: float) -> list[Wish]:
        """Another system said something: the wishes that changed."""
        wishes: list[Wish] = []
        for rule, key, claim in self._claimed(trigger, now):
            held = self._claims.setdefault(rule, {})
            if claim is None:
                if held.pop(key, None) is not None:
                    wishes += self._tell(rule, f"{trigger.source} no longer wants it{_because(trigger)}")
            else:
                held[key] = claim
                wishes += self._tell(rule, claim.reason)
        return wishes

    def tick(self, now: float) -> list[Wish]:
        """Time passed: the wishes that changed."""
        wishes = self._ruled_by(self._rules.tick(now))
        for rule, held in self._claims.items():
            for key in [key for key, claim in held.items() if claim.until <= now]:
                reason = held.pop(key).reason
                wishes += self._tell(rule, f"{reason}; that is over")
        return wishes

    def next_look(self) -> float | None:
        """When `tick` has something to do if nothing is reported meanwhile."""
        ruled = self._rules.next_look()
        if not self._claims:
            return ruled
        times = [claim.until for held in self._claims.values() for claim in held.values()]
        return min(times if ruled is None else [*times, ruled], default=None)

    def vehicles(self, now: float) -> tuple[VehicleView, ...]:
        """All vehicles, or those that reported last where there are too many."""
        return self._rules.vehicles(now)

    def news(self, most: int, now: float) -> tuple[VehicleView, ...]:
        """At most so many of the vehicles that reported since they were last news."""
        return self._rules.news(most, now)

    def zones(self, now: float) -> tuple[ZoneView, ...]:
        """All zones, with the vehicles that other systems say are there, and what is wanted because of both."""
        said = {
            rule: [claim.vehicle for claim in held.values() if claim.vehicle is not None]
            for rule, held in self._claims.items()
        }
        return tuple(
            msgspec.structs.replace(zone, rules=tuple(self._joined(rule) for rule in zone.rules))
            for zone in self._rules.zones(now, said)
        )

    def _joined(self, rule: ZoneRule) -> ZoneRule:
        """What the rule's patch is wanted to be, triggers counted."""
        want, _ = self._told.get(rule.rule, (Want(rule.want), ()))
        return ZoneRule(rule=rule.rule, want=want.value)

    def decide(self, rule: str, agreed: bool, by: str, now: float) -> list[Wish]:
        """A person agrees to what positions want, or refuses it; what a trigger holds needs no approval."""
        return self._ruled_by(self._rules.decide(rule, agreed, by, now))

    def why(self, name: str, now: float) -> tuple[Fact, ...]:
        """What speaks for a rule's or a vehicle's patch, and what is missing; empty for an unknown name."""
        facts = list(self._rules.why(name, now))
        for rule, held in self._claims.items():
            facts += [
                Fact(True, f"{claim.reason} (rule {rule}, {claim.until - now:.0f} s more)")
                for claim in held.values()
                if name in (rule, claim.vehicle)
            ]
        return tuple(facts)

    def keep(self) -> KeptRules:
        """What is to outlive a restart."""
        claims = tuple(
            KeptClaim(
                rule=rule,
                source=source,
                subject=subject,
                vehicle=claim.vehicle,
                want=claim.want.value,
                until=claim.until,
                reason=claim.reason,
            )
            for rule, held in self._claims.items()
            for (source, subject), claim in held.items()
        )
        return msgspec.structs.replace(self._rules.keep(), claims=claims)

    def restore(self, kept: KeptRules, shift: float, now: float) -> list[Wish]:
        """Take up what was kept, its times moved by ``shift``: the wishes that come of it."""
        for claim in kept.claims:
            until = claim.until + shift
            if claim.rule in self._plan.rules and until > now:
                held = self._claims.setdefault(claim.rule, {})
                held[claim.source, claim.subject] = Claim(Want(claim.want), until, claim.vehicle, claim.reason)
        wishes = self._ruled_by(self._rules.restore(kept, shift, now))
        for rule, held in self._claims.items():
            wishes += self._tell(rule, next((claim.reason for claim in held.values()), ""))
        return wishes

    def _claimed(
        self, trigger: ZoneTrigger | PatchTrigger, now: float
    ) -> Iterator[tuple[str, tuple[str, str], Claim | None]]:
        """Which rules' claims the trigger sets, or takes back (None)."""
        if isinstance(trigger, PatchTrigger):
            if trigger.rule in self._plan.rules:
                want = Want(trigger.want)
                until = now + trigger.until - trigger.received_at
                claim = Claim(want, until, None, f"{trigger.source} wants it{_because(trigger)}")
                yield trigger.rule, (trigger.source, ""), None if want is Want.NOTHING or until <= now else claim
            return
        for rule in self._plan.rules.values():
            if rule.zone == trigger.zone and trigger.vehicle in members(rule, self._plan):
                yield from self._zone_claim(rule, trigger, now)

    def _zone_claim(
        self, rule: Rule, trigger: ZoneTrigger, now: float
    ) -> Iterator[tuple[str, tuple[str, str], Claim | None]]:
        key = (trigger.source, trigger.vehicle)
        if trigger.inside:
            reason = f"{trigger.vehicle} is inside {trigger.zone}, says {trigger.source}{_because(trigger)}"
            yield rule.id, key, Claim(Want.OPEN, now + rule.max_s, trigger.vehicle, reason)
        elif key in self._claims.get(rule.id, {}):
            left = f"{trigger.vehicle} left {trigger.zone}, says {trigger.source}{_because(trigger)}"
            reason = f"{left}; held for {rule.hold_s:g} s"
            yield rule.id, key, Claim(Want.OPEN, now + rule.hold_s, trigger.vehicle, reason)

    def _ruled_by(self, wishes: list[Wish]) -> list[Wish]:
        """What the rules wish, joined with the claims."""
        joined: list[Wish] = []
        for wish in wishes:
            self._ruled[wish.rule] = wish
            if self._claims.get(wish.rule):
                joined += self._tell(wish.rule, wish.reason)
            else:
                self._told[wish.rule] = (wish.want, wish.vehicles)
                joined.append(wish)
        return joined

    def _tell(self, rule: str, reason: str) -> list[Wish]:
        """The joint wish, if it is another one than was told last."""
        ruled = self._ruled.get(rule, Wish(rule, Want.NOTHING, (), ""))
        claims = self._claims.get(rule, {}).values()
        want = max((ruled.want, *(claim.want for claim in claims)), key=RANK.__getitem__)
        names = (*ruled.vehicles, *(claim.vehicle for claim in claims if claim.vehicle is not None))
        vehicles = tuple(dict.fromkeys(names))
        if self._told.get(rule, (Want.NOTHING, ())) == (want, vehicles):
            return []
        self._told[rule] = (want, vehicles)
        return [Wish(rule, want, vehicles, reason)]


def _because(trigger: ZoneTrigger | PatchTrigger) -> str:
    return f": {trigger.reason}" if trigger.reason else ""
