"""What a site file may say of a radio besides its audio: wires and signal as plain values, and what is wrong with them.

Not for pressing anything (see `wiring`).
"""

from dataclasses import dataclass
from typing import Literal

Keying = Literal["pei", "voice", "wired", "pei-wired"]
"""By command on the PEI; by voice; by a wire; by a wire while the PEI tells what comes of it."""

WIRED: tuple[Keying, ...] = ("wired", "pei-wired")
WITH_PEI: tuple[Keying, ...] = ("pei", "pei-wired")

Pin = Literal["rts", "dtr", "gpio1", "gpio2", "gpio3", "gpio4", "gpio5", "gpio6", "gpio7", "gpio8"]
"""A way out: a modem line, or a pin of a fob with a chip of the C-Media CM108 family (boards use gpio3)."""

Sense = Literal["cts", "dsr", "dcd", "ri", "volume-down", "volume-up"]
"""A way in: a modem line, or a button input of a fob (boards use volume-down)."""

BUTTONS = {"volume-up": 0x01, "volume-down": 0x02}
"""Bits of the first byte that a fob reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """How a radio is wired besides its audio."""

    key: Pin
    key_inverted: bool = False
    squelch: Sense | None = None
    squelch_inverted: bool = False
    device: str | None = None  # serial port or /dev/hidraw… of the lines; None: the radio's own port

    @property
    def fob(self) -> bool:
        """Whether the key is a pin of a USB sound fob."""
        return self.key.startswith("gpio")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalLimits:
    """Which signal of the network is too little, in dBm."""

    weak_dbm: float = -103.0  # below it an alarm is raised
    least_dbm: float | None = None  # below it the radio can serve no leg


USUAL_SIGNAL = SignalLimits()


def check(wiring: Wiring) -> str:
    """What is wrong with a wiring, in words; empty when it can be."""
    if wiring.squelch is not None and wiring.fob != (wiring.squelch in BUTTONS):
        return f"key {wiring.key} and squelch {wiring.squelch} are not on one device"
    if wiring.fob and wiring.device is None:
        return f"key {wiring.key} is a pin of a sound fob, and no device is given"
    return ""
