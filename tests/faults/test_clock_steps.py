"""The wall clock jumps by an hour, a day, and to 2038: no patch changes, no over is cut, no timer runs early."""

import sys
from pathlib import Path

import pytest
from tests.e2e.harness import Box, settled
from tests.e2e.site import BE, NL
from tests.faults.conftest import Figures
from tests.faults.watching import heard_by, when

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
"""Debian package libfaketime."""

STEPS = ("+3600", "-3600", "-86400", "@2038-01-19 03:14:00")
"""Offsets in seconds, and a moment just before 32 bits of seconds run out."""


ALONE = """
import os, select, time
del os.environ["LD_PRELOAD"]
time.sleep = lambda seconds: select.select((), (), (), seconds)
from crosspatch.cli import main
main()
"""
"""The library makes time.sleep fail (it misreads absolute times): the daemon sleeps otherwise, and its children, who
use no wall clock, go without the library."""


class Box2038(Box):
    """A box whose daemon sees a clock that the test sets."""

    def crosspatch(self) -> list[str]:
        return [sys.executable, "-c", ALONE]


@pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed")
async def test_nothing_changes_when_the_clock_jumps(tmp_path: Path, figures: Figures) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    faked = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_TIMESTAMP_FILE": str(clock),
    }
    async with Box2038(grant_ms=50, environment=faked) as box:
        states = len(patch_lines(box))
        for step in STEPS:
            before = (await box.counts()).get(BE.network, 0)
            wall = (await box.answers()).at
            await box.say(NL)
            await box.keyed(BE)
            clock.write_text(f"{step}\n")
            figures.whole(f"lost at {step}", await heard_by(box, BE, before))
            await when(box, lambda now, wall=wall: abs(now.at - wall) > 1800, "the box sees the clock jump", within=30)
            await settled(box)
            await box.serves()
        changes = len(patch_lines(box)) - states
        figures.add("patches that changed", str(changes), "0", changes == 0)


def patch_lines(box: Box) -> list[str]:
    """What the log says of patches that changed their state; that this one is up is one of them."""
    lines = [line for line in box.daemon.log.read_text().splitlines() if '"kind": "patch"' in line]
    assert lines
    return lines
