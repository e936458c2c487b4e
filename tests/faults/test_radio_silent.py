"""A radio stops answering, and later answers again: it is known, its patch goes on, it serves again by itself."""

import time

import pytest
from tests.e2e.harness import Box, settled
from tests.e2e.site import LU, NL
from tests.faults.conftest import Figures
from tests.faults.watching import when_fit

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

UNANSWERED = 3.0
"""Seconds for a command without an answer and an AT without one, after which nobody counts on the radio."""


async def test_the_rest_goes_on_and_it_comes_back(box: Box, figures: Figures, rounds: int) -> None:
    known: list[float] = []
    back: list[float] = []
    for _ in range(rounds):
        await box.twin.request({"op": "fault", "radio": "be", "values": {"mute": True, "deaf": True}})
        silent = time.monotonic()
        speech = await box.say(NL)  # keys the silent radio, or tries to
        known.append(await when_fit(box, "be", False) - silent)
        await box.twin.said(speech)
        await settled(box)
        (heard,) = await box.passes(NL, LU)
        figures.whole("lost on the other leg", heard)
        await box.twin.request({"op": "fault", "radio": "be", "values": {"mute": False, "deaf": False}})
        mended = time.monotonic()
        back.append(await when_fit(box, "be", True) - mended)
        await box.serves()
    figures.seconds("known after", known, UNANSWERED)
    figures.seconds("serves after it answers", back, 5.0)
