"""A TETRA radio on a serial port: the pure session between a port and the bridge.

Not for the protocol (see `pei.session`). The guard is told of a key before its first byte is written, and that the
radio is off only after the radio said so.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import serial
import structlog

from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio import port as serial_port
from crosspatch_drivers.radio import wiring as wires
from crosspatch_drivers.radio.base import Guard, Radio, RadioOrder, RadioSink, RadioState, ReleasePlan, Unkey
from crosspatch_drivers.radio.pei.outbox import Action, Arm, Disarm, Emit, Note, PressKey, Reopen, Write
from crosspatch_drivers.radio.pei.profile import GENERIC, Profile
from crosspatch_drivers.radio.pei.session import Session
from crosspatch_drivers.radio.pei_log import Entry, Way
from crosspatch_drivers.radio.reconnection import Reconnection
from crosspatch_drivers.radio.serving import begin_serving
from crosspatch_drivers.radio.settings import Wiring

PARTING_S = 1.5
"""Longest wait at the end for a keyed radio to confirm that it is off: two attempts."""

BAUDS = (38400, 115200, 9600, 19200, 57600)
"""Rates that radios are set to, the most usual first."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeiSettings:
    """How one radio is reached and treated."""

    url: str
    baud: int
    home: Identity  # any identity of the radio's network
    profile: Profile = GENERIC
    candidates: tuple[Profile, ...] = ()  # profiles to choose from once the radio has told its brand
    search: bool = False  # try other rates and flow control while the radio has never answered
    wiring: Wiring | None = None  # the key is a wire, not a command


def search_order(line: serial_port.Line) -> list[serial_port.Line]:
    """What to try in turn: every other time what is configured, so that a radio switched on late is found soon."""
    others = [replace(line, baud=baud) for baud in BAUDS if baud != line.baud]
    flipped = [replace(each, hardware_flow_control=not each.hardware_flow_control) for each in (line, *others)]
    return [each for other in (*others, *flipped) for each in (line, other)]


class PeiRadio(Radio):
    """One radio, from `start` to `close`."""

    def __init__(
        self,
        name: str,
        settings: PeiSettings,
        sink: RadioSink,
        guard: Guard,
        record: Callable[[Entry], None] | None = None,
    ) -> None:
        """``record`` is given every read and write."""
        self.name = name
        self.settings = settings
        self._sink, self._guard, self._record = sink, guard, record
        self._session = Session(settings.home, settings.profile, name, settings.candidates)
        self.reconnection = Reconnection(name, settings.url)
        self._ways = self._ways_to_open()
        self._way = 0
        self._found = False
        self._port: serial_port.Port | None = None
        self._wires: wires.LineControl | None = None
        self._guarded = False
        self._lost = asyncio.Event()
        self._lost_reason = ""
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._actions: deque[Action] = deque()
        self._acting = False
        self._acted = asyncio.Event()

    @property
    def counters(self) -> dict[str, int]:
        """What went by without being of use."""
        return {**self._session.counters, "port failures": self.reconnection.failures}

    async def start(self) -> None:
        """Begin to serve; returns at once."""
        self._task = begin_serving(self._keep_open(), f"radio {self.name}")

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
                        self._acted.clear()
                        await self._acted.wait()
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

    def _ways_to_open(self) -> list[serial_port.Line]:
        """The first is as configured. A key on RTS leaves none for flow control, which would press it."""
        settings, wiring = self.settings, self.settings.wiring
        line = serial_port.Line(settings.baud, settings.profile.hardware_flow_control)
        key = wiring.key if wiring is not None and wiring.device is None else ""
        if wiring is not None and key:
            idle = wiring.key_inverted
            line = replace(line, rts=idle) if key == "rts" else replace(line, dtr=idle)
        lines = search_order(line) if settings.search else [line]
        return [each for each in lines if key != "rts" or not each.hardware_flow_control]

    @property
    def _line(self) -> serial_port.Line:
        return self._ways[self._way % len(self._ways)]

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
        opening = asyncio.ensure_future(asyncio.to_thread(serial_port.open_serial, self.settings.url, self._line))
        try:
            device = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unwanted)
            raise
        self._lost.clear()
        self._port = serial_port.serve(device, self._received, self._port_lost)
        self._open_wires()
        descriptor = self._port.descriptor if self._wires is None else self._wires.descriptor
        if descriptor is not None:
            self._guard.opened(self.name, descriptor)
            self._guarded = True
        now = time.monotonic()
        self.reconnection.opened(now)
        self._session.opened(now)
        self._act()

    def _open_wires(self) -> None:
        """The wired key, on this port or on a device of its own."""
        wiring, port = self.settings.wiring, self._port
        if wiring is None or port is None:
            return
        if wiring.device is not None:
            self._wires = wires.open_lines(wiring)
        elif port.descriptor is None:
            msg = f"{self.settings.url}: such a port has no lines to key by"
            raise WillReturn(msg)
        else:
            try:
                self._wires = wires.SerialLines(port.descriptor, wiring)
            except OSError as error:
                msg = f"{self.settings.url}: no modem lines to key by: {error}"
                raise WillReturn(msg) from error

    def _close_port(self, reason: str) -> None:
        port, self._port = self._port, None
        if port is None:
            return
        still_keyed = self._session.keyed
        self._session.closed(reason, time.monotonic())
        self._act()
        if self._wires is not None:
            self._wires.close()
            self._wires = None
        port.close()
        if self._guarded and not (still_keyed and self._task is None):
            self._guard.closed(self.name)
            self._guarded = False

    def _received(self, data: bytes) -> None:
        self._write_down(Way.FROM_RADIO, data)
        self._session.received(data, time.monotonic())
        if not self._found and self._session.state is RadioState.INIT:
            self._answers()
        self._act()

    def _answers(self) -> None:
        """The radio talks at this rate: no other is tried any more."""
        self._found = True
        if self._line != self._ways[0]:
            flow = "with" if self._line.hardware_flow_control else "without"
            text = f"answers at {self._line.baud} baud {flow} hardware flow control, not as configured"
            log.warning(f"radio: {text}", radio=self.name, port=self.settings.url)

    def _port_lost(self, reason: str) -> None:
        self._lost_reason = reason
        self._lost.set()
        self._acted.set()

    def _reopen(self, reason: str) -> None:
        """Nothing answers on an open port: begin anew, with other settings if the radio never answered."""
        if self._port is None:
            return
        if self._port.waiting:
            reason = (
                f"{reason.split(':', maxsplit=1)[0]}, and {self._port.waiting} bytes did not even leave: flow control?"
            )
        if not self._found:
            self._way += 1
        self._port_lost(reason)

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
        self._acted.set()
        self._set_timer()

    def _do(self, action: Action) -> None:
        match action:
            case Write(data=data, first=first):
                if self._port is not None:
                    self._write_down(Way.TO_RADIO, data)
                    self._port.write(data, first=first)
            case Arm(plan=plan):
                self._guard.arm(self.name, self._whole(plan))
            case Disarm():
                self._guard.disarm(self.name)
            case PressKey(pressed=pressed):
                self._press(pressed)
            case Emit(event=event):
                self._sink(self.name, event, time.monotonic())
            case Reopen(reason=reason):
                self._reopen(reason)
            case Note(text=text, level=level):
                getattr(log, level)(f"radio: {text}", radio=self.name)

    def _whole(self, plan: ReleasePlan) -> ReleasePlan:
        """The session's plan, and the wired key; on a device of its own that key is all there is to let go."""
        if self._wires is None:
            return plan
        on_this_port = self.settings.wiring is not None and self.settings.wiring.device is None
        return replace(self._wires.plan, data=plan.data) if on_this_port else self._wires.plan

    def _press(self, pressed: bool) -> None:
        if self._wires is None:
            return
        try:
            self._wires.press(pressed)
        except OSError as error:
            self._port_lost(f"the wired key: {error}")

    def _write_down(self, way: Way, data: bytes) -> None:
        if self._record is None:
            return
        try:
            self._record(Entry(time.time(), way, data))
        except OSError as error:
            log.warning("radio: its raw log ends", radio=self.name, reason=str(error))
            self._record = None

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
