"""Layouts as data: one list of fields is read, written and explained from. Not for any particular layout."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from crosspatch_drivers.sds.bits import Bits, Refusal

T = TypeVar("T")

Meaning = Callable[[int], str]


def number(value: int) -> str:
    """A field that means its number."""
    return str(value)


def named(names: dict[int, str], other: str = "reserved") -> Meaning:
    """A field whose values have names."""
    return lambda value: names.get(value, other)


@dataclass(frozen=True, slots=True)
class Field:
    """``width`` bits called ``name``, for a person ``label``. ``fixed`` is the only value it may have in its layout."""

    name: str
    width: int
    meaning: Meaning = number
    signed: bool = False
    fixed: int | None = None
    label: str = ""

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.label or words(self.name)


Layout = tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A field as found: its first bit, counted from 0, and its value."""

    field: Field
    at: int
    value: int

    @property
    def meaning(self) -> str:
        """What the value means, for a person."""
        return self.field.meaning(self.value)


class Unreadable(Exception):  # noqa: N818 - what the bits are
    """Thrown by `Walk` and caught by `attempt`; nobody else sees it."""

    def __init__(self, refusal: Refusal) -> None:
        """``refusal`` is what `attempt` gives back."""
        super().__init__(str(refusal))
        self.refusal = refusal


class Walk:
    """Reads fields one after the other and remembers where each was found."""

    def __init__(self, bits: Bits) -> None:
        """Begin at the first bit."""
        self.bits = bits
        self.at = 0
        self.found: list[Found] = []

    @property
    def left(self) -> int:
        """Bits not yet read."""
        return self.bits.count - self.at

    def read(self, layout: Layout, what: str) -> dict[str, int]:
        """The values of these fields by name, without fixed ones. ``what`` is named when they cannot be read."""
        values = {}
        for field in layout:
            if field.width > self.left:
                raise Unreadable(Refusal(what, f"ends inside {field.title}, at bit {self.bits.count}"))
            raw = self.bits.at(self.at, field.width)
            value = raw - (1 << field.width) if field.signed and raw >> (field.width - 1) else raw
            self.found.append(Found(field, self.at, value))
            self.at += field.width
            if field.fixed is None:
                values[field.name] = value
            elif value != field.fixed:
                raise Unreadable(Refusal(what, f"{field.title} is {value}, not {field.fixed}"))
        return values

    def block(self, name: str, width: int | None = None, meaning: Meaning | None = None) -> Bits:
        """``width`` bits, or all that are left, as they are."""
        part = self.bits.part(self.at, width)
        if part.count:
            field = Field(name, part.count, meaning or (lambda _: part.hex(octets=False)))
            self.found.append(Found(field, self.at, part.value))
        self.at += part.count
        return part

    def refuse(self, what: str, why: str) -> Unreadable:
        """To be raised when values read make no sense."""
        return Unreadable(Refusal(what, why))


def attempt(read: Callable[[Walk], T], walk: Walk) -> T | Refusal:
    """What ``read`` makes of the walk, or why it cannot."""
    try:
        return read(walk)
    except Unreadable as error:
        return error.refusal


def pack(layout: Layout, record: object) -> Bits:
    """The fields of ``record`` of these names as bits. ValueError names the field that does not fit."""
    bits = Bits()
    for field in layout:
        value = field.fixed if field.fixed is not None else getattr(record, field.name)
        low = -(1 << (field.width - 1)) if field.signed else 0
        if not isinstance(value, int) or not low <= value < low + (1 << field.width):
            msg = f"{field.title} {value} does not fit {field.width} bits"
            raise ValueError(msg)
        bits += Bits(value & ((1 << field.width) - 1), field.width)
    return bits


def words(name: str) -> str:
    """A field's name for a person."""
    return name.replace("_", " ")
