"""A TETRA radio on a serial port: the pure session between a port and the bridge.

Not for the protocol (see `pei.session`). The guard is told of a key before its first byte is written, and that the
radio is off only after the radio said so.
"""

import asyncio
import time
from collections import deque

import serial
import structlog

from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio import port as serial_port
from crosspatch_drivers.radio.base import Guard, Radio, RadioOrder, RadioSink, Unkey
from crosspatch_drivers.radio.pei.outbox import Action, Arm, Disarm, Emit, Note, Reopen, Write
from crosspatch_drivers.radio.pei.profile import GENERIC, Profile
from crosspatch_drivers.radio.pei.session import Session
from crosspatch_drivers.radio.reconnection import Reconnection

PARTING_S = 1.5
"""Longest wait at the end for a keyed radio to confirm that it is off: two attempts."""

log = structlog.get_logger()


class PeiRadio(Radio):
    """One radio, from `start` to `close`."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        baud: int,
        home: Identity,
        sink: RadioSink,
        guard: Guard,
        profile: Profile = GENERIC,
    ) -> None:
        """``url`` as pyserial takes it; ``home`` any identity of the radio's network."""
        self.name = name
        self._url, self._baud, self._profile = url, baud, profile
        self._sink, self._guard = sink, guard
        self._session = Session(home, profile)
        self.reconnection = Reconnection(name, url)
        self._port: serial_port.Port | None = None
        self._guarded = False
        self._lost = asyncio.Event()
        self._lost_reason = ""
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._actions: deque[Action] = deque()
        self._acting = False
        self._off = asyncio.Event()

    @property
    def counters(self) -> dict[str, int]:
        """What went by without being of use."""
        return {**self._session.counters, "port failures": self.reconnection.failures}

    async def start(self) -> None:
        """Begin to serve; returns at once."""
        self._task = asyncio.create_task(self._keep_open(), name=f"radio {self.name}")

    def order(self, order: RadioOrder, now: float) -> None:
        """Take an order."""
        self._session.order(order, now)
        self._act()

    def release_now(self, now: float) -> None:
        """Un-key ahead of everything."""
        self._session.release_now(now)
        self._act()

    async def close(self) -> None:
        """Un-key, wait a little for the radio to confirm it, close the port."""
        if self._session.keyed and self._port is not None:
            self.order(Unkey(), time.monotonic())
            try:
                async with asyncio.timeout(PARTING_S):
                    while self._session.keyed and self._port is not None:
                        self._off.clear()
                        await self._off.wait()
            except TimeoutError:
                self.release_now(time.monotonic())
                log.warning("radio: closed without a word that its transmitter is off", radio=self.name)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._close_port("closed by the gateway")
        self.reconnection.closed()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # ---- the port ---------------------------------------------------------------------------------------------

    async def _keep_open(self) -> None:
        """Open, serve until lost, open again."""
        while True:
            self.reconnection.opening(time.monotonic())
            try:
                await self._open()
            except WillReturn as error:
                reason = str(error)
            else:
                await self._lost.wait()
                reason = self._lost_reason
                self._close_port(reason)
            pause = self.reconnection.failed(reason, time.monotonic())
            self._session.closed(reason, time.monotonic())
            self._act()
            await asyncio.sleep(pause)

    async def _open(self) -> None:
        """Opening may take its time (a wedged adapter, a far host): not in the loop."""
        opening = asyncio.ensure_future(
            asyncio.to_thread(
                serial_port.open_serial,
                self._url,
                self._baud,
                hardware_flow_control=self._profile.hardware_flow_control,
            )
        )
        try:
            device = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unwanted)
            raise
        self._lost.clear()
        now = time.monotonic()
        self._port = serial_port.serve(device, self._received, self._port_lost)
        if self._port.descriptor is not None:
            self._guard.opened(self.name, self._port.descriptor)
            self._guarded = True
        self.reconnection.opened(now)
        self._session.opened(now)
        self._act()

    def _close_port(self, reason: str) -> None:
        port, self._port = self._port, None
        if port is None:
            return
        still_keyed = self._session.keyed
        now = time.monotonic()
        self._session.closed(reason, now)
        self._act()
        port.close()
        if self._guarded and not (still_keyed and self._task is None):
            self._guard.closed(self.name)
            self._guarded = False

    def _received(self, data: bytes) -> None:
        self._session.received(data, time.monotonic())
        self._act()

    def _port_lost(self, reason: str) -> None:
        self._lost_reason = reason
        self._lost.set()
        self._off.set()

    # ---- what the session wants -------------------------------------------------------------------------------

    def _act(self) -> None:
        """Do it in order. An event may bring an order at once, whose actions wait their turn behind it."""
        self._actions.extend(self._session.take())
        if self._acting:
            return
        self._acting = True
        try:
            while self._actions:
                self._do(self._actions.popleft())
        finally:
            self._acting = False
        self._off.set()
        self._set_timer()

    def _do(self, action: Action) -> None:
        match action:
            case Write(data=data, first=first):
                if self._port is not None:
                    self._port.write(data, first=first)
            case Arm(plan=plan):
                self._guard.arm(self.name, plan)
            case Disarm():
                self._guard.disarm(self.name)
            case Emit(event=event):
                self._sink(self.name, event, time.monotonic())
            case Reopen(reason=reason):
                if self._port is not None:
                    self._port_lost(reason)
            case Note(text=text, level=level):
                getattr(log, level)(f"radio: {text}", radio=self.name)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._session.deadline()
        if deadline is not None:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._session.tick(time.monotonic())
        self._act()


def _close_unwanted(opening: "asyncio.Future[serial.Serial]") -> None:
    """The port that nobody waits for any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
