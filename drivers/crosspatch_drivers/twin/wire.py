"""The sending side of a virtual radio's serial line: lines at their time, in order, and with the faults of the line.

Pure; what is lost or broken is decided by a seed. Not for what is printed.
"""

import heapq
from random import Random

from crosspatch_drivers.twin.faults import RadioFaults

MOST_WAITING = 512
"""Lines that may wait to be sent; the rest is dropped and counted."""

GLUE_LIMIT = 0.5
"""Seconds a glued line waits for the next one at most."""

PIECES, PIECE_GAP = 3, 0.02
"""A cut line's pieces, and seconds between them."""

NOISE_BYTES = 8
"""Bytes of rubbish before a line."""


class Wire:
    """What waits to be sent."""

    def __init__(self, seed: str) -> None:
        """Nothing waits; no fault."""
        self.faults = RadioFaults()
        self.dropped = 0
        self._out: list[tuple[float, int, bytes]] = []
        self._sequence = 0
        self._held: bytes = b""
        self._held_until = 0.0
        self._free_at = float("-inf")  # when the last piece of a cut line has left
        self._dice = Random(seed)

    def put(self, data: bytes, due: float) -> None:
        """Send ``data`` (one line, or noise) at ``due``, with whatever is wrong with the line."""
        faults = self.faults
        if faults.mute or self._dice.random() < faults.line_loss:
            return
        if self._dice.random() < faults.noise:
            data = bytes(self._dice.randrange(256) for _ in range(NOISE_BYTES)) + data
        if faults.byte_loss:
            data = bytes(byte for byte in data if self._dice.random() >= faults.byte_loss)
        self._schedule(data, due + faults.delay_ms / 1000)

    def take(self, now: float) -> bytes:
        """The bytes that are due."""
        data = bytearray()
        while self._out and self._out[0][0] <= now:
            data += heapq.heappop(self._out)[2]
        if self._held and now >= self._held_until:
            data, self._held = bytearray(self._held) + data, b""
        return bytes(data)

    def next_due(self) -> float:
        """When something is to be sent."""
        held = self._held_until if self._held else float("inf")
        return min(self._out[0][0] if self._out else float("inf"), held)

    def hears_nothing(self) -> bool:
        """Whether a command that comes now is lost."""
        return self.faults.deaf or self._dice.random() < self.faults.command_loss

    def clear(self) -> None:
        """Forget what waits: the radio was switched off."""
        self._out.clear()
        self._held = b""

    def _schedule(self, data: bytes, due: float) -> None:
        if self.faults.glue and not self._held:
            self._held, self._held_until = data, due + GLUE_LIMIT
            return
        data, self._held = self._held + data, b""
        due = max(due, self._free_at)
        if not self.faults.cut:
            self._push(data, due)
            return
        size = -(-len(data) // PIECES)
        for number in range(PIECES):
            self._push(data[number * size : (number + 1) * size], due + number * PIECE_GAP)
        self._free_at = due + PIECES * PIECE_GAP

    def _push(self, data: bytes, due: float) -> None:
        if len(self._out) >= MOST_WAITING:
            self.dropped += 1
            return
        self._sequence += 1
        heapq.heappush(self._out, (due, self._sequence, data))
