"""Finds out what a pasted text is. Every kind that was tried and why it did not fit can be told."""

import re
from collections.abc import Callable
from dataclasses import replace

from crosspatch.explain.identities import explain_identity
from crosspatch.explain.kinds import Kind
from crosspatch.explain.model import Explanation
from crosspatch.explain.short_data import explain_lip, explain_message, is_read
from crosspatch.explain.stream import explain_lines, explain_log
from crosspatch_drivers.radio.pei.lines import Text, parse_line
from crosspatch_drivers.radio.pei_log import parse_entry, read_entries
from crosspatch_drivers.sds.bits import HEX, Bits, Refusal
from crosspatch_drivers.sds.header import parse_header
from crosspatch_drivers.sds.message import SDS_4, STATUS
from crosspatch_drivers.sds.protocols import Protocol

LEAST_LIP_BITS = 25
"""Bits of the shortest location report: a long one without time, place and velocity."""

SHORT_LIP_BITS = (76, 77, 78, 79, 80)
"""Bits of a short location report without protocol identifier, as hex digits may fill them up."""
FIRST_STATUS, LAST_STATUS = 0x7C00, 0xFFFF
"""Numbers of statuses and short reports; below them only 0, an emergency, means anything."""

WITH_DATA = re.compile(r"(\+CTSDSR\s*:.*,[^\s]*|AT\+CMGS=[^\s]*)\s+([0-9A-F]+)(?:\\x1A|\^Z|\x1a)?", re.IGNORECASE)
"""A header with the user data in the same line, as lines are pasted."""


class Unfit(Exception):  # noqa: N818 - what the text is
    """Nothing fits: for each kind tried, why not."""

    def __init__(self, text: str, reasons: tuple[tuple[Kind, str], ...]) -> None:
        """``text`` is what was pasted."""
        tried = "\n".join(f"  {kind.value}: {why}" for kind, why in reasons)
        super().__init__(f"Nothing fits {shortened(text)!r}. Tried:\n{tried}")
        self.reasons = reasons


def shortened(text: str) -> str:
    """Not more of a text than a person reads."""
    return text if len(text) <= 60 else text[:57] + "…"


def explain(text: str, now: float, kind: Kind | None = None) -> list[Explanation]:
    """What a text means: one thing, or several for several lines. `Unfit` when it means nothing.

    ``now`` is seconds since the epoch. With ``kind`` it is taken for that and nothing else.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise Unfit(text, tuple((each, "the text is empty") for each in ([kind] if kind else Kind)))
    if kind is Kind.LOG or (kind is None and _is_log(lines)):
        return _log(text, lines, now)
    if kind is Kind.LINE or (kind is None and any(_is_line(line) for line in lines)):
        return _lines(text, lines, now)
    return [_single(line.strip(), now, kind) for line in lines]


def _single(text: str, now: float, kind: Kind | None) -> Explanation:
    """One thing that is no line of a radio."""
    reasons: list[tuple[Kind, str]] = []
    fits: list[tuple[Kind, Explanation]] = []
    for each in [kind] if kind else _order(text):
        try:
            fits.append((each, READERS[each](text, now)))
        except ValueError as error:
            reasons.append((each, str(error)))
    if not fits:
        raise Unfit(text, tuple(reasons) if kind else (*reasons, (Kind.LINE, NO_LINE), (Kind.LOG, NO_LOG)))
    whole = [fit for fit in fits if fit[1].whole]
    best = (whole or fits)[0]
    others = tuple(
        f"{each.value}: {other.title}" for each, other in whole if is_read(other) and other.title != best[1].title
    )
    return replace(best[1], others=others)


NO_LINE = "no line of a radio and no AT command that is known"
NO_LOG = "no line has the form TIME > BYTES or TIME < BYTES"


def _order(text: str) -> list[Kind]:
    """The likeliest kind first."""
    if "-" in text:
        return [Kind.IDENTITY]
    digits = _hex(text)
    if not digits:
        return [Kind.IDENTITY, Kind.SDS]
    if len(digits) == 4 and (int(digits, 16) == 0 or int(digits, 16) >= 0x7C00):
        return [Kind.STATUS, Kind.IDENTITY, Kind.SDS]
    if digits.isdigit() and (len(digits) <= 7 or len(digits) in (15, 16, 17)):
        return [Kind.IDENTITY, Kind.SDS, Kind.LIP, Kind.STATUS]
    if _bare_lip(digits):
        return [Kind.LIP, Kind.SDS, Kind.IDENTITY]
    return [Kind.SDS, Kind.LIP, Kind.IDENTITY, Kind.STATUS]


def _bare_lip(digits: str) -> bool:
    """Whether hex is a location report without protocol identifier rather than a message with one."""
    first = int(digits[:2], 16)
    if first in set(Protocol):
        return False
    if len(digits) * 4 in SHORT_LIP_BITS and first < 0x40:
        return True
    return 0x4C <= first <= 0x4F


def _sds(text: str, now: float) -> Explanation:
    bits = _bits(text)
    if bits.count < 8:
        msg = f"{bits.count} bits are too few for a protocol identifier"
        raise ValueError(msg)
    found = explain_message(SDS_4, bits, now)
    known = bits.at(0, 8) in set(Protocol)
    if not known and not is_read(found) and found.title in ("reserved", "short message"):
        msg = f"protocol identifier {bits.at(0, 8)} is reserved"
        raise ValueError(msg)
    return found


def _lip(text: str, now: float) -> Explanation:
    bits = _bits(text)
    if bits.count < LEAST_LIP_BITS:
        msg = f"{bits.count} bits are too few for a location report"
        raise ValueError(msg)
    if bits.at(0, 8) == Protocol.LOCATION:
        whole = explain_message(SDS_4, bits, now)
        if whole.whole:
            return whole
    found = explain_lip(bits, now)
    if not found.rows or found.refused.startswith("location message"):
        raise ValueError(found.refused)
    return found


def _status(text: str, now: float) -> Explanation:
    """Four hex digits; or the number as radios and site files print it, where that is a status at all."""
    number = int(text) if text.isdecimal() and len(text) != 4 and len(text) <= 5 else -1
    if number == 0 or FIRST_STATUS <= number <= LAST_STATUS:
        return explain_message(STATUS, Bits(number, 16), now)
    bits = _bits(text)
    if bits.count != 16:
        msg = f"a status has 4 hex digits, not {bits.count // 4}, or is 0 or {FIRST_STATUS} to {LAST_STATUS}"
        raise ValueError(msg)
    return explain_message(STATUS, bits, now)


def _identity(text: str, _: float) -> Explanation:
    return explain_identity(text)


READERS: dict[Kind, Callable[[str, float], Explanation]] = {
    Kind.SDS: _sds,
    Kind.LIP: _lip,
    Kind.STATUS: _status,
    Kind.IDENTITY: _identity,
}


def _log(text: str, lines: list[str], now: float) -> list[Explanation]:
    found = list(explain_log(read_entries(lines), now))
    if not found:
        raise Unfit(text, ((Kind.LOG, NO_LOG),))
    return found


def _lines(text: str, lines: list[str], now: float) -> list[Explanation]:
    found = explain_lines([part for line in lines for part in _apart(line.strip())], now)
    if all(each.kind == "unknown" for each in found):
        raise Unfit(text, ((Kind.LINE, NO_LINE),))
    return found


def _apart(line: str) -> list[str]:
    """A line; or two, where somebody pasted user data behind its header."""
    match = WITH_DATA.fullmatch(line)
    if match is None:
        return [line]
    header = match[1].partition(":")[2]
    if header and isinstance(parse_header(header), Refusal):
        return [line]
    return [match[1], match[2]]


def _is_line(line: str) -> bool:
    text = line.strip()
    return text[:2].upper() == "AT" or not isinstance(parse_line(text), Text)


def _is_log(lines: list[str]) -> bool:
    return sum(parse_entry(line) is not None for line in lines) * 2 > len(lines)


def _hex(text: str) -> str:
    """The hex digits of a text that is made of such, in groups or not; else nothing."""
    digits = "".join(text.split()).replace(":", "").removeprefix("0x").removeprefix("0X")
    return digits if digits and HEX.issuperset(digits) else ""


def _bits(text: str) -> Bits:
    digits = _hex(text)
    if not digits:
        msg = "not made of hex digits"
        raise ValueError(msg)
    bits = Bits.from_hex(digits)
    if isinstance(bits, Refusal):
        raise ValueError(str(bits))
    return bits
