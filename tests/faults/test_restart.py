"""The daemon is started again in an over, as after a loss of power: it does not key by itself, and serves soon."""

import asyncio
import signal
import time

import pytest
from tests.e2e.harness import Box, settled
from tests.e2e.site import BE, LU, NL
from tests.faults.conftest import Figures

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["asked to end", "killed"])
async def test_it_does_not_key_by_itself_and_serves_soon(
    box: Box, figures: Figures, rounds: int, number: signal.Signals
) -> None:
    away: list[float] = []
    for _ in range(rounds):
        await box.serves()
        speech = await box.say(NL)
        await box.keyed(BE)
        box.daemon.send(number)
        gone = time.monotonic()
        await asyncio.gather(box.unkeyed(BE), box.unkeyed(LU))
        await box.daemon.ended()
        await box.twin.said(speech)
        before = await box.counts()
        await box.revive()
        await box.serves()
        away.append(time.monotonic() - gone)
        await asyncio.sleep(1)
        radios = await box.twin.radios()
        keyed = [name for name in ("be", "lu", "nl") if radios[name]["transmitting"]]
        figures.add(f"keyed by itself after {number.name}", str(len(keyed)), "0", not keyed)
        assert await box.counts() == before, "an over came by itself"
        (heard,) = await box.passes(NL, BE)
        figures.whole("lost of the next over", heard)
        await settled(box)
    figures.add("away, its own start included", f"{max(away):.1f} s (largest of {len(away)})", "", True)
