"""The engine's process: one loop that paces the tick, feeds it control's orders and tells control what happened.

Whatever fails in a port stays there; a defect in the tick ends the process, and control, which sees it die, un-keys
the radios and starts another. When control is silent the overs are dropped: nobody keys for them any more.
"""

import contextlib
import gc
import select
import time
from collections.abc import Callable, Iterator

from crosspatch.engine.core import Core
from crosspatch.engine.pace import Pace
from crosspatch.engine.ports import Ports
from crosspatch.engine.warm import warm
from crosspatch.events import EngineEvent, PortChanged
from crosspatch.orders import AudioOrder
from crosspatch.process import garbage
from crosspatch.process.entry import await_setup
from crosspatch.process.link import Link, PeerGone
from crosspatch.process.messages import Beat, EngineMeters, EngineSetup, FromEngine, Ready, Stop, ToEngine

BEAT = 0.05
"""Seconds between signs of life."""

METERS = 0.1
"""Seconds between meters."""

SILENCE = 0.2
"""Seconds without a word from control after which it counts as dead."""

NAP = 0.0002
"""Seconds before a tick at which the loop stops sleeping in `select`, which may come back late by that much."""

TIDY, QUIET = 1.0, 0.005
"""Seconds between two collections of garbage, and those to the next tick that one needs: it is not done within one."""

EngineLink = Link[FromEngine, ToEngine]


class Engine:
    """Ports, core and the line to control, joined."""

    def __init__(self, link: EngineLink, setup: EngineSetup, now: float, realtime: bool) -> None:
        """Everything made, nothing opened."""
        self._link = link
        self._realtime = realtime
        self._ports = Ports(setup.channels, self._port_changed)
        self._core = Core(self._ports.wires, self._ports.channels)
        self._pace = Pace(now)
        self._heard = now
        self._alone = False
        self._beats, self._beat_at, self._meters_at = 0, now, now
        self._tidy_at = now + TIDY

    def run(self) -> None:
        """Tick until told to stop; PeerGone when control is gone."""
        try:
            while self._listen():
                time.sleep(self._pace.wait(time.monotonic()))
                self._tick(time.monotonic())
        finally:
            self._ports.close()

    def _listen(self) -> bool:
        """Sleep until shortly before the tick is due, taking orders as they come; False when told to stop."""
        left = 1.0
        while left > 0.0:
            left = max(0.0, self._pace.wait(time.monotonic()) - NAP)
            if not select.select([self._link], [], [], left)[0]:
                return True
            now = time.monotonic()
            for message in self._link.receive():
                self._heard = now
                if isinstance(message, Stop):
                    return False
                if isinstance(message, AudioOrder):
                    self._order(message, now)
        return True

    def _order(self, order: AudioOrder, now: float) -> None:
        self._core.order(order, now)

    def _tick(self, now: float) -> None:
        self._watch_control(now)
        self._ports.step(now)
        events = self._core.tick(now)
        self._ports.flush(now)
        for event in events:
            self._say(event)
        self._pace.done(now, time.monotonic())
        if now >= self._beat_at:
            self._beats, self._beat_at = self._beats + 1, now + BEAT
            self._link.send(Beat(self._beats))
        if now >= self._meters_at:
            self._meters_at = now + METERS
            self._link.send(self._meters())
        if now >= self._tidy_at and self._pace.wait(time.monotonic()) > QUIET:
            self._tidy_at = now + TIDY
            gc.collect()

    def _watch_control(self, now: float) -> None:
        """Control silent: the keeper has un-keyed the radios, so nothing is played to them."""
        silent = now - self._heard > SILENCE
        if silent and not self._alone:
            self._core.silence()
        self._alone = silent

    def _meters(self) -> EngineMeters:
        pace = self._pace
        meters = EngineMeters(
            ticks=pace.ticks,
            late_ms_max=round(pace.late_max * 1000, 3),
            tick_ms_max=round(pace.took_max * 1000, 3),
            skipped_ticks=pace.skipped,
            realtime=self._realtime,
            levels=self._core.levels(),
        )
        pace.reset()
        return meters

    def _port_changed(self, radio: str, up: bool, reason: str) -> None:
        self._say(PortChanged(radio, up, reason))

    def _say(self, event: EngineEvent) -> None:
        self._link.send(event)


def serve(link: EngineLink, become_realtime: Callable[[], str]) -> None:
    """Be an engine until told to stop or left alone. One whose set-up is not there yet is an understudy.

    That one must not hold up the engine that works, so it gets its priority only when it takes over.
    """
    understudy = not select.select([link], [], [], 0)[0]
    note = "" if understudy else become_realtime()
    warm()
    setup = await_setup(link, EngineSetup)
    if setup is None:
        return
    if understudy:
        note = become_realtime()
    with contextlib.suppress(PeerGone):
        engine = Engine(link, setup, time.monotonic(), realtime=not note)
        with uncollected():
            link.send(Ready(note))
            engine.run()


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """No garbage is collected of itself; what was made until now is for ever: the collector need not look at it."""
    garbage.keep()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
