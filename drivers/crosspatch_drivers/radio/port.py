"""One open serial port, by URL: bytes in to the event loop, bytes out without ever blocking it.

Ports with a descriptor (devices, pseudo-terminals, sockets) are read and written by the loop itself; the others (such
as RFC 2217) by two threads that live as long as the port. Not for opening again: a port that fails is done.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import queue
import re
import struct
import termios
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import serial

from crosspatch_drivers.errors import WillReturn

READ_SIZE = 4096

MOST_WAITING = 4096
"""Bytes that may wait to leave: far more than any command; a port that is so far behind is stuck."""

THREAD_WAIT = 0.2
"""Seconds after which a thread looks whether it is still wanted."""

OnData = Callable[[bytes], None]
OnLost = Callable[[str], None]
"""Called once, from the loop, with what happened to the port."""


class Port(Protocol):
    """An open port."""

    @property
    def descriptor(self) -> int | None:
        """What the keeper may write on; None when there is none."""

    @property
    def waiting(self) -> int:
        """Bytes that have not left yet, as far as one can tell."""

    def write(self, data: bytes, *, first: bool = False) -> None:
        """Send bytes; ``first``: instead of whatever has not left yet."""

    def close(self) -> None:
        """Give the port back."""


@dataclass(frozen=True, slots=True)
class Line:
    """How a port is opened."""

    baud: int
    hardware_flow_control: bool = False
    rts: bool = True
    dtr: bool = True  # some radios talk only while it is high


def open_serial(url: str, line: Line) -> serial.Serial:
    """Open the port; blocks while it does. `WillReturn` when it cannot be opened now."""
    try:
        device: serial.Serial = serial.serial_for_url(
            url, baudrate=line.baud, timeout=0, write_timeout=0, rtscts=line.hardware_flow_control, do_not_open=True
        )
        device.rts, device.dtr = line.rts, line.dtr
        if "://" not in url:
            device.exclusive = True
        device.open()
    except (OSError, ValueError) as error:  # SerialException is an OSError; a URL of no known form is a ValueError
        msg = f"{url}: {why(error)}"
        raise WillReturn(msg) from error
    return device


REASONS = {
    errno.ENOENT: "there is no such device: unplugged, or another name?",
    errno.EACCES: "no permission: is the user in the group of the device (dialout, audio)?",
    errno.EAGAIN: "another process has it",
    errno.EBUSY: "another process has it",
    errno.EIO: "it does not work: its far end is gone",
    errno.ENXIO: "it does not work: nothing is behind it",
    errno.ENOTTY: "it is no serial port",
    errno.EINVAL: "it does not take these settings: no serial port, or no such rate",
}
"""What errors of opening a device mean to a person."""

NUMBERED = re.compile(r"(?:\[Errno |\()(\d+)(?:\]|, ')")
"""How a library tells the system's error within a sentence of its own."""


def why(error: Exception) -> str:
    """What went wrong with a device, without its name, which libraries tell two or three times."""
    number = getattr(error, "errno", None)
    if not isinstance(number, int):
        found = NUMBERED.search(str(error))
        number = int(found[1]) if found else None
    if number is None:
        return " ".join(str(error).split())
    return REASONS.get(number) or os.strerror(number)


def serve(device: serial.Serial, on_data: OnData, on_lost: OnLost) -> Port:
    """Begin to read an open device in the running loop."""
    try:
        descriptor = device.fileno()
    except (OSError, AttributeError):  # io.UnsupportedOperation is an OSError
        return ThreadPort(device, on_data, on_lost)
    return DescriptorPort(device, descriptor, on_data, on_lost)


class DescriptorPort:
    """A port that the loop can watch."""

    def __init__(self, device: serial.Serial, descriptor: int, on_data: OnData, on_lost: OnLost) -> None:
        """Reads from now on."""
        self._device, self._descriptor = device, descriptor
        self._on_data, self._on_lost = on_data, on_lost
        self._waiting = bytearray()
        self._loop = asyncio.get_running_loop()
        self._closed = False
        os.set_blocking(descriptor, False)
        self._loop.add_reader(descriptor, self._readable)

    @property
    def descriptor(self) -> int | None:
        """What the keeper may write on."""
        return self._descriptor

    @property
    def waiting(self) -> int:
        """Bytes that have not left yet, those in the port's own queue included."""
        queued = 0
        with contextlib.suppress(OSError):  # a socket does not tell
            queued = int(struct.unpack("I", fcntl.ioctl(self._descriptor, termios.TIOCOUTQ, b"\0\0\0\0"))[0])
        return len(self._waiting) + queued

    def write(self, data: bytes, *, first: bool = False) -> None:
        """Send bytes, as far as the port takes them now."""
        if self._closed:
            return
        if first:
            self._waiting.clear()
            with contextlib.suppress(termios.error):  # a socket has no queue to flush
                termios.tcflush(self._descriptor, termios.TCOFLUSH)
        self._waiting += data
        if len(self._waiting) > MOST_WAITING:
            self._lose(f"{len(self._waiting)} bytes did not leave: flow control?")
            return
        self._flush()

    def close(self) -> None:
        """Give the port back."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._descriptor)
        self._loop.remove_writer(self._descriptor)
        with contextlib.suppress(OSError, termios.error):
            self._device.close()

    def _readable(self) -> None:
        try:
            data = os.read(self._descriptor, READ_SIZE)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(why(error))
            return
        if data:
            self._on_data(data)
        else:
            self._lose("the far end closed")

    def _flush(self) -> None:
        try:
            while self._waiting:
                del self._waiting[: os.write(self._descriptor, self._waiting)]
        except BlockingIOError:
            self._loop.add_writer(self._descriptor, self._flush)
        except OSError as error:
            self._lose(why(error))
        else:
            self._loop.remove_writer(self._descriptor)

    def _lose(self, reason: str) -> None:
        """Nothing more will come: told from the loop, never from within a call of ours."""
        if not self._closed:
            self.close()
            self._loop.call_soon(self._on_lost, reason)


class ThreadPort:
    """A port without a descriptor: a thread reads it, another writes it."""

    def __init__(self, device: serial.Serial, on_data: OnData, on_lost: OnLost) -> None:
        """Reads from now on."""
        self._device, self._on_data, self._on_lost = device, on_data, on_lost
        self._loop = asyncio.get_running_loop()
        self._closed = threading.Event()
        self._out: queue.Queue[bytes] = queue.Queue(maxsize=MOST_WAITING)
        self._device.timeout = self._device.write_timeout = THREAD_WAIT
        for work in (self._read, self._write):
            threading.Thread(target=work, name=f"serial {device.port}", daemon=True).start()

    @property
    def descriptor(self) -> int | None:
        """There is none."""
        return None

    @property
    def waiting(self) -> int:
        """Writes that have not left yet."""
        return self._out.qsize()

    def write(self, data: bytes, *, first: bool = False) -> None:
        """Give bytes to the writing thread."""
        if first:
            with contextlib.suppress(queue.Empty):
                while True:
                    self._out.get_nowait()
        try:
            self._out.put_nowait(data)
        except queue.Full:
            self._lose("nothing leaves: flow control?")

    def close(self) -> None:
        """Give the port back; the threads end by themselves."""
        if not self._closed.is_set():
            self._closed.set()
            threading.Thread(target=self._device.close, name="serial close", daemon=True).start()

    def _read(self) -> None:
        with self._failing():
            while not self._closed.is_set():
                data = self._device.read(1)
                data += self._device.read(self._device.in_waiting) if data else b""
                if data and not self._closed.is_set():
                    self._loop.call_soon_threadsafe(self._hand_over, data)

    def _write(self) -> None:
        with self._failing():
            while not self._closed.is_set():
                try:
                    data = self._out.get(timeout=THREAD_WAIT)
                except queue.Empty:
                    continue
                while data and not self._closed.is_set():
                    data = data[self._device.write(data) or 0 :]

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - boundary: whatever a driver of pyserial raises, the port is lost
            if not self._closed.is_set():
                with contextlib.suppress(RuntimeError):  # the loop is closed already
                    self._loop.call_soon_threadsafe(self._lose, why(error))

    def _hand_over(self, data: bytes) -> None:
        if not self._closed.is_set():
            self._on_data(data)

    def _lose(self, reason: str) -> None:
        if not self._closed.is_set():
            self.close()
            self._loop.call_soon(self._on_lost, reason)
