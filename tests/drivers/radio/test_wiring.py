"""Wires as keys and squelches: modem lines through ioctls that a test makes, fobs through a descriptor."""

import contextlib
import fcntl
import os
import socket
import struct
import termios
from collections.abc import Iterator
from typing import Any

import pytest

from crosspatch_drivers.errors import Cannot, WillReturn
from crosspatch_drivers.radio.base import ReleasePlan
from crosspatch_drivers.radio.settings import Wiring, check
from crosspatch_drivers.radio.wiring import HidLines, SerialLines, open_lines


class Modem:
    """The modem lines of a port that has some: pseudo-terminals have none."""

    def __init__(self) -> None:
        self.out = termios.TIOCM_RTS | termios.TIOCM_DTR  # as the system leaves them on opening
        self.into = 0

    def ioctl(self, descriptor: int, request: int, data: bytes) -> bytes:
        lines = struct.unpack("I", data)[0]
        if request == termios.TIOCMBIS:
            self.out |= lines
        elif request == termios.TIOCMBIC:
            self.out &= ~lines
        else:
            assert request == termios.TIOCMGET
        return struct.pack("I", self.out | self.into)


@pytest.mark.parametrize(("key", "line"), [("rts", termios.TIOCM_RTS), ("dtr", termios.TIOCM_DTR)])
def test_the_key_is_a_modem_line_and_up_from_the_start(key: Any, line: int) -> None:
    modem = Modem()
    lines = SerialLines(7, Wiring(key=key), ioctl=modem.ioctl)
    assert not modem.out & line
    lines.press(True)
    assert modem.out & line
    lines.press(False)
    assert not modem.out & line
    assert lines.plan == ReleasePlan(b"", drop_lines=line)


def test_an_inverted_key_is_pressed_by_letting_the_line_fall() -> None:
    modem = Modem()
    lines = SerialLines(7, Wiring(key="rts", key_inverted=True), ioctl=modem.ioctl)
    assert modem.out & termios.TIOCM_RTS
    lines.press(True)
    assert not modem.out & termios.TIOCM_RTS
    assert lines.plan == ReleasePlan(b"", raise_lines=termios.TIOCM_RTS)
    lines.close()
    assert modem.out & termios.TIOCM_RTS


@pytest.mark.parametrize(
    ("squelch", "line"),
    [("cts", termios.TIOCM_CTS), ("dsr", termios.TIOCM_DSR), ("dcd", termios.TIOCM_CD), ("ri", termios.TIOCM_RI)],
)
@pytest.mark.parametrize("inverted", [False, True])
def test_the_squelch_is_a_modem_line(squelch: Any, line: int, inverted: bool) -> None:
    modem = Modem()
    lines = SerialLines(7, Wiring(key="rts", squelch=squelch, squelch_inverted=inverted), ioctl=modem.ioctl)
    assert lines.speech() is inverted
    modem.into = line
    assert lines.speech() is not inverted


def test_a_port_without_modem_lines_says_so() -> None:
    master, slave = os.openpty()
    with pytest.raises(OSError, match="Inappropriate ioctl"):
        SerialLines(slave, Wiring(key="rts"), ioctl=fcntl.ioctl)
    os.close(master)
    os.close(slave)


# ---- sound fobs -----------------------------------------------------------------------------------------------


class Fob:
    """The far end of a fob's descriptor: keeps report boundaries, as a hidraw device does."""

    def __init__(self) -> None:
        self.near, self.sock = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.near.setblocking(False)
        self.sock.setblocking(False)

    def written(self) -> list[bytes]:
        reports = []
        with contextlib.suppress(BlockingIOError):
            while report := self.sock.recv(64):
                reports.append(report)
        return reports

    def report(self, first: int, *, numbered: bool = False) -> None:
        self.sock.send((b"\0" if numbered else b"") + bytes((first, 0, 0, 0)))


@pytest.fixture
def fob() -> Iterator[Fob]:
    fob = Fob()
    yield fob
    fob.near.detach()
    fob.sock.close()


def test_the_key_is_a_pin_of_a_fob(fob: Fob) -> None:
    lines = HidLines(fob.near.fileno(), Wiring(key="gpio3", device="/dev/hidraw0"))
    lines.press(True)
    lines.close()
    lines.close()
    up, down = bytes((0, 0, 0, 4, 0)), bytes((0, 0, 4, 4, 0))
    assert fob.written() == [up, down, up]
    assert lines.plan == ReleasePlan(up)


def test_an_inverted_pin_is_high_while_the_key_is_up(fob: Fob) -> None:
    lines = HidLines(fob.near.fileno(), Wiring(key="gpio1", key_inverted=True, device="/dev/hidraw0"))
    lines.press(True)
    assert fob.written() == [bytes((0, 0, 1, 1, 0)), bytes((0, 0, 0, 1, 0))]
    lines.close()


@pytest.mark.parametrize("numbered", [False, True])
def test_the_squelch_is_a_button_of_a_fob_and_the_last_report_counts(fob: Fob, numbered: bool) -> None:
    lines = HidLines(fob.near.fileno(), Wiring(key="gpio3", squelch="volume-down", device="/dev/hidraw0"))
    assert not lines.speech()
    fob.report(0x02, numbered=numbered)
    assert lines.speech()
    assert lines.speech()
    fob.report(0x02, numbered=numbered)
    fob.report(0x01, numbered=numbered)
    assert not lines.speech()
    lines.close()


def test_a_fob_that_was_pulled_says_so(fob: Fob) -> None:
    lines = HidLines(fob.near.fileno(), Wiring(key="gpio3", device="/dev/hidraw0"))
    fob.sock.close()
    with pytest.raises(OSError, match=r"Broken pipe|reset by peer"):
        lines.press(True)
    lines.close()


# ---- what can be wired ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wiring", "fault"),
    [
        (Wiring(key="rts", squelch="cts"), ""),
        (Wiring(key="gpio3", squelch="volume-down", device="/dev/hidraw0"), ""),
        (Wiring(key="gpio3", squelch="cts", device="/dev/hidraw0"), "key gpio3 and squelch cts are not on one device"),
        (Wiring(key="rts", squelch="volume-up"), "key rts and squelch volume-up are not on one device"),
        (Wiring(key="gpio3"), "key gpio3 is a pin of a sound fob, and no device is given"),
    ],
)
def test_wirings_that_cannot_be_are_told(wiring: Wiring, fault: str) -> None:
    assert check(wiring) == fault


def test_a_missing_device_will_return_and_an_impossible_wiring_will_not() -> None:
    for key in ("rts", "gpio3"):
        with pytest.raises(WillReturn, match="/nonexistent"):
            open_lines(Wiring(key=key, device="/nonexistent"))  # type: ignore[arg-type]
    with pytest.raises(Cannot, match="no device is given"):
        open_lines(Wiring(key="rts"))
    with pytest.raises(Cannot, match="not on one device"):
        open_lines(Wiring(key="rts", squelch="volume-up", device="/dev/ttyS0"))
