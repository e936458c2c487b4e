"""What a satellite receiver says, pure: bytes in, fixes out; what cannot be used is counted by its reason.

NMEA 0183 (IEC 61162-1): RMC tells place, speed, course and time; GST and GGA, where the receiver sends them, how exact
the place is. gpsd: its JSON protocol, class TPV. Not for judging a fix: that is done as for any vehicle.
"""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Protocol

import msgspec
import pynmea2
from msgspec import Meta

KNOT_KMH = 1.852

RANGE_ERROR_M = 5.0
"""Metres of error for each unit of dilution of precision: a receiver without corrections, in the open."""

LONGEST_SENTENCE = 256
"""Bytes. The standard says 82; receivers with more satellites than it knew exceed that."""

LONGEST_OBJECT = 16384
"""Bytes of a line of gpsd's; a list of all satellites in view has about 4,000."""


@dataclass(frozen=True, slots=True)
class ReceiverFix:
    """Where the receiver is. WGS 84 degrees; ``at`` is satellite time, seconds since the epoch."""

    lon: float
    lat: float
    at: float
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    course_deg: float | None = None


class Reader(Protocol):
    """Understands one kind of receiver."""

    greeting: bytes
    """What it must be told first."""
    counters: Counter[str]

    def feed(self, data: bytes) -> list[ReceiverFix]:
        """The fixes that are complete with ``data``."""


class NmeaReader:
    """NMEA 0183, from any talker."""

    greeting = b""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self.counters: Counter[str] = Counter()
        self._lines = _Lines(LONGEST_SENTENCE, self.counters)
        self._accuracy: float | None = None

    def feed(self, data: bytes) -> list[ReceiverFix]:
        """The fixes that are complete with ``data``."""
        return [fix for line in self._lines.feed(data) if (fix := self._understand(line)) is not None]

    def _understand(self, line: bytes) -> ReceiverFix | None:
        try:
            sentence = pynmea2.parse(line.decode("ascii"), check=True)
            kind = getattr(sentence, "sentence_type", "")
            if kind == "GST":
                self._accuracy = _figure(
                    math.hypot(float(sentence.std_dev_latitude), float(sentence.std_dev_longitude))
                )
            elif kind == "GGA" and sentence.horizontal_dil:
                self._accuracy = _figure(float(sentence.horizontal_dil) * RANGE_ERROR_M)
            return self._fix(sentence) if kind == "RMC" else None
        except pynmea2.ChecksumError:
            self.counters["refused: checksum"] += 1
        except pynmea2.SentenceTypeError:
            self.counters["sentences of no use"] += 1
        except (pynmea2.ParseError, ValueError, TypeError, AttributeError, ArithmeticError):
            # What a sentence with a right checksum holds is only looked at when its fields are asked for.
            self.counters["refused: not understood"] += 1
        return None

    def _fix(self, sentence: pynmea2.RMC) -> ReceiverFix | None:
        if sentence.status != "A":
            self.counters["without a fix"] += 1
            return None
        speed, course = sentence.spd_over_grnd, sentence.true_course
        moment = datetime.combine(sentence.datestamp, sentence.timestamp.replace(tzinfo=UTC))
        fix = ReceiverFix(
            lon=_within(sentence.longitude, 180),
            lat=_within(sentence.latitude, 90),
            at=moment.timestamp(),
            accuracy_m=self._accuracy,
            speed_kmh=None if speed is None else _figure(float(speed) * KNOT_KMH),
            course_deg=None if course is None else _figure(float(course)),
        )
        self.counters["fixes"] += 1
        return fix


class _Tpv(msgspec.Struct, tag_field="class", tag="TPV"):
    """Time, position, velocity: gpsd's report. ``mode`` 2 and 3 are fixes; errors are metres at 95 %."""

    mode: int = 0
    time: Annotated[datetime, Meta(tz=True)] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    eph: Annotated[float, Meta(ge=0)] | None = None
    epx: Annotated[float, Meta(ge=0)] | None = None
    epy: Annotated[float, Meta(ge=0)] | None = None
    speed: Annotated[float, Meta(ge=0)] | None = None  # metres per second
    track: float | None = None


class _Class(msgspec.Struct):
    name: str = msgspec.field(name="class")


class GpsdReader:
    """gpsd's JSON protocol, version 3."""

    greeting = b'?WATCH={"enable":true,"json":true};\n'

    def __init__(self) -> None:
        """Nothing heard yet."""
        self.counters: Counter[str] = Counter()
        self._lines = _Lines(LONGEST_OBJECT, self.counters)

    def feed(self, data: bytes) -> list[ReceiverFix]:
        """The fixes that are complete with ``data``."""
        return [fix for line in self._lines.feed(data) if (fix := self._understand(line)) is not None]

    def _understand(self, line: bytes) -> ReceiverFix | None:
        try:
            if msgspec.json.decode(line, type=_Class).name != "TPV":
                self.counters["sentences of no use"] += 1
                return None
            said = msgspec.json.decode(line, type=_Tpv)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self.counters["refused: not understood"] += 1
            return None
        if said.mode < 2 or said.lat is None or said.lon is None or said.time is None:
            self.counters["without a fix"] += 1
            return None
        self.counters["fixes"] += 1
        accuracy = said.eph
        if accuracy is None and said.epx is not None and said.epy is not None:
            accuracy = math.hypot(said.epx, said.epy)
        speed = None if said.speed is None else said.speed * 3.6
        return ReceiverFix(said.lon, said.lat, said.time.timestamp(), accuracy, speed, said.track)


class _Lines:
    """Cuts a stream into lines; one without end is left out and counted."""

    def __init__(self, longest: int, counters: Counter[str]) -> None:
        self._longest, self._counters = longest, counters
        self._left = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        *lines, self._left = (self._left + data).split(b"\n")
        if self._skipping and lines:
            self._skipping = False
            lines = lines[1:]
        if len(self._left) > self._longest:
            self._counters["refused: too long"] += not self._skipping
            self._left, self._skipping = b"", True
        kept = [line.strip() for line in lines if len(line) <= self._longest]
        self._counters["refused: too long"] += len(lines) - len(kept)
        return [line for line in kept if line]


def _within(value: float, limit: float) -> float:
    if not abs(value) <= limit:
        msg = f"{value} degrees"
        raise ValueError(msg)
    return value


def _figure(value: float) -> float | None:
    return value if math.isfinite(value) and value >= 0 else None
