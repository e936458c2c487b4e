"""VISCII 1.1 (RFC 1456), the Vietnamese character set that text in SDS may be in and Python does not know."""

LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
"""Control characters that were given to letters."""

HIGH = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
"""The characters from 0x80 on."""

CHARACTERS = "".join(LOW.get(code, chr(code)) for code in range(0x80)) + HIGH
CODES = {character: code for code, character in enumerate(CHARACTERS)}


def encode(text: str) -> bytes:
    """UnicodeEncodeError for a character that VISCII has not."""
    for place, character in enumerate(text):
        if character not in CODES:
            raise UnicodeEncodeError("viscii", text, place, place + 1, "not in VISCII")
    return bytes(CODES[character] for character in text)


def decode(octets: bytes) -> str:
    """Every octet is a character."""
    return "".join(CHARACTERS[octet] for octet in octets)
