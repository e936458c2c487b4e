"""One end of a packet socket pair between two processes of the box: typed messages, never blocking."""

import socket
from typing import Generic, TypeVar

import msgspec

MAX_PACKET = 65536
"""Bytes; the largest message (a set-up of many channels) stays below it."""

SEND_BUFFER = 1 << 20
"""Bytes of kernel queue each way, so that a moment's pause of one side loses nothing."""

Out = TypeVar("Out", bound=msgspec.Struct)
In = TypeVar("In", bound=msgspec.Struct)


class PeerGone(Exception):  # noqa: N818 - says what happened
    """The other end is closed."""


class Link(Generic[Out, In]):
    """Sends ``Out`` and receives ``In`` messages over a SOCK_SEQPACKET socket."""

    def __init__(self, sock: socket.socket, incoming: type[In] | object) -> None:
        """``incoming`` is the type (usually a union) of what the other end sends."""
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._sock = sock
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[In] = msgspec.msgpack.Decoder(incoming)
        self.dropped = 0  # messages that found the kernel queue full

    @staticmethod
    def pair() -> tuple[socket.socket, socket.socket]:
        """Two connected sockets; give one to the child as an inherited descriptor."""
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def fileno(self) -> int:
        """The descriptor, for select and event loops."""
        return self._sock.fileno()

    def send(self, message: Out) -> bool:
        """Queue one message. False (and counted) when the queue is full; PeerGone when nobody is there."""
        try:
            self._sock.send(self._encoder.encode(message))
        except BlockingIOError:
            self.dropped += 1
            return False
        except OSError as error:
            raise PeerGone from error
        return True

    def receive(self) -> list[In]:
        """Every message that waits. PeerGone when the other end is closed and nothing waits."""
        messages: list[In] = []
        while True:
            try:
                packet = self._sock.recv(MAX_PACKET)
            except BlockingIOError:
                return messages
            except OSError:
                packet = b""
            if not packet:
                if messages:
                    return messages
                raise PeerGone
            messages.append(self._decoder.decode(packet))

    def close(self) -> None:
        """Close this end."""
        self._sock.close()
