"""A radio is switched off and on in the middle of an over: it is off the air, that is written down, it serves again."""

import time

import pytest
from tests.e2e.harness import Box
from tests.e2e.site import BE
from tests.faults.conftest import Figures
from tests.faults.watching import in_an_over, journal_end, journaled, when_fit

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

AWAY = 3.0
"""Seconds that the twin's radio needs to start."""

KNOWN = 5.0
"""Seconds until it is known: 3 s after its last word it is asked whether it is there, twice."""


async def test_it_is_off_and_comes_back_by_itself(box: Box, figures: Figures, rounds: int) -> None:
    off: list[float] = []
    known: list[float] = []
    back: list[float] = []
    for _ in range(rounds):
        mark = journal_end(box)
        async with in_an_over(box, figures):
            rebooted = time.monotonic()
            await box.twin.request({"op": "reboot", "radio": "be"})
            off.append(await box.unkeyed(BE) - rebooted)
            known.append(await when_fit(box, "be", False) - rebooted)
            back.append(await when_fit(box, "be", True) - rebooted - AWAY)
        words = ("alarm of be: its transmitter is not known to be off", "be is not fit to serve", "be is fit to serve")
        figures.add("written down", *await journaled(box, mark, *words, "alarm of be is over"))
    figures.seconds("off the air after", off, 0.5)
    figures.seconds("known after", known, KNOWN)
    figures.seconds("serves after it is on again", back, 5.0)
