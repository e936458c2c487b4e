"""How long the journal keeps what, pure. After that a record's content is removed; that it existed stays provable."""

from collections.abc import Mapping

RETENTION_DAYS: Mapping[str, float] = {
    "position": 1.0,  # where people were
    "over": 30.0,  # who spoke
    "patch": 365.0,
    "radio": 365.0,
    "rule": 365.0,
    "safety": 365.0,
}
"""Days by kind of record."""

OTHERWISE_DAYS = 365.0
"""For kinds that are not named."""

EVERY_S = 3600.0
"""Seconds between two removals."""

CUT_AT = 10_000
"""Emptied records at the beginning that are worth being cut off."""


def kept_days(kind: str, retention_days: Mapping[str, float]) -> float:
    """How many days a record of this kind keeps its content."""
    return retention_days.get(kind, OTHERWISE_DAYS)
