"""The location information protocol (LIP, ETSI TS 100 392-18-1): short and long reports, field by field, both ways.

A report keeps the numbers as sent, so that nothing is lost; `position` says where that is. It stands behind protocol
identifier 10 without a transport header. What follows the additional data of a long report is skipped.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from crosspatch_drivers.sds import lip_units as units
from crosspatch_drivers.sds.bits import Bits
from crosspatch_drivers.sds.layout import Field, Layout, Meaning, Walk, named, pack

REASONS = {
    0: "power on",
    1: "power off",
    2: "emergency",
    3: "push-to-talk",
    4: "status",
    5: "transmit inhibit on",
    6: "transmit inhibit off",
    7: "trunked mode on",
    8: "direct mode on",
    9: "enters service",
    10: "loses service",
    11: "cell change",
    12: "low battery",
    13: "connected to a car kit",
    14: "disconnected from a car kit",
    15: "asks for initial configuration",
    16: "arrived at destination",
    17: "arrived at a defined location",
    18: "approaching a defined location",
    19: "SDS type 1 entered",
    20: "user application",
    21: "lost the ability to locate itself",
    22: "can locate itself again",
    23: "leaving a point",
    24: "ambience listening",
    25: "start of temporary reporting",
    26: "back to normal reporting",
    27: "call set-up type 1",
    28: "call set-up type 2",
    29: "positioning on",
    30: "positioning off",
    32: "response to an immediate request",
    129: "maximum reporting interval",
    130: "maximum distance",
}
EXTENSIONS = {
    1: "immediate location report request",
    3: "long location report",
    4: "location report acknowledgement",
    5: "basic location parameters",
    6: "add or modify trigger",
    7: "remove trigger",
    8: "report trigger",
    9: "report basic location parameters",
    10: "location reporting on or off",
    11: "temporary control of location reporting",
    12: "backlog",
}
ELAPSED_NAMES = {0: "under 5 s ago", 1: "under 5 min ago", 2: "under 30 min ago", 3: "not known"}
SHAPES = {
    0: "no position",
    1: "point",
    2: "circle",
    3: "ellipse",
    4: "point with altitude",
    5: "circle with altitude",
    6: "ellipse with altitude",
    7: "circle with altitude and its accuracy",
    8: "ellipse with altitude and its accuracy",
    9: "arc",
    10: "point with position error",
}
VELOCITIES = {
    0: "no velocity",
    1: "horizontal",
    2: "horizontal with uncertainty",
    3: "horizontal and vertical",
    4: "horizontal and vertical with uncertainty",
    5: "horizontal with direction",
    6: "horizontal with direction, with uncertainty",
    7: "horizontal and vertical with direction, with uncertainty",
}


def below(value: float | None, unit: str) -> str:
    """An upper bound, for a person."""
    return "not known" if value is None else f"under {value:.4g} {unit}"


def speed(code: int) -> str:
    """A velocity, for a person."""
    kmh = units.velocity_kmh(code)
    return "not known" if kmh is None else f"{'over ' if code == units.FASTEST else ''}{kmh:.1f} km/h"


def altitude(code: int) -> str:
    """An altitude, for a person."""
    metres = units.altitude_metres(code)
    return "reserved" if metres is None else f"{metres:.0f} m"


def degrees(step: float) -> Meaning:
    """A direction in steps, for a person."""
    return lambda code: f"{code * step:.1f}°"


def up_to(top: int) -> Meaning:
    """A number of a clock or calendar."""
    return lambda value: str(value) if value < top else f"{value}, which is reserved"


def _extra(code: int) -> str:
    """A reason for sending, or an octet of the user's own; what is no reason can only be the latter."""
    octet = f"user octet 0x{code:02X}"
    return f"as a reason: {REASONS[code]}; else {octet}" if code in REASONS else octet


PDU_TYPE = Field("pdu_type", 2, named({0: "short location report", 1: "other, see extension"}))
ELAPSED = Field("elapsed", 2, named(ELAPSED_NAMES))
LONGITUDE = Field("longitude", 25, lambda raw: f"{units.longitude(raw):.6f}°", signed=True)
LATITUDE = Field("latitude", 24, lambda raw: f"{units.latitude(raw):.6f}°", signed=True)
POSITION_ERROR = Field(
    "position_error", 3, lambda code: "over 200 km" if code == 6 else below(units.error_metres(code), "m")
)
VELOCITY = Field("velocity", 7, speed)
EXTRA = (
    Field("extra_type", 1, named({0: "reason for sending", 1: "user defined"})),
    Field("extra", 8, _extra),
)

SHORT: Layout = (
    Field("pdu_type", 2, PDU_TYPE.meaning, fixed=0),
    ELAPSED,
    LONGITUDE,
    LATITUDE,
    POSITION_ERROR,
    VELOCITY,
    Field("direction", 4, lambda code: f"{code * 22.5:.1f}°{' or not known' if code == 15 else ''}"),
    *EXTRA,
)
LONG_HEAD: Layout = (
    Field("pdu_type", 2, PDU_TYPE.meaning, fixed=1),
    Field("extension", 4, named(EXTENSIONS), fixed=3),
)
TIME_TYPE: Layout = (
    Field("kind", 2, named({0: "no time", 1: "time elapsed", 2: "time of position"}), label="time type"),
)
TIMES: Mapping[int, Layout] = {
    0: (),
    1: (ELAPSED,),
    2: (
        Field("day", 5, lambda day: str(day) if day else "0, which is reserved"),
        Field("hour", 5, up_to(24)),
        Field("minute", 6, up_to(60)),
        Field("second", 6, up_to(60)),
    ),
}
SHAPE_TYPE: Layout = (Field("kind", 4, named(SHAPES), label="location shape"),)
POINT = (LONGITUDE, LATITUDE)
UNCERTAINTY = Field("uncertainty", 6, lambda code: below(units.uncertainty_metres(code), "m"))
ELLIPSE = (
    Field("major", 6, UNCERTAINTY.meaning),
    Field("minor", 6, UNCERTAINTY.meaning),
    Field("angle", 8, degrees(360 / 256)),
)
ALTITUDE = (
    Field("altitude_reference", 1, named({0: "WGS 84 ellipsoid", 1: "user-defined"})),
    Field("altitude", 11, altitude),
)
ALTITUDE_ACCURACY = Field("altitude_accuracy", 3, lambda code: below(units.altitude_error_metres(code), "m"))
CONFIDENCE = Field(
    "confidence", 3, lambda code: f"{units.CONFIDENCES[code]} %" if code < len(units.CONFIDENCES) else "not known"
)
SHAPE_LAYOUTS: Mapping[int, Layout] = {
    0: (),
    1: POINT,
    2: (*POINT, UNCERTAINTY),
    3: (*POINT, *ELLIPSE, CONFIDENCE),
    4: (*POINT, *ALTITUDE),
    5: (*POINT, UNCERTAINTY, *ALTITUDE),
    6: (*POINT, *ELLIPSE, *ALTITUDE, CONFIDENCE),
    7: (*POINT, UNCERTAINTY, *ALTITUDE, ALTITUDE_ACCURACY),
    8: (*POINT, *ELLIPSE, *ALTITUDE, ALTITUDE_ACCURACY, CONFIDENCE),
    9: (
        *POINT,
        Field("inner_radius", 16, lambda raw: f"{raw * units.RADIUS_STEP:.0f} m"),
        Field("outer_radius", 16, lambda raw: f"{raw * units.RADIUS_STEP:.0f} m"),
        Field("start_angle", 8, degrees(360 / 256)),
        Field("stop_angle", 8, degrees(360 / 256)),
        CONFIDENCE,
    ),
    10: (*POINT, POSITION_ERROR),
}
VELOCITY_TYPE: Layout = (Field("kind", 3, named(VELOCITIES), label="velocity type"),)
VELOCITY_UNCERTAINTY = Field("velocity_uncertainty", 3)
VERTICAL = (Field("vertical_sign", 1, named({0: "up", 1: "down"})), Field("vertical", 7, speed))
VERTICAL_UNCERTAINTY = Field("vertical_uncertainty", 3)
DIRECTION = Field("direction", 8, degrees(360 / 256))
DIRECTION_UNCERTAINTY = Field("direction_uncertainty", 3)
VELOCITY_LAYOUTS: Mapping[int, Layout] = {
    0: (),
    1: (VELOCITY,),
    2: (VELOCITY, VELOCITY_UNCERTAINTY),
    3: (VELOCITY, *VERTICAL),
    4: (VELOCITY, VELOCITY_UNCERTAINTY, *VERTICAL, VERTICAL_UNCERTAINTY),
    5: (VELOCITY, DIRECTION),
    6: (VELOCITY, VELOCITY_UNCERTAINTY, DIRECTION, DIRECTION_UNCERTAINTY),
    7: (
        *(VELOCITY, VELOCITY_UNCERTAINTY, *VERTICAL, VERTICAL_UNCERTAINTY),
        *(DIRECTION, DIRECTION_UNCERTAINTY),
    ),
}
LONG_TAIL: Layout = (
    Field("acknowledgement", 1, named({0: "no acknowledgement wanted", 1: "acknowledgement wanted"})),
    *EXTRA,
)


@dataclass(frozen=True, slots=True)
class ShortReport:
    """76 bits: where, how fast, which way, and why this was sent. All numbers are codes of the standard."""

    longitude: int
    latitude: int
    elapsed: int = 0
    position_error: int = units.UNKNOWN_ERROR
    velocity: int = units.UNKNOWN_VELOCITY
    direction: int = 15
    extra_type: int = 0
    extra: int = 129


@dataclass(frozen=True, slots=True)
class TimeData:
    """When the position was taken; ``kind`` says which of the others are sent."""

    kind: int = 0
    elapsed: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None


@dataclass(frozen=True, slots=True)
class ShapeData:
    """Where; ``kind`` says which of the others are sent."""

    kind: int = 0
    longitude: int | None = None
    latitude: int | None = None
    uncertainty: int | None = None
    major: int | None = None
    minor: int | None = None
    angle: int | None = None
    altitude_reference: int | None = None
    altitude: int | None = None
    altitude_accuracy: int | None = None
    inner_radius: int | None = None
    outer_radius: int | None = None
    start_angle: int | None = None
    stop_angle: int | None = None
    confidence: int | None = None
    position_error: int | None = None


@dataclass(frozen=True, slots=True)
class VelocityData:
    """How fast and which way; ``kind`` says which of the others are sent."""

    kind: int = 0
    velocity: int | None = None
    velocity_uncertainty: int | None = None
    vertical_sign: int | None = None
    vertical: int | None = None
    vertical_uncertainty: int | None = None
    direction: int | None = None
    direction_uncertainty: int | None = None


@dataclass(frozen=True, slots=True)
class LongReport:
    """As much or as little as the sender likes."""

    time: TimeData = TimeData()
    shape: ShapeData = ShapeData()
    velocity: VelocityData = VelocityData()
    acknowledgement: int = 0
    extra_type: int = 0
    extra: int = 129


@dataclass(frozen=True, slots=True)
class OtherPdu:
    """Any other message of the protocol, by its extension; its contents are not read."""

    extension: int
    rest: Bits


Lip = ShortReport | LongReport | OtherPdu


def read_lip(walk: Walk) -> Lip:
    """The message behind the protocol identifier."""
    if walk.left < 2:
        raise walk.refuse("location message", "is empty")
    kind = walk.bits.at(walk.at, 2)
    if kind == 0:
        return ShortReport(**walk.read(SHORT, "short location report"))
    if kind > 1:
        raise walk.refuse("location message", f"message type {kind} is reserved")
    if walk.left >= 6 and walk.bits.at(walk.at + 2, 4) != LONG_HEAD[1].fixed:
        return _other(walk)
    return _long(walk)


def write_lip(message: Lip) -> Bits:
    """ValueError names the number that is missing or does not fit."""
    if isinstance(message, ShortReport):
        return pack(SHORT, message)
    if isinstance(message, OtherPdu):
        return Bits(1, 2) + Bits(message.extension, 4) + message.rest
    bits = pack(LONG_HEAD, message)
    sections: tuple[tuple[str, TimeData | ShapeData | VelocityData, Layout, Mapping[int, Layout]], ...] = (
        ("time", message.time, TIME_TYPE, TIMES),
        ("location", message.shape, SHAPE_TYPE, SHAPE_LAYOUTS),
        ("velocity", message.velocity, VELOCITY_TYPE, VELOCITY_LAYOUTS),
    )
    for name, data, kind, layouts in sections:
        if data.kind not in layouts:
            msg = f"{name} type {data.kind} is reserved"
            raise ValueError(msg)
        bits += pack(kind, data) + pack(layouts[data.kind], data)
    return bits + pack(LONG_TAIL, message)


def _long(walk: Walk) -> LongReport:
    walk.read(LONG_HEAD, "long location report")
    time = TimeData(**_section(walk, "time", TIME_TYPE, TIMES))
    shape = ShapeData(**_section(walk, "location", SHAPE_TYPE, SHAPE_LAYOUTS))
    velocity = VelocityData(**_section(walk, "velocity", VELOCITY_TYPE, VELOCITY_LAYOUTS))
    tail = walk.read(LONG_TAIL, "long location report")
    walk.block("trailing", None, lambda _: "optional elements, not read")
    return LongReport(time, shape, velocity, **tail)


def _section(walk: Walk, name: str, kind: Layout, layouts: Mapping[int, Layout]) -> dict[str, int]:
    values = walk.read(kind, f"{name} data of a long location report")
    if values["kind"] not in layouts:
        raise walk.refuse("long location report", f"{name} type {values['kind']} is reserved")
    return values | walk.read(layouts[values["kind"]], f"{name} data of a long location report")


def _other(walk: Walk) -> OtherPdu:
    head = (PDU_TYPE, Field("extension", 4, named(EXTENSIONS)))
    extension = walk.read(head, "location message")["extension"]
    return OtherPdu(extension, walk.block("contents"))
