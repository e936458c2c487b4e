"""The driver on real pseudo-terminals, the twin at the far end: ports open, close and come back, keys are guarded."""

import asyncio
import time
from pathlib import Path

from tests.drivers.radio.live import (
    OFFICER,
    Log,
    driver,
    far,
    open_descriptors,
    order,
    twin_settings,
)

from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    OverEnded,
    OverStarted,
    RadioEvent,
    RadioState,
    SelectTalkgroup,
    StateChanged,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)
from crosspatch_drivers.radio.pei_radio import PeiRadio
from crosspatch_drivers.radio.reconnection import Connection
from crosspatch_drivers.twin.line import PtyLine
from crosspatch_drivers.twin.server import TwinServer


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
