"""The radio driver: noise and lines per second, and how long an order takes to be on the wire."""

import asyncio
import contextlib
import gc
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import structlog
from tests.bench.table import Row, ms, share
from tests.drivers.radio.mutation import SEEN, lines

from crosspatch.process.prompt import be_prompt
from crosspatch_drivers.audio.settings import UdpSettings
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import Fit, Granted, Key, NoGuard, RadioEvent, TransmitEnded, Unkey
from crosspatch_drivers.radio.pei.framer import Framer
from crosspatch_drivers.radio.pei.lines import parse_line
from crosspatch_drivers.radio.pei.profile import GENERIC
from crosspatch_drivers.radio.pei.session import Session
from crosspatch_drivers.radio.pei_radio import PeiRadio, PeiSettings
from crosspatch_drivers.twin.server import TwinServer
from crosspatch_drivers.twin.settings import TwinNetwork, TwinRadio, TwinSettings

RADIOS = 8
HOME = Identity(206, 1, 0)
PATIENCE = 60.0


def rows(quick: bool) -> list[Row]:
    """What `python -m tests.bench` prints."""
    return [noise(20_000 if quick else 1_000_000), talk(20_000 if quick else 400_000), *wire(5 if quick else 40)]


def noise(count: int) -> Row:
    """Random and mangled lines through framer and parser; an exception ends the bench."""
    framer = Framer()
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent, read = 0.0, 0
    for piece in lines(count):
        began = time.perf_counter()
        for line in framer.feed(piece):
            parse_line(line)
            read += 1
        spent += time.perf_counter() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    note = f"{count:,} pieces, {read:,} lines, no exception, memory grew by {grown} KiB"
    return Row("radio: noise through the parser", f"{read / spent:,.0f} lines/s", note=note)


def talk(count: int) -> Row:
    """Clean lines through a whole session that is up."""
    session = _session_up()
    data = b"".join(f"\r\n{line}\r\n".encode() for line in SEEN if "CREG" not in line and "CTOM" not in line)
    each = data.count(b"\r\n") // 2
    began = time.perf_counter()
    for i in range(count // each):
        session.received(data, 10.0 + i * 0.01)
        session.take()
    spent = time.perf_counter() - began
    return Row("radio: lines through a session", f"{count // each * each / spent:,.0f} lines/s")


def _session_up() -> Session:
    """A session that has been answered through its set-up."""
    session = Session(HOME, replace(GENERIC, gap_s=0.0))
    session.opened(0.0)
    for i in range(80):
        session.received(b"\r\n+CREG: 1,1,20600001\r\n\r\n+CTGS: 1,1001\r\n\r\nOK\r\n", i * 0.01)
        session.tick(i * 0.01)
        session.take()
    return session


# ---- the wire -------------------------------------------------------------------------------------------------


class Wire:
    """Some radios on pseudo-terminals, keyed and un-keyed in turn, with a clock at both ends."""

    def __init__(self, run_dir: Path) -> None:
        audio = UdpSettings(driver="udp", listen="127.0.0.1:0", send="127.0.0.1:9")
        network = TwinNetwork(
            id="n", mcc=206, mnc=1, groups=tuple(range(1001, 1001 + RADIOS)), grant_ms=0.0, hang_s=600.0
        )
        radios = tuple(
            TwinRadio(
                id=f"r{i}",
                network="n",
                ssi=7000 + i,
                group=1001 + i,
                audio=replace(audio, channel=i % 2, listen=f"127.0.0.1:{20000 + i}"),
            )
            for i in range(RADIOS)
        )
        self.twin = TwinServer(
            TwinSettings(networks=(network,), radios=radios, run_dir=str(run_dir)), run_dir / "twin.sock"
        )
        self.arrivals: dict[str, asyncio.Future[float]] = {}
        self.said: dict[str, list[RadioEvent]] = {radio.id: [] for radio in radios}
        self.changed = asyncio.Event()
        self.radios: list[PeiRadio] = []
        for name in self.said:
            self._listen(name)

    def _listen(self, name: str) -> None:
        """Note when bytes arrive at the far end, before the twin reads what they say."""
        line = self.twin._lines[name]
        obey = line._on_data

        def on_data(data: bytes) -> None:
            arrival = self.arrivals.pop(name, None)
            if arrival is not None:
                arrival.set_result(time.perf_counter())
            obey(data)

        line._on_data = on_data

    async def start(self) -> None:
        await self.twin.start()
        self._running = asyncio.create_task(self.twin.run())
        profile = replace(GENERIC, gap_s=0.0)
        for name in self.said:
            settings = PeiSettings(url=str(self.twin.line_path(name)), baud=38400, home=HOME, profile=profile)
            radio = PeiRadio(name, settings, self._heard, NoGuard())
            self.radios.append(radio)
            await radio.start()
        for radio in self.radios:
            await self.until(radio.name, lambda events: Fit() in events)

    def _heard(self, radio: str, event: RadioEvent, now: float) -> None:
        self.said[radio].append(event)
        self.changed.set()

    async def until(self, name: str, condition: Callable[[list[RadioEvent]], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition(self.said[name]):
                self.changed.clear()
                await self.changed.wait()

    async def order(self, radio: PeiRadio, what: Key | Unkey) -> float:
        """Seconds until its bytes are read at the far end."""
        arrival = self.arrivals[radio.name] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        radio.order(what, time.monotonic())
        async with asyncio.timeout(PATIENCE):
            return await arrival - began

    async def round(self, radio: PeiRadio) -> tuple[float, float]:
        """One key and one un-key."""
        self.said[radio.name].clear()
        key = await self.order(radio, Key())
        await self.until(radio.name, lambda events: Granted() in events)
        unkey = await self.order(radio, Unkey())
        await self.until(radio.name, lambda events: any(isinstance(event, TransmitEnded) for event in events))
        return key, unkey

    async def stop(self) -> None:
        for radio in self.radios:
            await radio.close()
        self.twin.stop()
        await self._running
        await self.twin.close()


def wire(rounds: int) -> list[Row]:
    """From an order to its bytes at the far end of a pseudo-terminal, radios and twin in one event loop."""
    given = be_prompt()  # as the control process does
    try:
        keys, unkeys = asyncio.run(_measure(rounds))
    finally:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    note = f"{len(keys)} of each, {RADIOS} radios and their networks in one event loop, {given}"
    return [
        Row("radio: key order to its bytes on the wire, p50", ms(share(keys, 0.5), 3), note=note),
        Row("radio: key order to its bytes on the wire, p99", ms(share(keys, 0.99), 3), "< 5 ms"),
        Row("radio: un-key order to its bytes on the wire, p99", ms(share(unkeys, 0.99), 3), "< 5 ms"),
    ]


async def _measure(rounds: int) -> tuple[list[float], list[float]]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    try:
        with tempfile.TemporaryDirectory(prefix="xp-bench-") as directory:
            bench = Wire(Path(directory))
            await bench.start()
            try:
                figures = [await bench.round(radio) for _ in range(rounds) for radio in bench.radios]
            finally:
                with contextlib.suppress(TimeoutError):
                    await bench.stop()
    finally:
        structlog.reset_defaults()
    return [key for key, _ in figures], [unkey for _, unkey in figures]
