"""What each request to a twin may hold: anything else is refused by name, and a number that is none is, too."""

from collections.abc import Mapping
from typing import Any

from crosspatch_drivers.errors import Cannot

TAKES = {
    "speak": ("network", "talkgroup", "talker", "wav", "priority", "gap_ms", "tail_ms"),
    "wait": ("speech", "network", "talkgroup", "after", "talker", "timeout"),
    "overs": ("network", "talkgroup"),
    "radios": (),
    "networks": (),
    "set": ("network", "values"),
    "stop": (),
    "fault": ("radio", "values"),
    "turn": ("radio", "knob", "value"),
    "overhear": ("radio", "talkgroup", "talker", "seconds"),
    "unplug": ("radio", "seconds"),
    "cut": ("network", "talkgroup"),
    "send": ("network", "sender", "to", "text", "status", "location", "data", "service", "bits"),
    "messages": ("network",),
    "reboot": ("radio",),
    "vehicle": ("vehicle", "no_fix"),
}
"""The keys of each request beside ``op`` and ``id``."""


def refuse_strange(request: Mapping[str, Any]) -> None:
    """`Cannot` when a request has a key that it does not take."""
    takes = TAKES[str(request["op"])]
    strange = [key for key in request if key not in (*takes, "op", "id")]
    if strange:
        msg = f"{request['op']} takes no {strange[0]!r}; it takes {', '.join(takes) or 'nothing'}"
        raise Cannot(msg)


def whole(request: Mapping[str, Any], key: str) -> int:
    """A whole number of a request. KeyError when it is missing, `Cannot` when it is none."""
    value = request[key]
    if isinstance(value, bool) or not str(value).removeprefix("-").isdecimal():
        msg = f"{key}: {value!r} is no whole number"
        raise Cannot(msg)
    return int(value)
