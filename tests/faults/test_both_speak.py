"""Both sides press in the same moment: one has the floor, the other is told, nobody's words go in circles."""

import asyncio

import pytest
from tests.e2e.harness import Box, settled
from tests.e2e.site import BE, LU, NL
from tests.faults.conftest import Figures
from tests.faults.watching import heard_by

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_one_has_the_floor_and_a_third_hears_him_whole(box: Box, figures: Figures, rounds: int) -> None:
    for _ in range(rounds):
        before = await box.counts()
        man, woman = box.clip("M1"), box.clip("F1")
        one, other = await asyncio.gather(box.say(NL, man), box.say(BE, woman))
        said = [await box.twin.said(speech) for speech in (one, other)]
        await settled(box)
        heard = await heard_by(box, LU, before.get(LU.network, 0), man)
        if not heard.verdict.heard:
            heard = await heard_by(box, LU, before.get(LU.network, 0), woman)
        figures.whole("lost of the first one's words", heard)
        count = sum(over["radio"] is not None for over in await overs_since(box, before))
        figures.add("overs of ours", str(count), "≤ 4", count <= 4)
        assert {answer["state"] for answer in said} <= {"said", "cut", "refused"}, said


async def overs_since(box: Box, before: dict[str, int]) -> list[dict[str, object]]:
    """What ended in all networks since then."""
    return [over for over in await box.twin.overs() if over["number"] > before.get(over["network"], 0)]
