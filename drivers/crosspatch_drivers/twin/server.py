"""The twin as a process: pseudo-terminals, the tick, recordings on disk, and the control socket.

Not for what networks and radios do (see `world`). The tick runs in the event loop: there is nothing else in this
process that takes time.
"""

import asyncio
import contextlib
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import structlog

from crosspatch_drivers.audio.appetite import Appetite
from crosspatch_drivers.audio.registry import open_port
from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.twin.air import TICK, Over
from crosspatch_drivers.twin.control import ControlDoor
from crosspatch_drivers.twin.line import PtyLine
from crosspatch_drivers.twin.officer import RATE
from crosspatch_drivers.twin.reports import OverReport, Speech
from crosspatch_drivers.twin.settings import Step, TwinSettings
from crosspatch_drivers.twin.vehicle import Track, read_track
from crosspatch_drivers.twin.wav import write_wav
from crosspatch_drivers.twin.world import World

PRIORITY = 5
"""Real-time priority (round robin) of the process: below everything of the gateway itself."""

LATE = 0.5
"""Seconds behind after which the ticks missed are left out: the process was stopped, and sound cannot be made up."""

KEPT = 1000
"""Reports of overs kept for `overs`."""

log = structlog.get_logger()


class TwinServer:
    """Everything that runs. `start`, then `run` until `stop`."""

    def __init__(self, settings: TwinSettings, control: Path) -> None:
        """``control`` is where the control socket will be. `Cannot` when the settings do not fit together."""
        self.settings = settings
        self.run_dir = Path(settings.run_dir)
        tracks = {each.track: _track(each.track) for each in settings.vehicles}
        self.world = World(settings, open_port, self._over_ended, tracks)
        self.speeches: dict[int, Speech] = {}
        self.reports: deque[OverReport] = deque(maxlen=KEPT)
        self.reported = asyncio.Condition()
        self.ticks_missed = 0
        self._appetite = Appetite()
        self.worst_late = 0.0
        self._lines = {
            radio: PtyLine(self.run_dir / f"{radio}.pei", lambda data, name=radio: self._from_gateway(name, data))  # type: ignore[misc]  # mypy cannot infer a default's type
            for radio in self.world.radios
        }
        self._door = ControlDoor(self, control)
        self._writing: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()

    def line_path(self, radio: str) -> Path:
        """Where the driver finds the radio's serial port."""
        return self._lines[radio].path

    @property
    def recordings(self) -> Path:
        """Where the overs are recorded."""
        return self.run_dir / "overs"

    async def start(self) -> None:
        """Make the terminals and the socket, switch the radios on."""
        self.recordings.mkdir(parents=True, exist_ok=True)
        for line in self._lines.values():
            line.open()
        self.world.start(time.monotonic())
        await self._door.open()

    async def run(self) -> None:
        """Tick until `stop`."""
        started = deadline = time.monotonic()
        steps = deque(sorted(self.settings.scenario, key=lambda step: step.at_s))
        while not self._stop.is_set():
            now = time.monotonic()
            self.worst_late = max(self.worst_late, now - deadline)
            if now - deadline > LATE:
                missed = int((now - deadline) / TICK)
                self.ticks_missed += missed
                deadline += missed * TICK
            if self._appetite.wild(now, time.process_time()):
                log.warning("twin: a sound card's driver runs wild; opened anew")
                self.world.replug()
            while steps and now - started >= steps[0].at_s:
                await self._perform(steps.popleft())
            self.world.step(now, time.time())
            self._flush_all()
            deadline += TICK
            await asyncio.sleep(max(0.0, deadline - time.monotonic()))

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()

    async def close(self) -> None:
        """Leave nothing behind but the recordings."""
        await self._door.close()
        for line in self._lines.values():
            line.close()
        self.world.close()
        await asyncio.gather(*self._writing)

    def speak(self, speech: Speech, priority: int) -> None:
        """Let an officer speak, now."""
        self.world.speak(speech.network, speech.officer, speech.talkgroup, priority, time.monotonic())
        self.speeches[speech.number] = speech
        self._flush_all()

    def reboot(self, radio: str) -> None:
        """Switch a radio off and on."""
        self.world.reboot(radio, time.monotonic())

    def turn(self, radio: str, knob: Literal["mode", "talkgroup", "volume"], value: int) -> None:
        """Turn a knob of a radio."""
        self.world.radios[radio].turn(knob, value, time.monotonic())

    def unplug(self, radio: str) -> Callable[[], None]:
        """Take a radio's serial port away; what plugs it in again."""
        line = self._lines[radio]
        line.close()
        return line.open

    # ---- inside -----------------------------------------------------------------------------------------------

    async def _perform(self, step: Step) -> None:
        """A step of the scenario; one that cannot be is told and left out."""
        answer = await self._door.perform(step.request)
        if answer["ok"]:
            log.info("twin: scenario", at_s=step.at_s, request=step.request)
        else:
            log.warning("twin: scenario step failed", at_s=step.at_s, request=step.request, error=answer["error"])

    def _from_gateway(self, radio: str, data: bytes) -> None:
        self.world.feed(radio, data, time.monotonic())
        self._flush_all()

    def _flush_all(self) -> None:
        """Print what is due; what is due before the next tick is printed at its time."""
        now = time.monotonic()
        for name, radio in self.world.radios.items():
            self._lines[name].write(radio.take(now))
            due = radio.next_due()
            if due < now + TICK:
                asyncio.get_running_loop().call_at(due, self._flush, name)

    def _flush(self, name: str) -> None:
        self._lines[name].write(self.world.radios[name].take(time.monotonic()))

    def _over_ended(self, network: str, over: Over) -> None:
        task = asyncio.get_running_loop().create_task(self._record(network, over))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _record(self, network: str, over: Over) -> None:
        """Write the recording, then tell everybody who waits for it."""
        talk = over.talk
        path = self.recordings / f"{network}-{talk.gssi}-{talk.number:04d}.wav"
        await asyncio.to_thread(write_wav, path, over.audio)
        speech = next((each for each in self.speeches.values() if each.officer is over.officer), None)
        radio = self.world.radio_of(talk.talker)
        report = OverReport(
            number=talk.number,
            network=network,
            talkgroup=talk.gssi,
            talker=str(talk.talker),
            radio=radio.id if radio else None,
            speech=speech.number if speech else None,
            priority=talk.priority,
            requested_at=talk.requested_at,
            granted_at=talk.granted_at,
            ended_at=talk.ended_at or talk.granted_at,
            reason=talk.reason,
            duration_ms=1000 * over.size / RATE,
            audio_at=over.audio_at,
            clip_at=talk.granted_at + over.officer.gap / RATE if over.officer else None,
            wav=str(path),
        )
        log.info("twin: over recorded", **{key: value for key, value in asdict(report).items() if key != "wav"})
        async with self.reported:
            self.reports.append(report)
            if speech:
                speech.over = report
            self.reported.notify_all()


def _track(path: str) -> Track:
    """A vehicle's track. `Cannot` when the file cannot be read."""
    try:
        return read_track(Path(path).read_bytes(), path)
    except OSError as error:
        msg = f"{path}: {error.strerror}"
        raise Cannot(msg) from error


def become_real_time() -> bool:
    """Ask for real-time priority; whether it was given."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
        return True
    return False


async def run_twin(server: TwinServer, *, real_time: bool = True, ready: Callable[[], None] | None = None) -> None:
    """Run a twin until its `stop` or a ``stop`` request; ``ready`` is called once it serves.

    `Cannot` when a port will never open.
    """
    try:
        # First: the threads of sound cards are born with the priority of the one that opens them.
        if real_time and not become_real_time():
            log.warning("twin: no real-time priority", hint="allow LimitRTPRIO, or run as root")
        await server.start()
        if ready:
            ready()
        await server.run()
    finally:
        await server.close()
