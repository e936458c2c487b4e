"""A TETRA radio on a serial port: the pure session between a port and the bridge.

Not for the protocol (see `pei.session`). The guard is told of a key before its first byte is written, and that the
radio is off only after the radio said so.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import serial
import structlog

from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio import port as serial_port
from crosspatch_drivers.radio import wiring as wires
from crosspatch_drivers.radio.base import (
    Alarm,
    EndReason,
    Fit,
    Guard,
    Radio,
    RadioEvent,
    RadioOrder,
    RadioSink,
    RadioState,
    ReleasePlan,
    TransmitEnded,
    Unfit,
    Unkey,
)
from crosspatch_drivers.radio.pei.outbox import Action, Arm, Disarm, Emit, Note, PressKey, Reopen, Write
from crosspatch_drivers.radio.pei.profile import GENERIC, Profile
from crosspatch_drivers.radio.pei.session import Session
from crosspatch_drivers.radio.pei_log import Entry, Way
from crosspatch_drivers.radio.pei_remarks import Closed, Opened, Ordered, ReleasedNow, Remark, format_remark
from crosspatch_drivers.radio.reconnection import Reconnection
from crosspatch_drivers.radio.search import ways_to_open
from crosspatch_drivers.radio.serving import begin_serving
from crosspatch_drivers.radio.settings import USUAL_SIGNAL, SignalLimits, Wiring

PARTING_S = 1.5
"""Longest wait at the end for a keyed radio to confirm that it is off: two attempts."""

ABOUT_DRIVER = "driver"
"""What the alarm is about that the driver itself is broken."""

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
    limits: SignalLimits = USUAL_SIGNAL


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
        self._session = self._new_session()
        self._defects = 0
        self.reconnection = Reconnection(name, settings.url)
        line = serial_port.Line(settings.baud, settings.profile.hardware_flow_control)
        self._ways = ways_to_open(line, settings.wiring, search=settings.search)
        self._way = 0
        self._found = False
        self._port: serial_port.Port | None = None
        self._wires: wires.LineControl | None = None
        self._guarded = self._answered = self._alarmed = False
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
        own = {"port failures": self.reconnection.failures, "driver defects": self._defects}
        return {**self._session.counters, **own}

    async def start(self) -> None:
        """Begin to serve; returns at once."""
        self._task = begin_serving(self._keep_open(), f"radio {self.name}")

    def order(self, order: RadioOrder, now: float) -> None:
        """Take an order."""
        self._remark(Ordered(order))
        self._session.order(order, now)
        self._act()

    def release_now(self, now: float) -> None:
        """Un-key ahead of everything."""
        self._remark(ReleasedNow())
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

    @property
    def _line(self) -> serial_port.Line:
        return self._ways[self._way % len(self._ways)]

    async def _keep_open(self) -> None:
        """Open, serve until lost, open again."""
        while True:
            self.reconnection.opening(time.monotonic())
            try:
                await self._open()
                await self._lost.wait()
                reason = self._lost_reason
            except WillReturn as error:
                reason = str(error)
            except Exception as error:  # noqa: BLE001 - boundary: one driver; its defect must not cost the other radios
                reason = self._defect(error)
            pause = self.reconnection.failed(reason, time.monotonic())
            self._give_up(reason)
            await asyncio.sleep(pause)

    def _give_up(self, reason: str) -> None:
        """The port is no more; a session that fails even at that is replaced by a new one, which trusts nothing."""
        try:
            self._close_port(reason)
            self._session.closed(reason, time.monotonic())
            self._act()
        except Exception as error:  # noqa: BLE001 - boundary: as above
            self._defect(error)
            self._session = self._new_session()
            self._actions.clear()
            self._tell(TransmitEnded(EndReason.LOST, reason))
            self._tell(Unfit(reason))

    def _new_session(self) -> Session:
        settings = self.settings
        return Session(settings.home, settings.profile, self.name, settings.candidates, settings.limits)

    def _defect(self, error: Exception) -> str:
        """What should never happen: told with its trace, counted, and an alarm until the radio is fit again."""
        self._defects += 1
        reason = f"a defect in its driver: {type(error).__name__}: {error}"
        log.error("radio: defect", radio=self.name, exc_info=error)
        self._tell(Alarm(ABOUT_DRIVER, reason))
        self._alarmed = True
        return reason

    async def _open(self) -> None:
        """Opening may take its time (a wedged adapter, a far host): not in the loop."""
        opening = asyncio.ensure_future(asyncio.to_thread(serial_port.open_serial, self.settings.url, self._line))
        try:
            device = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unwanted)
            raise
        self._lost.clear()
        self._answered = False
        self._remark(Opened(f"at {self._line.baud} baud"))
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
                msg = f"{self.settings.url}: no modem lines to key by: {serial_port.why(error)}"
                raise WillReturn(msg) from error

    def _close_port(self, reason: str) -> None:
        port, self._port = self._port, None
        if port is None:
            return
        self._remark(Closed(reason))
        still_keyed = self._session.keyed
        try:
            self._session.closed(reason, time.monotonic())
            self._act()
        finally:
            if self._wires is not None:
                self._wires.close()
                self._wires = None
            port.close()
        if self._guarded and not (still_keyed and self._task is None):
            self._guard.closed(self.name)
            self._guarded = False

    def _received(self, data: bytes) -> None:
        self._write_down(Way.FROM_RADIO, data)
        with self._guarding():
            self._session.received(data, time.monotonic())
            if not self._answered and self._session.state not in (RadioState.OFFLINE, RadioState.DETECTING):
                self._answers()
            self._act()

    def _answers(self) -> None:
        """The radio talks at this rate: no other is tried any more."""
        self._answered = True
        self.reconnection.answered(time.monotonic())
        if self._found:
            return
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
            reason = f"{reason.split(':', maxsplit=1)[0]}, and bytes did not even leave: flow control?"
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
                self._tell(event)
                if self._alarmed and isinstance(event, Fit):
                    self._alarmed = False
                    self._tell(Alarm(ABOUT_DRIVER, ""))
            case Reopen(reason=reason):
                self._reopen(reason)
            case Note(text=text, level=level):
                getattr(log, level)(f"radio: {text}", radio=self.name)

    def _tell(self, event: RadioEvent) -> None:
        """What the bridge makes of it is not the driver's: an error there is one of the whole daemon."""
        try:
            self._sink(self.name, event, time.monotonic())
        except Exception as error:  # noqa: BLE001 - boundary: above the driver
            context = {"message": f"radio {self.name}: {event}", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

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
            self._port_lost(f"the wired key: {serial_port.why(error)}")

    def _write_down(self, way: Way, data: bytes) -> None:
        if self._record is None:
            return
        try:
            self._record(Entry(time.time(), way, data))
        except OSError as error:
            log.warning("radio: its raw log ends", radio=self.name, reason=str(error))
            self._record = None

    def _remark(self, remark: Remark) -> None:
        if self._record is not None:
            self._write_down(Way.REMARK, format_remark(remark))

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._session.deadline()
        if deadline is not None:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        with self._guarding():
            self._session.tick(time.monotonic())
            self._act()

    @contextlib.contextmanager
    def _guarding(self) -> Iterator[None]:
        """A defect in what the line or the clock causes costs this radio its port, and is told like any other."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - boundary: one driver
            self._port_lost(self._defect(error))


def _close_unwanted(opening: "asyncio.Future[serial.Serial]") -> None:
    """The port that nobody waits for any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
