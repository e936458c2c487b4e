"""A satellite receiver that is kept open: its fixes go to whoever asked for them, and what is wrong with it is told.

``socket://host:port`` is a port like any other, so gpsd is reached the same way as a serial device.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping

import serial

from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.radio.port import Line, Port, open_serial, serve
from crosspatch_drivers.radio.reconnection import Connection, Reconnection
from crosspatch_drivers.receiver.sentences import Reader, ReceiverFix

SILENCE_S = 10.0
"""Seconds without a byte after which a receiver is opened anew: they speak each second."""

NAME = "receiver"


class Receiver:
    """One receiver, from `start` to `close`."""

    def __init__(self, url: str, baud: int, reader: Reader, sink: Callable[[ReceiverFix], None]) -> None:
        """Closed. ``sink`` is called from the event loop."""
        self._url, self._baud, self._reader, self._sink = url, baud, reader, sink
        self._reconnection = Reconnection(NAME, url, what=NAME)
        self._lost: asyncio.Event = asyncio.Event()
        self._reason = ""
        self._heard_at = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def counters(self) -> Mapping[str, int]:
        """What it told, and what of that was of no use."""
        return {f"{NAME} {what}": count for what, count in self._reader.counters.items()}

    @property
    def open(self) -> bool:
        """Whether it is connected."""
        return self._reconnection.state is Connection.OPEN

    def start(self) -> None:
        """Begin to open it, on the running loop; one that is away is no failure."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=NAME)

    async def close(self) -> None:
        """Give the port back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._reconnection.closed()

    async def _run(self) -> None:
        while True:
            self._reconnection.opening(time.monotonic())
            try:
                await self._serve()
            except WillReturn as error:
                self._reason = str(error)
            await asyncio.sleep(self._reconnection.failed(self._reason, time.monotonic()))

    async def _serve(self) -> None:
        """From an attempt to the loss of the port."""
        opening = asyncio.ensure_future(asyncio.to_thread(open_serial, self._url, Line(self._baud)))
        try:
            device = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unwanted)
            raise
        self._lost.clear()
        port = serve(device, self._heard, self._gone)
        try:
            self._reconnection.opened(time.monotonic())
            self._heard_at = time.monotonic()
            if self._reader.greeting:
                port.write(self._reader.greeting)
            await self._mind(port)
        finally:
            port.close()

    async def _mind(self, port: Port) -> None:
        """Wait until the port is lost, or says nothing any more."""
        while not self._lost.is_set():
            left = self._heard_at + SILENCE_S - time.monotonic()
            if left <= 0:
                self._gone(f"says nothing for {SILENCE_S:.0f} s")
                port.close()
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._lost.wait()

    def _heard(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        self._reconnection.answered(self._heard_at)
        for fix in self._reader.feed(data):
            self._sink(fix)

    def _gone(self, reason: str) -> None:
        self._reason = reason
        self._lost.set()


def _close_unwanted(opening: asyncio.Future[serial.Serial]) -> None:
    """A port that came open when nobody waited for it any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
