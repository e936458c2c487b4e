"""Raw 16-bit little-endian PCM in UDP datagrams, channels interleaved, as SvxLink's ``udp:`` audio device has it.

There is no header, so nothing here detects loss or puts late datagrams in order: this is for one box or one wire
(GNU Radio, another bridge, a bench), not for links between gateways. Sound is taken from the host of ``send`` only,
from whatever port. A source may be silent for as long as it likes, and there is no clock to watch: the port is OPEN
as long as its socket is.
"""

import errno
import socket
from dataclasses import dataclass

import numpy as np

from crosspatch_codecs.pcm import deinterleave, interleave
from crosspatch_drivers.audio.base import AudioFormat, AudioPort, PortState
from crosspatch_drivers.audio.ring import Block, Ring
from crosspatch_drivers.audio.settings import UdpSettings
from crosspatch_drivers.errors import Cannot, WillReturn

RING_SECONDS = 1.0
"""What each ring holds."""

MOST_AT_ONCE = 256
"""Datagrams read in one pump: seconds of sound, and an end to the work a flood can make."""

KERNEL_QUEUE = 1 << 20
"""Bytes asked of the kernel for datagrams that wait while the engine pauses."""

LARGEST = 65536
"""Bytes; no datagram is longer."""

PERMANENT = {errno.EACCES, errno.EPERM, errno.EAFNOSUPPORT, errno.EINVAL}
"""Errors of opening a socket that the same settings will meet again."""


@dataclass(slots=True)
class UdpCounts:
    """Datagrams since the port was made."""

    received: int = 0
    sent: int = 0
    refused: int = 0  # the peer's host answered that nobody listens there
    unsent: int = 0  # the network or the kernel's queue did not take it
    foreign: int = 0  # from another host: ignored
    odd: int = 0  # no whole number of samples: the whole ones were taken


class UdpPort(AudioPort):
    """One socket to receive on, one to send from."""

    def __init__(self, settings: UdpSettings, rings: tuple[Ring, Ring] | None = None) -> None:
        """``rings`` are (rx, tx); None makes them."""
        self.settings = settings
        self.format = AudioFormat(settings.rate, settings.channels, settings.rate * settings.frame_ms // 1000)
        capacity = int(settings.rate * RING_SECONDS)
        self.rx, self.tx = rings or (Ring(settings.channels, capacity), Ring(settings.channels, capacity))
        self.counts = UdpCounts()
        self._receiver: socket.socket | None = None
        self._sender: socket.socket | None = None
        self._peer_host = ""
        self._frame: Block = np.zeros((settings.channels, self.format.frame), np.float32)
        self._datagram = memoryview(bytearray(LARGEST))

    @property
    def address(self) -> str:
        """host:port this port receives on, the port found when ``listen`` left it to the system; empty when closed."""
        return "{}:{}".format(*self._receiver.getsockname()[:2]) if self._receiver else ""

    def open(self) -> None:
        """Bind and aim. `Cannot` for a bad address, `WillReturn` when the port is taken or the address not here yet."""
        if self._receiver:
            return
        family, target = _resolve("send", self.settings.send, socket.AF_UNSPEC)
        _, own = _resolve("listen", self.settings.listen, family)
        if target[1] == 0:
            msg = f"udp: send {self.settings.send!r} needs a port"
            raise Cannot(msg)
        receiver = socket.socket(family, socket.SOCK_DGRAM)
        sender = socket.socket(family, socket.SOCK_DGRAM)
        try:
            receiver.setblocking(False)
            sender.setblocking(False)
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_QUEUE)
            _named(f"listen {self.settings.listen!r}", receiver.bind, own)
            _named(f"send {self.settings.send!r}", sender.connect, target)  # connected: hears of refusals
        except BaseException:
            receiver.close()
            sender.close()
            raise
        self.tx.skip(self.tx.fill)
        self._peer_host = str(target[0])
        self._receiver, self._sender = receiver, sender

    def pump(self, now: float) -> None:
        """Take every datagram that waits; send one for every frame that waits."""
        if self._receiver:
            self._take(self._receiver)
            self.flush(now)

    def flush(self, now: float) -> None:  # noqa: ARG002 - as for pump
        """Send one datagram for every frame that waits."""
        while self._sender and self.tx.fill >= self.format.frame:
            self.tx.read(self._frame)
            self._send(self._sender, interleave(self._frame))

    def source(self) -> int | None:
        """The socket that datagrams arrive on, while it is open."""
        return self._receiver.fileno() if self._receiver else None

    def state(self, now: float) -> PortState:  # noqa: ARG002 - as for pump
        """OPEN from `open` to `close`."""
        return PortState.OPEN if self._receiver else PortState.CLOSED

    def latency(self) -> float:
        """Nothing is held: a whole frame leaves at once."""
        return 0.0

    def close(self) -> None:
        """Close both sockets."""
        for sock in (self._receiver, self._sender):
            if sock:
                sock.close()
        self._receiver = self._sender = None

    def _take(self, receiver: socket.socket) -> None:
        whole = 2 * self.format.channels
        for _ in range(MOST_AT_ONCE):
            try:
                size, source = receiver.recvfrom_into(self._datagram)
            except BlockingIOError:
                return
            except OSError:  # an error left by an earlier datagram: reading took it away
                continue
            if source[0] != self._peer_host:
                self.counts.foreign += 1
                continue
            if size % whole or not size:
                self.counts.odd += 1
            self.counts.received += 1
            self.rx.write(deinterleave(self._datagram[: size // whole * whole], self.format.channels))

    def _send(self, sender: socket.socket, data: bytes) -> None:
        for _ in range(2):  # a refusal of an earlier datagram is told instead of sending this one: send it again
            try:
                sender.send(data)
                self.counts.sent += 1
                return
            except ConnectionRefusedError:
                self.counts.refused += 1
            except OSError:
                break
        self.counts.unsent += 1


def _resolve(what: str, text: str, family: int) -> tuple[int, tuple[str, int]]:
    """Address family and socket address of ``host:port`` (``[host]:port`` for IPv6), IPv4 before IPv6."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65536):
        msg = f"udp: {what} {text!r} is not host:port"
        raise Cannot(msg)
    try:
        found = socket.getaddrinfo(host, int(port), socket.AddressFamily(family), socket.SOCK_DGRAM)
    except socket.gaierror as error:
        msg = f"udp: {what} {text!r}: {error.strerror}"
        raise (WillReturn if error.errno == socket.EAI_AGAIN else Cannot)(msg) from error
    chosen = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return chosen[0], chosen[4]  # type: ignore[return-value]  # IPv6 has two more fields, which are passed on as is


def _named(what: str, call: object, address: tuple[str, int]) -> None:
    """Bind or connect; errors become `Cannot` or `WillReturn` naming ``what``."""
    try:
        call(address)  # type: ignore[operator]
    except OSError as error:
        msg = f"udp: {what}: {error.strerror}"
        raise (Cannot if error.errno in PERMANENT else WillReturn)(msg) from error
