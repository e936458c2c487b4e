"""How long the journal keeps what, pure. After that a record's content is removed; that it existed stays provable."""

from collections.abc import Mapping

from crosspatch.plan import JournalPlan

RETENTION_DAYS: Mapping[str, float] = JournalPlan().days
"""Days by kind of record where the site does not say other; empty for kinds that are not named."""

EVERY_S = 3600.0
"""Seconds between two removals."""

CUT_AT = 10_000
"""Emptied records at the beginning that are worth being cut off."""


def kept_days(kind: str, retention_days: Mapping[str, float]) -> float:
    """How many days a record of this kind keeps its content."""
    return retention_days.get(kind, retention_days.get("", RETENTION_DAYS[""]))
