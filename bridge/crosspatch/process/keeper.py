"""The keeper: a tiny process that un-keys every transmitter when the control process cannot.

It holds a duplicate of every open serial descriptor and, for each radio that may be on the air, the bytes and line
states that un-key it. Control says something at least every 50 ms; when it has been silent for 200 ms, or its end of
the socket closes, the keeper writes. It does nothing else, decides nothing else, and imports only what it needs: it
is started by its file name, without the site packages, and is the first process up and the last to go.

Packets are JSON objects over a SOCK_SEQPACKET socket. To the keeper: ``{"do": "open"|"close"|"arm"|"disarm"|
"beat", "radio": …, "data": hex, "drop": TIOCM bits, "raise": TIOCM bits}``, the descriptor of ``open`` riding along as
ancillary data. From the keeper: ``{"beat": n}`` and ``{"released": radio}``.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
import termios
import time

SILENCE = 0.2
"""Seconds without a word from control after which it counts as dead (design: un-keyed within 300 ms in all)."""

BEAT = 0.05
"""Seconds between the keeper's own signs of life."""

REPEATS = (0.0, 0.1, 0.3)
"""Seconds after the failure at which un-key is written: again, in case a half-written command swallowed the first."""

PRIORITY = 40
"""Real-time priority, above the engine's: this process sleeps nearly always."""


class Line:
    """One radio's descriptor and what un-keys it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.data = b""
        self.drop = self.lift = 0
        self.armed = False

    def release(self) -> bool:
        """Write the un-key bytes and drop or raise the lines; False when the port took none of it."""
        done = False
        for request, lines in ((termios.TIOCMBIC, self.drop), (termios.TIOCMBIS, self.lift)):
            if lines:
                with contextlib.suppress(OSError):
                    fcntl.ioctl(self.descriptor, request, struct.pack("I", lines))
                    done = True
        if self.data:
            with contextlib.suppress(OSError):
                done = os.write(self.descriptor, self.data) == len(self.data) or done
        return done


class Keeper:
    """The keeper's whole state. `run` is its loop; the rest is what one packet or one look at the clock does."""

    def __init__(self, sock: socket.socket) -> None:
        """``sock`` is this end of the packet socket to control."""
        sock.setblocking(False)
        self._sock = sock
        self._lines: dict[str, Line] = {}
        self._beats = 0
        self._failed_at: float | None = None  # when control was found silent
        self._repeats_done = 0
        self._gone = False

    def run(self) -> None:
        """Serve until control's end closes and every transmitter has been told to stop."""
        heard = time.monotonic()
        beat_at = heard
        while not (self._gone and self._repeats_done == len(REPEATS)):
            readable = [] if self._gone else [self._sock]
            ready, _, _ = select.select(readable, [], [], 0.01)
            now = time.monotonic()
            if ready:
                self._gone = not self._receive()
                if not self._gone:
                    heard = now
                    self._failed_at = None
            if self._failed_at is None and (self._gone or now - heard > SILENCE):
                self._failed_at, self._repeats_done = now, 0
            self._release_due(now)
            if not self._gone and now >= beat_at:
                beat_at = now + BEAT
                self._beats += 1
                self._say({"beat": self._beats})

    def _receive(self) -> bool:
        """Take every waiting packet; False when control's end is closed."""
        while True:
            try:
                packet, descriptors, _, _ = socket.recv_fds(self._sock, 4096, 4)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not packet:
                return False
            self._do(json.loads(packet), descriptors)

    def _do(self, order: dict[str, object], descriptors: list[int]) -> None:
        radio, line = str(order.get("radio", "")), self._lines.get(str(order.get("radio", "")))
        match order["do"]:
            case "open":
                if line:
                    os.close(line.descriptor)
                self._lines[radio] = Line(descriptors[0])
                os.set_blocking(descriptors[0], False)
            case "close" if line:
                os.close(self._lines.pop(radio).descriptor)
            case "arm" if line:
                line.data, line.drop = bytes.fromhex(str(order["data"])), int(str(order["drop"]))
                line.lift = int(str(order.get("raise", 0)))
                line.armed = True
            case "disarm" if line:
                line.armed = False
            case _:  # a beat, or an order about a port that is already closed
                pass

    def _release_due(self, now: float) -> None:
        """Write what un-keys, at each of the moments after the failure."""
        if self._failed_at is None or self._repeats_done == len(REPEATS):
            return
        if now - self._failed_at < REPEATS[self._repeats_done]:
            return
        self._repeats_done += 1
        for radio, line in self._lines.items():
            if line.armed:
                line.release()
                self._say({"released": radio})

    def _say(self, fact: dict[str, object]) -> None:
        with contextlib.suppress(OSError):  # control is stopped or gone: it will hear the next one, or none
            self._sock.send(json.dumps(fact).encode())


def main() -> None:
    """Run as ``python -I -S keeper.py DESCRIPTOR``."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the last to go: ends when control's end closes
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
    Keeper(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
