"""The machine has far too much else to do: audio goes first."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.harness import Box, settled
from tests.e2e.processes import Started
from tests.e2e.site import BE, LU, NL
from tests.faults.conftest import Figures

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@contextlib.contextmanager
def busy(directory: Path, processes: int) -> Iterator[None]:
    """So many processes that do nothing but turn."""
    turning = [
        Started("turning", [sys.executable, "-c", "while True: pass"], directory / "turning.log")
        for _ in range(processes)
    ]
    try:
        yield
    finally:
        for one in turning:
            one.kill()


async def test_overs_are_whole_beside_four_busy_processes_a_core(
    box: Box, figures: Figures, rounds: int, tmp_path: Path
) -> None:
    delays: list[float] = []
    with busy(tmp_path, 4 * (os.cpu_count() or 1)):
        for _ in range(rounds):
            for heard in await box.passes(NL, BE, LU):
                verdict = heard.verdict
                lost = verdict.lost_start_ms + verdict.lost_end_ms
                figures.add("lost at start and end", f"{lost:g} ms", "0 ms", verdict.heard and not lost)
                delays.append(verdict.delay_end_ms / 1e3)
            await settled(box)
    figures.add("delay at the end", f"{max(delays) * 1e3:.0f} ms (largest of {len(delays)})", "", True)
