"""Our own messages in, pure: plain positions and ready-made triggers, as described in ``config/schemas``.

A position goes to ``<prefix>/position/<vehicle>``, a trigger to ``<prefix>/trigger/<source>``; the broker's rights
vouch for the last part. Unknown fields are let pass, so that senders may say more than we need. Not for judging a
position (that is the rules' room), but a trigger is judged here: known, fresh, newer than what its source said before.
"""

from collections import OrderedDict
from collections.abc import Container
from datetime import datetime
from enum import Enum
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from crosspatch.events import PatchTrigger, PositionReport, ZoneTrigger
from crosspatch.plan import Plan
from crosspatch_drivers.identity import Identity

MAX_PAYLOAD = 16384
"""Bytes; a position or a trigger has about 200."""

SKEW = 30.0
"""Seconds by which a source's clock may be ahead of ours."""

MOST_IDENTITIES = 4096
"""Radios of one other gateway; more is no gateway."""

REMEMBERED = 10_000
"""Subjects of triggers for which the time of the newest is kept."""

Time = Annotated[
    Annotated[datetime, Meta(tz=True)] | Annotated[float, Meta(gt=0, lt=1e11)],
    Meta(description="RFC 3339 with its offset from UTC, or seconds since 1970-01-01T00:00Z"),
]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Words = Annotated[str, Meta(max_length=200)]


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a vehicle is (WGS 84). Its id is the last part of the topic."""

    lat: Annotated[float, Meta(ge=-90, le=90, description="degrees north")]
    lon: Annotated[float, Meta(ge=-180, le=180, description="degrees east")]
    time: Time
    accuracy_m: Annotated[float, Meta(ge=0, description="radius, metres; left out where unknown")] | None = None
    speed_kmh: Annotated[float, Meta(ge=0)] | None = None
    course_deg: Annotated[float, Meta(ge=0, le=360, description="clockwise from true north")] | None = None


class Enter(msgspec.Struct, frozen=True, kw_only=True, tag_field="trigger", tag="enter"):
    """The vehicle is inside the zone: what the rules want of it there is wanted now."""

    vehicle: Name
    zone: Name
    time: Time
    reason: Words = ""


class Leave(msgspec.Struct, frozen=True, kw_only=True, tag_field="trigger", tag="leave"):
    """The vehicle has left the zone: the rules' hold time begins."""

    vehicle: Name
    zone: Name
    time: Time
    reason: Words = ""


class PatchWanted(msgspec.Struct, frozen=True, kw_only=True, tag_field="trigger", tag="patch"):
    """The rule's patch is wanted for a time, or (``want`` = ``nothing``) no longer wanted by this source."""

    rule: Name
    want: Literal["open", "armed", "nothing"]
    time: Time
    for_s: Annotated[float, Meta(gt=0, le=86400, description="seconds from ``time``; the rule's maximum holds too")] = (
        1800.0
    )
    reason: Words = ""


Trigger = Enter | Leave | PatchWanted


class Identities(msgspec.Struct, frozen=True, kw_only=True):
    """All radios of one gateway, as MCC-MNC-SSI. Its id is in the topic."""

    identities: Annotated[tuple[Annotated[str, Meta(max_length=24)], ...], Meta(max_length=MOST_IDENTITIES)]


class Refusal(Enum):
    """Why a message does nothing."""

    TOO_LARGE = "too large"
    NOT_JSON = "not JSON"
    NOT_AS_DESCRIBED = "not as its schema says"
    UNKNOWN = "names what this site does not know"
    OLD = "too old"
    FUTURE = "from the future"
    SUPERSEDED = "not newer than what was said before"
    RETAINED = "retained"


class Refused(Exception):  # noqa: N818 - says what happened
    """This payload does nothing, for this reason; the text says what was found."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        """``reason`` is counted, ``detail`` is for the log."""
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason


def decode_position(payload: bytes, vehicle: str, received_at: float) -> PositionReport:
    """A plain position as the event for the heart, or `Refused`."""
    position = _decode(payload, _POSITION)
    return PositionReport(
        vehicle=vehicle,
        lon=position.lon,
        lat=position.lat,
        sent_at=_seconds(position.time),
        received_at=received_at,
        accuracy_m=position.accuracy_m,
        speed_kmh=position.speed_kmh,
        course_deg=position.course_deg,
        sender="position",
    )


def decode_identities(payload: bytes) -> frozenset[Identity]:
    """The radios of another gateway, or `Refused`."""
    told = _decode(payload, _IDENTITIES)
    try:
        return frozenset(map(Identity.from_text, told.identities))
    except ValueError as error:
        raise Refused(Refusal.NOT_AS_DESCRIBED, str(error)) from None


class TriggerDesk:
    """Judges triggers, of which each (source, subject) pair must grow newer."""

    def __init__(self, plan: Plan) -> None:
        """Only vehicles, zones and rules of ``plan`` can be named."""
        self._plan = plan
        self._newest: OrderedDict[tuple[str, ...], float] = OrderedDict()

    def judge(
        self, payload: bytes, source: str, received_at: float, *, retained: bool = False
    ) -> ZoneTrigger | PatchTrigger:
        """The event for the heart, or `Refused`. A retained trigger may be of any age and is never obeyed."""
        if retained:
            raise Refused(Refusal.RETAINED)
        trigger: Trigger = _decode(payload, _TRIGGER)
        sent_at = _seconds(trigger.time)
        age = received_at - sent_at
        if age > self._plan.limits.position_age_s:
            raise Refused(Refusal.OLD, f"{age:.0f} s")
        if age < -SKEW:
            raise Refused(Refusal.FUTURE, f"{-age:.0f} s")
        match trigger:
            case PatchWanted():
                self._know("rule", trigger.rule, self._plan.rules)
                self._newer((source, trigger.rule), sent_at)
                until = sent_at + trigger.for_s
                return PatchTrigger(trigger.rule, trigger.want, until, sent_at, received_at, source, trigger.reason)
            case Enter() | Leave():
                self._know("vehicle", trigger.vehicle, self._plan.vehicles)
                self._know("zone", trigger.zone, self._plan.zones)
                self._newer((source, trigger.vehicle, trigger.zone), sent_at)
                inside = isinstance(trigger, Enter)
                return ZoneTrigger(trigger.vehicle, trigger.zone, inside, sent_at, received_at, source, trigger.reason)

    @staticmethod
    def _know(what: str, name: str, known: Container[str]) -> None:
        if name not in known:
            raise Refused(Refusal.UNKNOWN, f"{what} {name!r}")

    def _newer(self, subject: tuple[str, ...], sent_at: float) -> None:
        if sent_at <= self._newest.get(subject, 0.0):
            raise Refused(Refusal.SUPERSEDED, " ".join(subject))
        self._newest[subject] = sent_at
        self._newest.move_to_end(subject)
        while len(self._newest) > REMEMBERED:
            self._newest.popitem(last=False)


_POSITION: msgspec.json.Decoder[Position] = msgspec.json.Decoder(Position)
_IDENTITIES: msgspec.json.Decoder[Identities] = msgspec.json.Decoder(Identities)
_TRIGGER: msgspec.json.Decoder[Trigger] = msgspec.json.Decoder(Trigger)
T = TypeVar("T")


def _decode(payload: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    if len(payload) > MAX_PAYLOAD:
        raise Refused(Refusal.TOO_LARGE, f"{len(payload)} bytes")
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise Refused(Refusal.NOT_AS_DESCRIBED, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Refusal.NOT_JSON, str(error)) from None


def _seconds(time: datetime | float) -> float:
    return time.timestamp() if isinstance(time, datetime) else time
