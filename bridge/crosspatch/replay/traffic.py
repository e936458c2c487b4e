"""Recorded or invented traffic: who speaks when in which talkgroup. Pure: text in, overs out.

A CSV file with a header: ``time`` (ISO 8601, seconds since the epoch, or ``+90`` for seconds after the first report),
``talkgroup`` (its id in the site), ``seconds``, and if wanted ``talker`` (SSI) and ``priority`` (0 to 3).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from crosspatch.plan import Talkgroup
from crosspatch.replay.tracks import BadTrack, moment, read_table

FIRST_TALKER = 9_000_000
"""SSI of talkers that the file does not name: one for each talkgroup, counted from here."""

LONGEST = 3600.0
"""Seconds of one press of a key; more is a slip."""


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody holds his key. ``at``: seconds since the epoch."""

    at: float
    talkgroup: str
    seconds: float
    talker: int
    priority: int = 1


def read_traffic(text: str, talkgroups: Mapping[str, Talkgroup], begin: float) -> list[Press]:
    """All of it in order of time; ``begin`` is what ``+`` counts from. `BadTrack` names the line that is wrong."""
    rows = read_table(text, ("time", "talkgroup", "seconds"))
    return sorted((_press(row, number, talkgroups, begin) for number, row in enumerate(rows, 2)), key=lambda p: p.at)


def _press(row: Mapping[str, str | None], number: int, talkgroups: Mapping[str, Talkgroup], begin: float) -> Press:
    group = str(row["talkgroup"]).strip()
    if group not in talkgroups:
        msg = f"line {number}: no talkgroup {group!r} in the site"
        raise BadTrack(msg)
    when = str(row["time"]).strip()
    at = moment(when[1:]) if when.startswith("+") else moment(when)
    try:
        seconds = float(str(row["seconds"]))
        talker = int(row.get("talker") or FIRST_TALKER + list(talkgroups).index(group))
        priority = int(row.get("priority") or 1)
    except ValueError:
        msg = f"line {number}: seconds, talker or priority is no number"
        raise BadTrack(msg) from None
    if at is None or not 0 < seconds <= LONGEST or not 0 < talker < 1 << 24 or priority not in range(4):
        msg = f"line {number}: its time, seconds (to {LONGEST:g}), talker (an SSI) or priority (0 to 3) cannot be"
        raise BadTrack(msg)
    return Press(begin + at if when.startswith("+") else at, group, seconds, talker, priority)
