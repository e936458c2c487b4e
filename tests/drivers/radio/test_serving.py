"""The driver and the ways to reach a radio: other rates, flow control, a wired key, a raw log, a defect."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import serial
from structlog.testing import capture_logs

from crosspatch_drivers.errors import WillReturn
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio import port as serial_port
from crosspatch_drivers.radio import wiring as wires
from crosspatch_drivers.radio.base import NoGuard, ReleasePlan, StateChanged, Unfit, Unkey
from crosspatch_drivers.radio.pei.outbox import Arm, PressKey
from crosspatch_drivers.radio.pei.profile import GENERIC
from crosspatch_drivers.radio.pei_log import Entry, Way
from crosspatch_drivers.radio.pei_radio import PeiRadio, PeiSettings
from crosspatch_drivers.radio.pei_remarks import Closed, Opened, Ordered, parse_remark
from crosspatch_drivers.radio.port import Line
from crosspatch_drivers.radio.search import search_order
from crosspatch_drivers.radio.serving import begin_serving
from crosspatch_drivers.radio.settings import Wiring
from crosspatch_drivers.twin.line import PtyLine

PATIENCE = 20.0

QUICK = replace(GENERIC, gap_s=0.0, detect_s=0.02, detect_attempts=2)


class Bench:
    """A pseudo-terminal that a test answers on, and what the driver makes of it."""

    def __init__(self, tmp_path: Path) -> None:
        self.heard = bytearray()
        self.said: list[Any] = []
        self.line = PtyLine(tmp_path / "port", self._hear)
        self.line.open()
        self.url = str(self.line.path)
        self.answers = False
        self.settings = PeiSettings(url=self.url, baud=9600, home=Identity(206, 1, 0), profile=QUICK)

    def _hear(self, data: bytes) -> None:
        self.heard += data
        if self.answers:
            self.line.write(b"\r\nOK\r\n" * data.count(b"\r"))

    def radio(self, record: Callable[[Entry], None] | None = None, **settings: Any) -> PeiRadio:
        return PeiRadio(
            "r1",
            replace(self.settings, **settings),
            lambda _name, event, _now: self.said.append(event),
            NoGuard(),
            record,
        )

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - what is waited for is not ours to signal
                await asyncio.sleep(0.005)


@pytest.fixture
async def bench(tmp_path: Path) -> Any:
    bench = Bench(tmp_path)
    yield bench
    bench.line.close()


def test_every_other_attempt_is_as_configured_and_every_rate_comes_with_and_without_flow_control() -> None:
    line = Line(9600)
    order = search_order(line)
    assert order[::2] == [line] * (len(order) // 2)
    tried = {(each.baud, each.hardware_flow_control) for each in order}
    assert tried == {(baud, flow) for baud in (9600, 38400, 115200, 19200, 57600) for flow in (False, True)}
    assert order[1] == Line(38400)


async def test_a_radio_at_another_rate_is_found_and_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Line] = []
    really = serial_port.open_serial

    def open_serial(url: str, line: Line) -> serial.Serial:
        opened.append(line)
        bench.answers = line.baud == 115200  # a pseudo-terminal has no rate: the test plays it
        return really(url, line)

    monkeypatch.setattr(serial_port, "open_serial", open_serial)
    radio = bench.radio(search=True)
    with capture_logs() as logs:
        await radio.start()
        await bench.until(lambda: radio._found)
    assert [line.baud for line in opened] == [9600, 38400, 9600, 115200]
    told = [entry["event"] for entry in logs if "not as configured" in entry["event"]]
    assert told == ["radio: answers at 115200 baud without hardware flow control, not as configured"]
    await radio.close()


async def test_a_port_that_takes_nothing_is_told_as_a_matter_of_flow_control(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> list[str]:
        return [event.reason for event in bench.said if isinstance(event, Unfit) and "nothing" in event.reason]

    monkeypatch.setattr(serial_port.DescriptorPort, "_flush", lambda port: None)
    radio = bench.radio()
    await radio.start()
    await bench.until(lambda: bool(told()))
    assert "bytes did not even leave" in told()[0]
    await radio.close()


async def test_everything_read_and_written_can_be_recorded(bench: Bench) -> None:
    entries: list[Entry] = []
    bench.answers = True
    radio = bench.radio(record=entries.append)
    await radio.start()
    await bench.until(lambda: radio._found)
    radio.order(Unkey(), time.monotonic())
    await radio.close()
    assert {entry.way for entry in entries} == set(Way)
    remarks = [parse_remark(entry.data) for entry in entries if entry.way is Way.REMARK]
    assert remarks[:2] == [Opened("at 9600 baud"), Ordered(Unkey())]
    assert remarks[-1] == Closed("closed by the gateway")  # before it one more un-key, if the first was not done yet
    assert b"AT\r" in b"".join(entry.data for entry in entries if entry.way is Way.TO_RADIO)


async def test_a_raw_log_on_a_full_disk_ends_and_the_radio_goes_on(bench: Bench) -> None:
    def full(entry: Entry) -> None:
        raise OSError("no space left")

    bench.answers = True
    radio = bench.radio(record=full)
    await radio.start()
    await bench.until(lambda: radio._found)
    await radio.close()


class FakeWires:
    """A wired key in memory."""

    def __init__(self) -> None:
        self.descriptor = 0
        self.plan = ReleasePlan(b"", drop_lines=4)
        self.done: list[str] = []

    def press(self, pressed: bool) -> None:
        self.done.append("press" if pressed else "let go")

    def speech(self) -> bool:
        return False

    def close(self) -> None:
        self.done.append("close")


async def test_a_wired_key_on_the_radios_port_is_pressed_and_part_of_the_keepers_plan(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeWires()
    monkeypatch.setattr(wires, "SerialLines", lambda descriptor, wiring: fake)
    armed: list[ReleasePlan] = []
    radio = bench.radio(wiring=Wiring(key="rts"))
    radio._guard.arm = lambda name, plan: armed.append(plan)  # type: ignore[method-assign]
    await radio.start()
    await bench.until(lambda: radio._port is not None)
    armed.clear()
    radio._do(Arm(ReleasePlan(b"\rATH\r")))
    radio._do(PressKey(True))
    radio._do(PressKey(False))
    assert armed == [ReleasePlan(b"\rATH\r", drop_lines=4)]
    await radio.close()
    assert fake.done[:2] == ["press", "let go"]
    assert fake.done[-1] == "close"


def test_a_key_on_rts_is_idle_on_opening_and_rules_out_flow_control(tmp_path: Path) -> None:
    settings = PeiSettings(url="/dev/x", baud=9600, home=Identity(206, 1, 0), search=True, wiring=Wiring(key="rts"))
    radio = PeiRadio("r1", settings, lambda *_: None, NoGuard())
    assert all(not line.rts and line.dtr and not line.hardware_flow_control for line in radio._ways)


async def test_a_port_without_modem_lines_cannot_be_keyed_by_wire(bench: Bench) -> None:
    radio = bench.radio(wiring=Wiring(key="rts"))
    await radio.start()
    await bench.until(lambda: any("modem lines" in event.reason for event in bench.said if isinstance(event, Unfit)))
    assert not [event for event in bench.said if isinstance(event, StateChanged)]
    await radio.close()


async def test_a_defect_in_a_driver_is_told_to_the_loop_at_once() -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))

    async def broken() -> None:
        raise ZeroDivisionError

    task = begin_serving(broken(), "radio r1")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert [type(error) for error in told] == [ZeroDivisionError]


def test_a_port_that_is_no_port_will_return() -> None:
    for url in ("/nonexistent", "nonsense://x", "socket://127.0.0.1:1"):
        with pytest.raises(WillReturn):
            serial_port.open_serial(url, Line(9600))
