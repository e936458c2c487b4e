"""Raw 16-bit little-endian PCM in UDP datagrams, channels interleaved, as SvxLink's ``udp:`` audio device has it.

There is no header, so nothing here detects loss or puts late datagrams in order: this is for one box or one wire
(GNU Radio, another bridge, a bench), not for links between gateways. Sound is taken from the host of ``send`` only,
from whatever port. A source may be silent for as long as it likes, and there is no clock to watch: the port is OPEN
as long as its socket is.
"""

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crosspatch_drivers.audio.base import AudioFormat, AudioPort, PortState
from crosspatch_drivers.audio.datagrams import Datagrams
from crosspatch_drivers.audio.ring import Ring
from crosspatch_drivers.audio.settings import UdpSettings
from crosspatch_drivers.errors import Cannot, WillReturn

RING_SECONDS = 1.0
"""What each ring holds."""

KERNEL_QUEUE = 1 << 20
"""Bytes asked of the kernel for datagrams that wait while the engine pauses."""

PERMANENT = {errno.EACCES, errno.EPERM, errno.EAFNOSUPPORT, errno.EINVAL}
"""Errors of opening a socket that the same settings will meet again."""


@dataclass(frozen=True, slots=True)
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
        self._receiver: socket.socket | None = None
        self._sender: socket.socket | None = None
        self._served, self._row = Datagrams([(self.rx, self.tx)], [self.format.frame]), 0

    @property
    def counts(self) -> UdpCounts:
        """What went through so far."""
        return UdpCounts(*self._served.counts[self._row].tolist())

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
        self._receiver, self._sender = receiver, sender
        self._served.open(self._row, receiver, sender, str(target[0]))

    def pump(self, now: float) -> None:
        """Take every datagram that waits; send one for every frame that waits."""
        if self._receiver:
            self._served.take(np.array([self._row]))
            self.flush(now)

    def flush(self, now: float) -> None:  # noqa: ARG002 - as for pump
        """Send one datagram for every frame that waits, here and where sockets are served together with these."""
        self._served.give()

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
        self._served.close(self._row)
        for sock in (self._receiver, self._sender):
            if sock:
                sock.close()
        self._receiver = self._sender = None

    def join(self, served: Datagrams, row: int) -> None:
        """Be row ``row`` of those that are served together; to be called while closed."""
        self._served, self._row = served, row


def together(ports: Sequence[UdpPort]) -> Datagrams:
    """Closed ports, whose sockets are served together from now on: row by row in this order."""
    served = Datagrams([(port.rx, port.tx) for port in ports], [port.format.frame for port in ports])
    for row, port in enumerate(ports):
        port.join(served, row)
    return served


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
