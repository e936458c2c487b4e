"""The keeper un-keys what is armed when control falls silent or dies, and only then."""

import json
import os
import pty
import select
import socket
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Iterator

import pytest

from crosspatch.process import keeper

UNKEY = b"\rAT+CUTXC=1\r"


class Rig:
    """A keeper process, our end of its socket, and a pseudo-terminal in the place of a radio's port."""

    def __init__(self) -> None:
        self.sock, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.radio, self.port = pty.openpty()
        tty.setraw(self.port)
        command = [sys.executable, "-I", "-S", keeper.__file__, str(theirs.fileno())]
        self.process = subprocess.Popen(command, pass_fds=(theirs.fileno(),))
        theirs.close()

    def say(self, descriptors: tuple[int, ...] = (), **order: object) -> None:
        socket.send_fds(self.sock, [json.dumps(order).encode()], descriptors)

    def arm(self) -> None:
        self.say((self.port,), do="open", radio="r1")
        self.say(do="arm", radio="r1", data=UNKEY.hex(), drop=0)

    def beat_for(self, seconds: float) -> float:
        """Beat like control; returns the longest gap, which a busy machine may make longer than control's."""
        beaten = start = time.monotonic()
        longest = 0.0
        while beaten < start + seconds:
            self.say(do="beat")
            time.sleep(0.02)
            now = time.monotonic()
            longest, beaten = max(longest, now - beaten), now
        return longest

    def written(self, patience: float) -> bytes:
        """What the keeper wrote to the port, waiting up to ``patience`` seconds for the first byte."""
        ready, _, _ = select.select([self.radio], [], [], patience)
        return os.read(self.radio, 1024) if ready else b""

    def facts(self, patience: float = 5.0) -> Iterator[dict[str, object]]:
        self.sock.settimeout(patience)
        while True:
            yield json.loads(self.sock.recv(4096))

    def close(self) -> None:
        self.sock.close()
        try:
            self.process.wait(5)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self.radio)
            os.close(self.port)


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    next(rig.facts(20.0))  # its first beat: it is up
    yield rig
    rig.close()


def test_writes_the_unkey_bytes_when_control_is_silent(rig: Rig) -> None:
    rig.arm()
    assert rig.written(5.0) == UNKEY


def test_tells_control_what_it_released_once_control_speaks_again(rig: Rig) -> None:
    rig.arm()
    assert rig.written(5.0) == UNKEY
    assert next(fact for fact in rig.facts() if "released" in fact) == {"released": "r1"}


def test_writes_nothing_while_control_beats(rig: Rig) -> None:
    rig.arm()
    while rig.beat_for(0.6) > keeper.SILENCE / 2:  # this machine stalled us: what the keeper wrote then was right
        rig.written(0.0)
    rig.say(do="disarm", radio="r1")
    assert rig.written(0.5) == b""


def test_leaves_a_disarmed_radio_alone(rig: Rig) -> None:
    rig.arm()
    rig.say(do="disarm", radio="r1")
    assert rig.written(0.6) == b""


def test_writes_at_once_and_ends_when_control_dies(rig: Rig) -> None:
    rig.arm()
    rig.sock.close()
    assert rig.written(5.0) == UNKEY
    assert rig.process.wait(5) == 0


def test_writes_again_in_case_the_first_was_swallowed(rig: Rig) -> None:
    rig.arm()
    rig.sock.close()
    rig.process.wait(5)
    assert rig.written(1.0) == UNKEY * len(keeper.REPEATS)


def test_orders_about_ports_it_does_not_hold_are_harmless(rig: Rig) -> None:
    for order in ("close", "arm", "disarm"):
        rig.say(do=order, radio="nobody", data="", drop=0)
    rig.arm()
    assert rig.written(5.0) == UNKEY


def test_a_wired_key_is_let_go_whichever_way_its_line_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[int, int]] = []
    monkeypatch.setattr(keeper.fcntl, "ioctl", lambda _, request, lines: done.append((request, lines[0])))
    line = keeper.Line(-1)
    line.drop = termios.TIOCM_RTS
    assert line.release()
    line.drop, line.lift = 0, termios.TIOCM_DTR
    assert line.release()
    assert done == [(termios.TIOCMBIC, termios.TIOCM_RTS), (termios.TIOCMBIS, termios.TIOCM_DTR)]
