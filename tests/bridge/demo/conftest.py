"""A performance in its shortest sensible form, once for all tests that look at it."""

import asyncio
import io
from dataclasses import dataclass

import pytest
from rich.console import Console

from crosspatch.demo.performance import Performance
from crosspatch.demo.report import Report
from crosspatch.demo.script import MAN, WOMAN, Clip, Line
from crosspatch.demo.stage import Stage
from crosspatch.demo.view import LineView

HIS, HERS, HIS_OTHER = Clip(MAN, 0.0, 1.27), Clip(WOMAN, 0.0, 1.22), Clip(MAN, 2.6, 4.0)
"""A few words each: most of what this costs is hearing and judging them."""

SHORT = (
    Line("c2000", HIS, 100.0, why="from the first network, the others grant after 0.1 s"),
    Line("astrid", HERS, 500.0, why="the other way, 0.5 s"),
    Line("renita", HIS_OTHER, 2000.0, why="from the third, 2.0 s"),
)
"""Every network speaks once and hears twice, with every grant delay of the promise."""

OUTAGE = 3.0
"""Seconds without the broker, while the vehicle drives towards the border."""


@dataclass(frozen=True, slots=True)
class Performed:
    """What is left of it."""

    report: Report
    said: str
    logs: dict[str, str]
    children: set[int]


@pytest.fixture(scope="session")
def performed(tmp_path_factory: pytest.TempPathFactory) -> Performed:
    """With Mosquitto, which is stopped as soon as the vehicle drives and started again before the border."""
    out = tmp_path_factory.mktemp("demo")
    console = Console(file=io.StringIO(), width=120)
    pids: set[int] = set()

    async def perform() -> Report:
        async def without_broker() -> None:
            pids.update(player.process.pid for player in stage.players)
            await asyncio.sleep(1.5)
            await asyncio.to_thread(stage.end, stage.player("broker"))
            await asyncio.sleep(OUTAGE)
            await stage.start_broker()
            pids.update(player.process.pid for player in stage.players)

        return await Performance(stage, LineView(console), SHORT, without_broker).perform()

    with Stage(out, "udp", "mosquitto") as stage:
        report = asyncio.run(perform())
    assert isinstance(console.file, io.StringIO)
    logs = {path.stem: path.read_text() for path in out.glob("*.log")}
    return Performed(report, console.file.getvalue(), logs, pids)
