"""In which ways a radio's port is opened until one of them is answered: rates, flow control, lines that stay idle."""

from dataclasses import replace

from crosspatch_drivers.radio.port import Line
from crosspatch_drivers.radio.settings import Wiring

BAUDS = (38400, 115200, 9600, 19200, 57600)
"""Rates that radios are set to, the most usual first."""


def search_order(line: Line) -> list[Line]:
    """What to try in turn: every other time what is configured, so that a radio switched on late is found soon."""
    others = [replace(line, baud=baud) for baud in BAUDS if baud != line.baud]
    flipped = [replace(each, hardware_flow_control=not each.hardware_flow_control) for each in (line, *others)]
    return [each for other in (*others, *flipped) for each in (line, other)]


def ways_to_open(line: Line, wiring: Wiring | None, *, search: bool) -> list[Line]:
    """The first is as configured. A key on RTS leaves none for flow control, which would press it."""
    key = wiring.key if wiring is not None and wiring.device is None else ""
    if wiring is not None and key:
        idle = wiring.key_inverted
        line = replace(line, rts=idle) if key == "rts" else replace(line, dtr=idle)
    lines = search_order(line) if search else [line]
    return [each for each in lines if key != "rts" or not each.hardware_flow_control]
