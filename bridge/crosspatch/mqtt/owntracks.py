"""OwnTracks messages, pure: bytes in, what they say or why they are refused out. Also which vehicle a topic belongs to.

Not for judging a position (age, speed, place): that is the rules' room. Format: the OwnTracks booklet, chapter JSON.
An OwnTracks client publishes to ``<prefix>/<user>/<device>``, and special things to topics below it (``…/event``).
The user is the identity that the broker vouches for (ACL ``<prefix>/%u/#``), so it alone names the vehicle: a device
name is whatever the sender likes.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

from crosspatch.events import PositionReport
from crosspatch.plan import Mqtt, Vehicle

MAX_PAYLOAD = 65536
"""Bytes. The longest sensible message is a list of waypoints; a location has about 300."""

SUFFIXES = frozenset(
    {"event", "waypoint", "waypoints", "cmd", "card", "info", "dump", "status", "request", "response", "step", "beacon"}
)
"""Last parts of the topics below a device's own."""


class Refusal(Enum):
    """Why a message told nothing."""

    EMPTY = "empty"
    TOO_LARGE = "too large"
    NOT_JSON = "not JSON"
    NOT_AN_OBJECT = "not a JSON object"
    NO_TYPE = "no _type"
    UNKNOWN_TYPE = "unknown _type"
    ENCRYPTED = "encrypted"
    NO_POSITION = "no lat and lon"
    BAD_POSITION = "lat or lon is not a position"
    NO_TIME = "no tst"
    BAD_TIME = "tst is not a time in seconds"
    BAD_ACCURACY = "acc is not an accuracy"


class Kind(Enum):
    """What an OwnTracks message is, by its ``_type``. Those not refused that carry no position are only counted."""

    LOCATION = "location"
    TRANSITION = "transition"
    WAYPOINT = "waypoint"
    WAYPOINTS = "waypoints"
    LWT = "lwt"
    CMD = "cmd"
    CARD = "card"
    STEPS = "steps"
    BEACON = "beacon"
    CONFIGURATION = "configuration"
    DUMP = "dump"
    STATUS = "status"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Fix:
    """A position as the device sent it. WGS 84 degrees, metres, km/h, degrees from north, seconds since the epoch."""

    lon: float
    lat: float
    sent_at: float
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    course_deg: float | None = None

    def report(self, vehicle: str, received_at: float, sender: str = "") -> PositionReport:
        """The event for the heart."""
        return PositionReport(
            vehicle=vehicle,
            lon=self.lon,
            lat=self.lat,
            sent_at=self.sent_at,
            received_at=received_at,
            accuracy_m=self.accuracy_m,
            speed_kmh=self.speed_kmh,
            course_deg=self.course_deg,
            sender=sender,
        )


@dataclass(frozen=True, slots=True)
class Message:
    """An understood message; ``fix`` where it tells a position."""

    kind: Kind
    fix: Fix | None = None


class Refused(Exception):  # noqa: N818 - says what happened
    """This payload tells nothing, for this reason; ``detail`` is what was found instead."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        """``reason`` is counted, ``detail`` is for the log."""
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason


class _Location(msgspec.Struct, tag_field="_type", tag="location"):
    """A location as nearly all are: read at once. Whatever is not so is looked at field by field."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    tst: Annotated[float, Meta(ge=1, le=1e11)]
    acc: Annotated[float, Meta(ge=0, le=1e8)] | None = None
    vel: float | None = None
    cog: float | None = None


_LOCATION = msgspec.json.Decoder(_Location)


def decode(payload: bytes) -> Message:
    """What one OwnTracks payload says; `Refused` tells why it says nothing."""
    if len(payload) <= MAX_PAYLOAD:
        try:
            said = _LOCATION.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
        else:
            speed, course = _within(said.vel, 0, 2000), _within(said.cog, 0, 360)
            return Message(Kind.LOCATION, Fix(said.lon, said.lat, said.tst, said.acc or None, speed, course))
    return understood(payload)


def understood(payload: bytes) -> Message:
    """The same as `decode`, field by field."""
    fields = _object(payload)
    kind = _kind(fields)
    if kind is Kind.LOCATION or (kind is Kind.TRANSITION and "lat" in fields and "lon" in fields):
        return Message(kind, _fix(fields))
    return Message(kind)


def _object(payload: bytes) -> Mapping[str, object]:
    if not payload:
        raise Refused(Refusal.EMPTY)
    if len(payload) > MAX_PAYLOAD:
        raise Refused(Refusal.TOO_LARGE, f"{len(payload)} bytes")
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Refusal.NOT_JSON, str(error)) from None
    if not isinstance(value, dict):
        raise Refused(Refusal.NOT_AN_OBJECT, type(value).__name__)
    return value


def _kind(fields: Mapping[str, object]) -> Kind:
    word = fields.get("_type")
    if not isinstance(word, str):
        raise Refused(Refusal.NO_TYPE)
    if word == "encrypted":
        raise Refused(Refusal.ENCRYPTED)
    try:
        return Kind(word)
    except ValueError:
        raise Refused(Refusal.UNKNOWN_TYPE, word[:40]) from None


def _fix(fields: Mapping[str, object]) -> Fix:
    for name in ("lat", "lon"):
        if fields.get(name) is None:
            raise Refused(Refusal.NO_POSITION, f"no {name}")
    if fields.get("tst") is None:
        raise Refused(Refusal.NO_TIME)
    return Fix(
        lon=_number(fields, "lon", -180, 180, Refusal.BAD_POSITION),
        lat=_number(fields, "lat", -90, 90, Refusal.BAD_POSITION),
        sent_at=_number(fields, "tst", 1, 1e11, Refusal.BAD_TIME),  # 1e11 and above is in milliseconds
        accuracy_m=_accuracy(fields),
        speed_kmh=_optional(fields, "vel", 0, 2000),
        course_deg=_optional(fields, "cog", 0, 360),
    )


def _accuracy(fields: Mapping[str, object]) -> float | None:
    """Metres. None where unknown: left out, or 0 (Android's word for it). Below 0 says that the position is invalid."""
    if fields.get("acc") is None:
        return None
    return _number(fields, "acc", 0, 1e8, Refusal.BAD_ACCURACY) or None


def _number(fields: Mapping[str, object], name: str, low: float, high: float, reason: Refusal) -> float:
    value = _float(fields[name])
    if value is None:
        raise Refused(reason, f"{name} is not a number")
    if not low <= value <= high:
        raise Refused(reason, f"{name} is {value:.9g}")
    return value


def _optional(fields: Mapping[str, object], name: str, low: float, high: float) -> float | None:
    """A number that may be missing; out of its range (a phone sends -1 for unknown) it counts as missing."""
    return _within(_float(fields.get(name)), low, high)


def _within(value: float | None, low: float, high: float) -> float | None:
    return value if value is not None and low <= value <= high else None


def _float(value: object) -> float | None:
    """A JSON number as a float; None for anything else. An integer beyond every float is infinite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


class Senders:
    """Which topics to listen to, and whose message a topic carries."""

    def __init__(self, mqtt: Mqtt, vehicles: Iterable[Vehicle]) -> None:
        """A vehicle with a topic of its own is known by that topic alone, any other by its id as the user's name."""
        self._prefix = mqtt.owntracks_prefix.strip("/").split("/")
        vehicles = list(vehicles)
        self._by_user = {vehicle.id for vehicle in vehicles if vehicle.topic is None}
        self._by_filter = [(vehicle.topic.split("/"), vehicle.id) for vehicle in vehicles if vehicle.topic is not None]

    @property
    def filters(self) -> list[str]:
        """Subscriptions: everything below the prefix, so that strangers are counted; and topics outside of it."""
        common = [*self._prefix, "#"]
        own = ["/".join(parts) for parts, _ in self._by_filter if not matches(common, parts)]
        below = [f"{topic}/+" for topic in own if not topic.endswith(("#", "+"))]
        return list(dict.fromkeys(["/".join(common), *own, *below]))

    def vehicle(self, topic: str) -> str | None:
        """The vehicle that may speak on this topic; None for a stranger."""
        parts = topic.split("/")
        stem = parts[:-1] if parts[-1] in SUFFIXES else parts
        for pattern, vehicle in self._by_filter:
            if matches(pattern, parts) or matches(pattern, stem):
                return vehicle
        depth = len(self._prefix)
        if parts[:depth] == self._prefix and len(stem) in (depth + 1, depth + 2) and stem[depth] in self._by_user:
            return stem[depth]
        return None


def matches(pattern: list[str], topic: list[str]) -> bool:
    """Whether a topic (split at ``/``) fits a filter with ``+`` and ``#`` (MQTT 5 clause 4.7)."""
    for index, part in enumerate(pattern):
        if part == "#":
            return True
        if index >= len(topic) or part not in ("+", topic[index]):
            return False
    return len(pattern) == len(topic)
