"""Strings of bits of any length, as the user data of an SDS is; and the value that says why one cannot be read.

Not for what bits mean: see `layout` for fields. Radios print user data as hex, padded to whole octets or not, so a
string of bits knows how many it has.
"""

from dataclasses import dataclass

MOST_BITS = 2047
"""The longest user data of SDS type 4 (11 bit length, ETSI EN 300 392-2 clause 14.8.23); more is noise."""

HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something received cannot be read: the thing, and what is wrong with it. A value, never raised."""

    what: str
    why: str

    def __str__(self) -> str:
        """For a person."""
        return f"{self.what}: {self.why}"


@dataclass(frozen=True, slots=True)
class Bits:
    """``count`` bits, the first one the most significant of ``value``."""

    value: int = 0
    count: int = 0

    def __post_init__(self) -> None:
        """Refuse a value that needs more bits."""
        if self.count < 0 or not 0 <= self.value < 1 << self.count:
            msg = f"{self.value} does not fit {self.count} bits"
            raise ValueError(msg)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Bits":
        """All bits of these octets."""
        return cls(int.from_bytes(data), 8 * len(data))

    @classmethod
    def from_hex(cls, digits: str, count: int | None = None) -> "Bits | Refusal":
        """The bits of hex digits, odd in number or not, upper or lower case.

        ``count`` is what the header promised: digits beyond it are padding; with fewer, what is there is used.
        """
        digits = digits.strip()
        if not digits or not HEX.issuperset(digits):
            return Refusal("user data", f"{digits[:40]!r} is not a string of hex digits")
        have = 4 * len(digits)
        if have > MOST_BITS + 7:
            return Refusal("user data", f"{have} bits are more than an SDS can have")
        keep = have if count is None else min(have, count)
        return cls(int(digits, 16) >> (have - keep), keep)

    def at(self, start: int, width: int) -> int:
        """``width`` bits from bit ``start`` on, as a number. ValueError when they are not all there."""
        if start < 0 or width < 0 or start + width > self.count:
            msg = f"bits {start} to {start + width} are not within {self.count}"
            raise ValueError(msg)
        return self.value >> (self.count - start - width) & ((1 << width) - 1)

    def part(self, start: int, width: int | None = None) -> "Bits":
        """The bits from ``start`` on, all or ``width`` of them."""
        width = self.count - start if width is None else width
        return Bits(self.at(start, width), width)

    def octets(self) -> bytes:
        """As octets; the last one is filled with zeros."""
        spare = -self.count % 8
        return (self.value << spare).to_bytes((self.count + spare) // 8)

    def hex(self, *, octets: bool = True) -> str:
        """Upper-case hex digits, filled with zeros to whole octets, or (not ``octets``) to the last digit only."""
        digits = self.octets().hex().upper()
        return digits if octets else digits[: -(-self.count // 4)]

    def __add__(self, other: "Bits") -> "Bits":
        """These bits, then the others."""
        return Bits(self.value << other.count | other.value, self.count + other.count)
