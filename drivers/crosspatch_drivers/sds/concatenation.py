"""Long texts: cut into parts that fit one message each, and put together again from parts in any order.

Not for sending or receiving them. Parts are of the kind of protocol 138.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from crosspatch_drivers.sds import gsm
from crosspatch_drivers.sds.codings import Coding, fitting, from_units, to_units
from crosspatch_drivers.sds.message import Sds4
from crosspatch_drivers.sds.protocols import Protocol
from crosspatch_drivers.sds.text import Part, Text
from crosspatch_drivers.sds.transport import RECEIVED, Transfer

MOST_BITS = 1184
"""The longest user data that a radio was seen to take, with protocol identifier and header."""

TEXT_OVERHEAD, PART_OVERHEAD = 4, 10
"""Octets before the text: identifier, transport header and coding; in a part the user data header as well."""

PATIENCE = 180.0
"""Seconds after its newest part in which a text may still become whole."""

MOST_TEXTS = 32
"""Texts that may be incomplete at a time; of more the one that waits longest is given up."""

REFERENCES = 255
"""Message references run from 1 to this."""


class References:
    """Gives message references, one after the other."""

    def __init__(self, last: int = 0) -> None:
        """``last`` is the newest that has been used."""
        self._last = last

    def next(self) -> int:
        """The next one."""
        self._last = self._last % REFERENCES + 1
        return self._last


def compose(
    text: str, references: References, *, report: int = RECEIVED, immediate: bool = False, most_bits: int = MOST_BITS
) -> list[Sds4]:
    """The messages that carry a text: one where it fits, else its parts. ValueError when it is too long for 255 parts.

    ``immediate`` text is shown at once by the radio; parts of a long one cannot be that.
    """
    coding = fitting(text)
    units = to_units(text, coding)
    room = most_bits // 8 - TEXT_OVERHEAD
    if len(units) <= room:
        protocol = Protocol.TEXT_IMMEDIATE if immediate else Protocol.TEXT
        return [Sds4(protocol, Text(text, coding), Transfer(references.next(), report))]
    pieces = list(cut(units, coding, most_bits // 8 - PART_OVERHEAD))
    if len(pieces) > 255:
        msg = f"a text of {len(text)} characters needs {len(pieces)} parts; 255 are possible"
        raise ValueError(msg)
    series = references.next()
    return [
        Sds4(
            Protocol.TEXT_PART,
            Part(series, len(pieces), place, piece, coding),
            Transfer(series if place == 1 else references.next(), report),
        )
        for place, piece in enumerate(pieces, 1)
    ]


def cut(units: bytes, coding: Coding, room: int) -> Iterator[bytes]:
    """Pieces of at most ``room`` octets. No character is cut in two. ValueError when not even one fits."""
    most = room * 8 // 7 - 2 if coding is Coding.GSM else room // 2 * 2 if coding is Coding.UTF_16 else room
    if most < 4:
        msg = f"{room} octets are too few for a part of a text"
        raise ValueError(msg)
    while units:
        end = min(most, len(units))
        if end < len(units):
            end -= _open(units[:end], coding)
        yield units[:end]
        units = units[end:]


@dataclass(frozen=True, slots=True)
class LongText:
    """A text put together. ``missing`` are the numbers of parts that never came; their place is marked in the text."""

    source: str
    reference: int
    text: str
    missing: tuple[int, ...] = ()


@dataclass(slots=True)
class _Growing:
    total: int
    touched: float
    parts: dict[int, Part] = field(default_factory=dict)


class Assembler:
    """Collects the parts of long texts by sender and reference."""

    def __init__(self, patience: float = PATIENCE, most: int = MOST_TEXTS) -> None:
        """``most`` texts may be incomplete at a time."""
        self._patience, self._most = patience, most
        self._texts: OrderedDict[tuple[str, int, bool], _Growing] = OrderedDict()
        self.given_up = 0

    def add(self, source: str, part: Part, now: float) -> list[LongText]:
        """Texts that are done now: the one this part completes, and those given up for it."""
        key = (source, part.reference, part.wide)
        done = self.expired(now)
        text = self._texts.get(key)
        if text is not None and text.total != part.total:  # the reference has come round: another text
            done.append(self._give_up(key))
            text = None
        if text is None:
            text = self._texts[key] = _Growing(part.total, now)
        text.touched = now
        text.parts.setdefault(part.number, part)
        self._texts.move_to_end(key)
        if len(text.parts) == text.total:
            done.append(_joined(key, self._texts.pop(key)))
        while len(self._texts) > self._most:
            done.append(self._give_up(next(iter(self._texts))))
        return done

    def expired(self, now: float) -> list[LongText]:
        """Texts that will not become whole any more, as far as they came."""
        late = [key for key, text in self._texts.items() if now - text.touched >= self._patience]
        return [self._give_up(key) for key in late]

    def deadline(self) -> float | None:
        """When `expired` should next be called."""
        return min((text.touched + self._patience for text in self._texts.values()), default=None)

    def __len__(self) -> int:
        """Texts that wait for parts."""
        return len(self._texts)

    def _give_up(self, key: tuple[str, int, bool]) -> LongText:
        self.given_up += 1
        return _joined(key, self._texts.pop(key))


def _joined(key: tuple[str, int, bool], text: _Growing) -> LongText:
    """Runs of parts in the same coding are decoded as one, because a character may lie in two parts."""
    words: list[str] = []
    run: list[Part] = []
    for number in range(1, text.total + 1):
        part = text.parts.get(number)
        if run and (part is None or part.coding is not run[-1].coding):
            words.append(_run(run))
            run = []
        if part is not None:
            run.append(part)
        elif number - 1 in text.parts or number == 1:
            words.append(" […] ")
    words.append(_run(run))
    missing = tuple(number for number in range(1, text.total + 1) if number not in text.parts)
    return LongText(key[0], key[1], "".join(words).strip() if missing else "".join(words), missing)


def _run(parts: list[Part]) -> str:
    return from_units(b"".join(part.units for part in parts), parts[0].coding) if parts else ""


def _open(units: bytes, coding: Coding) -> int:
    """Octets or septets at the end that begin a character which goes on beyond it."""
    if coding is Coding.GSM:
        return int(units.endswith(bytes([gsm.ESCAPE])))
    return 2 if coding is Coding.UTF_16 and 0xD8 <= units[-2] <= 0xDB else 0
