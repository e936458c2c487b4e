"""The broker goes in the middle of an over, and flaps: voice goes on, and the box comes back without a storm."""

import asyncio
import time

import pytest
from tests.e2e.broker import Broker
from tests.e2e.harness import Box
from tests.e2e.processes import free_ports
from tests.e2e.site import BE, NL
from tests.faults.conftest import Figures
from tests.faults.watching import heard_by, when

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_the_over_is_whole_and_the_box_connects_again(
    box: Box, broker: Broker, figures: Figures, rounds: int
) -> None:
    back: list[float] = []
    for _ in range(rounds):
        before = (await box.counts()).get(BE.network, 0)
        await box.say(NL)
        await box.keyed(BE)
        await broker.stop()
        figures.whole("lost while it went", await heard_by(box, BE, before))
        await when(box, lambda now: now.broker != "connected", "the box knows")
        broker.start()
        started = time.monotonic()
        back.append(await when(box, lambda now: now.broker == "connected", "connected again") - started)
    figures.seconds("connected after it is back", back, 5.0)


async def test_a_broker_that_throws_everyone_out_is_not_stormed(
    box: Box, broker: Broker, figures: Figures, rounds: int
) -> None:
    """Something that takes every connection and closes it at once stands in its place."""
    taken: list[float] = []

    async def throw_out(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(time.monotonic())
        writer.close()

    await broker.stop()
    async with await asyncio.start_server(throw_out, "127.0.0.1", broker.port):
        await asyncio.sleep(4)  # the quick attempts at the beginning
        counted, seconds = len(taken), 6.0 * rounds
        await asyncio.sleep(seconds)
    attempts = (len(taken) - counted) / seconds
    broker.start()
    figures.add("connection attempts", f"{attempts:.1f} a second", "≤ 1 a second", attempts <= 1)
    await when(box, lambda now: now.broker == "connected", "connected again")


async def test_a_line_that_has_died_without_a_word_is_noticed(broker: Broker, figures: Figures) -> None:
    """The connection stays open, but nothing comes through any more, as when a router forgets it."""
    (port,) = free_ports(1)
    dead = asyncio.Event()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if dead.is_set():
                await asyncio.sleep(3600)
            writer.write(data)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if dead.is_set():
            await asyncio.sleep(3600)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", broker.port)
        await asyncio.gather(forward(reader, far_writer), forward(far_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        async with Box(mqtt={"broker": f"mqtt://127.0.0.1:{port}"}) as box:
            await when(box, lambda now: now.broker == "connected", "connected")
            dead.set()
            died = time.monotonic()
            noticed = await when(box, lambda now: now.broker != "connected", "the box knows") - died
            figures.seconds("noticed after", [noticed], 15.0)
    finally:
        server.close()
