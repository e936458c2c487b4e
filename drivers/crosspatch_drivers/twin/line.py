"""A pseudo-terminal that a driver opens like a serial port: raw, with a name that stays; not for what is said on it."""

import asyncio
import contextlib
import os
import tty
from collections.abc import Callable
from pathlib import Path

MOST_WAITING = 65536
"""Bytes that wait when nobody reads the terminal; then the oldest go, as on a serial line that nobody listens to."""

READ_SIZE = 4096


class PtyLine:
    """The far end of a serial line. The near end is ``path``, a link to the pseudo-terminal."""

    def __init__(self, path: Path, on_data: Callable[[bytes], None]) -> None:
        """``on_data`` is called from the event loop as soon as bytes arrive."""
        self.path = path
        self.dropped = 0
        self._on_data = on_data
        self._master = self._slave = -1
        self._waiting = bytearray()

    def open(self) -> None:
        """Make the terminal and its link; the running event loop reads it."""
        # The near end stays open here, too: closing and re-opening it by a driver is then no hang-up for the far end.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        fresh = self.path.with_name(f".{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self.path)
        asyncio.get_running_loop().add_reader(self._master, self._readable)

    def write(self, data: bytes) -> None:
        """Send bytes; what the terminal does not take waits."""
        if self._master < 0 or not data:
            return
        self._waiting += data
        self._flush()
        excess = len(self._waiting) - MOST_WAITING
        if excess > 0:
            del self._waiting[:excess]
            self.dropped += excess

    def close(self) -> None:
        """Take the terminal away."""
        if self._master < 0:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        for descriptor in (self._master, self._slave):
            os.close(descriptor)
        self._master = self._slave = -1
        self._waiting.clear()
        with contextlib.suppress(OSError):
            self.path.unlink()

    def _readable(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._on_data(os.read(self._master, READ_SIZE))

    def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                del self._waiting[: os.write(self._master, self._waiting)]
        except BlockingIOError:
            loop.add_writer(self._master, self._flush)
        else:
            loop.remove_writer(self._master)
