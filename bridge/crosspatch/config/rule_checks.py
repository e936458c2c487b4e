"""Mistakes in rules: whom and what they name, radios for their legs, distances in their order."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations, product

from crosspatch.config.mistakes import Mistake
from crosspatch.config.references import Names, known
from crosspatch.plan import Plan, Rule, Talkgroup
from crosspatch.rules.schedule import Schedule


def check_rules(plan: Plan, names: Names) -> Iterator[Mistake]:
    """All mistakes about rules."""
    for rule in plan.rules.values():
        yield from _rule_names(rule, plan, names)
        yield from _rule_legs(rule, plan, names)
        yield from _pool(rule, plan)
        if set(rule.talkgroups) <= set(rule.listen_only) and not rule.pool:
            yield Mistake(("rules", rule.id, "listen_only"), "holds all talkgroups: nobody would be heard")
        yield from _forbidden(rule, plan)
        yield from _rule_place(rule)
        yield from _rule_distances(rule)
        yield from _schedule(rule)


def _rule_names(rule: Rule, plan: Plan, names: Names) -> Iterator[Mistake]:
    where = ("rules", rule.id)
    fleets = [vehicle.fleet for vehicle in plan.vehicles.values() if vehicle.fleet]
    for key, what, given, there in (
        ("talkgroups", "talkgroup", rule.talkgroups, names["talkgroups"]),
        ("pool", "talkgroup", rule.pool, names["talkgroups"]),
        ("listen_only", "talkgroup", rule.listen_only, rule.talkgroups),
        ("vehicles", "vehicle", rule.vehicles, names["vehicles"]),
        ("fleets", "fleet", rule.fleets, list(dict.fromkeys(fleets))),
        ("homes", "network", rule.homes, names["networks"]),
        ("zone", "zone", (rule.zone,) if rule.zone else (), names["zones"]),
        ("side", "zone", (rule.side,) if rule.side else (), names["zones"]),
    ):
        for name in dict.fromkeys(given):
            yield from known((*where, key), what, name, there)
        for name, times in Counter(given).items():
            if times > 1:
                yield Mistake((*where, key), f"names {name!r} {times} times")
    if rule.side is not None and rule.side == rule.zone:
        yield Mistake((*where, "side"), "is the rule's own zone: one comes from another")


def _rule_legs(rule: Rule, plan: Plan, names: Names) -> Iterator[Mistake]:
    """Enough radios for the legs, and more than one network to join."""
    where = ("rules", rule.id, "talkgroups")
    wanted = (*rule.talkgroups, *rule.pool[:1])
    groups = [plan.talkgroups[name] for name in dict.fromkeys(wanted) if name in plan.talkgroups]
    if len(groups) < len(wanted):
        return
    if len(groups) < 2:
        yield Mistake(where, "is one talkgroup alone: it takes two, or a pool beside it")
        return
    needed: dict[str, list[Talkgroup]] = defaultdict(list)
    for group in groups:
        needed[group.network].append(group)
    if len(needed) < 2:
        yield Mistake(where, f"are all of network {groups[0].network!r}: there is no border between them")
    placed = [radio for radio in plan.radios.values() if radio.network in names["networks"]]
    complete = len(placed) == len(list(names["radios"]))
    for network, legs in needed.items():
        radios = sum(radio.network == network for radio in plan.radios.values())
        if radios < len(legs) and complete and network in plan.networks:
            have = "no radio" if not radios else f"only {radios} radio{'s' * (radios > 1)}"
            yield Mistake(where, f"{have} of network {network!r} for {', '.join(group.id for group in legs)}")


def _pool(rule: Rule, plan: Plan) -> Iterator[Mistake]:
    """One leg, whichever talkgroup it is on."""
    where = ("rules", rule.id, "pool")
    networks = dict.fromkeys(plan.talkgroups[name].network for name in rule.pool if name in plan.talkgroups)
    if len(networks) > 1:
        yield Mistake(where, f"is of networks {', '.join(networks)}: a radio of one of them must serve any of it")
    for name in dict.fromkeys(rule.pool):
        if name in rule.talkgroups:
            yield Mistake(where, f"holds {name!r}, which is in talkgroups already")


def _forbidden(rule: Rule, plan: Plan) -> Iterator[Mistake]:
    groups = [plan.talkgroups[name] for name in dict.fromkeys(rule.talkgroups) if name in plan.talkgroups]
    guests = [plan.talkgroups[name] for name in dict.fromkeys(rule.pool) if name in plan.talkgroups]
    for one, other in (*combinations(groups, 2), *product(groups, guests)):
        if other.id in one.never_with or one.id in other.never_with:
            yield Mistake(
                ("rules", rule.id, "talkgroups"), f"{one.id} and {other.id} must never be joined (never_with)"
            )


def _schedule(rule: Rule) -> Iterator[Mistake]:
    for text in rule.schedule:
        try:
            Schedule([text], "UTC")
        except ValueError as error:
            yield Mistake(("rules", rule.id, "schedule"), str(error))


def _rule_place(rule: Rule) -> Iterator[Mistake]:
    where = ("rules", rule.id)
    who = {"vehicles": rule.vehicles, "fleets": rule.fleets, "homes": rule.homes}
    if rule.always:
        for key, given in ({"zone": rule.zone, "side": rule.side, "dwell_s": rule.dwell_s} | who).items():
            if given:
                yield Mistake((*where, key), "does not belong here: the rule is always = true")
        return
    if rule.zone is None:
        yield Mistake((*where, "zone"), "is missing: a rule needs a zone, or always = true")
    if not any(who.values()):
        yield Mistake((*where, "vehicles"), "is missing: a rule with a zone names vehicles, fleets or homes")


def _rule_distances(rule: Rule) -> Iterator[Mistake]:
    """Opening lies within arming, arming within leaving: else a patch would come and go."""
    if rule.always:
        return
    for small, large in (("open_m", "arm_m"), ("arm_m", "leave_m"), ("open_s", "arm_s")):
        inner, outer = getattr(rule, small), getattr(rule, large)
        if inner > outer:
            text = f"must not be larger than {large}: {inner:g} is more than {outer:g}"
            yield Mistake(("rules", rule.id, small), text)
