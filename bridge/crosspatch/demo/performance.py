"""The performance: waits for the patch to open as the vehicle drives, lets officers speak, and has every over judged.

Not for starting processes (see `stage`). What arrived is judged on the twin's recordings alone: the gateway's own
figures are shown beside them, never believed.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from crosspatch.config import load_geofence, load_site
from crosspatch.demo.arrivals import Arrival, arrived, completed, missing
from crosspatch.demo.drive import FASTER, LEAD_S, Vehicle, border_at, metres_to, shipped_track
from crosspatch.demo.judging import Judge
from crosspatch.demo.report import OverResult, Report
from crosspatch.demo.scene import COUNTRIES, MNC, RULE, ZONE, Country
from crosspatch.demo.script import SCRIPT, Clip, Line
from crosspatch.demo.stage import CannotStart, Stage
from crosspatch.demo.view import View
from crosspatch.snapshot import OverRecord, Snapshot
from crosspatch_drivers.errors import DriverError
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.wav import read_wav, write_wav

LIMIT = 85.0
"""Seconds after which the performance is broken off: the whole demonstration promises to end within 90."""

FIT_LIMIT = 25.0
"""Seconds in which the gateway's radios are fit."""

OPEN_LIMIT = 40.0
"""Seconds after the vehicle's start in which the patch is up; it crosses the border after 30."""

ARRIVE_LIMIT = 8.0
"""Seconds after the last word, and the far network's grant delay, in which an over has ended everywhere."""

STALL_MS = 100.0
"""Lateness of the virtual networks' tick that may explain what did not arrive; their listeners are 40 ms behind."""

LOOK = 0.2
"""Seconds between looks at the gateway."""

Verb = Callable[[], Awaitable[None]]


class Performance:
    """One run. `perform` gives the report; what could not be started raises `CannotStart`."""

    def __init__(self, stage: Stage, view: View, script: Sequence[Line] = SCRIPT, on_way: Verb | None = None) -> None:
        """``on_way`` is done once the vehicle drives, before anything else happens: for disturbances."""
        self._stage, self._view, self._script, self._on_way = stage, view, script, on_way
        self._spoken = stage.out / "spoken"
        self._opened_at: float | None = None
        self._now: Snapshot | None = None
        self._known_over = 0
        self._overs: list[tuple[OverResult, list[Arrival]]] = []

    async def perform(self) -> Report:
        """Everything, in order."""
        started = time.monotonic()
        problems: list[str] = []
        self._spoken.mkdir(parents=True, exist_ok=True)
        async with Judge() as judge:
            try:
                async with asyncio.timeout(LIMIT):
                    await self._stage.set_up(self._view.say)
                    await self._play(judge)
            except TimeoutError:
                problems.append(f"not finished after {LIMIT:.0f} s: broken off")
            except (_Broken, DriverError) as error:
                problems.append(str(error))
            self._view.say("comparing what was received with what was spoken")
            judge.hurry()
            overs = [await completed(over, arrivals) for over, arrivals in self._overs]
        report = Report(time.monotonic() - started, len(self._script), self._opened_at, tuple(overs), tuple(problems))
        return report if report.good else replace(report, problems=(*problems, *await self._stalls()))

    async def _stalls(self) -> list[str]:
        """Whether the virtual networks themselves stood still: what they did not say, no gateway can deliver."""
        with contextlib.suppress(DriverError):
            late = float((await self._stage.twin.request({"op": "networks"}))["worst_late_ms"])
            if late > STALL_MS:
                return [f"this machine was too busy: the virtual networks themselves stood still for {late:.0f} ms"]
        return []

    async def _play(self, judge: Judge) -> None:
        async with self._watched():
            await self._until(self._radios_fit, FIT_LIMIT, self._unfit)
            async with self._driving() as vehicle:
                if self._on_way:
                    await self._on_way()
                await self._until(self._patch_up, OPEN_LIMIT, self._not_open)
                self._opened_at = metres_to(vehicle.position, self._geofence, ZONE)
                self._view.say(f"the patch is up, {self._opened_at:.0f} m before the border: officers may speak")
                for number, line in enumerate(self._script, 1):
                    await self._over(number, line, judge)

    # ---- one over ---------------------------------------------------------------------------------------------

    async def _over(self, number: int, line: Line, judge: Judge) -> None:
        """Let the officer speak and wait until his words have ended everywhere."""
        twin = self._stage.twin
        here = next(country for country in COUNTRIES if country.network == line.network)
        others = [country for country in COUNTRIES if country is not here]
        officer = Identity(here.mcc, MNC, here.officer_ssi)
        wav = await asyncio.to_thread(self._clip_file, line.clip)
        for country in others:
            await twin.set(country.network, {"grant_ms": line.grant_ms})
        before = {country.network: await self._newest(country) for country in others}
        self._view.say(f"over {number}: {officer} speaks on {here.name}: {line.why}")
        said = await twin.said(await twin.speak(here.network, here.gssi, str(officer), wav))
        result = OverResult(number, line.why, str(officer), here.network, here.talkgroup, line.grant_ms, str(wav), ())
        if said["state"] != "said" or not said["over"]:
            problem = f"the talker was not served: {said['reason'] or said['state']}"
            self._overs.append((replace(result, problem=problem), []))
            return
        within = ARRIVE_LIMIT + line.grant_ms / 1000
        heard = await asyncio.gather(*[self._heard(each, before[each.network], within) for each in others])
        record = await self._record(str(officer), within)
        clip_at = float(said["over"]["clip_at"])
        arrivals = [
            arrived(country, clip_at, wav, over, judge) if over else missing(country, record)
            for country, over in zip(others, heard, strict=True)
        ]
        self._overs.append((result, arrivals))

    def _clip_file(self, clip: Clip) -> Path:
        """The clip as a file of its own."""
        path = self._spoken / f"{clip.name}.wav"
        if not path.exists():
            with as_file(files("crosspatch.demo") / "data" / f"{clip.file}.wav") as source:
                samples = read_wav(source)
            end = None if clip.end_s is None else round(clip.end_s * 16000)
            write_wav(path, samples[round(clip.begin_s * 16000) : end])
        return path.absolute()

    async def _newest(self, country: Country) -> int:
        """The number of the newest over of that talkgroup."""
        overs = await self._stage.twin.overs()
        return max((int(over["number"]) for over in overs if over["network"] == country.network), default=0)

    async def _heard(self, country: Country, after: int, within: float) -> dict[str, Any] | None:
        """The recording of what the gateway sent in that network; None when it sent nothing."""
        with contextlib.suppress(DriverError):
            return await self._stage.twin.wait_over(country.network, country.gssi, after=after, within=within)
        return None

    async def _record(self, talker: str, within: float) -> OverRecord | None:
        """What the gateway says of the over, once it is finished."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for record in self._now.overs if self._now else ():
                ended = record.ended_s is not None and all(leg.outcome != "running" for leg in record.legs)
                if record.over > self._known_over and record.talker == talker and ended:
                    self._known_over = record.over
                    return record
            await asyncio.sleep(LOOK / 2)
        return None

    # ---- the gateway and the vehicle --------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Look at the gateway again and again, for us and for the spectators."""
        plan = load_site(self._stage.out / "site.toml")
        self._geofence = load_geofence(plan, self._stage.out / "site.toml")
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            await _cancelled(task)

    async def _watch(self) -> None:
        while True:
            if snapshot := await asyncio.to_thread(self._stage.snapshot):
                self._now = snapshot
                self._view.update(snapshot)
            await asyncio.sleep(LOOK)

    @contextlib.asynccontextmanager
    async def _driving(self) -> AsyncIterator[Vehicle]:
        track = shipped_track()
        begin = border_at(track, self._geofence, ZONE) - LEAD_S * FASTER
        vehicle = Vehicle(track, begin, self._stage.scene.topic, self._stage.scene.mqtt_port)
        task = asyncio.create_task(vehicle.drive(lambda why: self._view.say(f"the vehicle lost the broker: {why}")))
        try:
            yield vehicle
        finally:
            await _cancelled(task)

    async def _until(self, there: Callable[[Snapshot], bool], within: float, otherwise: Callable[[], str]) -> None:
        deadline = time.monotonic() + within
        while self._now is None or not there(self._now):
            self._stage.check()
            if time.monotonic() > deadline:
                raise _Broken(f"{otherwise()} after {within:.0f} s; the gateway's log is {self._log}")
            await asyncio.sleep(LOOK / 2)

    @property
    def _log(self) -> Path:
        return self._stage.player("gateway").log

    @staticmethod
    def _radios_fit(snapshot: Snapshot) -> bool:
        return all(radio.fit and radio.audio_up for radio in snapshot.radios)

    def _unfit(self) -> str:
        radios = self._now.radios if self._now else ()
        unfit = [
            f"{radio.id} ({radio.reason or radio.audio_reason or radio.state})" for radio in radios if not radio.fit
        ]
        deaf = [
            f"{radio.id} ({radio.audio_reason or 'no audio'})" for radio in radios if radio.fit and not radio.audio_up
        ]
        return f"radios are not fit: {', '.join(unfit + deaf)}"

    @staticmethod
    def _patch_up(snapshot: Snapshot) -> bool:
        return any(patch.id == RULE and patch.state == "up" for patch in snapshot.patches)

    def _not_open(self) -> str:
        patches = [patch for patch in (self._now.patches if self._now else ()) if patch.id == RULE]
        states = ", ".join(f"{patch.state}: {patch.reason}" for patch in patches)
        return f"the patch did not open ({states})"


class _Broken(CannotStart):
    """The performance cannot go on."""


async def _cancelled(task: asyncio.Task[None]) -> None:
    """End a task of ours; a defect of its own comes out."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
