"""The two lines of an incoming short message on the PEI: +CTSDSR with who, to whom and how long, then hex digits.

Not for what the digits say. Identities stay digits, because only their number of digits tells their form.
"""

from dataclasses import dataclass

from crosspatch_drivers.sds.bits import HEX, MOST_BITS, Bits, Refusal

MOST_DIGITS = 9
"""Digits of the longest number read as a number."""

LARGEST_TYPE = 5
"""The largest type of an identity; what is larger in its place is the length."""

LINES_BETWEEN = 4
"""Other lines that may come between header and digits; then the digits are taken for lost."""

LONGEST_HEADER = 200
"""Characters; the longest header that means anything has some 60."""


@dataclass(frozen=True, slots=True)
class Header:
    """What +CTSDSR tells. ``calling`` is empty when the radio does not tell; ``e2ee`` is None then."""

    service: int
    calling: str
    called: str
    bits: int
    calling_type: int | None = None
    called_type: int | None = None
    e2ee: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """One short message as it came."""

    header: Header
    bits: Bits


def parse_header(value: str) -> Header | Refusal:
    """What stands behind ``+CTSDSR:``, in full or in one of the short forms. Never raises.

    In full ``service,[calling],[type],called,type,length[,e2ee]``; short ``service,called,[type,]length[,e2ee]``.
    """
    fields = [field.strip(' "') for field in value.split(",")]
    numbers = [_number(field) for field in fields]
    e2ee = None
    if len(fields) > 6:
        e2ee, fields, numbers = numbers[6], fields[:6], numbers[:6]
    elif len(fields) in (4, 5) and numbers[-1] in (0, 1) and (numbers[-2] or 0) > LARGEST_TYPE:
        e2ee, fields, numbers = numbers[-1], fields[:-1], numbers[:-1]
    if len(fields) < 3:
        return Refusal("+CTSDSR", f"{len(fields)} fields where at least 3 are needed: {value[:60]!r}")
    service, length = numbers[0], numbers[-1]
    if service is None:
        return Refusal("+CTSDSR", f"AI service {fields[0][:20]!r} is no number")
    if length is None or length > MOST_BITS:
        who = _parties(fields[1:-1])[0]
        sender = f" (from {who[:20]})" if who.isascii() and who.isdigit() else ""
        return Refusal("+CTSDSR", f"length {fields[-1][:20]!r} is no number of bits up to {MOST_BITS}{sender}")
    calling, calling_type, called, called_type = _parties(fields[1:-1])
    for name, digits in (("calling", calling), ("called", called)):
        if digits and not (digits.isascii() and digits.isdigit()):
            return Refusal("+CTSDSR", f"{name} identity {digits[:30]!r} is not a string of digits")
    return Header(service, calling, called, length, _number(calling_type), _number(called_type), e2ee)


class Collector:
    """Puts header and digits together, whatever comes between them; holds one header at most."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._header: str | None = None
        self._foreign = 0

    @property
    def waiting(self) -> bool:
        """Whether a header has come and its digits have not."""
        return self._header is not None

    def header(self, value: str) -> Refusal | None:
        """A +CTSDSR came. What is given back is about the one before it, whose digits never came."""
        lost = self._lost() if self.waiting else None
        self._header, self._foreign = value[:LONGEST_HEADER], 0
        return lost

    def line(self, line: str) -> Received | Refusal | None:
        """A line that is no named one. None when it is none of ours and should be read as any other."""
        if self._header is None:
            return None
        line = line.strip()
        if line.startswith(","):  # some radios break the header in two
            self._header = (self._header + line)[:LONGEST_HEADER]
            return None
        header = parse_header(self._header)
        if not _may_be(line, header):
            self._foreign += 1
            return self._lost() if self._foreign > LINES_BETWEEN else None
        self._header = None
        if isinstance(header, Refusal):
            return header
        bits = Bits.from_hex(line, header.bits)
        return bits if isinstance(bits, Refusal) else Received(header, bits)

    def give_up(self) -> Refusal | None:
        """The digits do not come any more. What is given back is about the header they belonged to."""
        return self._lost() if self.waiting else None

    def reset(self) -> None:
        """The port was opened anew."""
        self._header = None

    def _lost(self) -> Refusal:
        header, self._header = self._header, None
        return Refusal("+CTSDSR", f"no user data came for {header}")


def _may_be(line: str, header: Header | Refusal) -> bool:
    """Whether these can be the digits that were announced: all of them, and perhaps filled up.

    Some radios print fewer, and these are used as far as they go; but then they are whole octets, and most of them.
    """
    if not line or not HEX.issuperset(line):
        return False
    if isinstance(header, Refusal):
        return True
    announced = -(-header.bits // 4)
    return len(line) >= announced or (len(line) % 2 == 0 and 2 * len(line) >= announced)


def _parties(fields: list[str]) -> tuple[str, str, str, str]:
    """Calling identity and type, called identity and type, from what stands between service and length."""
    if len(fields) == 4:
        return fields[0], fields[1], fields[2], fields[3]
    if len(fields) == 3 and len(fields[1]) <= 1:  # the called type is missing
        return fields[0], fields[1], fields[2], ""
    if len(fields) == 3:
        return fields[0], "", fields[1], fields[2]
    return "", "", fields[0], fields[1] if len(fields) == 2 else ""


def _number(field: str) -> int | None:
    return int(field) if field.isascii() and field.isdigit() and len(field) <= MOST_DIGITS else None
