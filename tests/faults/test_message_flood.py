"""A flood of messages: the over in it is whole, memory stays, and the newest position counts soon after."""

import asyncio
import json
import time

import pytest
from aiomqtt import Client
from tests.e2e.broker import Broker
from tests.e2e.harness import Box
from tests.e2e.site import BE, NL
from tests.faults.conftest import Figures
from tests.faults.watching import heard_by, memory

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

VEHICLES = 1000

MOST = 50 * 2**20
"""Bytes by which the daemon may grow."""


async def test_an_over_in_the_flood_is_whole(box: Box, broker: Broker, figures: Figures, rounds: int) -> None:
    grown = memory(box)
    flood = asyncio.create_task(pour(broker, 5.0 * rounds))
    before = (await box.counts()).get(BE.network, 0)
    await box.say(NL)
    figures.whole("lost", await heard_by(box, BE, before))
    sent, seconds = await flood
    grown = memory(box) - grown
    figures.add("flood", f"{sent / seconds:.0f} messages a second", "", True)
    figures.add("grown by", f"{grown / 2**20:.0f} MiB", f"≤ {MOST / 2**20:.0f} MiB", grown <= MOST)
    asked = time.monotonic()
    snapshot = await box.answers()
    figures.seconds("answers after", [time.monotonic() - asked], 1.0)
    assert snapshot.broker == "connected"


async def pour(broker: Broker, seconds: float) -> tuple[int, float]:
    """Positions of many vehicles, without acknowledgement, as fast as this process can; how many, in what time."""
    sent, began = 0, time.monotonic()
    async with Client("127.0.0.1", broker.port) as client:
        while time.monotonic() - began < seconds:
            place = {"_type": "location", "lat": 50.8, "lon": 5.7, "tst": int(time.time()), "acc": 10}
            payload = json.dumps(place)
            for number in range(100):
                await client.publish(f"owntracks/unknown-{(sent + number) % VEHICLES}/phone", payload)
            sent += 100
            await asyncio.sleep(0)
    return sent, time.monotonic() - began
