"""SDS type 4 protocol identifiers, the first octet of a message: their names, and which carry a transport header."""

from enum import IntEnum


class Protocol(IntEnum):
    """The identifiers whose contents are read here."""

    TEXT_SIMPLE = 0x02
    LOCATION_SIMPLE = 0x03
    TEXT_SIMPLE_IMMEDIATE = 0x09
    LOCATION = 0x0A
    TEXT = 0x82
    LOCATION_SYSTEM = 0x83
    TEXT_IMMEDIATE = 0x89
    TEXT_PART = 0x8A


FIRST_WITH_TRANSPORT = 0x80
"""From here on octet 2 begins an SDS-TL header."""

NAMES = {
    0x01: "over-the-air re-keying",
    0x02: "simple text",
    0x03: "simple location",
    0x04: "WDP (WAP)",
    0x05: "WCMP",
    0x06: "managed direct mode",
    0x07: "PIN authentication",
    0x08: "end-to-end encrypted message",
    0x09: "simple immediate text",
    0x0A: "location information protocol (LIP)",
    0x0B: "net assist protocol",
    0x0C: "concatenated SDS",
    0x0D: "DOTAM",
    0x0E: "simple AGNSS",
    0x82: "text",
    0x83: "location system",
    0x84: "WDP (WAP)",
    0x85: "WCMP",
    0x86: "managed direct mode",
    0x88: "end-to-end encrypted message",
    0x89: "immediate text",
    0x8A: "message with user data header",
    0x8C: "concatenated SDS",
    0x8D: "AGNSS",
    0x40: "Teltronic",
    0xC0: "Teltronic",
    0x41: "Nokia",
    0x46: "EADS/Airbus",
    0xC2: "EADS/Airbus",
    0xC3: "TETRA Association call-out",
    0xC4: "Airwave",
    0xC5: "Airwave",
    0xC6: "APD",
    **dict.fromkeys((0xC8, 0xC9, 0xD2, 0xEC), "Sepura"),
    **dict.fromkeys((0xDD, 0xDE, 0xDF, 0xE6, 0xF0), "Motorola"),
    0xCC: "Motorola home mode display",
    0xDC: "Motorola home mode display, old",
    0xE0: "Motorola remote control",
}


def protocol_name(identifier: int) -> str:
    """For a person; every number has one."""
    if identifier in NAMES:
        return NAMES[identifier]
    if 0x40 <= identifier <= 0x7E or 0xC0 <= identifier <= 0xFE:
        return "user application"
    return "reserved"


def has_transport(identifier: int) -> bool:
    """Whether an SDS-TL header follows."""
    return identifier >= FIRST_WITH_TRANSPORT
