"""Identities in all the forms radios print, in and out; refusals name the field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.identity import (
    MAX_MCC,
    MAX_MNC,
    MAX_SSI,
    Form,
    Identity,
    form_of,
    network_digits,
    network_from_digits,
)

HOME = Identity(204, 1234, 5000)

PRINTED = [
    ("23404", Form.SSI, Identity(204, 1234, 23404)),
    ("6101629", Form.SSI, Identity(204, 1234, 6101629)),
    ("4037009", Form.SSI, Identity(204, 1234, 4037009)),
    ("216216300000300", Form.TSI_15, Identity(216, 2163, 300)),
    ("262100101234567", Form.TSI_15, Identity(262, 1001, 1234567)),
    ("2620100108280651", Form.TSI_16, Identity(262, 1001, 8280651)),
    ("9010000102089144", Form.TSI_16, Identity(901, 1, 2089144)),
    ("7530236102089144", Form.TSI_16, Identity(753, 2361, 2089144)),
    ("9011638300000001", Form.TSI_16, Identity(901, 16383, 1)),
    ("09011638300023404", Form.TSI_17, Identity(901, 16383, 23404)),
    ("09011638300000001", Form.TSI_17, Identity(901, 16383, 1)),
]

identities = st.builds(Identity, mcc=st.integers(0, MAX_MCC), mnc=st.integers(0, MAX_MNC), ssi=st.integers(0, MAX_SSI))


@pytest.mark.parametrize(("digits", "form", "identity"), PRINTED)
def test_printed_forms_are_read_and_printed(digits: str, form: Form, identity: Identity) -> None:
    assert form_of(digits) is form
    assert Identity.from_digits(digits, HOME) == identity
    assert digits == identity.digits(form)


def test_leading_zeros_of_a_short_form_may_be_there_or_not() -> None:
    assert Identity.from_digits("00023404", HOME) == Identity.from_digits("23404", HOME)


@given(identities, st.sampled_from(Form))
def test_a_form_that_holds_an_identity_gives_it_back(identity: Identity, form: Form) -> None:
    too_large = "MCC" if form is not Form.TSI_17 and identity.mcc > 999 else ""
    too_large = too_large or ("MNC" if form is Form.TSI_15 and identity.mnc > 9999 else "")
    if too_large and form is not Form.SSI:
        with pytest.raises(ValueError, match=too_large):
            identity.digits(form)
        return
    digits = identity.digits(form)
    assert identity == Identity.from_digits(digits, identity)
    assert form_of(digits) is form


@given(identities)
def test_the_longest_form_and_the_air_interface_hold_every_identity(identity: Identity) -> None:
    assert len(identity.digits(Form.TSI_17)) == 17
    assert identity == Identity.from_tsi(identity.tsi)
    assert identity == Identity.from_text(str(identity))


@given(identities, identities, st.sampled_from(Form))
def test_a_radio_is_told_the_short_form_inside_its_network_only(who: Identity, home: Identity, form: Form) -> None:
    assert who == Identity.from_digits(who.digits_in(home, form), home)
    assert str(who.ssi) == who.digits_in(who, form)


def test_a_form_too_short_is_replaced_by_the_next() -> None:
    assert Identity(901, 16383, 7).digits_in(HOME, Form.TSI_15) == "9011638300000007"
    assert Identity(1000, 1, 7).digits_in(HOME, Form.TSI_15) == "10000000100000007"
    assert Identity(262, 1001, 7).digits_in(HOME, Form.SSI) == "2620100100000007"


@pytest.mark.parametrize(
    ("digits", "network"),
    [("90109999", (901, 9999)), ("90116383", (901, 16383)), ("090116383", (901, 16383)), ("2042163", (204, 2163))],
)
def test_the_network_alone_is_read(digits: str, network: tuple[int, int]) -> None:
    assert network == network_from_digits(digits)


def test_the_network_alone_is_printed_as_radios_do() -> None:
    assert network_digits(901, 9999) == "90109999"
    assert network_digits(1001, 9999) == "100109999"


@pytest.mark.parametrize(
    ("digits", "complaint"),
    [
        ("", "not a string of digits"),
        ("12a4", "not a string of digits"),
        ("²34", "not a string of digits"),
        ("123456789", "has 9 digits"),
        ("123456789012345678", "has 18 digits"),
        ("16777216", "SSI 16777216"),
        ("2629999900000001", "MNC 99999"),
        ("10240000100000001", "MCC 1024"),
    ],
)
def test_what_is_no_identity_is_refused_by_field(digits: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Identity.from_digits(digits, HOME)


@pytest.mark.parametrize(
    ("digits", "complaint"), [("901", "has 3 digits"), ("90199999", "MNC 99999"), ("9o116383", "not a string")]
)
def test_what_is_no_network_is_refused_by_field(digits: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        network_from_digits(digits)


@pytest.mark.parametrize("tsi", [-1, 1 << 48])
def test_what_is_no_tsi_is_refused(tsi: int) -> None:
    with pytest.raises(ValueError, match="48 bits"):
        Identity.from_tsi(tsi)


@pytest.mark.parametrize("text", ["", "204-1", "204-1-2-3", "a-1-2", "1024-0-0", "-1-0-0"])
def test_what_is_no_text_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"MCC|form"):
        Identity.from_text(text)
