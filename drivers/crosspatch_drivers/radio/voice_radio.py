"""A radio wired by its audio alone: it keys itself when it hears us speak, and we hear when somebody speaks on it.

There is no port, so nothing can be asked: it is always fit, granted at once, and on whatever talkgroup its knob says,
which is taken to be the one that was ordered. What ends its transmission is silence on its audio.
"""

import time

from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    Radio,
    RadioEvent,
    RadioOrder,
    RadioSink,
    RadioState,
    SelectTalkgroup,
    StateChanged,
    TalkgroupSelected,
    TransmitEnded,
    Unkey,
)


class VoiceRadio(Radio):
    """Answers orders by itself, as the radio would if it could."""

    def __init__(self, name: str, sink: RadioSink) -> None:
        """Not keyed."""
        self.name = name
        self._sink = sink
        self._keyed = False

    async def start(self) -> None:
        """It is there, as far as anybody can tell."""
        now = time.monotonic()
        self._tell(StateChanged(RadioState.IDLE, "keyed by voice"), now)
        self._tell(Fit(), now)

    def order(self, order: RadioOrder, now: float) -> None:
        """Take an order."""
        match order:
            case Key():
                self._key(now)
            case Unkey():
                self._end(EndReason.RELEASED, now)
            case SelectTalkgroup(gssi=gssi):
                self._tell(TalkgroupSelected(gssi), now)

    def release_now(self, now: float) -> None:
        """Whoever plays its audio has stopped: that is all that can be done."""
        self._end(EndReason.SAFETY, now)

    async def close(self) -> None:
        """Nothing to close."""
        self._end(EndReason.RELEASED, time.monotonic())

    def _key(self, now: float) -> None:
        if self._keyed:
            self._tell(TransmitEnded(EndReason.REFUSED, "the transmitter is not off yet"), now)
            return
        self._keyed = True
        self._tell(Granted(), now)
        self._tell(StateChanged(RadioState.TRANSMITTING), now)

    def _end(self, reason: EndReason, now: float) -> None:
        if self._keyed:
            self._keyed = False
            self._tell(TransmitEnded(reason), now)
        self._tell(StateChanged(RadioState.IDLE), now)

    def _tell(self, event: RadioEvent, now: float) -> None:
        self._sink(self.name, event, now)
