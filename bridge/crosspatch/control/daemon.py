"""The daemon: hands every event to the pure heart and carries its orders out, on the clock of one event loop.

No decision about patches is taken here. What is: what to do when a process fails (un-key first, then tell the heart),
when this process itself was stalled, and how orders reach radios, engine, journal and broker.
"""

import asyncio
import contextlib
import math
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from crosspatch import __version__
from crosspatch.commands import Command
from crosspatch.config.texts import load_texts
from crosspatch.control.asking import patch_answers, rule_answers
from crosspatch.control.crew import Crew
from crosspatch.control.inbox import Answer, Inbox
from crosspatch.control.locating import Locating
from crosspatch.control.messaging import Messaging
from crosspatch.control.notify import Notifier
from crosspatch.control.raw_logs import RawLogs
from crosspatch.control.remembering import Remembering
from crosspatch.control.whereabouts import make_receiver
from crosspatch.events import EngineEvent, Event, Failed, FromRadio, Released
from crosspatch.geofence import Geofence
from crosspatch.heart import Heart
from crosspatch.journal.writer import Journal
from crosspatch.orders import Order, PatchChanged, Record, TellRadio
from crosspatch.plan import Plan
from crosspatch.process import garbage
from crosspatch.process.child import ChildState
from crosspatch.process.early import Early
from crosspatch.process.messages import EngineMeters
from crosspatch.rules import RuleBook
from crosspatch.snapshot import EngineView, Snapshot
from crosspatch_drivers.radio.base import LocationReceived, Radio, RadioEvent
from crosspatch_drivers.radio.registry import make_radio
from crosspatch_drivers.radio.settings import SignalLimits

TICK = 0.02
"""Seconds between looks at the clock: time-outs, silent children, beats."""

STALL = 0.2
"""Seconds without a tick after which this process must take itself for dead, as the keeper did: keyed radios go off."""

PUBLISH = 0.1
"""Seconds between looks for changes to publish."""

NEWS = 20
"""Vehicles told of at each such look: to tell of one costs as much as to judge five of its reports."""

WATCHDOG = 0.5
"""Seconds between words to systemd, given only while the engine's tick advances."""

JOURNAL_PATIENCE = 2.0
"""Seconds in which journal and memory must each have written what waits when the gateway stops."""

log = structlog.get_logger()


class Daemon:
    """One gateway box, from start to stop."""

    def __init__(
        self, plan: Plan, geofence: Geofence, run_dir: Path, state_dir: Path | None = None, early: Early | None = None
    ) -> None:
        """Make everything of ``plan``; nothing is opened yet. ``run_dir`` holds the local door.

        ``early`` is an engine that was begun already. ``state_dir`` holds the journal and what outlives a restart;
        without one, neither is kept.
        """
        self._plan = plan
        self._journal = None if state_dir is None else Journal(state_dir, time.time, plan.journal.days)
        self._heart = Heart(plan, RuleBook(plan, geofence, time.time() - time.monotonic()), load_texts())
        self._memory = None if state_dir is None else Remembering(state_dir, self._heart, self._decide, self._note)
        self._crew = Crew(plan, self._from_engine, self._process_failed, self._released, early)
        self._raw_logs = RawLogs(state_dir)
        self._radios = {radio.id: self._make_radio(radio.id) for radio in plan.radios.values()}
        answers: dict[str, Answer] = {
            "status": lambda _: msgspec.json.encode(self.snapshot()),
            **rule_answers(plan, self._heart, self._handle),
            **patch_answers(self._heart, self._handle, None if self._memory is None else self._memory.kept),
        }
        self._messaging = Messaging(plan, self._handle, answers)
        self._receiver = None if plan.receiver is None else make_receiver(plan.receiver, self._handle)
        self._inbox = Inbox(run_dir, answers)
        self._locating = Locating(plan)
        self._notifier = Notifier()
        self._started = time.monotonic()
        self._engine = EngineView()
        self._counters: Counter[str] = Counter()
        self._looked = math.inf  # while it does not serve, nothing can stall it
        self._published = self._fed = self._started
        self._ticks_fed = -1
        self._waiting: deque[Event] = deque()
        self._busy = self._begun = False
        self._defect: BaseException | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set, then leave every transmitter off and every port closed."""
        asyncio.get_running_loop().set_exception_handler(self._broken)
        try:
            await self._start()
            while not stop.is_set() and self._defect is None:
                self._look(time.monotonic())
                await asyncio.sleep(TICK)
        finally:
            await self._stop()
        if self._defect is not None:
            raise self._defect

    def _broken(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A defect in a callback ends the daemon like any other: transmitters off, exit, a clean start by systemd."""
        self._defect = context.get("exception") or RuntimeError(context["message"])

    def snapshot(self, *, news: int | None = None) -> Snapshot:
        """The whole box as it is now; with ``news`` only so many vehicles, of those that reported since."""
        now = time.monotonic()
        heart = self._heart.snapshot(now, news=news)
        return Snapshot(
            gateway=self._plan.gateway.id,
            version=__version__,
            at=time.time(),
            uptime_s=now - self._started,
            broker=self._messaging.state,
            radios=heart.radios,
            patches=heart.patches,
            vehicles=heart.vehicles,
            zones=heart.zones,
            overs=heart.overs,
            engine=self._engine,
            memory="off" if self._memory is None else self._memory.state,
            journal="off" if self._journal is None else self._journal.state,
            counters={
                **heart.counters,
                **self._messaging.counters,
                **self._locating.counters,
                **self._side_counters(),
                **self._counters,
            },
        )

    # ---- life ---------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        await self._inbox.open()  # first: where another daemon serves already, nothing of its radios is touched
        self._begun = True
        garbage.keep()
        if self._journal is not None:
            self._journal.start()
        self._record("daemon", f"gateway {self._plan.gateway.id} starts", {"version": __version__})
        self._crew.start(time.monotonic())
        self._raw_logs.start()
        await self._messaging.start()
        for radio in self._radios.values():
            await radio.start()
        if self._receiver is not None:
            self._receiver.start()
        log.info(
            "gateway started", gateway=self._plan.gateway.id, radios=len(self._radios), pid_engine=self._crew.engine.pid
        )
        self._looked = time.monotonic()
        if self._memory is not None:
            self._memory.start()
        self._notifier.send("READY=1", f"STATUS={len(self._radios)} radios")

    async def _stop(self) -> None:
        """Transmitters first. Whatever goes wrong in one step, the others are taken; the first error is raised then."""
        self._looked = math.inf
        self._notifier.send("STOPPING=1")
        async with contextlib.AsyncExitStack() as steps:
            if self._begun:
                steps.callback(log.info, "gateway stopped")
            steps.push_async_callback(self._stop_journal)
            if self._memory is not None:
                steps.push_async_callback(self._memory.stop, JOURNAL_PATIENCE)
            steps.callback(self._crew.stop)
            steps.push_async_callback(self._inbox.close)
            steps.push_async_callback(self._stop_messaging)
            steps.push_async_callback(asyncio.to_thread, self._raw_logs.stop)
            if self._receiver is not None:
                steps.push_async_callback(self._receiver.close)
            for radio in self._radios.values():
                steps.push_async_callback(radio.close)
            if self._memory is not None:
                self._memory.end(time.monotonic())
            self._decide(self._heart.shutdown(time.monotonic()))

    async def _stop_journal(self) -> None:
        if self._journal is not None and self._begun:
            self._record("daemon", f"gateway {self._plan.gateway.id} stops", {})
            await asyncio.to_thread(self._journal.stop, JOURNAL_PATIENCE)

    async def _stop_messaging(self) -> None:
        await self._messaging.stop(self.snapshot())

    def _make_radio(self, name: str) -> Radio:
        radio = self._plan.radios[name]
        network = self._plan.networks[radio.network]
        return make_radio(
            radio.keying,
            name=name,
            url=radio.port,
            baud=radio.baud,
            mcc=network.mcc,
            mnc=network.mnc,
            sink=self._from_radio,
            guard=self._crew.keeper,
            profile=radio.profile,
            wiring=radio.wiring,
            limits=SignalLimits(weak_dbm=radio.weak_dbm, least_dbm=radio.least_dbm),
            record=self._raw_logs.recorder(radio),
        )

    # ---- one look at the clock ----------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        self._mind_stall(now)
        self._looked = now
        self._crew.check(now)
        self._decide(self._heart.tick(now))
        if now - self._published >= PUBLISH:
            self._published = now
            self._messaging.publish(self.snapshot(news=NEWS))
            if self._memory is not None:
                self._memory.look(now)
        # An engine that starts, or waits to be started again, is this process's own care, and may outlast systemd's.
        turning = self._engine.ticks != self._ticks_fed or self._crew.engine.state is not ChildState.UP
        if now - self._fed >= WATCHDOG and turning:
            self._fed, self._ticks_fed = now, self._engine.ticks
            self._notifier.send("WATCHDOG=1")

    def _mind_stall(self, now: float) -> None:
        """Having been stalled, act like one who failed: before anything that waited meanwhile is believed."""
        stalled = now - self._looked
        if stalled > STALL:
            self._looked = now
            if self._crew.keeper.armed:
                self._process_failed("control", self._crew.keeper.armed, f"stalled for {stalled:.2f} s")

    # ---- events in ----------------------------------------------------------------------------------------------

    def _handle(self, event: Event) -> None:
        """Give one event to the heart; those that its orders cause at once wait their turn behind it."""
        self._mind_stall(time.monotonic())
        self._waiting.append(event)
        if not self._busy:
            self._decide([])

    def _decide(self, orders: Sequence[Order]) -> None:
        """Carry out orders, then give the heart what waits, and whatever that causes."""
        self._busy = True
        try:
            self._carry_out(orders)
            while self._waiting:
                event = self._waiting.popleft()
                self._carry_out(self._heart.handle(event, time.monotonic()))
                if self._memory is not None and isinstance(event, Command):
                    self._memory.keep(time.monotonic())
        finally:
            self._busy = False

    def _from_radio(self, radio: str, event: RadioEvent, now: float) -> None:  # noqa: ARG002 - one clock for all
        if not isinstance(event, LocationReceived):
            self._handle(FromRadio(radio, event))
        elif (report := self._locating.position(event, time.time())) is not None:
            self._handle(report)

    def _from_engine(self, event: EngineEvent | EngineMeters) -> None:
        if isinstance(event, EngineMeters):
            self._engine = msgspec.convert(msgspec.structs.asdict(event), EngineView)
        else:
            self._handle(event)

    def _process_failed(self, process: str, radios: Sequence[str], reason: str) -> None:
        """Un-key first; then the heart hears of it, and no over it carried goes on."""
        now = time.monotonic()
        for radio in radios:
            self._radios[radio].release_now(now)
        self._counters[f"failures of {process}"] += 1
        self._handle(Failed(process, tuple(radios), reason))

    def _released(self, radio: str) -> None:
        self._counters["released by the keeper"] += 1
        self._handle(Released(radio))

    # ---- orders out ---------------------------------------------------------------------------------------------

    def _side_counters(self) -> dict[str, int]:
        sides = (self._journal, self._raw_logs, self._receiver)
        return {name: count for side in sides if side is not None for name, count in side.counters.items()}

    def _record(self, kind: str, text: str, facts: dict[str, object]) -> None:
        self._carry_out([Record(kind, self._plan.gateway.id, text, facts)])

    def _note(self, text: str) -> None:
        self._record("daemon", text, {})

    def _carry_out(self, orders: Sequence[Order]) -> None:
        for order in orders:
            match order:
                case TellRadio(radio, what):
                    self._radios[radio].order(what, time.monotonic())
                case Record():
                    if self._journal is not None:
                        self._journal.write(order)
                    tell = log.warning if order.loud else log.info
                    tell(order.text, kind=order.kind, subject=order.subject, **order.facts)
                case PatchChanged():
                    self._published = 0.0  # at the next look
                    if self._memory is not None:
                        self._memory.changed = True
                case _:
                    self._crew.engine.send(order)
