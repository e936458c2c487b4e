"""Simple location (protocols 3 and 131): a positioning system's own data in a message; NMEA sentences read.

Not for RTCM or proprietary data: those stay bits.
"""

import math
import re
from dataclasses import dataclass

from crosspatch_drivers.sds.bits import Bits
from crosspatch_drivers.sds.layout import Field, Walk, named

NMEA, RTCM, PROPRIETARY = 0, 1, 0x80
SYSTEM = (Field("system", 8, named({NMEA: "NMEA 0183", RTCM: "RTCM RASANT", PROPRIETARY: "proprietary"})),)

KNOTS = 1.852
"""km/h of a knot."""

SENTENCE = re.compile(r"\$?([A-Z]{2})(RMC|GGA|GLL),([^*]*)(?:\*([0-9A-Fa-f]{2}))?\s*$")
DEGREES_MINUTES = re.compile(r"(\d{1,3})(\d{2}(?:\.\d+)?)$", re.ASCII)
PLACES = {"RMC": (1, 2), "GGA": (None, 1), "GLL": (5, 0)}
"""For each sentence: the field that says whether it is valid, and the first of the four fields of the place."""


@dataclass(frozen=True, slots=True)
class SimpleLocation:
    """Data of a positioning system."""

    system: int
    data: Bits

    @property
    def sentence(self) -> str:
        """The data as text; empty when it is none."""
        return self.data.octets().decode("latin-1") if self.system == NMEA else ""


@dataclass(frozen=True, slots=True)
class NmeaPlace:
    """What one NMEA sentence tells of place and movement."""

    lon: float
    lat: float
    velocity_kmh: float | None = None
    direction_deg: float | None = None
    altitude_m: float | None = None


def read_simple_location(walk: Walk) -> SimpleLocation:
    """The user data behind identifier or transport header."""
    system = walk.read(SYSTEM, "simple location")["system"]
    rest = walk.bits.part(walk.at)
    text = rest.octets().decode("latin-1")
    walk.block("data", None, (lambda _: repr(text)) if system == NMEA else None)
    return SimpleLocation(system, rest)


def write_simple_location(location: SimpleLocation) -> Bits:
    """ValueError names the number that does not fit."""
    return Bits(location.system, 8) + location.data


def nmea_place(sentence: str) -> NmeaPlace | None:
    """The place in an RMC, GGA or GLL sentence; None when it has none, is no sentence, or its check sum is wrong."""
    match = SENTENCE.match(sentence.strip())
    if not match:
        return None
    talker, kind, body, check = match.groups()
    if check and int(check, 16) != _checksum(f"{talker}{kind},{body}"):
        return None
    fields = [*body.split(","), *[""] * 10]
    valid, first = PLACES[kind]
    if (valid is not None and fields[valid] != "A") or (kind == "GGA" and fields[5] in ("", "0")):
        return None
    lat = _angle(fields[first], fields[first + 1], "NS", 90)
    lon = _angle(fields[first + 2], fields[first + 3], "EW", 180)
    if lat is None or lon is None:
        return None
    if kind == "RMC":
        knots = _float(fields[6])
        return NmeaPlace(lon, lat, None if knots is None else knots * KNOTS, _float(fields[7]))
    return NmeaPlace(lon, lat, altitude_m=_float(fields[8]) if kind == "GGA" else None)


def _checksum(text: str) -> int:
    result = 0
    for octet in text.encode("latin-1", "replace"):
        result ^= octet
    return result


def _angle(value: str, side: str, sides: str, top: float) -> float | None:
    match = DEGREES_MINUTES.match(value)
    if not match or side not in tuple(sides) or float(match[2]) >= 60:
        return None
    angle = int(match[1]) + float(match[2]) / 60
    return None if angle > top else -angle if side == sides[1] else angle


def _float(field: str) -> float | None:
    try:
        value = float(field)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
