"""When a rule is in force: weekly hours and single windows, in the gateway's local time.

``mon-fri 07:00-19:00``, ``sat,sun 00:00-24:00``, ``daily 22:00-06:00`` (over midnight), and windows such as
``2026-03-14T18:00/2026-03-15T02:00``. Wall clock only; seconds since the epoch come in and go out.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKLY = re.compile(r"([a-z,-]+) (\d\d):(\d\d)-(\d\d):(\d\d)\Z")
DAY = 24 * 60
"""Minutes."""

AHEAD = 8
"""Days looked ahead for the next change: every weekly hour comes by within them."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """Hours on some days of the week. Minutes since midnight; ``end`` beyond ``DAY`` is on the next day."""

    days: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """From one moment to another, seconds since the epoch."""

    start: float
    end: float


class Schedule:
    """Some hours and windows; none at all means always."""

    def __init__(self, texts: Iterable[str], timezone: str) -> None:
        """`ValueError` says what cannot be understood."""
        self._zone = ZoneInfo(timezone)
        self._parts = [_parse(text, self._zone) for text in texts]

    def open(self, wall: float) -> bool:
        """Whether it is in force at that moment."""
        return not self._parts or any(start <= wall < end for start, end in self._spans(wall))

    def next_change(self, wall: float) -> float | None:
        """The moment after ``wall`` at which it may begin or end; None for never."""
        return min((edge for span in self._spans(wall) for edge in span if edge > wall), default=None)

    def _spans(self, wall: float) -> Iterator[tuple[float, float]]:
        """Begin and end of what may matter around ``wall``."""
        midnight = datetime.fromtimestamp(wall, self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for part in self._parts:
            if isinstance(part, Window):
                yield part.start, part.end
                continue
            for offset in range(-1, AHEAD):
                day = midnight + timedelta(days=offset)
                if day.weekday() in part.days:
                    yield _at(day, part.start), _at(day, part.end)


def _at(midnight: datetime, minutes: int) -> float:
    """Wall-clock arithmetic: 07:00 is 07:00 on the day the clocks change too."""
    return (midnight + timedelta(minutes=minutes)).timestamp()


def _parse(text: str, zone: ZoneInfo) -> Weekly | Window:
    if found := WEEKLY.match(text.strip().lower()):
        days, *numbers = found.groups()
        hour, minute, end_hour, end_minute = map(int, numbers)
        start, end = hour * 60 + minute, end_hour * 60 + end_minute
        if start >= DAY or end > DAY or minute > 59 or end_minute > 59 or start == end:
            msg = f"{text!r}: hours are from 00:00 to 24:00, and begin and end differ"
            raise ValueError(msg)
        return Weekly(_days(days, text), start, end if end > start else end + DAY)
    first, slash, last = text.partition("/")
    if slash:
        window = Window(_moment(first, zone, text), _moment(last, zone, text))
        if window.start >= window.end:
            msg = f"{text!r} ends before it begins"
            raise ValueError(msg)
        return window
    msg = f'{text!r} is neither like "mon-fri 07:00-19:00" nor like "2026-03-14T18:00/2026-03-15T02:00"'
    raise ValueError(msg)


def _days(words: str, text: str) -> frozenset[int]:
    if words == "daily":
        return frozenset(range(7))
    found: set[int] = set()
    for word in words.split(","):
        first, _, last = word.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            msg = f"{text!r}: days are {', '.join(DAYS)} or daily"
            raise ValueError(msg)
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}
    return frozenset(found)


def _moment(text: str, zone: ZoneInfo, whole: str) -> float:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        msg = f"{whole!r}: {text.strip()!r} is no date and time like 2026-03-14T18:00"
        raise ValueError(msg) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
