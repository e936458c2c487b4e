"""Ports: devices, sockets, those without a descriptor; none is shared, none blocks."""

import asyncio
import os
import time
import tty

import pytest
import serial
from tests.drivers.radio.live import (
    PATIENCE,
    Log,
    driver,
    far,
    order,
)

from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.radio import port as serial_port
from crosspatch_drivers.radio.base import (
    Fit,
    Granted,
    Key,
    NoGuard,
)
from crosspatch_drivers.radio.pei_radio import PeiRadio
from crosspatch_drivers.radio.port import Line
from crosspatch_drivers.radio.registry import make_radio
from crosspatch_drivers.twin.server import TwinServer


async def test_a_port_is_not_shared(twin: TwinServer, radio: PeiRadio) -> None:
    with pytest.raises(WillReturn, match=r"r1\.pei"):
        serial_port.open_serial(str(twin.line_path("r1")), Line(38400))


async def test_a_port_over_a_socket_serves_as_well(twin: TwinServer, log: Log) -> None:
    """A serial server on the network, here two pumps between a socket and the pseudo-terminal."""
    near = os.open(twin.line_path("r1"), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(near, lambda: writer.write(os.read(near, 4096)))
        while data := await reader.read(4096):
            os.write(near, data)
        loop.remove_reader(near)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    radio = driver(f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}", log)
    await radio.start()
    await log.wait_for(Fit)
    order(radio, Key())
    await log.wait_for(Granted)
    await radio.close()
    assert not far(twin).transmitting
    server.close()
    os.close(near)


async def test_a_port_without_descriptor_is_served_by_threads() -> None:
    arrived, lost = asyncio.Event(), asyncio.Event()
    data = bytearray()

    def on_data(part: bytes) -> None:
        data.extend(part)
        arrived.set()

    device = serial_port.open_serial("loop://", Line(38400))
    port = serial_port.serve(device, on_data, lambda reason: lost.set())
    assert port.descriptor is None
    port.write(b"AT\r")
    async with asyncio.timeout(PATIENCE):
        while bytes(data) != b"AT\r":
            arrived.clear()
            await arrived.wait()
    port.close()
    port.close()
    assert not lost.is_set()


async def test_a_write_never_blocks_and_a_port_that_takes_nothing_is_given_up() -> None:
    master, slave = os.openpty()
    lost: list[str] = []
    device = serial.Serial(os.ttyname(slave), timeout=0)
    port = serial_port.serve(device, lambda data: None, lost.append)
    began = time.monotonic()
    for _ in range(4000):  # far more than a terminal holds
        port.write(b"AT+CSQ?\r")
    assert time.monotonic() - began < PATIENCE
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(lost) == 1
    assert "flow control" in lost[0]
    os.close(master)
    os.close(slave)


async def test_what_goes_first_goes_instead_of_what_has_not_left() -> None:
    master, slave = os.openpty()
    os.set_blocking(master, False)
    tty.setraw(slave)
    device = serial.Serial(os.ttyname(slave), timeout=0)
    port = serial_port.serve(device, lambda data: None, lambda reason: None)
    while not port.waiting:
        port.write(b"x" * 1024)
    port.write(b"\rAT+CUTXC=1\r", first=True)
    got = b""
    async with asyncio.timeout(PATIENCE):
        while not got.endswith(b"\rAT+CUTXC=1\r"):
            await asyncio.sleep(0.001)
            try:
                got += os.read(master, 65536)
            except BlockingIOError:
                continue
    assert port.waiting == 0
    port.close()
    os.close(master)
    os.close(slave)


async def test_the_registry_makes_the_radio(twin: TwinServer, log: Log) -> None:
    radio = make_radio(
        "pei",
        name="r1",
        url=str(twin.line_path("r1")),
        baud=38400,
        mcc=206,
        mnc=1,
        sink=log.sink,
        guard=NoGuard(),
    )
    await radio.start()
    await log.wait_for(Fit)
    await radio.close()
