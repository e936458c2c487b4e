"""What a driver notes in its raw log beside the bytes, so that the log can be replayed: the port's fate and orders.

A remark is a word and, for an order, its values as JSON: ``order {"do": "Key", "priority": 1}``.
"""

import json
from dataclasses import asdict, dataclass
from typing import get_args

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import RadioOrder

KINDS = {kind.__name__: kind for kind in get_args(RadioOrder)}


@dataclass(frozen=True, slots=True)
class Opened:
    """The port was opened."""

    how: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """The port was lost, or given up."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """The driver was given an order."""

    order: RadioOrder


@dataclass(frozen=True, slots=True)
class ReleasedNow:
    """The driver was told to un-key ahead of everything."""


Remark = Opened | Closed | Ordered | ReleasedNow


def format_remark(remark: Remark) -> bytes:
    """As it stands in the log."""
    match remark:
        case Opened(how=how):
            text = f"opened {how}"
        case Closed(reason=reason):
            text = f"closed {reason}"
        case ReleasedNow():
            text = "release now"
        case Ordered(order=order):
            text = f"order {json.dumps({'do': type(order).__name__, **asdict(order)})}"
    return text.encode("utf-8", "replace")


def parse_remark(data: bytes) -> Remark | None:
    """What a remark tells; None for one that is nobody's. Never raises."""
    word, _, rest = data.decode("utf-8", "replace").partition(" ")
    match word:
        case "opened":
            return Opened(rest)
        case "closed":
            return Closed(rest)
        case "release":
            return ReleasedNow()
        case "order":
            order = _order(rest)
            return None if order is None else Ordered(order)
    return None


def _order(text: str) -> RadioOrder | None:
    try:
        values = json.loads(text)
        kind = KINDS[values.pop("do")]
        if "called" in values:
            values["called"] = Identity(**values["called"])
        order: RadioOrder = kind(**values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return order
