"""A driver on a real pseudo-terminal with the twin at its far end, and a log of everything it says."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from crosspatch_drivers.audio.settings import UdpSettings
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    Radio,
    RadioEvent,
    ReleasePlan,
)
from crosspatch_drivers.radio.pei.profile import GENERIC
from crosspatch_drivers.radio.pei_radio import PeiRadio, PeiSettings
from crosspatch_drivers.twin.pei_radio import PeiRadio as TwinPeiRadio
from crosspatch_drivers.twin.server import TwinServer
from crosspatch_drivers.twin.settings import TwinNetwork, TwinRadio, TwinSettings

PATIENCE = 20.0
"""Seconds until a test gives up: the machine may be busy."""

OFFICER = Identity(206, 1, 101)

HASTY = replace(GENERIC, gap_s=0.0)
"""Sets a radio up without pauses: the twin needs none."""


class Log:
    """Sink and guard in one: everything in its order."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Any]] = []
        self.changed = asyncio.Event()

    def sink(self, radio: str, event: RadioEvent, now: float) -> None:
        self._add("event", event)

    def opened(self, radio: str, descriptor: int) -> None:
        os.fstat(descriptor)  # it is open
        self._add("opened", descriptor)

    def closed(self, radio: str) -> None:
        self._add("closed", None)

    def arm(self, radio: str, plan: ReleasePlan) -> None:
        self._add("arm", plan.data)

    def disarm(self, radio: str) -> None:
        self._add("disarm", None)

    def _add(self, kind: str, what: object) -> None:
        self.entries.append((kind, what))
        self.changed.set()

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.entries]

    def events(self, kind: type) -> list[Any]:
        return [what for _, what in self.entries if isinstance(what, kind)]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), 0.05)

    async def wait_for(self, kind: type, count: int = 1) -> Any:
        await self.until(lambda: len(self.events(kind)) >= count)
        return self.events(kind)[count - 1]


def twin_settings(run_dir: Path) -> TwinSettings:
    audio = UdpSettings(driver="udp", listen="127.0.0.1:0", send="127.0.0.1:9")
    network = TwinNetwork(id="astrid", mcc=206, mnc=1, groups=(1001, 1002), grant_ms=100.0, hang_s=1.0)
    radio = TwinRadio(id="r1", network="astrid", ssi=7001, group=1001, audio=audio)
    return TwinSettings(networks=(network,), radios=(radio,), run_dir=str(run_dir))


def driver(url: str | Path, log: Log) -> PeiRadio:
    return PeiRadio("r1", settings_for(url), log.sink, log)


def settings_for(url: str | Path) -> PeiSettings:
    return PeiSettings(url=str(url), baud=38400, home=Identity(206, 1, 0), profile=HASTY)


def open_descriptors(port: Path) -> int:
    """How often this process has the port open."""
    target = port.readlink()
    return sum(link.readlink() == target for link in Path("/proc/self/fd").iterdir() if link.is_symlink())


def far(twin: TwinServer) -> TwinPeiRadio:
    return twin.world.radios["r1"]


def order(radio: Radio, what: Any) -> None:
    radio.order(what, time.monotonic())
