"""What the gateway tells the world, pure: a snapshot goes in, the topics whose payload changed come out.

Topics, below ``<prefix>/<gateway>``: ``status`` (online, offline), ``health``, ``identities``, ``radio/<id>``,
``patch/<id>``, ``vehicle/<id>``, ``zone/<id>`` are states, to be retained; ``over`` is an event for each over that
ended. Values that change with every look (how long ago, how long still) are told as times of the wall clock (``…at``,
seconds since the epoch), so that an unchanged state has an unchanged payload. Of vehicles a snapshot brings news only:
there can be very many. One that falls silent is forgotten by the broker when its state expires.
"""

from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from crosspatch.mqtt.keyring import Sign
from crosspatch.snapshot import OverRecord, PatchView, Snapshot, VehicleView, ZoneView

HEALTH_EVERY = 10.0
"""Seconds between two words on counters and the engine."""

ZONE_EVERY = 5.0
"""Seconds between two words on a zone in which nothing but the vehicles changes, however many come and go."""

REFRESH_EVERY = 300.0
"""Seconds after which an unchanged state is said again, before the broker forgets it."""

EXPIRES_S = 900
"""Seconds for which the broker keeps a state that is not refreshed: of a thing that is gone, or of a dead gateway."""

REPEATED = 2_000
"""Vehicles, those told of last, that a broker hears of again when it comes back."""

SAME_MOMENT = 1.5
"""Seconds by which a moment computed from two looks may differ and still be the same."""


class Board:
    """What was last said on each topic. Feed it every snapshot, in order."""

    def __init__(self, prefix: str, gateway: str, sign: Sign | None = None) -> None:
        """Nothing said yet. ``sign``: how what other gateways believe of us is signed, where it is."""
        self._sign = sign
        self._root = f"{prefix.strip('/')}/{gateway}"
        self._gateway = gateway
        self._said: dict[str, bytes] = {}
        self._vehicles: OrderedDict[str, bytes] = OrderedDict()
        self._seen: dict[str, object] = {}  # topic -> the view (without what changes by itself) last said
        self._told_at: dict[str, float] = {}  # in uptime, which a step of the wall clock does not move
        self._moments: dict[tuple[str, str], float] = {}
        self._told_overs: set[OverRecord] = set()  # one that is put right later is told again

    @property
    def status_topic(self) -> str:
        """Where online and offline are told; the last will goes there too."""
        return f"{self._root}/status"

    @property
    def over_topic(self) -> str:
        """Where each over that ended is told."""
        return f"{self._root}/over"

    @property
    def _identities_topic(self) -> str:
        return f"{self._root}/identities"

    def will(self) -> bytes:
        """The status that the broker tells when we are suddenly gone, written in advance."""
        return self._offline("connection lost")

    def farewell(self, reason: str, at: float) -> dict[str, bytes]:
        """The status of a gateway that leaves in good order, from now on the last word on it."""
        self._said[self.status_topic] = self._offline(reason, at=round(at, 1))
        return {self.status_topic: self._said[self.status_topic]}

    def changes(self, snapshot: Snapshot) -> dict[str, bytes]:
        """State topics to publish because of this snapshot; an empty payload takes a topic back."""
        changed: dict[str, bytes] = {}
        present: set[str] = set()
        for topic, view, every in self._views(snapshot):
            present.add(topic)
            age = snapshot.uptime_s - self._told_at.get(topic, -REFRESH_EVERY)
            if age < every or (age < REFRESH_EVERY and self._seen[topic] == view):
                continue
            self._seen[topic] = view
            self._told_at[topic] = snapshot.uptime_s
            changed[topic] = self._said[topic] = self._payload(topic, view, snapshot.at)
        for topic in self._said.keys() - present:
            changed[topic] = b""
            del self._said[topic], self._seen[topic], self._told_at[topic]
        return changed | self._vehicle_news(snapshot)

    def _payload(self, topic: str, view: object, at: float) -> bytes:
        said = msgspec.json.encode(view)
        return said if self._sign is None or topic != self._identities_topic else self._sign(topic, said.decode(), at)

    def _vehicle_news(self, snapshot: Snapshot) -> dict[str, bytes]:
        news = {
            f"{self._root}/vehicle/{vehicle.id}": msgspec.json.encode(_vehicle(vehicle, snapshot.at))
            for vehicle in snapshot.vehicles
        }
        for topic, said in news.items():
            self._vehicles[topic] = said
            self._vehicles.move_to_end(topic)
        while len(self._vehicles) > REPEATED:
            self._vehicles.popitem(last=False)
        return news

    def expires_s(self, topic: str) -> int | None:
        """How long the broker shall keep a state; that of the gateway itself for ever, to be found offline."""
        return None if topic == self.status_topic else EXPIRES_S

    def everything(self) -> dict[str, bytes]:
        """All states as last said, for a broker that may have lost them."""
        return self._said | self._vehicles

    def overs(self, snapshot: Snapshot) -> list[bytes]:
        """Overs that ended since the last look, each told once."""
        ended = [over for over in snapshot.overs if _finished(over)]
        new = [over for over in ended if over not in self._told_overs]
        self._told_overs = set(ended)
        return [msgspec.json.encode(_over_event(over, snapshot.at)) for over in new]

    def _views(self, snapshot: Snapshot) -> Iterator[tuple[str, object, float]]:
        """Topic, what is to be said, and how long it must wait after the word before."""
        started = self._moment("", "started", snapshot.at - snapshot.uptime_s)
        online = {"state": "online", "gateway": snapshot.gateway, "version": snapshot.version, "started_at": started}
        yield self.status_topic, online, 0.0
        yield f"{self._root}/health", _health(snapshot), HEALTH_EVERY
        own = sorted(radio.identity for radio in snapshot.radios if radio.identity is not None)
        yield self._identities_topic, {"identities": own}, 0.0
        for radio in snapshot.radios:
            yield f"{self._root}/radio/{radio.id}", radio, 0.0
        for patch in snapshot.patches:
            yield f"{self._root}/patch/{patch.id}", self._patch(patch, snapshot.at), 0.0
        for zone in snapshot.zones:
            topic, view = f"{self._root}/zone/{zone.id}", self._zone(zone, snapshot.at)
            yield topic, view, ZONE_EVERY if _matters(view) == _matters(self._seen.get(topic)) else 0.0

    def _offline(self, reason: str, at: float | None = None) -> bytes:
        status: dict[str, object] = {"state": "offline", "gateway": self._gateway, "reason": reason}
        if at is not None:
            status["at"] = at
        return msgspec.json.encode(status)

    def _patch(self, patch: PatchView, at: float) -> dict[str, object]:
        view = msgspec.structs.asdict(patch)
        del view["since_s"], view["expires_in_s"]
        view["since_at"] = self._moment(patch.id, "since", at - patch.since_s)
        left = patch.expires_in_s
        view["expires_at"] = None if left is None else self._moment(patch.id, "expires", at + left)
        return view

    def _zone(self, zone: ZoneView, at: float) -> dict[str, object]:
        view = msgspec.structs.asdict(zone)
        view["since_at"] = self._moment(f"zone/{zone.id}", "since", at - view.pop("since_s"))
        return view

    def _moment(self, subject: str, name: str, at: float) -> float:
        """The wall-clock time ``at``; the same as before when it only jittered with the look at the clock."""
        known = self._moments.get((subject, name))
        if known is None or abs(known - at) > SAME_MOMENT:
            known = self._moments[subject, name] = round(at, 1)
        return known


def _health(snapshot: Snapshot) -> dict[str, object]:
    engine = snapshot.engine
    return {
        "uptime_s": round(snapshot.uptime_s),
        "journal": snapshot.journal,
        "memory": snapshot.memory,
        "engine": {
            "ticks": engine.ticks,
            "late_ms_max": engine.late_ms_max,
            "tick_ms_max": engine.tick_ms_max,
            "skipped_ticks": engine.skipped_ticks,
            "realtime": engine.realtime,
        },
        "counters": snapshot.counters,
    }


def _matters(zone: object) -> object:
    """What of a zone's state is told at once when it changes."""
    return (zone["state"], zone["rules"]) if isinstance(zone, dict) else None


def _vehicle(vehicle: VehicleView, at: float) -> dict[str, object]:
    view = msgspec.structs.asdict(vehicle)
    age = view.pop("age_s")
    view["reported_at"] = None if age is None else round(at - age, 1)
    return view


def _finished(over: OverRecord) -> bool:
    return over.ended_s is not None and all(leg.outcome != "running" for leg in over.legs)


def _over_event(over: OverRecord, at: float) -> dict[str, object]:
    event = msgspec.structs.asdict(over)
    started, ended = event.pop("started_s"), event.pop("ended_s")
    event["duration_s"] = round(ended - started, 3)
    event["at"] = round(at, 1)
    return event
