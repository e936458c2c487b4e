"""A whole box with everything around it, each in processes of its own: twin networks, sound server, the real daemon.

``async with Box(...) as box`` starts them and waits until the patch is up; officers speak, what the other networks
heard is judged; at the end everything is ended by its id, and what is left is an error. Used by the end-to-end tests,
the fault tests and the bench.
"""

import asyncio
import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
from tests.e2e import site as sites
from tests.e2e.processes import PATIENCE, Started, children, command_line, free_ports, is_alive, until
from tests.e2e.site import OFFICER, SIDES, Side, Wire

from crosspatch.control.inbox import NotRunning, ask
from crosspatch.snapshot import Snapshot
from crosspatch_drivers.errors import DriverError
from crosspatch_drivers.twin.client import TwinClient
from crosspatch_drivers.twin.judge import Verdict
from crosspatch_drivers.twin.pulse import PulseTwin
from crosspatch_drivers.twin.squeezed import judge_over
from crosspatch_drivers.twin.wav import read_wav, write_wav

SPEECH = Path(__file__).parents[2] / "bridge" / "crosspatch" / "demo" / "data"

RATE = 16000

SENTENCE = slice(0, int(2.5 * RATE))
"""The first sentence of a recording."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One over of ours as another network heard it."""

    over: Mapping[str, Any]
    verdict: Verdict

    def __str__(self) -> str:
        verdict = self.verdict
        lost = f"lost {verdict.lost_start_ms:g}/{verdict.lost_middle_ms:g}/{verdict.lost_end_ms:g} ms"
        return f"heard {verdict.heard}, {lost}, delay {verdict.delay_start_ms:.0f}…{verdict.delay_end_ms:.0f} ms"


class Box:
    """The box and its surroundings."""

    def __init__(
        self,
        joined: Sequence[Side] = (sites.NL, sites.BE),
        *,
        grant_ms: float = 200.0,
        cards: Sequence[Side] = (),
        rules: str | None = None,
        mqtt: Mapping[str, object] | None = None,
        environment: Mapping[str, str] = {},
        needed: Sequence[Side] | None = None,
        up: bool = True,
    ) -> None:
        """``joined``: the sides of the fixed patch, unless ``rules`` says other; ``cards``: those on sound cards.

        ``needed``: the sides to wait for at the start, where it is not all that are joined; ``up``: whether to wait
        for the patch at all.
        """
        self.joined = joined
        self._needed, self._up = joined if needed is None else needed, up
        self.grant_ms = grant_ms
        self.directory = Path(tempfile.mkdtemp(prefix="xp-e2e-"))
        self._rules = sites.fixed(joined) if rules is None else rules
        self._mqtt = mqtt
        self._environment = dict(environment)
        self._cards = cards
        self.wires: dict[str, Wire] = {}
        self.pulse: PulseTwin | None = None
        self.twin = TwinClient(self.directory / "twin.sock")
        self._twin_process: Started | None = None
        self._daemon: Started | None = None
        self._seen: set[int] = set()
        self.site = self.directory / "site.toml"
        self._clips: dict[str, Path] = {}

    # ---- life -------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> "Box":
        """Start everything; the patch is up."""
        try:
            await self.start_surroundings()
            self.start_daemon()
            if self._up:
                await self.serves()
        except BaseException:
            self._kill_all()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything. Without an error before, a process or socket that is left is one."""
        if error is not None:
            error.add_note(f"---- daemon ----\n{self.daemon.tail()}")
            self._kill_all()
            return
        try:
            await self.stop_daemon()
            await self._stop_surroundings()
            left = [command_line(pid) for pid in self._seen if is_alive(pid)]
            assert left == []
        finally:
            self._kill_all()

    async def start_surroundings(self) -> None:
        """Sound server and twin; the site file is written."""
        if self._cards:
            directory = self.directory / "pulse"
            directory.mkdir()
            self.pulse = PulseTwin(directory, [side.radio for side in self._cards])
            await asyncio.to_thread(self.pulse.start)
            self._environment |= self.pulse.environment
        ports = iter(free_ports(2 * len(SIDES) + 1))
        for side in SIDES:
            wire = sites.card_wire(side.radio) if side in self._cards else sites.udp_wire(next(ports), next(ports))
            self.wires[side.radio] = wire
        self.rewire()
        mqtt = {"embedded_listen": f"127.0.0.1:{next(ports)}"} if self._mqtt is None else self._mqtt
        run_dir = self.directory / "twin"
        run_dir.mkdir()
        self.site.write_text(sites.site_file(run_dir, self.wires, self._rules, mqtt))
        settings = self.directory / "twin.toml"
        settings.write_text(sites.twin_file(run_dir, self.wires, self.grant_ms))
        command = [sys.executable, "-m", "crosspatch", "twin", "run", str(settings), "--control", str(self.twin.path)]
        environment = self.pulse.environment if self.pulse else {}
        self._twin_process = Started("twin", command, self.directory / "twin.log", environment)
        await self._until_twin_answers()

    def rewire(self) -> None:
        """Change ``wires`` here, for a box that is wired otherwise."""

    async def _until_twin_answers(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(DriverError):
                    await self.twin.radios()
                    return
                assert self._twin_process is not None
                assert self._twin_process.code is None, self._twin_process.tail()
                await asyncio.sleep(0.02)

    async def _stop_surroundings(self) -> None:
        if self._twin_process:
            await self.twin.stop()
            assert await self._twin_process.ended() == 0, self._twin_process.tail()
        if self.pulse:
            await asyncio.to_thread(self.pulse.stop)

    def _kill_all(self) -> None:
        for process in (self._daemon, self._twin_process):
            if process:
                process.kill()
        if self.pulse:
            self.pulse.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    # ---- the daemon -------------------------------------------------------------------------------------------

    @property
    def daemon(self) -> Started:
        """The daemon, which was started."""
        assert self._daemon is not None
        return self._daemon

    def crosspatch(self) -> list[str]:
        """How the daemon's program is called; for a box in other circumstances."""
        return [sys.executable, "-m", "crosspatch"]

    def run_options(self) -> list[str]:
        """What `crosspatch run` is told beside the site file."""
        return ["--run-dir", str(self.directory), "--log-json"]

    def start_daemon(self) -> None:
        """Start `crosspatch run`."""
        command = [*self.crosspatch(), "run", str(self.site), *self.run_options()]
        self._daemon = Started("daemon", command, self.directory / "daemon.log", self._environment)

    async def stop_daemon(self) -> None:
        """SIGTERM; it must end by itself, with exit code 0 and no child left."""
        self.note_children()
        code = await self.daemon.end()
        assert code == 0, self.daemon.tail()

    def note_children(self) -> None:
        """Remember the ids of what runs now, to look for later."""
        self._seen |= {self.daemon.pid, *children(self.daemon.pid)}

    async def revive(self) -> None:
        """What systemd does when the daemon has ended: un-key everything, start it again."""
        if self.daemon.code is None:
            self.daemon.send(signal.SIGKILL)
        await self.daemon.ended()
        unkey = [sys.executable, "-m", "crosspatch", "unkey", "--all", str(self.site)]
        stop_post = Started("unkey", unkey, self.directory / "unkey.log", self._environment)
        assert await stop_post.ended() == 0, stop_post.tail()
        self.start_daemon()

    async def status(self) -> Snapshot | None:
        """The daemon's snapshot; None when it does not answer."""
        try:
            answer = await asyncio.to_thread(ask, self.directory, {"do": "status"})
        except NotRunning:
            return None
        return msgspec.json.decode(answer, type=Snapshot)

    async def command(self, **request: object) -> dict[str, Any]:
        """Ask for something at the daemon's own door; its answer, a refusal under ``error``."""
        answer: dict[str, Any] = msgspec.json.decode(await asyncio.to_thread(ask, self.directory, request))
        return answer

    async def answers(self, within: float = PATIENCE) -> Snapshot:
        """Wait until the daemon answers at its local door."""
        async with asyncio.timeout(within):
            while (snapshot := await self.status()) is None:
                assert self.daemon.code is None, self.daemon.tail()
                await asyncio.sleep(0.05)
        self.note_children()
        return snapshot

    async def serves(self, within: float = PATIENCE) -> Snapshot:
        """Wait until every patch is up and all needed sides have a leg that is ready."""
        names = {side.talkgroup for side in self._needed}
        last = "no answer"
        end = time.monotonic() + within
        while time.monotonic() < end:
            assert self.daemon.code is None, self.daemon.tail()
            snapshot = await self.status()
            if snapshot:
                ready = {leg.talkgroup for patch in snapshot.patches for leg in patch.legs if leg.state == "ready"}
                if ready >= names and all(patch.state == "up" for patch in snapshot.patches):
                    self.note_children()
                    return snapshot
                last = "; ".join(f"{patch.state}: {patch.reason}" for patch in snapshot.patches)
            await asyncio.sleep(0.05)
        msg = f"the patch was not up within {within:g} s: {last}\n{self.daemon.tail()}"
        raise TimeoutError(msg)

    def pids_of(self, process: str) -> list[int]:
        """The ids of ``control``, ``engine``, ``keeper``, or of each ``card``."""
        if process == "control":
            return [self.daemon.pid]
        if process == "engine":  # beside it there may be one that waits to take over
            return [pid for pid in self._came_up("engine")[-1:] if is_alive(pid)]
        marks = {"card": "crosspatch.card", "keeper": "keeper.py"}
        return sorted(pid for pid in children(self.daemon.pid) if marks[process] in command_line(pid))

    def engines(self) -> list[int]:
        """The ids of the engine and of one that waits to take over."""
        return sorted(pid for pid in children(self.daemon.pid) if "crosspatch.engine" in command_line(pid))

    def _came_up(self, process: str) -> list[int]:
        """The ids of a process as the log tells that it came up, the newest last."""
        lines = self.daemon.log.read_bytes().splitlines()
        told = (msgspec.json.decode(line) for line in lines if b'"process up"' in line)
        return [line["pid"] for line in told if line["process"] == process]

    # ---- officers ---------------------------------------------------------------------------------------------

    def clip(self, name: str = "F1", part: slice = SENTENCE) -> Path:
        """A WAV file with a sentence of a woman (F1) or a man (M1)."""
        key = f"{name}-{part.start}-{part.stop}"
        if key not in self._clips:
            path = self.directory / f"{key}.wav"
            write_wav(path, read_wav(SPEECH / f"harvard_{name}_16k.wav")[part])
            self._clips[key] = path
        return self._clips[key]

    async def say(self, side: Side, clip: Path | None = None, **how: Any) -> int:
        """Let the officer of a side begin to speak; the speech's number."""
        return await self.twin.speak(side.network, side.gssi, OFFICER, clip or self.clip(), **how)

    async def passes(self, source: Side, *others: Side, clip: Path | None = None) -> list[Heard]:
        """Say a sentence on ``source``; what each of the others heard of it."""
        spoken = clip or self.clip()
        before = await self.counts()
        speech = await self.say(source, spoken)
        said = await self.twin.said(speech)
        assert said["state"] == "said", said
        heard = []
        for side in others:
            over = await self.twin.wait_over(side.network, side.gssi, after=before.get(side.network, 0))
            verdict = await asyncio.to_thread(judge_over, read_wav(spoken), read_wav(Path(over["wav"])), 1.25)
            heard.append(Heard(over, verdict))
        return heard

    async def counts(self) -> dict[str, int]:
        """The number of the newest over of each network."""
        newest: dict[str, int] = {}
        for over in await self.twin.overs():
            newest[over["network"]] = max(newest.get(over["network"], 0), over["number"])
        return newest

    async def keyed(self, side: Side, within: float = PATIENCE) -> None:
        """Wait until a side's radio is on the air."""
        await self._until_radio(side, True, within)

    async def unkeyed(self, side: Side, within: float = PATIENCE) -> float:
        """Wait until it is off; when (monotonic) it went off."""
        return float((await self._until_radio(side, False, within))["unkeyed_at"])

    async def _until_radio(self, side: Side, transmitting: bool, within: float) -> dict[str, Any]:
        end = time.monotonic() + within
        while time.monotonic() < end:
            radio = (await self.twin.radios())[side.radio]
            if radio["transmitting"] is transmitting:
                return radio
            await asyncio.sleep(0.005)
        msg = f"{side.radio} was not {'on' if transmitting else 'off'} the air within {within:g} s"
        raise TimeoutError(msg)


async def settled(box: Box) -> None:
    """Wait until the daemon's side of an over is over, too: the floor is free."""

    async def free() -> bool:
        snapshot = await box.status()
        return snapshot is not None and all(patch.floor == "free" for patch in snapshot.patches)

    end = time.monotonic() + PATIENCE
    while not await free():
        assert time.monotonic() < end, "the floor stays taken"
        await asyncio.sleep(0.05)


__all__ = ["Box", "Heard", "settled", "until"]
