"""An explanation: what a thing is, its fields with their places, its meaning as values; for terminal and JSON alike."""

from dataclasses import dataclass, field

from crosspatch_drivers.sds.layout import Found

LARGEST_NUMBER = 1 << 32
"""Values from here on are shown as hex: they are no number anybody reads."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field. ``place`` is its number in a line, or its first bit; ``width`` is its number of bits."""

    name: str
    value: int | str | None
    meaning: str = ""
    place: int | None = None
    width: int | None = None

    @property
    def where(self) -> str:
        """The place, for a person."""
        if self.place is None:
            return ""
        if self.width is None:
            return f"field {self.place}"
        return f"bit {self.place}" if self.width == 1 else f"bits {self.place}-{self.place + self.width - 1}"

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        place = {} if self.place is None else {"field" if self.width is None else "first_bit": self.place}
        width = {} if self.width is None else {"bits": self.width}
        return {"name": self.name, **place, **width, "value": self.value, "meaning": self.meaning}


@dataclass(frozen=True, slots=True)
class Explanation:
    """``values`` are the meaning as plain values; ``refused`` says what is wrong where the thing is not whole.

    ``parts`` are the things inside this one, and ``others`` what else it might be.
    """

    kind: str
    title: str
    raw: str = ""
    rows: tuple[Row, ...] = ()
    values: dict[str, object] = field(default_factory=dict)
    refused: str = ""
    parts: tuple["Explanation", ...] = ()
    others: tuple[str, ...] = ()
    at: float | None = None
    way: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong with it or in it."""
        return not self.refused and all(part.whole for part in self.parts)

    def as_json(self) -> dict[str, object]:
        """Plain values; the meaning stands on top, that of parts too."""
        fixed: dict[str, object] = {"kind": self.kind, "title": self.title, "raw": self.raw}
        if self.way:
            fixed |= {"at": self.at, "way": self.way}
        found = dict(fixed)
        for part in self.parts:
            found |= part.values
        found |= self.values
        found |= fixed
        found["fields"] = [row.as_json() for row in self.rows]
        if self.parts:
            found["parts"] = [part.as_json() for part in self.parts]
        if self.refused:
            found["refused"] = self.refused
        if self.others:
            found["could_also_be"] = list(self.others)
        return found


def bit_rows(found: list[Found]) -> tuple[Row, ...]:
    """The fields of a walk."""
    return tuple(
        Row(each.field.title, _shown(each), each.meaning, each.at, each.field.width)
        for each in found
        if each.field.width
    )


def _shown(found: Found) -> int | str:
    value, width = found.value, found.field.width
    return value if abs(value) < LARGEST_NUMBER else f"{value << -width % 4:0{(width + 3) // 4}X}"
