"""The GSM 7-bit default alphabet with its extension table, and its packing (3GPP TS 23.038 clauses 6.1.2, 6.2.1)."""

ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""By septet. 27 is no character but leads to the extension."""

ESCAPE = 0x1B

EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
"""By the septet that follows the escape."""

FILLER = 0x0D
"""Carriage return fills the seven bits that would else be left in the last octet and read as an @."""

SEPTETS = {character: bytes([code]) for code, character in enumerate(ALPHABET) if code != ESCAPE} | {
    character: bytes([ESCAPE, code]) for code, character in EXTENSION.items()
}


def to_septets(text: str) -> bytes:
    """One octet a septet. UnicodeEncodeError for a character that is in neither table."""
    septets = bytearray()
    for place, character in enumerate(text):
        if character not in SEPTETS:
            raise UnicodeEncodeError("gsm", text, place, place + 1, "not in the GSM alphabet")
        septets += SEPTETS[character]
    return bytes(septets)


def from_septets(septets: bytes) -> str:
    """The text; an escape to nothing known gives the character of the basic table, as the standard asks."""
    characters = []
    escaped = False
    for septet in septets:
        if escaped:
            characters.append(EXTENSION.get(septet) or (" " if septet == ESCAPE else ALPHABET[septet]))
            escaped = False
        elif septet == ESCAPE:
            escaped = True
        else:
            characters.append(ALPHABET[septet])
    return "".join(characters)


def pack_septets(septets: bytes, fill: int = 0) -> bytes:
    """Into octets, the first septet in the lowest bits of the first octet, above ``fill`` empty bits."""
    spare = -(fill + 7 * len(septets)) % 8
    if spare == 7 or (spare == 0 and septets.endswith(bytes([FILLER]))):
        septets += bytes([FILLER])
    value = 0
    for place, septet in enumerate(septets):
        value |= septet << (fill + 7 * place)
    return value.to_bytes((fill + 7 * len(septets) + 7) // 8, "little")


def unpack_septets(octets: bytes, fill: int = 0) -> bytes:
    """The septets packed in these octets, without the filler."""
    value = int.from_bytes(octets, "little") >> fill
    count, spare = divmod(8 * len(octets) - fill, 7)
    septets = bytes(value >> (7 * place) & 0x7F for place in range(count))
    return septets[:-1] if spare == 0 and septets.endswith(bytes([FILLER])) else septets
