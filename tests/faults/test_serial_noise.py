"""A bad serial line: lines torn, glued, lost, noise between them. No key stays down, and afterwards all is well."""

import pytest
from tests.e2e.harness import Box, settled
from tests.e2e.site import BE, NL
from tests.faults.conftest import Figures

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

BAD = {"glue": True, "cut": True, "interleave": True, "noise": 0.3, "line_loss": 0.05, "byte_loss": 0.002}
GOOD = {"glue": False, "cut": False, "interleave": False, "noise": 0, "line_loss": 0, "byte_loss": 0}


async def test_transmitters_go_off_and_the_next_over_is_whole(box: Box, figures: Figures, rounds: int) -> None:
    for _ in range(rounds):
        await box.twin.request({"op": "fault", "radio": "be", "values": BAD})
        for _ in range(2):
            speech = await box.say(NL)
            await box.twin.said(speech)
            await box.unkeyed(BE, within=60)
            await settled(box)
        await box.twin.request({"op": "fault", "radio": "be", "values": GOOD})
        await box.serves()
        (heard,) = await box.passes(NL, BE)
        figures.whole("lost of the first over on a good line", heard)
        await settled(box)
