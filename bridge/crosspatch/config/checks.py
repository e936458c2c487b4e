"""What only shows when the parts of a site are held together: references, shared ports, distances in their order.

Each check is one small function from a plan to its mistakes. The plan may lack things that were refused before; `Names`
holds the ids of those too, so that one mistake is told once and not again by everything that refers to it.
"""

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crosspatch.config.hosts import is_broker, is_endpoint
from crosspatch.config.mistakes import Mistake
from crosspatch.config.ports import check_ports
from crosspatch.config.radio_checks import check_radios
from crosspatch.config.references import Names, known
from crosspatch.config.rule_checks import check_rules
from crosspatch.plan import Mqtt, Plan

NOT_GATEWAYS = ("position", "trigger")
"""Below the prefix these topics are what everybody says to all gateways."""


def check(plan: Plan, names: Names) -> Iterator[Mistake]:
    """All mistakes of this kind."""
    yield from _gateway(plan)
    yield from _networks(plan, names)
    yield from _talkgroups(plan, names)
    yield from check_radios(plan, names)
    yield from check_ports(plan)
    yield from _vehicles(plan, names)
    yield from _receiver(plan, names)
    yield from _zones(plan, names)
    yield from check_rules(plan, names)


def _gateway(plan: Plan) -> Iterator[Mistake]:
    mqtt = plan.mqtt
    try:
        ZoneInfo(plan.gateway.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Mistake(("gateway", "timezone"), f"no time zone {plan.gateway.timezone!r}; one is 'Europe/Brussels'")
    if mqtt.broker is not None and not is_broker(mqtt.broker):
        yield Mistake(("mqtt", "broker"), f"must be mqtt://host:port or mqtts://host:port, not {mqtt.broker!r}")
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
    for key in ("ca_file", "cert_file", "key_file", "password_file", "keys_dir"):
        path = getattr(mqtt, key)
        if path is not None and not path.startswith("/"):
            yield Mistake(("mqtt", key), f"must be an absolute path, not {path!r}")
        elif (
            path is not None
            and key.removesuffix("_file") in ("ca", "cert", "key")
            and not (mqtt.broker or "").startswith("mqtts://")
        ):
            yield Mistake(("mqtt", key), "does not belong here: TLS needs broker = mqtts://host:port")
    if mqtt.signatures == "always" and mqtt.keys_dir is None:
        yield Mistake(("mqtt", "keys_dir"), "is missing: without keys nobody is heard, with signatures = always")
    for key, other in (("cert_file", "key_file"), ("key_file", "cert_file"), ("password_file", "username")):
        if getattr(mqtt, key) is not None and getattr(mqtt, other) is None:
            yield Mistake(("mqtt", other), f"is missing: it goes with {key}")


def _networks(plan: Plan, names: Names) -> Iterator[Mistake]:
    taken: dict[tuple[int, int], str] = {}
    for network in plan.networks.values():
        for name in network.foreign_priorities:
            path = ("networks", network.id, "foreign_priorities", name)
            yield from known(path, "network", name, names["networks"])
        if network.consent != "none" and not network.owners:
            yield Mistake(
                ("networks", network.id, "owners"), f"is missing: who accepts, with consent = {network.consent}"
            )
        other = taken.setdefault((network.mcc, network.mnc), network.id)
        if other != network.id:
            where = ("networks", network.id, "mnc")
            yield Mistake(where, f"MCC {network.mcc}, MNC {network.mnc} is network {other!r} already")


def _talkgroups(plan: Plan, names: Names) -> Iterator[Mistake]:
    taken: dict[tuple[str, int], str] = {}
    for group in plan.talkgroups.values():
        where = ("talkgroups", group.id)
        yield from known((*where, "network"), "network", group.network, names["networks"])
        for name in group.never_with:
            yield from known((*where, "never_with"), "talkgroup", name, names["talkgroups"])
        other = taken.setdefault((group.network, group.gssi), group.id)
        if other != group.id:
            yield Mistake((*where, "gssi"), f"group {group.gssi} of {group.network} is talkgroup {other!r} already")


def _vehicles(plan: Plan, names: Names) -> Iterator[Mistake]:
    taken: dict[str, str] = {}
    numbers: dict[tuple[str, int], str] = {}
    for vehicle in plan.vehicles.values():
        where = ("vehicles", vehicle.id)
        yield from known((*where, "network"), "network", vehicle.network, names["networks"])
        if vehicle.talkgroup is not None:
            yield from known((*where, "talkgroup"), "talkgroup", vehicle.talkgroup, names["talkgroups"])
            group = plan.talkgroups.get(vehicle.talkgroup)
            if group is not None and group.network != vehicle.network:
                yield Mistake((*where, "talkgroup"), f"{group.id} is of {group.network}, the vehicle is not")
        if vehicle.ssi is not None:
            owner = numbers.setdefault((vehicle.network, vehicle.ssi), vehicle.id)
            if owner != vehicle.id:
                yield Mistake((*where, "ssi"), f"SSI {vehicle.ssi} of {vehicle.network} is vehicle {owner!r} already")
        if vehicle.topic is None:
            continue
        if not _is_filter(vehicle.topic):
            yield Mistake((*where, "topic"), f"is no MQTT topic or filter: {vehicle.topic!r}")
        other = taken.setdefault(vehicle.topic, vehicle.id)
        if other != vehicle.id:
            yield Mistake((*where, "topic"), f"is the topic of vehicle {other!r} already")


def _receiver(plan: Plan, names: Names) -> Iterator[Mistake]:
    receiver = plan.receiver
    if receiver is None:
        return
    yield from known(("receiver", "vehicle"), "vehicle", receiver.vehicle, names["vehicles"])
    if (receiver.gpsd is None) == (receiver.port is None):
        yield Mistake(("receiver",), "needs one of gpsd = host:port and port = serial device")
    if receiver.gpsd is not None and not is_endpoint(receiver.gpsd):
        yield Mistake(("receiver", "gpsd"), f"must be host:port, not {receiver.gpsd!r}")


def _is_filter(topic: str) -> bool:
    """Whether MQTT allows it as a topic filter (MQTT 5, 4.7.1)."""
    levels = topic.split("/")
    wild = all(len(level) == 1 for level in levels if set(level) & set("+#"))
    return bool(topic) and "\0" not in topic and wild and "#" not in levels[:-1]


def _zones(plan: Plan, names: Names) -> Iterator[Mistake]:
    for zone in plan.zones.values():
        where = ("zones", zone.id)
        drawn = {"country": zone.country, "place": zone.place, "geojson": zone.geojson, "point": zone.point}
        ways = [key for key, value in drawn.items() if value is not None]
        if len(ways) != 1:
            text = "is drawn in no way" if not ways else f"is drawn in {len(ways)} ways ({', '.join(ways)})"
            yield Mistake(where, f"{text}; it needs one of {', '.join(drawn)}")
        if zone.point is not None and not zone.around_m:
            yield Mistake((*where, "around_m"), "is missing: a point alone is no zone")
        if zone.country is not None and zone.around_m:
            yield Mistake((*where, "around_m"), "does not belong to a country")
        for key, others in (("also", zone.also), ("without", zone.without)):
            for name in others:
                if name == zone.id:
                    yield Mistake((*where, key), "names the zone itself")
                yield from known((*where, key), "zone", name, names["zones"])
