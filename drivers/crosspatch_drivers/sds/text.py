"""Text of an SDS message: coding, time stamp, characters; whole messages, and the parts of long ones.

Simple text (protocols 2 and 9) is a coding and characters; text with transport (130, 137) can carry a time stamp; a
message with user data header (138) is a part of a longer text. Not for collecting parts: see `concatenation`.
"""

from dataclasses import dataclass

from crosspatch_drivers.sds.bits import Bits
from crosspatch_drivers.sds.codings import (
    Coding,
    coding_name,
    fitting,
    from_units,
    pack_units,
    to_units,
    unpack_units,
)
from crosspatch_drivers.sds.layout import Field, Walk, named, pack

CODING = Field("coding", 7, coding_name)
SIMPLE_HEAD = (Field("reserved", 1), CODING)
HEAD = (Field("time_stamp_used", 1, named({0: "no time stamp", 1: "time stamp follows"})), CODING)
TIME_STAMP = (
    Field("frame", 2, named({0: "local time", 1: "UTC"})),
    Field("reserved", 2),
    Field("month", 4),
    Field("day", 5),
    Field("hour", 5),
    Field("minute", 6),
)
HEADER_LENGTH = (Field("header_length", 8, lambda octets: f"{octets} octets"),)
ELEMENT = (
    Field("element", 8, named({0: "concatenation", 8: "concatenation, 16 bit reference"}, "not known, skipped")),
    Field("element_length", 8, lambda octets: f"{octets} octets"),
)
CONCATENATION = (Field("part_reference", 8), Field("parts", 8), Field("part", 8))
CONCATENATION_16 = (Field("part_reference", 16), Field("parts", 8), Field("part", 8))


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """When a text was written, without the year; numbers as received, which need not be a time."""

    month: int
    day: int
    hour: int
    minute: int
    frame: int = 0
    reserved: int = 0

    @property
    def utc(self) -> bool:
        """Whether this is UTC; else the sender's local time."""
        return self.frame == 1

    def __str__(self) -> str:
        """Month-day hour:minute."""
        return f"{self.month:02d}-{self.day:02d} {self.hour:02d}:{self.minute:02d}{' UTC' if self.utc else ''}"


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one message. `of` picks the coding."""

    text: str
    coding: Coding
    time_stamp: TimeStamp | None = None

    @classmethod
    def of(cls, text: str) -> "Text":
        """As Latin-1 when that has all the characters, else as UTF-16."""
        return cls(text, fitting(text))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a long text: ``number`` of ``total``, counted from 1. ``units`` are characters not yet decoded."""

    reference: int
    total: int
    number: int
    units: bytes
    coding: Coding
    time_stamp: TimeStamp | None = None
    wide: bool = False  # the reference has 16 bits

    @property
    def text(self) -> str:
        """What can be read of this part alone."""
        return from_units(self.units, self.coding)


def read_simple(walk: Walk) -> Text:
    """Protocols 2 and 9."""
    coding = _coding(walk, walk.read(SIMPLE_HEAD, "simple text")["coding"])
    return Text(_characters(walk, coding), coding)


def read_text(walk: Walk) -> Text:
    """Protocols 130 and 137, behind the transport header."""
    coding, stamp = _head(walk, "text")
    return Text(_characters(walk, coding), coding, stamp)


def read_part(walk: Walk) -> Part | Text:
    """Protocol 138, behind the transport header. Without a concatenation element it is a whole text."""
    coding, stamp = _head(walk, "text with user data header")
    begin = walk.at
    place = _user_data_header(walk)
    units = _units(walk, coding, (walk.at - begin) // 8)
    if place is None:
        return Text(from_units(units, coding), coding, stamp)
    return Part(place[0], place[1], place[2], units, coding, stamp, wide=place[3])


def write_simple(text: Text) -> Bits:
    """Protocols 2 and 9. ValueError when a character is not in the coding, or there is a time stamp."""
    if text.time_stamp is not None:
        msg = "simple text carries no time stamp"
        raise ValueError(msg)
    return Bits(text.coding, 8) + _written(to_units(text.text, text.coding), text.coding)


def write_text(text: Text) -> Bits:
    """Protocols 130 and 137. ValueError when a character is not in the coding."""
    return _written_head(text.coding, text.time_stamp) + _written(to_units(text.text, text.coding), text.coding)


def write_part(part: Part) -> Bits:
    """Protocol 138. ValueError names the number that does not fit."""
    element = Bits(0x0804, 16) if part.wide else Bits(0x0003, 16)
    if not 1 <= part.number <= part.total <= 255 or not 0 <= part.reference < (65536 if part.wide else 256):
        msg = f"part {part.number} of {part.total} with reference {part.reference} cannot be"
        raise ValueError(msg)
    element += Bits(part.reference, 16 if part.wide else 8) + Bits(part.total << 8 | part.number, 16)
    header = Bits(element.count // 8, 8) + element
    text = _written(part.units, part.coding, header.count // 8)
    return _written_head(part.coding, part.time_stamp) + header + text


def _head(walk: Walk, what: str) -> tuple[Coding, TimeStamp | None]:
    head = walk.read(HEAD, what)
    coding = _coding(walk, head["coding"])
    return coding, TimeStamp(**walk.read(TIME_STAMP, "time stamp")) if head["time_stamp_used"] else None


def _coding(walk: Walk, number: int) -> Coding:
    if number > max(Coding):
        raise walk.refuse("text", f"coding {number} is not known")
    return Coding(number)


def _units(walk: Walk, coding: Coding, header: int = 0) -> bytes:
    """The rest of the walk, whole octets of it, as units; ``header`` octets of user data header went before."""
    octets = walk.bits.part(walk.at, walk.left // 8 * 8).octets()
    units = unpack_units(octets, coding, header)
    walk.block("text", len(octets) * 8, lambda _: repr(from_units(units, coding)))
    walk.block("spare")
    return units


def _characters(walk: Walk, coding: Coding) -> str:
    return from_units(_units(walk, coding), coding)


def _user_data_header(walk: Walk) -> tuple[int, int, int, bool] | None:
    """Reference, total and number of the part, and whether the reference is a long one; None when it is no part."""
    end = walk.read(HEADER_LENGTH, "user data header")["header_length"] * 8 + walk.at
    place = None
    while walk.at < end:
        element = walk.read(ELEMENT, "user data header")
        after = walk.at + element["element_length"] * 8
        if after > min(end, walk.bits.count):
            raise walk.refuse("user data header", f"element {element['element']} is longer than the header")
        layout = {(0, 3): CONCATENATION, (8, 4): CONCATENATION_16}.get((element["element"], element["element_length"]))
        if layout is None:
            walk.block("element_data", after - walk.at)
            continue
        found = walk.read(layout, "concatenation")
        if not 1 <= found["part"] <= found["parts"]:
            raise walk.refuse("concatenation", f"part {found['part']} of {found['parts']} cannot be")
        place = found["part_reference"], found["parts"], found["part"], layout is CONCATENATION_16
    return place


def _written(units: bytes, coding: Coding, header: int = 0) -> Bits:
    return Bits.from_bytes(pack_units(units, coding, header))


def _written_head(coding: Coding, stamp: TimeStamp | None) -> Bits:
    head = Bits((stamp is not None) << 7 | coding, 8)
    return head if stamp is None else head + pack(TIME_STAMP, stamp)
