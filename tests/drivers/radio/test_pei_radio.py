"""The driver on real pseudo-terminals, the twin at the far end: ports open, close and come back, keys are guarded."""

import asyncio
import contextlib
import os
import time
import tty
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import serial

from crosspatch_drivers.audio.settings import UdpSettings
from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio import port as serial_port
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    NoGuard,
    OverEnded,
    OverStarted,
    Radio,
    RadioEvent,
    RadioState,
    ReleasePlan,
    SelectTalkgroup,
    StateChanged,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)
from crosspatch_drivers.radio.pei.profile import GENERIC
from crosspatch_drivers.radio.pei_radio import PeiRadio, PeiSettings
from crosspatch_drivers.radio.port import Line
from crosspatch_drivers.radio.reconnection import Connection
from crosspatch_drivers.radio.registry import make_radio
from crosspatch_drivers.twin.line import PtyLine
from crosspatch_drivers.twin.pei_radio import PeiRadio as TwinPeiRadio
from crosspatch_drivers.twin.server import TwinServer
from crosspatch_drivers.twin.settings import TwinNetwork, TwinRadio, TwinSettings

PATIENCE = 20.0
"""Seconds until a test gives up: the machine may be busy."""

OFFICER = Identity(206, 1, 101)

HASTY = replace(GENERIC, gap_s=0.0)
"""Sets a radio up without pauses: the twin needs none."""


class Log:
    """Sink and guard in one: everything in its order."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Any]] = []
        self.changed = asyncio.Event()

    def sink(self, radio: str, event: RadioEvent, now: float) -> None:
        self._add("event", event)

    def opened(self, radio: str, descriptor: int) -> None:
        os.fstat(descriptor)  # it is open
        self._add("opened", descriptor)

    def closed(self, radio: str) -> None:
        self._add("closed", None)

    def arm(self, radio: str, plan: ReleasePlan) -> None:
        self._add("arm", plan.data)

    def disarm(self, radio: str) -> None:
        self._add("disarm", None)

    def _add(self, kind: str, what: object) -> None:
        self.entries.append((kind, what))
        self.changed.set()

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.entries]

    def events(self, kind: type) -> list[Any]:
        return [what for _, what in self.entries if isinstance(what, kind)]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), 0.05)

    async def wait_for(self, kind: type, count: int = 1) -> Any:
        await self.until(lambda: len(self.events(kind)) >= count)
        return self.events(kind)[count - 1]


def twin_settings(run_dir: Path) -> TwinSettings:
    audio = UdpSettings(driver="udp", listen="127.0.0.1:0", send="127.0.0.1:9")
    network = TwinNetwork(id="astrid", mcc=206, mnc=1, groups=(1001, 1002), grant_ms=100.0, hang_s=1.0)
    radio = TwinRadio(id="r1", network="astrid", ssi=7001, group=1001, audio=audio)
    return TwinSettings(networks=(network,), radios=(radio,), run_dir=str(run_dir))


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[TwinServer]:
    server = TwinServer(twin_settings(tmp_path), tmp_path / "twin.sock")
    await server.start()
    running = asyncio.create_task(server.run())
    yield server
    server.stop()
    await running
    await server.close()


def driver(url: str | Path, log: Log) -> PeiRadio:
    return PeiRadio("r1", settings_for(url), log.sink, log)


def settings_for(url: str | Path) -> PeiSettings:
    return PeiSettings(url=str(url), baud=38400, home=Identity(206, 1, 0), profile=HASTY)


@pytest.fixture
async def log() -> Log:
    return Log()


@pytest.fixture
async def radio(twin: TwinServer, log: Log) -> AsyncIterator[PeiRadio]:
    radio = driver(twin.line_path("r1"), log)
    await radio.start()
    await log.wait_for(Fit)
    yield radio
    await radio.close()


def open_descriptors(port: Path) -> int:
    """How often this process has the port open."""
    target = port.readlink()
    return sum(link.readlink() == target for link in Path("/proc/self/fd").iterdir() if link.is_symlink())


def far(twin: TwinServer) -> TwinPeiRadio:
    return twin.world.radios["r1"]


def order(radio: Radio, what: Any) -> None:
    radio.order(what, time.monotonic())


async def test_an_over_goes_from_key_to_grant_to_end(twin: TwinServer, radio: PeiRadio, log: Log) -> None:
    log.entries.clear()
    order(radio, Key())
    await log.wait_for(Granted)
    assert far(twin).transmitting
    order(radio, Unkey())
    assert await log.wait_for(TransmitEnded) == TransmitEnded(EndReason.RELEASED)
    assert not far(twin).transmitting
    assert log.kinds[0] == "arm"
    assert log.kinds.index("disarm") > max(i for i, kind in enumerate(log.kinds) if kind == "arm")


async def test_the_officers_over_is_heard(twin: TwinServer, radio: PeiRadio, log: Log) -> None:
    network = twin.world.networks["astrid"]
    network.enlist(OFFICER, 1001, time.monotonic())
    network.ask(OFFICER, 1, time.monotonic())
    assert (await log.wait_for(OverStarted)).talker == OFFICER
    network.cease(OFFICER, time.monotonic())
    await log.wait_for(OverEnded)


async def test_a_talkgroup_is_selected_and_read_back(twin: TwinServer, radio: PeiRadio, log: Log) -> None:
    order(radio, SelectTalkgroup(1002))
    await log.until(lambda: TalkgroupSelected(1002) in log.events(TalkgroupSelected))
    assert twin.world.networks["astrid"].group(far(twin).identity) == 1002


async def test_release_now_un_keys(twin: TwinServer, radio: PeiRadio, log: Log) -> None:
    order(radio, Key())
    await log.wait_for(Granted)
    radio.release_now(time.monotonic())
    assert await log.wait_for(TransmitEnded) == TransmitEnded(EndReason.SAFETY)
    assert not far(twin).transmitting


async def test_an_order_given_from_within_an_event_is_carried_out(twin: TwinServer, radio: PeiRadio, log: Log) -> None:
    def sink(name: str, event: RadioEvent, now: float) -> None:
        log.sink(name, event, now)
        if isinstance(event, Granted):
            radio.order(Unkey(), now)

    radio._sink = sink
    order(radio, Key())
    assert await log.wait_for(TransmitEnded) == TransmitEnded(EndReason.RELEASED)
    assert not far(twin).transmitting


async def test_close_un_keys_and_leaves_nothing_behind(twin: TwinServer, log: Log) -> None:
    port = twin.line_path("r1")
    before = open_descriptors(port)
    radio = driver(twin.line_path("r1"), log)
    await radio.start()
    await log.wait_for(Fit)
    order(radio, Key())
    await log.wait_for(Granted)
    assert open_descriptors(port) == before + 1
    await radio.close()
    assert not far(twin).transmitting
    assert log.events(TransmitEnded) == [TransmitEnded(EndReason.RELEASED)]
    assert log.kinds[-1] == "closed"
    assert open_descriptors(port) == before
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("radio")] == []


async def test_close_with_a_deaf_radio_writes_un_key_and_leaves_the_keeper_armed(tmp_path: Path, log: Log) -> None:
    heard = bytearray()
    line = PtyLine(tmp_path / "port", heard.extend)
    line.open()
    radio = driver(tmp_path / "port", log)
    await radio.start()
    await log.until(lambda: "opened" in log.kinds)
    # The session is made to believe that it is set up and fit: this radio says yes to everything but un-key.
    task = asyncio.create_task(_yes_man(line, heard))
    await log.wait_for(Fit)
    log.entries.clear()
    order(radio, Key())
    await log.wait_for(Granted)
    task.cancel()
    heard.clear()
    await radio.close()
    await asyncio.sleep(0)
    line._readable()
    assert heard.count(b"AT+CUTXC=1\r") >= 2
    assert log.kinds[-1] != "closed"
    assert "disarm" not in log.kinds
    line.close()


async def _yes_man(line: PtyLine, heard: bytearray) -> None:
    answers = {
        b"AT+CTGS?": b"+CTGS: 1,1001\r\n",
        b"AT+CREG?": b"+CREG: 1,1,20600001\r\n",
        b"AT+CNUMF?": b"+CNUMF: 0,2060000100007001\r\n",
    }
    while True:
        while b"\r" in heard:
            command, _, rest = bytes(heard).partition(b"\r")
            heard[:] = rest
            if command:
                line.write(answers.get(command, b"") + b"OK\r\n")
            if command == b"ATD1001":
                line.write(b"+CTOCP: 1,0,0,1,0\r\n+CTCC: 1,1,1,0,0,1,1\r\n+CTXG: 1,0,0,0\r\n")
        await asyncio.sleep(0.005)


async def test_a_missing_port_is_no_error_and_serves_when_it_is_there(tmp_path: Path, log: Log) -> None:
    radio = driver(tmp_path / "r1.pei", log)
    await radio.start()
    await log.wait_for(Unfit)
    await log.until(lambda: radio.reconnection.state is Connection.WAITING and radio.reconnection.failures >= 2)
    assert log.events(StateChanged) == []
    server = TwinServer(twin_settings(tmp_path), tmp_path / "twin.sock")
    await server.start()
    running = asyncio.create_task(server.run())
    await log.wait_for(Fit)
    server.stop()
    await running
    await server.close()
    await log.until(lambda: StateChanged(RadioState.OFFLINE, radio._lost_reason) in log.events(StateChanged))
    await radio.close()


async def test_a_port_pulled_on_the_air_is_lost_and_back_and_un_keyed(twin: TwinServer, log: Log) -> None:
    radio = driver(twin.line_path("r1"), log)
    await radio.start()
    await log.wait_for(Fit)
    order(radio, Key())
    await log.wait_for(Granted)
    log.entries.clear()
    twin._lines["r1"].close()
    assert (await log.wait_for(TransmitEnded)).reason is EndReason.LOST
    await log.until(lambda: "closed" in log.kinds)
    assert far(twin).transmitting  # nothing reaches it
    twin._lines["r1"].open()
    await log.wait_for(Fit)
    assert not far(twin).transmitting
    assert log.kinds[-1] != "arm"
    assert "disarm" in log.kinds
    await radio.close()


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
