"""A receiver on a line or behind gpsd is heard, lost, and found again; its twins play the far end."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from tests.bridge.conftest import wait_until

from crosspatch_drivers.receiver import receiver as module
from crosspatch_drivers.receiver.receiver import Receiver
from crosspatch_drivers.receiver.sentences import GpsdReader, NmeaReader, ReceiverFix
from crosspatch_drivers.twin.receiver import GpsdTwin, NmeaTwin

FIX = ReceiverFix(4.737, 51.495, 1_800_000_000.0, 5.0, 120.0, 180.0)
Twin = NmeaTwin | GpsdTwin


class Bench:
    """A receiver and its twin."""

    def __init__(self, kind: str, path: Path) -> None:
        self.fixes: list[ReceiverFix] = []
        self._kind, self._path = kind, path
        self.twin: Twin = NmeaTwin(path) if kind == "nmea" else GpsdTwin()

    async def start(self) -> None:
        await self.twin.start()
        self._url = f"socket://127.0.0.1:{self.twin.port}" if isinstance(self.twin, GpsdTwin) else str(self._path)
        reader = NmeaReader() if self._kind == "nmea" else GpsdReader()
        self.receiver = Receiver(self._url, 9600, reader, self.fixes.append)
        self.receiver.start()

    async def heard(self, fix: ReceiverFix) -> None:
        """Say it until it is heard: a receiver repeats itself, too."""
        count = len(self.fixes)

        def told() -> bool:
            self.twin.say(fix)
            return len(self.fixes) > count

        await wait_until(told)

    async def stop(self) -> None:
        await self.receiver.close()
        await self.twin.stop()


@pytest.fixture(params=["nmea", "gpsd"])
def make_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Bench]:
    return lambda: Bench(request.param, tmp_path / "gnss")


async def test_fixes_come_in(make_bench) -> None:
    bench = make_bench()
    await bench.start()
    await bench.heard(FIX)
    assert bench.receiver.open
    assert (bench.fixes[0].lat, bench.fixes[0].lon) == pytest.approx((51.495, 4.737))
    assert bench.receiver.counters["receiver fixes"] >= 1
    await bench.stop()


async def test_a_receiver_that_is_lost_is_found_again(make_bench) -> None:
    bench = make_bench()
    with structlog.testing.capture_logs() as lines:
        await bench.start()
        await bench.heard(FIX)
        await bench.twin.stop()
        await wait_until(lambda: not bench.receiver.open)
        await bench.twin.start()
        await bench.heard(FIX)
        await bench.stop()
    told = [line["event"] for line in lines if line["log_level"] != "debug"]
    up = ["receiver: port open", "receiver: answers"]
    assert told == [*up, "receiver: not reached", *up]


async def test_a_receiver_that_says_nothing_is_opened_anew(make_bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE_S", 0.2)
    bench = make_bench()
    with structlog.testing.capture_logs() as lines:
        await bench.start()
        await wait_until(lambda: sum(line["event"] == "receiver: port open" for line in lines) >= 2)
        await bench.stop()
    assert any("says nothing" in line.get("reason", "") for line in lines)


async def test_bad_bytes_end_nothing(make_bench) -> None:
    bench = make_bench()
    await bench.start()
    await bench.heard(FIX)
    bench.twin.say_raw(b"\xff\x00garbage\r\n$GPRMC,broken*00\r\n{}\n")
    await bench.heard(FIX)
    assert sum(count for name, count in bench.receiver.counters.items() if "refused" in name) >= 2
    await bench.stop()


async def test_a_receiver_that_is_away_costs_nothing_but_a_line(tmp_path) -> None:
    with structlog.testing.capture_logs() as lines:
        receiver = Receiver(str(tmp_path / "nothing"), 9600, NmeaReader(), lambda _: None)
        receiver.start()
        began = time.monotonic()
        await wait_until(lambda: sum(line["event"] == "receiver: not reached" for line in lines) >= 2)
        assert time.monotonic() - began < 25
        await receiver.close()
    assert [line["log_level"] for line in lines][:2] == ["warning", "debug"]
