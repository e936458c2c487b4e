"""The twin's end of one audio port: its channels belong to radios, its rate becomes the twin's 16 kHz.

Not for what is heard or counted (see `air`).
"""

from collections.abc import Iterable

import numpy as np
import structlog

from crosspatch_drivers.audio.base import AudioPort
from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.twin.air import BLOCK
from crosspatch_drivers.twin.officer import RATE, Samples
from crosspatch_drivers.twin.resample import Resampler

RETRY = 1.0
"""Seconds between attempts to open a port that will return."""

AHEAD_FRAMES = 2
"""Frames kept ahead of a port that plays by a clock of its own; one that sends at once needs none."""

log = structlog.get_logger()


class Jack:
    """One port and the channels of it that radios use."""

    def __init__(self, name: str, port: AudioPort, channels: Iterable[int], *, clocked: bool) -> None:
        """``clocked``: the port plays by its own clock (sound cards); else it sends what it gets."""
        self.name, self.port, self.clocked = name, port, clocked
        rate = port.format.rate
        self._block = rate * BLOCK // RATE
        self._up = {channel: Resampler(RATE, rate) for channel in channels}
        self._down = {channel: Resampler(rate, RATE) for channel in channels}
        self._ahead = AHEAD_FRAMES * port.format.frame if clocked else 0
        self._is_open = False
        self._retry_at = float("-inf")
        self._told = False
        self.skipped = 0  # samples of silence left out or put in, because the port's clock differs

    def open(self, now: float) -> None:
        """Open if it is time to try; raises `Cannot`."""
        if self._is_open or now < self._retry_at:
            return
        try:
            self.port.open()
        except WillReturn as error:
            self._retry_at = now + RETRY
            if not self._told:
                log.warning("twin: audio port not there yet", port=self.name, reason=str(error))
            self._told = True
            return
        self._is_open, self._told = True, False

    def receive(self, now: float) -> dict[int, Samples]:
        """What has come from the gateway since the last call, by channel."""
        if not self._is_open:
            return {}
        self.port.pump(now)
        block = np.zeros((self.port.format.channels, self.port.rx.fill), np.float32)
        self.port.rx.read(block)
        return {channel: convert(block[channel]) for channel, convert in self._down.items()}

    def send(self, sound: dict[int, Samples], now: float, *, idle: bool) -> None:
        """One block for the gateway. When ``idle`` nobody speaks, and silence may be left out or put in."""
        if not self._is_open:
            return
        block = np.zeros((self.port.format.channels, self._block), np.float32)
        for channel, samples in sound.items():
            block[channel] = self._up[channel](samples)
        if self._ahead and idle:
            fill = self.port.tx.fill
            if fill < self._ahead // 2:
                self.skipped += self.port.tx.write(np.zeros((block.shape[0], self._ahead - fill), np.float32))
            elif fill > 2 * self._ahead + self._block:
                self.skipped += block.shape[1]
                return
        self.port.tx.write(block)
        self.port.pump(now)

    def close(self) -> None:
        """Close the port."""
        self.port.close()
        self._is_open = False
