"""The sockets of all datagram ports of a process, served by two compiled loops: what came in, and what is to leave.

A call of Python for each datagram would cost more than the datagram. Not for opening sockets or for their addresses:
see udp.
"""

import errno
import socket
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types

from crosspatch_codecs.compiled import compiled
from crosspatch_codecs.pcm import FULL_SCALE
from crosspatch_drivers.audio.ring import READ, WRITE, Ring
from crosspatch_drivers.audio.rings import Ints, Rings, carray, header, pointer, room, samples

MOST_AT_ONCE = 256
"""Datagrams that are read from a port in one go: seconds of sound, and an end to the work a flood can make."""

LARGEST = 65536
"""Bytes; no datagram is longer."""

RECEIVED, SENT, REFUSED, UNSENT, FOREIGN, ODD = range(6)
"""What is counted."""

HOST_AT = {socket.AF_INET: 4, socket.AF_INET6: 8}
"""Bytes of a socket address before the host's own (``sockaddr_in``, ``sockaddr_in6``)."""

Words = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Linear = npt.NDArray[np.int16]

_recvfrom: Any = types.ExternalFunction(
    "recvfrom", types.int64(types.int32, types.uintp, types.uintp, types.int32, types.uintp, types.uintp)
)
_send: Any = types.ExternalFunction("send", types.int64(types.int32, types.uintp, types.uintp, types.int32))
_errno_location: Any = types.ExternalFunction("__errno_location", types.uintp())


class Datagrams:
    """A row for each port: rings, frame, sockets while it is open, the host it hears, and what was counted."""

    def __init__(self, rings: Sequence[tuple[Ring, Ring]], frames: Sequence[int]) -> None:
        """``rings``: (rx, tx) of each; ``frames``: samples of a datagram. All closed."""
        rows = len(rings)
        self.counts: Ints = np.zeros((rows, 6), np.int64)
        self._rx, self._tx = Rings([rx for rx, _ in rings]), Rings([tx for _, tx in rings])
        self._frames: Ints = np.array(frames, np.int64)
        self._receivers: Words = np.full(rows, -1, np.int32)
        self._senders: Words = np.full(rows, -1, np.int32)
        self._hosts: Bytes = np.zeros((rows, 16), np.uint8)
        self._host_at: Ints = np.zeros((rows, 2), np.int64)  # first byte and number of bytes
        self._datagram: Linear = np.zeros(LARGEST // 2, np.int16)
        self._source: Bytes = np.zeros(128, np.uint8)  # as large as any socket address
        self._source_size: Words = np.zeros(1, np.int32)
        self.take(np.zeros(0, np.int64))  # nothing is open: the loops are loaded now, not with the first datagram
        self.give()

    def open(self, row: int, receiver: socket.socket, sender: socket.socket, host: str) -> None:
        """Serve these sockets from now on; both must not block. Only what comes from ``host`` is taken."""
        packed = np.frombuffer(socket.inet_pton(receiver.family, host.partition("%")[0]), np.uint8)
        self._hosts[row, : packed.size] = packed
        self._host_at[row] = HOST_AT[receiver.family], packed.size
        self._receivers[row], self._senders[row] = receiver.fileno(), sender.fileno()

    def close(self, row: int) -> None:
        """Serve them no more; to be called before they are closed."""
        self._receivers[row] = self._senders[row] = -1

    def take(self, rows: Ints) -> None:
        """Read every datagram that waits at these ports."""
        buffers = self._source, self._source_size
        hosts = self._hosts, self._host_at
        _take(rows, self._receivers, hosts, self._rx.places, self.counts, self._datagram, buffers)

    def give(self) -> None:
        """Send one datagram for every frame that waits at any port."""
        _give(self._senders, self._tx.places, self._frames, self.counts, self._datagram)


@compiled
def _errno() -> int:
    """Why the last call of the system failed."""
    return int(carray(pointer(_errno_location()), 1, np.int32)[0])


@compiled
def _take(
    rows: Ints,
    receivers: Words,
    known: tuple[Bytes, Ints],
    places: Ints,
    counts: Ints,
    datagram: Linear,
    came: tuple[Bytes, Words],
) -> None:
    (hosts, host_at), (source, source_size) = known, came
    buffers = datagram.ctypes.data, source.ctypes.data, source_size.ctypes.data
    for row in rows:
        for _ in range(MOST_AT_ONCE if receivers[row] >= 0 else 0):
            source_size[0] = source.size
            size = _recvfrom(receivers[row], buffers[0], 2 * datagram.size, 0, buffers[1], buffers[2])
            if size < 0:
                if _errno() in (errno.EAGAIN, errno.EBADF):
                    break
                continue  # an error left by an earlier datagram: reading took it away
            if _differ(source[host_at[row, 0] :], hosts[row], host_at[row, 1]):
                counts[row, FOREIGN] += 1
                continue
            counts[row, RECEIVED] += 1
            if size % (2 * places[row, 1]) or not size:
                counts[row, ODD] += 1
            _keep(datagram, size // (2 * places[row, 1]), places[row])


@compiled
def _differ(one: Bytes, other: Bytes, size: int) -> bool:
    """Whether the first ``size`` bytes do."""
    for n in range(size):  # noqa: SIM110 - compiled
        if one[n] != other[n]:
            return True
    return False


@compiled
def _keep(datagram: Linear, size: int, place: Ints) -> None:
    """Write so many samples of each channel to a ring."""
    head, sound = header(place), samples(place)
    start = head[WRITE] % place[2]
    taken = room(head, place, size)
    whole = min(taken, place[2] - start)
    for channel in range(place[1]):
        lane, words = sound[channel], datagram[channel :: place[1]]
        for n in range(whole):
            lane[start + n] = np.float32(words[n]) * np.float32(1 / FULL_SCALE)
        for n in range(whole, taken):
            lane[n - whole] = np.float32(words[n]) * np.float32(1 / FULL_SCALE)
    head[WRITE] += taken


@compiled
def _give(senders: Words, places: Ints, frames: Ints, counts: Ints, datagram: Linear) -> None:
    for row in range(senders.size):
        head = header(places[row])
        while senders[row] >= 0 and head[WRITE] - head[READ] >= frames[row]:
            _fill(datagram, frames[row], places[row])
            head[READ] += frames[row]
            counts[row, _sent(senders[row], datagram, frames[row] * places[row, 1], counts[row])] += 1


@compiled
def _fill(datagram: Linear, frame: int, place: Ints) -> None:
    """The oldest frame of a ring as 16 bit: rounded to nearest, clipped, not-a-number as silence."""
    head, sound = header(place), samples(place)
    start = head[READ] % place[2]
    whole = min(frame, place[2] - start)
    for channel in range(place[1]):
        lane, words = sound[channel], datagram[channel :: place[1]]
        for n in range(whole):
            words[n] = _word(lane[start + n])
        for n in range(whole, frame):
            words[n] = _word(lane[n - whole])


@compiled
def _word(sample: np.float32) -> np.int16:
    value = np.rint(sample * np.float32(FULL_SCALE))
    value = min(max(value, np.float32(-32768)), np.float32(32767))
    return np.int16(value if sample == sample else np.float32(0))  # noqa: PLR0124 - not a number


@compiled
def _sent(sender: int, datagram: Linear, words: int, counts: Ints) -> int:
    """Send it; what it counts as. A refusal of an earlier one is told instead of sending this one: send it again."""
    for _ in range(2):
        if _send(sender, datagram.ctypes.data, 2 * words, 0) >= 0:
            return SENT
        if _errno() != errno.ECONNREFUSED:
            break
        counts[REFUSED] += 1
    return UNSENT
