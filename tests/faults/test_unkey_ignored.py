"""A radio obeys no un-key: it is told again and again, that is an alarm, and it is off as soon as it obeys."""

import asyncio
import time

import pytest
from tests.e2e.harness import Box
from tests.e2e.site import BE, NL
from tests.faults.conftest import Figures
from tests.faults.watching import journal_end, journaled, radio_of, when, when_fit

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ALARMED = 6.0
"""Seconds from the end of an over until a person is told: a tail, then five attempts."""

STUBBORN = 2.0
"""Seconds that it goes on after the alarm."""


async def test_it_is_an_alarm_until_the_radio_obeys(box: Box, figures: Figures, rounds: int) -> None:
    alarmed: list[float] = []
    off: list[float] = []
    back: list[float] = []
    for _ in range(rounds):
        mark = journal_end(box)
        speech = await box.say(NL)
        await box.keyed(BE)
        await box.twin.request({"op": "fault", "radio": "be", "values": {"ignore_cease": True}})
        await box.twin.said(speech)
        said = time.monotonic()
        alarmed.append(
            await when(box, lambda now: any("transmitter" in one for one in radio_of(now, "be").alarms), "an alarm")
            - said
        )
        await asyncio.sleep(STUBBORN)
        assert (await box.twin.radios())["be"]["transmitting"]
        await box.twin.request({"op": "fault", "radio": "be", "values": {"ignore_cease": False}})
        mended = time.monotonic()
        off.append(await box.unkeyed(BE) - mended)
        back.append(await when_fit(box, "be", True) - mended)
        await when(box, lambda now: radio_of(now, "be").alarms == (), "the alarm is over")
        await box.serves()
        words = ("alarm of be: its transmitter is not known to be off", "alarm of be is over", "be is fit to serve")
        figures.add("written down", *await journaled(box, mark, *words))
        (heard,) = await box.passes(NL, BE)
        figures.whole("lost of the next over", heard)
    figures.seconds("an alarm after", alarmed, ALARMED)
    figures.seconds("off after it obeys", off, 2.0)
    figures.seconds("serves after it obeys", back, 5.0)
