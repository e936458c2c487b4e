"""A key that is stuck: a talker who never ends is cut off at the limit, and his patch is free for others."""

import pytest
from tests.e2e import site as sites
from tests.e2e.harness import Box, settled
from tests.e2e.site import BE, NL
from tests.faults.conftest import Figures
from tests.faults.watching import when

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LIMIT = 3.0
"""Seconds that the site allows for one over."""

SLACK = 0.5
"""Seconds more, of which the network takes 50 ms to grant and the radio its time to let go."""


async def test_he_is_cut_off_and_the_other_side_can_speak(figures: Figures, rounds: int) -> None:
    rules = f"[limits]\nover_s = {LIMIT}\n" + sites.fixed((NL, BE))
    took: list[float] = []
    async with Box(grant_ms=50, rules=rules) as box:
        for _ in range(rounds):
            speech = await box.say(NL, box.clip(part=slice(0, 10 * 16000)))
            await box.keyed(BE)
            keyed = float((await box.twin.radios())["be"]["keyed_at"])
            took.append(await box.unkeyed(BE) - keyed - LIMIT)
            await when(box, lambda now: now.patches[0].floor == "free", "the floor is free", within=30)
            assert not (await box.twin.radios())["be"]["transmitting"]
            await box.twin.said(speech)
            await settled(box)
            (heard,) = await box.passes(BE, NL)
            figures.whole("lost of the next over", heard)
            await settled(box)
    figures.seconds("on the air beyond the limit", took, SLACK)
