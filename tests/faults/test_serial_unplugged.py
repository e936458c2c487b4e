"""A radio's serial port is pulled out in the middle of an over: the other legs lose nothing, and it serves again."""

import time

import pytest
from tests.e2e.harness import Box
from tests.e2e.processes import until
from tests.faults.conftest import Figures
from tests.faults.watching import in_an_over, journal_end, journaled, open_files, when_fit

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

AWAY = 1.5
"""Seconds that the port is gone."""


async def test_others_hear_the_whole_over_and_the_radio_comes_back_by_itself(
    box: Box, figures: Figures, rounds: int
) -> None:
    known: list[float] = []
    back: list[float] = []
    await until(lambda: len(box.engines()) > 1, "the understudy, which has files of its own")
    descriptors = open_files(box)
    for _ in range(rounds):
        mark = journal_end(box)
        async with in_an_over(box, figures):
            pulled = time.monotonic()
            await box.twin.request({"op": "unplug", "radio": "be", "seconds": AWAY})
            known.append(await when_fit(box, "be", False) - pulled)
            back.append(await when_fit(box, "be", True) - pulled - AWAY)
        words = ("alarm of be: its transmitter is not known to be off", "be is not fit to serve", "alarm of be is over")
        figures.add("written down", *await journaled(box, mark, *words))
    figures.seconds("known after", known, 1.0)
    figures.seconds("serves after it is back", back, 5.0)
    left = open_files(box) - descriptors
    figures.add("open files more than before", str(left), "≤ 0", left <= 0)
