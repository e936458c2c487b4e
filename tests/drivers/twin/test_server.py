"""The twin as it runs: a serial port on a real pseudo-terminal, sound over UDP, and everything its socket offers."""

import asyncio
import contextlib
import json
import os
import select
import socket
import termios
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import serial

from crosspatch_drivers.audio.settings import UdpSettings
from crosspatch_drivers.errors import Cannot, WillReturn
from crosspatch_drivers.twin.client import TwinClient, ask
from crosspatch_drivers.twin.control import LONGEST_REQUEST
from crosspatch_drivers.twin.line import MOST_WAITING, PtyLine
from crosspatch_drivers.twin.server import TwinServer, run_twin
from crosspatch_drivers.twin.settings import Step, TwinNetwork, TwinRadio, TwinSettings
from crosspatch_drivers.twin.wav import read_wav, write_wav

GROUP = 1001
PATIENCE = 20.0
"""Seconds in which what must happen has happened, on a machine with much else to do."""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Running:
    """A server in this event loop, and the gateway's ends of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.near, self.far = free_port(), free_port()
        audio = UdpSettings(
            driver="udp", listen=f"127.0.0.1:{self.far}", send=f"127.0.0.1:{self.near}", channels=1, frame_ms=10
        )
        made = TwinSettings(
            networks=(TwinNetwork(id="c2000", mcc=204, mnc=1, groups=(GROUP, 1002), grant_ms=50.0),),
            radios=(TwinRadio(id="nl-1", network="c2000", ssi=9001, audio=audio, group=GROUP),),
            run_dir=str(folder / "run"),
        )
        self.server = TwinServer(made, folder / "t.sock")
        self.client = TwinClient(folder / "t.sock")
        self.clip = folder / "clip.wav"
        write_wav(self.clip, np.random.default_rng(1).uniform(-0.5, 0.5, 3200).astype(np.float32))

    def port(self) -> serial.Serial:
        return serial.Serial(str(self.server.line_path("nl-1")), 38400, timeout=0)

    async def dialogue(self, port: serial.Serial, command: str, until: str) -> str:
        """Send a command; everything that came up to ``until``."""
        port.write(command.encode() + b"\r")
        said = ""
        async with asyncio.timeout(PATIENCE):
            while until not in said:
                said += port.read(1000).decode("latin-1")
                await asyncio.sleep(0.005)
        return said


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[Running]:
    running = Running(tmp_path)
    ready = asyncio.Event()
    task = asyncio.create_task(run_twin(running.server, real_time=False, ready=ready.set))
    async with asyncio.timeout(PATIENCE):
        await ready.wait()
    yield running
    running.server.stop()
    async with asyncio.timeout(PATIENCE):
        await task


async def test_a_driver_opens_the_terminal_like_a_serial_port_and_keys_the_radio(twin: Running) -> None:
    with twin.port() as port:
        await twin.dialogue(port, "ATE0", "OK")
        assert await twin.dialogue(port, "AT+CTSP=2,0,0", "OK") == "\r\nOK\r\n"
        await twin.dialogue(port, "ATD1001", "+CTXG: 1,0,0,0")
        assert (await twin.client.radios())["nl-1"]["transmitting"]
        await twin.dialogue(port, "AT+CUTXC=1", "+CDTXC: 1,0")
    state = (await twin.client.radios())["nl-1"]
    assert not state["transmitting"]
    assert state["keyed_at"] - state["requested_at"] == pytest.approx(0.05, abs=1e-6)
    assert state["unkeyed_at"] > state["keyed_at"]


async def test_the_terminal_outlives_its_driver(twin: Running) -> None:
    for _ in range(2):
        with twin.port() as port:
            assert "+CTOM: 0" in await twin.dialogue(port, "AT+CTOM?", "OK")


async def test_an_officer_is_heard_over_udp_and_recorded(twin: Running) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", twin.near))
        speech = await twin.client.speak("c2000", GROUP, 5001, twin.clip)
        said = await twin.client.said(speech)
        assert (said["state"], said["reason"]) == ("said", "")
        over = said["over"]
        assert over["talker"] == "204-00001-5001"
        assert over["clip_at"] - over["granted_at"] == pytest.approx(0.25)
        assert over["granted_at"] - over["requested_at"] == pytest.approx(0.05, abs=1e-6)
        recorded, clip = read_wav(Path(over["wav"])), read_wav(twin.clip)
        assert np.array_equal(recorded[4000 : 4000 + clip.size], clip)
        sock.setblocking(False)
        sent = [(block * 32768).astype("<i2").tobytes() for block in np.split(clip, 20)]
        heard = b""
        async with asyncio.timeout(PATIENCE):
            while sent[-1] not in heard:
                with contextlib.suppress(BlockingIOError):
                    heard += sock.recv(65536)
                await asyncio.sleep(0.001)
        places = [heard.find(block) for block in sent]  # where the twin was held up there is silence between
        assert -1 not in places
        assert places == sorted(places)


async def test_the_gateway_s_over_is_recorded_and_waited_for(twin: Running) -> None:
    frames = np.random.default_rng(2).integers(-9000, 9000, (30, 160)).astype("<i2")
    with twin.port() as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        await twin.dialogue(port, "AT+CTSP=2,0,0", "OK")
        await twin.dialogue(port, "ATD1001", "+CTXG: 1,0,0,0")
        waiting = asyncio.create_task(twin.client.wait_over("c2000", GROUP, within=PATIENCE))
        for frame in frames:
            sock.sendto(frame.tobytes(), ("127.0.0.1", twin.far))
            await asyncio.sleep(0.01)
        await twin.dialogue(port, "AT+CUTXC=1", "+CDTXC: 1,0")
        over = await waiting
    assert (over["radio"], over["number"], over["reason"]) == ("nl-1", 1, "released")
    recorded = (read_wav(Path(over["wav"])) * 32768).astype("<i2").tobytes()
    places = [recorded.find(frame.tobytes()) for frame in frames]  # where we were held up there is silence between
    assert -1 not in places
    assert places == sorted(places)
    assert [each["wav"] for each in await twin.client.overs()] == [over["wav"]]


async def test_settings_change_while_it_runs(twin: Running) -> None:
    await twin.client.set("c2000", {"grant_ms": 300, "busy": "deny"})
    networks = (await twin.client.request({"op": "networks"}))["networks"]
    assert networks["c2000"]["settings"]["grant_ms"] == 300
    said = await twin.client.said(await twin.client.speak("c2000", GROUP, 5001, twin.clip))
    assert said["over"]["granted_at"] - said["over"]["requested_at"] == pytest.approx(0.3, abs=1e-6)


async def test_who_is_refused_says_why_and_gives_no_over(twin: Running) -> None:
    await twin.client.set("c2000", {"deny": True})
    said = await twin.client.said(await twin.client.speak("c2000", GROUP, 5001, twin.clip))
    assert said == {"ok": True, "state": "failed", "reason": "call released, cause 5", "over": None}


async def test_a_reboot_silences_the_radio(twin: Running) -> None:
    await twin.client.request({"op": "reboot", "radio": "nl-1"})
    assert not (await twin.client.radios())["nl-1"]["on"]


async def test_a_stop_request_ends_it_and_leaves_nothing_but_recordings(tmp_path: Path) -> None:
    running = Running(tmp_path)
    ready = asyncio.Event()
    task = asyncio.create_task(run_twin(running.server, real_time=False, ready=ready.set))
    await ready.wait()
    await running.client.stop()
    async with asyncio.timeout(PATIENCE):
        await task
    left = await asyncio.to_thread(lambda: sorted(path.name for path in tmp_path.rglob("*")))
    assert left == ["clip.wav", "overs", "run"]
    with pytest.raises(WillReturn, match="twin at"):
        await running.client.radios()


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"op": "dance"}, "there is no op 'dance'"),
        ({"op": "set", "network": "c2000", "values": {"mnc": 5}}, "'mnc' cannot be set"),
        ({"op": "set", "network": "c2000", "values": {"grant_ms": -1}}, "grant_ms"),
        ({"op": "set", "network": "x", "values": {}}, "'x' is missing or not known"),
        ({"op": "speak", "network": "c2000"}, "'talkgroup' is missing"),
        ({"op": "wait", "speech": 99}, "99 is missing or not known"),
        ({"op": "wait", "network": "c2000", "talkgroup": GROUP, "timeout": 0.01}, "nothing came within 0.01 s"),
        ({"op": "reboot", "radio": "x"}, "'x' is missing or not known"),
    ],
)
async def test_a_request_that_cannot_be_served_is_refused_in_words(
    twin: Running, request_: dict[str, object], says: str
) -> None:
    with pytest.raises(Cannot, match=says):
        await twin.client.request(request_)


async def test_rubbish_on_the_control_socket_is_answered_and_harms_nobody(twin: Running) -> None:
    reader, writer = await asyncio.open_unix_connection(twin.client.path)
    for line in (b"not json\n", b"[1]\n", b'{"op": []}\n'):
        writer.write(line)
        assert not json.loads(await reader.readline())["ok"]
    writer.write(b"x" * (2 * LONGEST_REQUEST))
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()
    assert await twin.client.radios()


async def test_answers_repeat_the_id_of_their_request(twin: Running) -> None:
    assert (await twin.client.request({"op": "overs", "id": 7}))["id"] == 7


def test_asking_without_a_loop_says_when_nobody_is_there(tmp_path: Path) -> None:
    with pytest.raises(WillReturn, match="twin at"):
        ask(tmp_path / "none.sock", {"op": "radios"})


async def test_a_terminal_that_nobody_reads_drops_the_oldest_and_goes_on(tmp_path: Path) -> None:
    line = PtyLine(tmp_path / "r.pei", lambda _data: None)
    line.open()
    for number in range(3000):
        line.write(b"%05d" % number * 20 + b"\n")
    assert line.dropped > 0
    descriptor = os.open(tmp_path / "r.pei", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    data = b""
    end = time.monotonic() + PATIENCE
    while b"02999" not in data and time.monotonic() < end:
        await asyncio.sleep(0.01)
        if select.select([descriptor], [], [], 0)[0]:
            data += os.read(descriptor, 65536)
    assert data.endswith(b"%05d" % 2999 * 20 + b"\n")
    assert len(data) <= 2 * MOST_WAITING
    os.close(descriptor)
    line.close()
    assert not (tmp_path / "r.pei").is_symlink()


async def test_the_terminal_is_raw_both_ways(tmp_path: Path) -> None:
    got: list[bytes] = []
    line = PtyLine(tmp_path / "r.pei", got.append)
    line.open()
    descriptor = os.open(tmp_path / "r.pei", os.O_RDWR | os.O_NOCTTY)
    assert not termios.tcgetattr(descriptor)[3] & (termios.ICANON | termios.ECHO)
    every = bytes(range(256))
    os.write(descriptor, every)
    for _ in range(1000):
        if b"".join(got) == every:
            break
        await asyncio.sleep(0.01)
    assert b"".join(got) == every
    line.write(every)
    assert os.read(descriptor, 512) == every
    os.close(descriptor)
    line.close()


async def test_it_ends_in_peace_while_somebody_waits_and_somebody_is_connected(tmp_path: Path) -> None:
    running = Running(tmp_path)
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    ready = asyncio.Event()
    task = asyncio.create_task(run_twin(running.server, real_time=False, ready=ready.set))
    await ready.wait()
    _, idle = await asyncio.open_unix_connection(running.client.path)
    waiting = asyncio.create_task(running.client.wait_over("c2000", GROUP, within=PATIENCE))
    await running.client.radios()
    running.server.stop()
    async with asyncio.timeout(PATIENCE):
        await task
        with pytest.raises(WillReturn):
            await waiting
    idle.close()
    await asyncio.sleep(0)
    assert complaints == []


async def test_a_fault_is_switched_on_and_off_while_it_runs(twin: Running) -> None:
    with twin.port() as port:
        await twin.dialogue(port, "ATE0", "OK")
        answer = await twin.client.request({"op": "fault", "radio": "nl-1", "values": {"mute": True}})
        assert answer["faults"]["mute"] is True
        port.write(b"AT\r")
        await twin.client.request({"op": "fault", "radio": "nl-1", "values": {"mute": False}})
        assert await twin.dialogue(port, "AT+CTOM?", "OK") == "\r\n+CTOM: 0\r\n\r\nOK\r\n"


async def use(port: serial.Serial) -> None:
    """Until it fails."""
    async with asyncio.timeout(PATIENCE):
        while True:
            port.read(100)
            port.write(b"AT\r")
            await asyncio.sleep(0.01)


async def test_a_port_that_is_unplugged_is_gone_and_comes_back(twin: Running) -> None:
    path = twin.server.line_path("nl-1")
    with twin.port() as port:
        await twin.client.request({"op": "unplug", "radio": "nl-1", "seconds": 0.3})
        assert not path.is_symlink()
        with pytest.raises(OSError, match=r"[Ii]nput/output error|readiness"):
            await use(port)
    async with asyncio.timeout(PATIENCE):
        while not path.is_symlink():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)
    with twin.port() as port:
        assert "+CTOM: 0" in await twin.dialogue(port, "AT+CTOM?", "OK")


async def test_texts_statuses_and_locations_are_sent_to_a_radio_and_kept(twin: Running) -> None:
    to = {"op": "send", "network": "c2000", "sender": 5001, "to": 9001}
    with twin.port() as port:
        for command in ("ATE0", "AT+CTSP=1,3,130", "AT+CTSP=1,3,10", "AT+CTSP=2,2,20"):
            await twin.dialogue(port, command, "OK")
        await twin.client.request({**to, "text": "Kilo ten"})
        assert "820001014B696C6F2074656E" in await twin.dialogue(port, "AT", "74656E")
        await twin.client.request({**to, "status": 0})
        assert "+CTSDSR: 13,5001,0,9001,0,16" in await twin.dialogue(port, "AT", "0000\r\n")
        location = {"lon": 6.020604, "lat": 50.754497, "error_m": 15, "velocity_kmh": 72, "direction_deg": 270}
        await twin.client.request({**to, "location": location})
        assert "0A0044804A4179316B8810" in await twin.dialogue(port, "AT", "8810")
    messages = (await twin.client.request({"op": "messages", "network": "c2000"}))["messages"]
    assert [(each["service"], each["bits"]) for each in messages] == [(12, 96), (13, 16), (12, 84)]


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"op": "fault", "radio": "nl-1", "values": {"mude": True}}, "there is no fault 'mude'; there are mute, deaf"),
        ({"op": "fault", "radio": "nl-1", "values": {"noise": 2}}, "noise"),
        ({"op": "turn", "radio": "nl-1", "knob": "mode", "value": 77}, "mode 77 is no position"),
        ({"op": "unplug", "radio": "nl-1", "seconds": -1}, "seconds must be from 0"),
        ({"op": "cut", "network": "x", "talkgroup": 1}, "'x' is missing or not known"),
        ({"op": "send", "network": "c2000", "sender": 1, "to": 2}, "'text' is missing"),
        ({"op": "send", "network": "c2000", "sender": 1, "to": 2, "data": "xyz"}, "is not made of hex digits"),
        ({"op": "vehicle", "vehicle": "v"}, "'v' is missing or not known"),
    ],
)
async def test_what_cannot_be_broken_is_refused_in_words(twin: Running, request_: dict[str, object], says: str) -> None:
    with pytest.raises(Cannot, match=says):
        await twin.client.request(request_)


async def test_a_scenario_runs_by_itself_and_a_step_that_cannot_be_is_left_out(tmp_path: Path) -> None:
    running = Running(tmp_path)
    steps = (
        Step(at_s=0.2, request={"op": "fault", "radio": "nl-1", "values": {"glue": True}}),
        Step(at_s=0.0, request={"op": "set", "network": "c2000", "values": {"grant_ms": 700}}),
        Step(at_s=0.1, request={"op": "fault", "radio": "nobody"}),
    )
    server = TwinServer(replace(running.server.settings, scenario=steps), tmp_path / "t.sock")
    task = asyncio.create_task(run_twin(server, real_time=False))
    async with asyncio.timeout(PATIENCE):
        while not server.world.radios["nl-1"].wire.faults.glue:  # noqa: ASYNC110 - the twin has no event for it
            await asyncio.sleep(0.01)
    assert server.world.networks["c2000"].settings.grant_ms == 700
    server.stop()
    async with asyncio.timeout(PATIENCE):
        await task
