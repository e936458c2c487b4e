"""A process is killed, or hangs, while a patch is armed: it is armed again, opens when asked, carries an over."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.e2e.broker import MOSQUITTO, Broker
from tests.e2e.harness import Box
from tests.e2e.processes import until
from tests.e2e.site import BE, NL
from tests.faults.conftest import Figures
from tests.faults.watching import when

from crosspatch.snapshot import Snapshot

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

RULES = """
[vehicles.v4101]
network = "c2000"
[zones.belgium]
country = "BE"
[rules.fixed]
talkgroups = ["tg-nl", "tg-be"]
zone = "belgium"
vehicles = ["v4101"]
approval = "confirm"
hold_s = 600
"""

EIJSDEN = (50.7707, 5.6977)
"""Some hundred metres before the border."""


@pytest_asyncio.fixture(loop_scope="session")
async def armed_box(tmp_path: Path) -> AsyncIterator[Box]:
    """A vehicle stands before the border, and nobody has agreed yet."""
    if not MOSQUITTO.exists():
        pytest.skip("Mosquitto is not installed")
    broker = Broker(tmp_path)
    broker.start()

    async def stand() -> None:
        while True:
            with contextlib.suppress(OSError):
                await broker.report("v4101", EIJSDEN, kmh=0)
            await asyncio.sleep(2)

    async with Box(joined=(), rules=RULES, grant_ms=50, mqtt={"broker": broker.address}, up=False) as box:
        await when(box, lambda now: now.broker == "connected", "connected")
        standing = asyncio.create_task(stand())
        yield box
        standing.cancel()
    await broker.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["SIGKILL", "SIGSTOP"])
@pytest.mark.parametrize("process", ["engine", "keeper", "control"])
async def test_it_is_armed_again_and_opens_when_asked(
    armed_box: Box, figures: Figures, process: str, number: signal.Signals
) -> None:
    box = armed_box
    await when(box, armed, "armed")
    before = box.pids_of(process)
    failed = time.monotonic()
    os.kill(before[0], number)
    if process == "control":
        await asyncio.sleep(0.5)
        await box.revive()
    else:
        await until(lambda: set(box.pids_of(process)).isdisjoint(before) and box.pids_of(process), f"another {process}")
    took = await when(box, armed, "armed again") - failed
    figures.add(f"{process} {number.name}: armed after", f"{took:.1f} s", "", True)
    assert "error" not in await box.command(do="approve", rule="fixed", agreed=True, by="test")
    await box.serves()
    (heard,) = await box.passes(NL, BE)
    figures.whole(f"{process} {number.name}: lost of an over after it", heard)


def armed(snapshot: Snapshot) -> bool:
    """Radios are ready on their talkgroups, and the patch waits for a person."""
    (patch,) = snapshot.patches
    return patch.state == "armed" and all(leg.state == "ready" for leg in patch.legs)
