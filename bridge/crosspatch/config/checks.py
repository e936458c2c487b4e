"""What only shows when the parts of a site are held together: references, shared ports, distances in their order.

Each check is one small function from a plan to its mistakes. The plan may lack things that were refused before; `Names`
holds the ids of those too, so that one mistake is told once and not again by everything that refers to it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from crosspatch.config.hosts import is_broker, is_endpoint
from crosspatch.config.mistakes import Mistake, hint
from crosspatch.config.ports import check_ports
from crosspatch.plan import Mqtt, Plan, Rule, Talkgroup

Names = Mapping[str, Iterable[str]]
"""Ids written in the file, by section."""

NOT_GATEWAYS = ("position", "trigger")
"""Below the prefix these topics are what everybody says to all gateways."""


def check(plan: Plan, names: Names) -> Iterator[Mistake]:
    """All mistakes of this kind."""
    yield from _gateway(plan)
    yield from _networks(plan)
    yield from _talkgroups(plan, names)
    yield from _radios(plan, names)
    yield from check_ports(plan)
    yield from _vehicles(plan, names)
    yield from _zones(plan)
    for rule in plan.rules.values():
        yield from _rule_names(rule, names)
        yield from _rule_legs(rule, plan, names)
        yield from _rule_place(rule)
        yield from _rule_distances(rule)


def _names(where: tuple[str, ...], what: str, name: str, known: Iterable[str]) -> Iterator[Mistake]:
    """``name`` must be one of ``known``."""
    if name not in known:
        yield Mistake(where, f"no {what} {name!r}{hint(name, known)}")


def _gateway(plan: Plan) -> Iterator[Mistake]:
    mqtt = plan.mqtt
    if mqtt.broker is not None and not is_broker(mqtt.broker):
        yield Mistake(("mqtt", "broker"), f"must be mqtt://host:port, not {mqtt.broker!r}")
    if not is_endpoint(mqtt.embedded_listen):
        yield Mistake(("mqtt", "embedded_listen"), f"must be host:port, not {mqtt.embedded_listen!r}")
    for key, prefix in (("owntracks_prefix", mqtt.owntracks_prefix), ("prefix", mqtt.prefix)):
        if not prefix.strip("/") or prefix != prefix.strip("/") or set(prefix) & set("+#\0"):
            yield Mistake(("mqtt", key), f"must be a topic without wildcards, not {prefix!r}")
    if mqtt.owntracks_prefix == mqtt.prefix:
        yield Mistake(("mqtt", "prefix"), "must not be the same as owntracks_prefix")
    if plan.gateway.id in NOT_GATEWAYS:
        yield Mistake(("gateway", "id"), f"must not be {plan.gateway.id!r}: {mqtt.prefix}/{plan.gateway.id} is taken")
    yield from _access(mqtt)


def _access(mqtt: Mqtt) -> Iterator[Mistake]:
    """What is shown to the broker. Whether the files are there is seen when they are needed, and told then."""
    for key in ("ca_file", "cert_file", "key_file", "password_file"):
        path = getattr(mqtt, key)
        if path is not None and not path.startswith("/"):
            yield Mistake(("mqtt", key), f"must be an absolute path, not {path!r}")
        elif path is not None and key != "password_file" and not (mqtt.broker or "").startswith("mqtts://"):
            yield Mistake(("mqtt", key), "does not belong here: TLS needs broker = mqtts://host:port")
    for key, other in (("cert_file", "key_file"), ("key_file", "cert_file"), ("password_file", "username")):
        if getattr(mqtt, key) is not None and getattr(mqtt, other) is None:
            yield Mistake(("mqtt", other), f"is missing: it goes with {key}")


def _networks(plan: Plan) -> Iterator[Mistake]:
    taken: dict[tuple[int, int], str] = {}
    for network in plan.networks.values():
        other = taken.setdefault((network.mcc, network.mnc), network.id)
        if other != network.id:
            where = ("networks", network.id, "mnc")
            yield Mistake(where, f"MCC {network.mcc}, MNC {network.mnc} is network {other!r} already")


def _talkgroups(plan: Plan, names: Names) -> Iterator[Mistake]:
    taken: dict[tuple[str, int], str] = {}
    for group in plan.talkgroups.values():
        where = ("talkgroups", group.id)
        yield from _names((*where, "network"), "network", group.network, names["networks"])
        other = taken.setdefault((group.network, group.gssi), group.id)
        if other != group.id:
            yield Mistake((*where, "gssi"), f"group {group.gssi} of {group.network} is talkgroup {other!r} already")


def _radios(plan: Plan, names: Names) -> Iterator[Mistake]:
    for radio in plan.radios.values():
        where = ("radios", radio.id)
        yield from _names((*where, "network"), "network", radio.network, names["networks"])
        if radio.keying == "pei" and not radio.port:
            yield Mistake((*where, "port"), 'is missing: a radio keyed by "pei" needs its serial port')
        if radio.keying == "voice" and radio.port:
            yield Mistake((*where, "port"), 'does not belong here: a radio keyed by "voice" has audio only')


def _vehicles(plan: Plan, names: Names) -> Iterator[Mistake]:
    taken: dict[str, str] = {}
    for vehicle in plan.vehicles.values():
        where = ("vehicles", vehicle.id)
        yield from _names((*where, "network"), "network", vehicle.network, names["networks"])
        if vehicle.topic is None:
            continue
        if not _is_filter(vehicle.topic):
            yield Mistake((*where, "topic"), f"is no MQTT topic or filter: {vehicle.topic!r}")
        other = taken.setdefault(vehicle.topic, vehicle.id)
        if other != vehicle.id:
            yield Mistake((*where, "topic"), f"is the topic of vehicle {other!r} already")


def _is_filter(topic: str) -> bool:
    """Whether MQTT allows it as a topic filter (MQTT 5, 4.7.1)."""
    levels = topic.split("/")
    wild = all(len(level) == 1 for level in levels if set(level) & set("+#"))
    return bool(topic) and "\0" not in topic and wild and "#" not in levels[:-1]


def _zones(plan: Plan) -> Iterator[Mistake]:
    for zone in plan.zones.values():
        if (zone.country is None) == (zone.geojson is None):
            yield Mistake(("zones", zone.id), "needs either country or geojson")


def _rule_names(rule: Rule, names: Names) -> Iterator[Mistake]:
    where = ("rules", rule.id)
    for key, section, given in (
        ("talkgroups", "talkgroups", rule.talkgroups),
        ("vehicles", "vehicles", rule.vehicles),
    ):
        for name in dict.fromkeys(given):
            yield from _names((*where, key), section.removesuffix("s"), name, names[section])
        for name, times in Counter(given).items():
            if times > 1:
                yield Mistake((*where, key), f"names {name!r} {times} times")
    if rule.zone is not None:
        yield from _names((*where, "zone"), "zone", rule.zone, names["zones"])


def _rule_legs(rule: Rule, plan: Plan, names: Names) -> Iterator[Mistake]:
    """Enough radios for the legs, and more than one network to join."""
    where = ("rules", rule.id, "talkgroups")
    groups = [plan.talkgroups[name] for name in dict.fromkeys(rule.talkgroups) if name in plan.talkgroups]
    if len(groups) < len(rule.talkgroups):
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


def _rule_place(rule: Rule) -> Iterator[Mistake]:
    where = ("rules", rule.id)
    if rule.always:
        for key, given in (("zone", rule.zone), ("vehicles", rule.vehicles)):
            if given:
                yield Mistake((*where, key), "does not belong here: the rule is always = true")
        return
    if rule.zone is None:
        yield Mistake((*where, "zone"), "is missing: a rule needs a zone, or always = true")
    if not rule.vehicles:
        yield Mistake((*where, "vehicles"), "is missing: a rule with a zone says whose position opens it")


def _rule_distances(rule: Rule) -> Iterator[Mistake]:
    """Opening lies within arming, arming within leaving: else a patch would come and go."""
    if rule.always:
        return
    for small, large in (("open_m", "arm_m"), ("arm_m", "leave_m"), ("open_s", "arm_s")):
        inner, outer = getattr(rule, small), getattr(rule, large)
        if inner > outer:
            text = f"must not be larger than {large}: {inner:g} is more than {outer:g}"
            yield Mistake(("rules", rule.id, small), text)
