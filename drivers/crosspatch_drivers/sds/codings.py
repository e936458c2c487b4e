"""The text codings of SDS messages (ETSI EN 300 392-2, text coding scheme): which there are, and their characters.

``units`` are what a coding counts in: octets, or septets for the packed GSM alphabet. Not for the messages around text.
"""

from enum import IntEnum

from crosspatch_drivers.sds import gsm, viscii


class Coding(IntEnum):
    """The text coding scheme's number."""

    GSM = 0
    LATIN_1 = 1
    LATIN_2 = 2
    LATIN_3 = 3
    LATIN_4 = 4
    CYRILLIC = 5
    ARABIC = 6
    GREEK = 7
    HEBREW = 8
    LATIN_5 = 9
    LATIN_6 = 10
    LATIN_7 = 11
    LATIN_8 = 12
    LATIN_9 = 13
    CP437 = 14
    CP737 = 15
    CP850 = 16
    CP852 = 17
    CP855 = 18
    CP857 = 19
    CP860 = 20
    CP861 = 21
    CP863 = 22
    CP865 = 23
    CP866 = 24
    CP869 = 25
    UTF_16 = 26
    VISCII = 27


PYTHON = {
    **{Coding(number): f"iso8859-{number}" for number in range(1, 11)},
    **{Coding(number): f"iso8859-{number + 2}" for number in range(11, 14)},
    **{coding: coding.name.lower() for coding in Coding if coding.name.startswith("CP")},
    Coding.UTF_16: "utf-16-be",
}
"""What Python calls the codings it knows."""


def coding_name(number: int) -> str:
    """For a person."""
    if number == Coding.GSM:
        return "GSM 7 bit, packed"
    if number == Coding.VISCII:
        return "VISCII"
    return PYTHON[Coding(number)].upper() if number in PYTHON else "reserved or not known"


def fitting(text: str) -> Coding:
    """The coding to send a text in: Latin-1 when all its characters are there, else UTF-16."""
    return Coding.LATIN_1 if all(ord(character) < 0x100 for character in text) else Coding.UTF_16


def to_units(text: str, coding: Coding) -> bytes:
    """UnicodeEncodeError for a character that the coding has not."""
    if coding is Coding.GSM:
        return gsm.to_septets(text)
    return viscii.encode(text) if coding is Coding.VISCII else text.encode(PYTHON[coding])


def from_units(units: bytes, coding: Coding) -> str:
    """The text; what is no character in this coding becomes U+FFFD."""
    if coding is Coding.GSM:
        return gsm.from_septets(units)
    return viscii.decode(units) if coding is Coding.VISCII else units.decode(PYTHON[coding], "replace")


def pack_units(units: bytes, coding: Coding, header: int = 0) -> bytes:
    """As they go over the air. After a user data header of ``header`` octets septets begin on a septet boundary."""
    return gsm.pack_septets(units, _fill(header)) if coding is Coding.GSM else units


def unpack_units(octets: bytes, coding: Coding, header: int = 0) -> bytes:
    """The reverse of `pack_units`."""
    return gsm.unpack_septets(octets, _fill(header)) if coding is Coding.GSM else octets


def _fill(header: int) -> int:
    """Empty bits behind a user data header (3GPP TS 23.040 clause 9.2.3.24)."""
    return -8 * header % 7
