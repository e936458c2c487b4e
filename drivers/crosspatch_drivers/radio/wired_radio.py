"""A radio keyed by a wire and heard by its squelch line: no word from the network, no talker, no talkgroup.

What it answers is what a wire can tell: granted when the key is pressed, on the talkgroup that was ordered, because
its knob cannot be read. Not for radios with a PEI (see `pei_radio`), which may have a wired key, too.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable

from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Guard,
    Key,
    OverEnded,
    OverStarted,
    Radio,
    RadioEvent,
    RadioOrder,
    RadioSink,
    RadioState,
    SelectTalkgroup,
    StateChanged,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)
from crosspatch_drivers.radio.port import why
from crosspatch_drivers.radio.reconnection import Reconnection
from crosspatch_drivers.radio.serving import begin_serving
from crosspatch_drivers.radio.settings import Wiring
from crosspatch_drivers.radio.wiring import LineControl, open_lines

LOOK_S = 0.01
"""Seconds between looks at the squelch."""

BOUNCE_S = 0.03
"""Seconds for which a squelch must stay closed before the over counts as ended: contacts and fading chatter."""

OpenLines = Callable[[Wiring], LineControl]


class WiredRadio(Radio):
    """One radio, from `start` to `close`."""

    def __init__(
        self, name: str, wiring: Wiring, sink: RadioSink, guard: Guard, open_device: OpenLines = open_lines
    ) -> None:
        """``open_device`` opens the lines: blocking, `WillReturn` when they are not there."""
        self.name = name
        self._wiring, self._sink, self._guard, self._open_device = wiring, sink, guard, open_device
        self.reconnection = Reconnection(name, wiring.device or "")
        self._lines: LineControl | None = None
        self._keyed = self._hears = False
        self._closed_since: float | None = None
        self._told = RadioState.OFFLINE
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to serve; returns at once."""
        self._task = begin_serving(self._keep_open(), f"radio {self.name}")

    def order(self, order: RadioOrder, now: float) -> None:
        """Take an order."""
        match order:
            case Key():
                self._key(now)
            case Unkey():
                self._let_go(EndReason.RELEASED, "", now)
            case SelectTalkgroup(gssi=gssi):
                self._tell(TalkgroupSelected(gssi), now)

    def release_now(self, now: float) -> None:
        """Let the key go."""
        self._let_go(EndReason.SAFETY, "", now)

    async def close(self) -> None:
        """Let the key go, close the device."""
        self._let_go(EndReason.RELEASED, "", time.monotonic())
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._lose("closed by the gateway")
        self.reconnection.closed()

    # ---- the device -------------------------------------------------------------------------------------------

    async def _keep_open(self) -> None:
        """Open, look at the squelch until the device is gone, open again."""
        while True:
            self.reconnection.opening(time.monotonic())
            try:
                self._opened(await self._open())
                while self._lines is not None:
                    self._look(time.monotonic())
                    await asyncio.sleep(LOOK_S)
                reason = "the device was lost"
            except (WillReturn, OSError) as error:
                reason = str(error) if isinstance(error, WillReturn) else why(error)
            self._lose(reason)
            self._tell(Unfit(reason), time.monotonic())
            await asyncio.sleep(self.reconnection.failed(reason, time.monotonic()))

    async def _open(self) -> LineControl:
        opening = asyncio.ensure_future(asyncio.to_thread(self._open_device, self._wiring))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unwanted)
            raise

    def _opened(self, lines: LineControl) -> None:
        now = time.monotonic()
        self._lines = lines
        self._guard.opened(self.name, lines.descriptor)
        self.reconnection.opened(now)
        self.reconnection.answered(now)
        self._move(now)
        self._tell(Fit(), now)

    def _lose(self, reason: str) -> None:
        """The device is gone or is given back; whatever it was doing has ended."""
        now = time.monotonic()
        if self._keyed:
            self._keyed = False
            self._tell(TransmitEnded(EndReason.LOST, reason), now)
        self._silent(reason, now)
        lines, self._lines = self._lines, None
        if lines is not None:
            lines.close()
            self._guard.closed(self.name)
        self._move(now, reason)

    # ---- squelch and key --------------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        """Our own transmission may open the squelch: it is not looked at meanwhile."""
        if self._lines is None:
            return
        open_now = self._lines.speech() and not self._keyed
        if open_now:
            self._closed_since = None
            if not self._hears:
                self._hears = True
                self._tell(OverStarted(None), now)
                self._move(now)
        elif self._hears:
            self._closed_since = now if self._closed_since is None else self._closed_since
            if now - self._closed_since >= BOUNCE_S:
                self._silent("", now)
                self._move(now)

    def _silent(self, reason: str, now: float) -> None:
        if self._hears:
            self._hears, self._closed_since = False, None
            self._tell(OverEnded(reason), now)

    def _key(self, now: float) -> None:
        lines = self._lines
        if self._keyed or lines is None:
            refusal = "the transmitter is not off yet" if self._keyed else "its lines are not there"
            self._tell(TransmitEnded(EndReason.REFUSED if self._keyed else EndReason.LOST, refusal), now)
            return
        self._guard.arm(self.name, lines.plan)
        try:
            lines.press(True)
        except OSError as error:
            self._tell(TransmitEnded(EndReason.LOST, why(error)), now)
            self._lose(why(error))
            return
        self._keyed = True
        self._tell(Granted(), now)
        self._move(now)

    def _let_go(self, reason: EndReason, detail: str, now: float) -> None:
        if self._lines is not None:
            try:
                self._lines.press(False)
            except OSError as error:
                self._lose(why(error))
                return
        if self._keyed:
            self._keyed = False
            self._guard.disarm(self.name)
            self._tell(TransmitEnded(reason, detail), now)
        self._move(now)

    # ---- telling ----------------------------------------------------------------------------------------------

    def _move(self, now: float, reason: str = "") -> None:
        state = RadioState.IDLE
        if self._lines is None:
            state = RadioState.OFFLINE
        elif self._keyed:
            state = RadioState.TRANSMITTING
        elif self._hears:
            state = RadioState.RECEIVING
        if state is not self._told:
            self._told = state
            self._tell(StateChanged(state, reason), now)

    def _tell(self, event: RadioEvent, now: float) -> None:
        self._sink(self.name, event, now)


def _close_unwanted(opening: "asyncio.Future[LineControl]") -> None:
    """The device that nobody waits for any more."""
    if not opening.cancelled() and opening.exception() is None:
        with contextlib.suppress(OSError):
            opening.result().close()
