"""What is allowed in a site file and probably not meant: told, but nothing is refused for it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from crosspatch.approach import length
from crosspatch.config.mistakes import Mistake
from crosspatch.geofence import Geofence
from crosspatch.plan import Plan, Rule
from crosspatch.replay.tracks import Point
from crosspatch.rules.members import members

LONGEST_S = 86400.0
"""Seconds: who means a patch for longer than a day?"""


def advise(plan: Plan) -> list[Mistake]:
    """All of it, in the order of the site's sections."""
    return [
        *_unused(plan),
        *_shared_groups(plan),
        *_loops(plan),
        *_radios(plan),
        *(advice for rule in plan.rules.values() for advice in _rule(rule, plan)),
    ]


def untouched(plan: Plan, geofence: Geofence, points: Sequence[Point]) -> list[Mistake]:
    """Zones of rules into which none of these points of recorded tracks comes, with how near they come."""
    if not points:
        return []
    lon, lat = np.array([point.lon for point in points]), np.array([point.lat for point in points])
    nearest = dict(zip(geofence.zones, geofence.distances(lon, lat).min(axis=0).tolist(), strict=True))
    wanted = dict.fromkeys(rule.zone for rule in plan.rules.values() if rule.zone is not None)
    return [
        Mistake(("zones", zone), f"no track comes into it; the nearest point is {length(nearest[zone])} outside")
        for zone in wanted
        if nearest[zone] > 0
    ]


def _unused(plan: Plan) -> Iterator[Mistake]:
    zones = {zone.id for zone in plan.zones.values()}
    used = {rule.zone for rule in plan.rules.values()} | {rule.side for rule in plan.rules.values()}
    used |= {other for zone in plan.zones.values() for other in (*zone.also, *zone.without)}
    groups = {name for rule in plan.rules.values() for name in (*rule.talkgroups, *rule.pool)}
    vehicles = {name for rule in plan.rules.values() if not rule.always for name in members(rule, plan)}
    for section, names, known in (
        ("zones", zones, used),
        ("talkgroups", set(plan.talkgroups), groups),
        ("vehicles", set(plan.vehicles), vehicles),
    ):
        for name in sorted(names - known):
            yield Mistake((section, name), "no rule is about it")


def _shared_groups(plan: Plan) -> Iterator[Mistake]:
    """A talkgroup is in one patch at most."""
    rules: dict[str, list[str]] = defaultdict(list)
    for rule in plan.rules.values():
        for name in rule.talkgroups:
            rules[name].append(rule.id)
    for name, sharing in rules.items():
        if len(sharing) > 1:
            text = f"is in rules {', '.join(sharing)}: while one of their patches is up the others fail"
            yield Mistake(("talkgroups", name), text)


def _loops(plan: Plan) -> Iterator[Mistake]:
    """A rule that joins talkgroups which others join already closes a ring, should another gateway hold those."""
    root = {name: name for name in plan.talkgroups}

    def find(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for rule in plan.rules.values():
        roots = Counter(find(name) for name in rule.talkgroups)
        if max(roots.values()) > 1:
            text = "joins talkgroups that other rules join already: a loop, if another gateway holds those"
            yield Mistake(("rules", rule.id, "talkgroups"), text)
        first = find(rule.talkgroups[0])
        for name in rule.talkgroups:
            root[find(name)] = first


def _radios(plan: Plan) -> Iterator[Mistake]:
    """Enough radios for every patch at once."""
    each = [name for rule in plan.rules.values() for name in (*rule.talkgroups, *rule.pool[:1])]
    legs = Counter(plan.talkgroups[name].network for name in each)
    for network, wanted in legs.items():
        radios = sum(radio.network == network for radio in plan.radios.values())
        if wanted > radios:
            text = (
                f"has {radios} radio{'s' * (radios != 1)} for the {wanted} legs of all rules: not all can be up at once"
            )
            yield Mistake(("networks", network), text)


def _rule(rule: Rule, plan: Plan) -> Iterator[Mistake]:
    where = ("rules", rule.id)
    if rule.always and not rule.schedule:
        yield Mistake((*where, "always"), "its patch never ends by itself: keep patches short where you can")
    if rule.max_s > LONGEST_S:
        text = f"its patch may be up for {rule.max_s / 3600:.0f} h before anybody is asked anew: that is no expiry"
        yield Mistake((*where, "max_s"), text)
    if rule.always:
        return
    about = members(rule, plan)
    if not about:
        yield Mistake(where, "is about no vehicle of the site: its patch never comes up")
    networks = {plan.talkgroups[name].network for name in (*rule.talkgroups, *rule.pool)}
    strangers = [name for name in about if plan.vehicles[name].network not in networks]
    if strangers:
        text = f"none is of the home network of {', '.join(strangers)}: no common group, the crew hears nothing of it"
        yield Mistake((*where, "talkgroups"), text)
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for name in about:
        home = plan.vehicles[name].talkgroup
        if home is not None and home not in (*rule.talkgroups, *rule.pool) and name not in strangers:
            elsewhere[home].append(name)
    for home, names in elsewhere.items():
        text = f"{home} is not among them, on which {', '.join(names)} stay: the crew hears nothing of it"
        yield Mistake((*where, "talkgroups"), text)
