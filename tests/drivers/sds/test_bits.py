"""Bits keep their number: odd hex digits, padding, headers that promise more or less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.layout import Field, Walk, attempt, pack

strings = st.integers(0, 300).flatmap(lambda count: st.builds(Bits, st.integers(0, (1 << count) - 1), st.just(count)))


@pytest.mark.parametrize(
    ("digits", "count", "bits"),
    [
        ("8004", 16, Bits(0x8004, 16)),
        ("0A1", None, Bits(0x0A1, 12)),
        ("0a1f", 12, Bits(0x0A1, 12)),  # padded
        ("0A", 84, Bits(0x0A, 8)),  # shorter than promised
        ("FF", 0, Bits()),
    ],
)
def test_the_header_wins_over_padding_and_hex_over_a_promise(digits: str, count: int | None, bits: Bits) -> None:
    assert bits == Bits.from_hex(digits, count)


@pytest.mark.parametrize("digits", ["", " ", "0G", "0x12", "12 34", "é", "٣", "A" * 600])
def test_what_is_no_hex_or_too_long_is_refused(digits: str) -> None:
    refusal = Bits.from_hex(digits)
    assert isinstance(refusal, Refusal)
    assert str(refusal).startswith("user data: ")


@given(strings)
def test_hex_and_octets_give_the_bits_back(bits: Bits) -> None:
    assert not bits.count or bits == Bits.from_hex(bits.hex(), bits.count)
    assert not bits.count or bits == Bits.from_hex(bits.hex(octets=False), bits.count)
    assert bits == Bits.from_bytes(bits.octets()).part(0, bits.count)
    assert len(bits.hex()) % 2 == 0
    assert len(bits.hex(octets=False)) == -(-bits.count // 4)


@given(strings, strings)
def test_joined_strings_come_apart(left: Bits, right: Bits) -> None:
    both = left + right
    assert (left, right) == (both.part(0, left.count), both.part(left.count))


@pytest.mark.parametrize(("value", "count"), [(4, 2), (-1, 2), (0, -1)])
def test_a_value_has_room_or_is_refused(value: int, count: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Bits(value, count)


@pytest.mark.parametrize(("start", "width"), [(0, 9), (8, 1), (-1, 1), (0, -1)])
def test_bits_outside_are_refused(start: int, width: int) -> None:
    with pytest.raises(ValueError, match="are not within"):
        Bits(0, 8).at(start, width)


LAYOUT = (Field("fixed_one", 3, fixed=5), Field("signed_one", 6, signed=True), Field("plain", 2))


class Record:
    signed_one = -32
    plain = 3


def test_a_layout_is_read_as_it_is_packed_and_knows_its_places() -> None:
    walk = Walk(pack(LAYOUT, Record()))
    assert walk.read(LAYOUT, "thing") == {"signed_one": -32, "plain": 3}
    assert [(found.at, found.value) for found in walk.found] == [(0, 5), (3, -32), (9, 3)]


@pytest.mark.parametrize(
    ("bits", "why"),
    [(Bits(0b101, 3), "ends inside signed one, at bit 3"), (Bits(0, 11), "fixed one is 0, not 5")],
)
def test_a_refusal_names_the_field(bits: Bits, why: str) -> None:
    assert Refusal("thing", why) == attempt(lambda walk: walk.read(LAYOUT, "thing"), Walk(bits))


@pytest.mark.parametrize("value", [32, -33, None])
def test_packing_names_the_field_that_does_not_fit(value: int | None) -> None:
    record = Record()
    record.signed_one = value
    with pytest.raises(ValueError, match="signed one"):
        pack(LAYOUT, record)
