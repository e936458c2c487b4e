"""The key and the squelch as wires: modem lines of a serial port, or pins of a USB sound fob; not for when to press.

A line can be inverted: its idle state is then the high one. For a key that is dangerous, because whoever closes the
port or loses power lets the line fall, which presses it; so a key should not be inverted where the wiring allows.
"""

import contextlib
import fcntl
import os
import struct
import termios
from collections.abc import Callable
from typing import Protocol

import serial

from crosspatch_drivers.errors import Cannot, WillReturn
from crosspatch_drivers.radio.base import ReleasePlan
from crosspatch_drivers.radio.port import why
from crosspatch_drivers.radio.settings import BUTTONS, Wiring, check

OUTPUTS = {"rts": termios.TIOCM_RTS, "dtr": termios.TIOCM_DTR}
INPUTS = {"cts": termios.TIOCM_CTS, "dsr": termios.TIOCM_DSR, "dcd": termios.TIOCM_CD, "ri": termios.TIOCM_RI}
REPORT = 4
"""Bytes of a fob's report; some systems put the number of the report, 0, before it."""

Ioctl = Callable[[int, int, bytes], bytes | int]


class LineControl(Protocol):
    """Somebody who can press the key and hear the squelch."""

    descriptor: int
    plan: ReleasePlan
    """What lets the key go, for the keeper."""

    def press(self, pressed: bool) -> None:
        """Press the key or let it go. OSError when the device is gone."""

    def speech(self) -> bool:
        """Whether the squelch is open. OSError when the device is gone."""

    def close(self) -> None:
        """Let the key go and give the device back."""


def open_lines(wiring: Wiring) -> LineControl:
    """Open the device of the lines. `WillReturn` when it is not there, `Cannot` when it never can be."""
    if wiring.device is None or (fault := check(wiring)):
        msg = f"wiring: {fault if wiring.device else 'no device is given'}"
        raise Cannot(msg)
    try:
        if wiring.key.startswith("gpio"):
            return HidLines(os.open(wiring.device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC), wiring)
        port = serial.Serial()
        port.port, port.exclusive, port.timeout = wiring.device, True, 0
        port.rts = port.dtr = wiring.key_inverted
        port.open()
        return SerialLines(port.fileno(), wiring, close=port.close)
    except OSError as error:  # SerialException is one, too
        msg = f"{wiring.device}: {why(error)}"
        raise WillReturn(msg) from error


class SerialLines:
    """Modem lines of an open serial port."""

    def __init__(
        self,
        descriptor: int,
        wiring: Wiring,
        *,
        close: Callable[[], None] = lambda: None,
        ioctl: Ioctl = fcntl.ioctl,
    ) -> None:
        """The key is let go at once. OSError when the port has no modem lines (a pseudo-terminal has none)."""
        self.descriptor = descriptor
        self._key, self._key_inverted = OUTPUTS[wiring.key], wiring.key_inverted
        self._squelch = INPUTS[wiring.squelch] if wiring.squelch else 0
        self._squelch_inverted = wiring.squelch_inverted
        self._close, self._ioctl = close, ioctl
        self.plan = ReleasePlan(b"", raise_lines=self._key) if wiring.key_inverted else ReleasePlan(b"", self._key)
        self.press(False)

    def press(self, pressed: bool) -> None:
        """Press the key or let it go."""
        high = pressed is not self._key_inverted
        self._ioctl(self.descriptor, termios.TIOCMBIS if high else termios.TIOCMBIC, struct.pack("I", self._key))

    def speech(self) -> bool:
        """Whether the squelch is open."""
        if not self._squelch:
            return False
        answer = self._ioctl(self.descriptor, termios.TIOCMGET, struct.pack("I", 0))
        assert isinstance(answer, bytes)
        return bool(struct.unpack("I", answer)[0] & self._squelch) is not self._squelch_inverted

    def close(self) -> None:
        """Let the key go and close the port."""
        with contextlib.suppress(OSError):
            self.press(False)
        self._close()


class HidLines:
    """Pins of a USB sound fob through its hidraw device."""

    def __init__(self, descriptor: int, wiring: Wiring) -> None:
        """The key is let go at once."""
        self.descriptor = descriptor
        self._mask = 1 << (int(wiring.key.removeprefix("gpio")) - 1)
        self._key_inverted = wiring.key_inverted
        self._button = BUTTONS[wiring.squelch] if wiring.squelch else 0
        self._squelch_inverted = wiring.squelch_inverted
        self._speech = False
        self._closed = False
        self.plan = ReleasePlan(self._report(False))
        self.press(False)

    def press(self, pressed: bool) -> None:
        """Press the key or let it go."""
        report = self._report(pressed)
        if os.write(self.descriptor, report) != len(report):
            raise OSError("the sound fob took half a report")

    def speech(self) -> bool:
        """Whether the squelch is open, by the last report the fob made: it makes one when something changes."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.descriptor, REPORT + 1):
                first = data[1] if len(data) > REPORT else data[0]
                self._speech = bool(first & self._button) is not self._squelch_inverted
        return self._speech

    def close(self) -> None:
        """Let the key go and close the device."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(OSError):
                self.press(False)
            os.close(self.descriptor)

    def _report(self, pressed: bool) -> bytes:
        """Number of the report, then control, levels of the pins, which pins are ours to drive, and nothing."""
        high = pressed is not self._key_inverted
        return bytes((0, 0, self._mask if high else 0, self._mask, 0))
