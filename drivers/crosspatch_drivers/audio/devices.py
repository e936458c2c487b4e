"""Finding a sound device by what people call it, among the names PortAudio lists. Not for opening it.

Card numbers follow the order of plugging in, so ``USB Audio (hw:1,0)`` may be another card tomorrow. A site file
says either the whole name, the name without ``(hw:…)``, or ``hw:ID`` with the id a udev rule gave the card.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crosspatch_drivers.errors import Cannot, WillReturn

PROC = Path("/proc/asound")
"""Where the kernel links each card's id to its number."""

_HARDWARE = re.compile(r" \(hw:(\d+),(\d+)\)$")
_BY_ID = re.compile(r"hw:(?:CARD=)?(\w+)(?:,(?:DEV=)?(\d+))?")


@dataclass(frozen=True, slots=True)
class Device:
    """One entry of PortAudio's list."""

    index: int
    name: str
    channels: int  # the most it has in the direction wanted; 0 when it has none


def find_device(wanted: str, direction: str, devices: Sequence[Device], proc: Path = PROC) -> Device:
    """The device called ``wanted``. `WillReturn` lists the names there are, `Cannot` when several fit."""
    able = [device for device in devices if device.channels]
    by_id = _BY_ID.fullmatch(wanted)
    if by_id:
        place = f"(hw:{_card_number(by_id[1], proc)},{by_id[2] or 0})"
        fitting = [device for device in able if device.name.endswith(place)]
    else:
        fitting = [device for device in able if device.name == wanted] or [
            device for device in able if _HARDWARE.sub("", device.name) == wanted
        ]
    if not fitting:
        names = ", ".join(repr(device.name) for device in able) or "none"
        msg = f"pyaudio: no {direction} device is named {wanted!r}; there are: {names}"
        raise WillReturn(msg)
    if len(fitting) > 1:
        names = ", ".join(repr(device.name) for device in fitting)
        msg = f"pyaudio: {direction} device {wanted!r} may be any of {names}: use the whole name or hw:ID"
        raise Cannot(msg)
    return fitting[0]


def _card_number(card: str, proc: Path) -> str:
    """The number of the card with this id, or ``card`` itself when it is a number or unknown."""
    link = proc / card
    return link.readlink().name.removeprefix("card") if link.is_symlink() else card
