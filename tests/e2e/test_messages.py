"""Texts, statuses, notices and positions through the whole box: real daemon, real serial lines, three networks."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from tests.e2e.harness import Box
from tests.e2e.processes import PATIENCE
from tests.e2e.site import BE, NL, OFFICER, OWN, Side

from crosspatch_drivers.sds.bits import Bits
from crosspatch_drivers.sds.message import Sds4, decode
from crosspatch_drivers.sds.text import Text

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

RULES = """
[rules.fixed]
talkgroups = ["tg-nl", "tg-be"]
always = true
relay = ["text", "status"]
notices = ["up"]

[networks.c2000.aliases]
501 = "Unit 12.01"

[networks.c2000.statuses]
32770 = "on the scene"

[networks.astrid.statuses]
33001 = "on the scene"

[vehicles.v1]
network = "c2000"
ssi = 4101
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def box() -> AsyncIterator[Box]:
    async with Box(rules=RULES) as box:
        yield box


async def send(box: Box, side: Side, sender: int, **what: Any) -> None:
    """Somebody's message to the talkgroup of a side."""
    await box.twin.request({"op": "send", "network": side.network, "sender": sender, "to": side.gssi, **what})


async def ours(box: Box, side: Side) -> list[str]:
    """What our radio sent to the talkgroup of a side: texts as they are, statuses as numbers."""
    messages = (await box.twin.request({"op": "messages", "network": side.network}))["messages"]
    sender, called = f"{side.mcc}-00001-{OWN}", f"{side.mcc}-00001-{side.gssi}"
    return [said(each) for each in messages if (each["sender"], each["called"]) == (sender, called)]


def said(message: dict[str, Any]) -> str:
    read = decode(message["service"], Bits(int(message["data"], 16), 4 * len(message["data"])))
    if isinstance(read, Sds4) and isinstance(read.body, Text):
        return read.body.text
    return message["data"]


async def comes(box: Box, side: Side, what: Callable[[str], bool]) -> str:
    """Wait until our radio sent such a message; the message."""
    end = time.monotonic() + PATIENCE
    while not (found := [text for text in await ours(box, side) if what(text)]):
        assert time.monotonic() < end, f"not sent: {await ours(box, side)}\n{box.daemon.tail()}"
        await asyncio.sleep(0.1)
    return found[0]


async def test_crews_are_told_in_their_languages_that_the_patch_is_open(box: Box) -> None:
    dutch = await comes(box, NL, lambda text: "Koppeling" in text)
    assert dutch == "Koppeling met tg-be is open. U hoort elkaar."
    await comes(box, BE, lambda text: text == "Koppeling met tg-nl is open. U hoort elkaar.")
    await comes(box, BE, lambda text: text == "Liaison avec tg-nl ouverte. Vous vous entendez.")


async def test_a_text_crosses_with_its_senders_name_and_does_not_come_back(box: Box) -> None:
    await send(box, NL, OFFICER, text="witte bus, A2 zuid")
    there = await comes(box, BE, lambda text: "witte bus" in text)
    assert there == "[C2000 Unit 12.01] witte bus, A2 zuid"
    await send(box, BE, 777, text=there)  # another gateway sends it on
    await send(box, BE, 778, text="bien reçu")
    assert await comes(box, NL, lambda text: "reçu" in text) == "[ASTRID 778] bien reçu"
    assert not [text for text in await ours(box, NL) if "witte bus" in text]
    assert len([text for text in await ours(box, BE) if "witte bus" in text]) == 1


async def test_a_status_crosses_as_what_it_means_and_an_emergency_as_one(box: Box) -> None:
    await send(box, NL, OFFICER, status=32770)
    await comes(box, BE, lambda text: text == f"{33001:04X}")
    await send(box, BE, OFFICER, status=0)
    await comes(box, NL, lambda text: text == "0000")


async def test_a_vehicles_position_by_radio_is_its_position(box: Box) -> None:
    report = {"lon": 5.695, "lat": 50.84, "error_m": 15, "velocity_kmh": 72, "direction_deg": 180}
    request = {"op": "send", "network": NL.network, "sender": 4101, "to": OWN, "location": report}
    end = time.monotonic() + PATIENCE
    while True:
        await box.twin.request(request)
        snapshot = await box.status()
        if snapshot is not None and snapshot.vehicles[0].lon is not None:
            break
        assert time.monotonic() < end, box.daemon.tail()
        await asyncio.sleep(0.2)
    assert (round(snapshot.vehicles[0].lon, 3), round(snapshot.vehicles[0].lat or 0, 3)) == (5.695, 50.84)
    assert snapshot.counters["radio positions"] >= 1
