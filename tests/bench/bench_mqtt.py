"""Positions through a real Mosquitto into decisions of the real rules and heart; and what the journal takes.

One process hears and decides, as the daemon's control process does; another plays 50,000 vehicles of which each report
is a message of its own. Latency is from the moment a report is handed to the socket to the moment it is decided on.
"""

import asyncio
import contextlib
import json
import multiprocessing
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import structlog
from tests.bench.table import Row, ms, share

from crosspatch.config import load_geofence
from crosspatch.control.messaging import Messaging
from crosspatch.events import Event, PositionReports
from crosspatch.heart import Heart
from crosspatch.journal.reading import verify_store
from crosspatch.journal.store import Store
from crosspatch.journal.writer import Journal
from crosspatch.orders import Record
from crosspatch.plan import Gateway, Mqtt, Network, Plan, RadioPlan, Rule, Talkgroup, Vehicle, Zone
from crosspatch.rules import RuleBook
from crosspatch.snapshot import Snapshot
from crosspatch_drivers.audio.settings import VirtualSettings

VEHICLES = 50_000
RATE = 5_000
"""Messages per second that are to be sustained."""

TICK = 0.02

MOSQUITTO = "/usr/sbin/mosquitto"


@contextlib.contextmanager
def mosquitto(directory: Path) -> Iterator[int]:
    """A broker on a free loopback port."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
    config = directory / "mosquitto.conf"
    config.write_text(f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")
    process = subprocess.Popen([MOSQUITTO, "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.01)
        yield port
    finally:
        process.kill()
        process.wait()


def plan(port: int, vehicles: int) -> Plan:
    """All vehicles may open one patch at the Belgian border."""
    names = tuple(f"v{number}" for number in range(vehicles))
    return Plan(
        gateway=Gateway(id="bench"),
        networks={
            "c2000": Network(id="c2000", name="C2000", country="NL", mcc=204, mnc=1),
            "astrid": Network(id="astrid", name="ASTRID", country="BE", mcc=206, mnc=1),
        },
        radios={
            name: RadioPlan(id=name, network=network, audio=VirtualSettings(driver="virtual", cable=name))
            for name, network in (("r-nl", "c2000"), ("r-be", "astrid"))
        },
        talkgroups={
            "nl": Talkgroup(id="nl", network="c2000", gssi=1),
            "be": Talkgroup(id="be", network="astrid", gssi=2),
        },
        vehicles={name: Vehicle(id=name, network="c2000") for name in names},
        zones={"BE": Zone(id="BE", country="BE")},
        rules={"border": Rule(id="border", talkgroups=("nl", "be"), zone="BE", vehicles=names, hold_s=1.0)},
        mqtt=Mqtt(broker=f"mqtt://127.0.0.1:{port}"),
    )


def packet(number: int, lat: float, lon: float) -> bytes:
    """A PUBLISH of MQTT 3.1.1, QoS 0, with the present moment in it."""
    said = {"_type": "location", "lat": lat, "lon": lon, "tst": time.time(), "acc": 8, "vel": 60, "cog": 0}
    payload = json.dumps(said).encode()
    topic = f"owntracks/v{number}/phone".encode()
    body = len(topic).to_bytes(2, "big") + topic + payload
    length = bytes([len(body) % 128 | 128, len(body) // 128]) if len(body) > 127 else bytes([len(body)])
    return b"\x30" + length + body


def drive(port: int, vehicles: int, rate: int, seconds: float) -> None:
    """The vehicles: in turn, evenly spread over each second, far inside the Netherlands."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = b"drivers"
        body = b"\x00\x04MQTT\x04\x02\x00\x00" + len(name).to_bytes(2, "big") + name
        sock.sendall(b"\x10" + bytes([len(body)]) + body)
        sock.recv(4)
        begin, sent = time.perf_counter(), 0
        while sent < rate * seconds:
            due = min(int((time.perf_counter() - begin) * rate), int(rate * seconds))
            for number in range(sent, due):
                sock.sendall(packet(number % vehicles, 52.1 + number % 977 / 9770, 5.0 + number % 991 / 9910))
            sent = max(sent, due)
            time.sleep(0.001)
        sock.sendall(b"\xe0\x00")


class Box:
    """Hears, decides, and notes how long each report took."""

    def __init__(self, port: int, vehicles: int) -> None:
        site = plan(port, vehicles)
        geofence = load_geofence(site, Path("site.toml"))
        self.heart = Heart(site, RuleBook(site, geofence, time.time() - time.monotonic()))
        self.took: list[float] = []
        self.late: list[float] = []
        self.messaging = Messaging(site, self._handle)

    def _handle(self, event: Event) -> None:
        self.heart.handle(event, time.monotonic())
        if isinstance(event, PositionReports):
            now = time.time()
            self.took += [now - report.sent_at for report in event.reports]

    async def tick(self) -> None:
        """What the daemon does besides, every 20 ms, and how late it gets to it."""
        while True:
            due = time.monotonic() + TICK
            await asyncio.sleep(TICK)
            now = time.monotonic()
            self.late.append(now - due)
            self.heart.tick(now)


async def hear(port: int, vehicles: int, rate: int, seconds: float) -> Box:
    """One run; it ends a second after the last report came."""
    box = Box(port, vehicles)
    await box.messaging.start()
    while box.messaging.state != "connected":  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0.01)
    ticks = asyncio.create_task(box.tick())
    drivers = multiprocessing.get_context("spawn").Process(target=drive, args=(port, vehicles, rate, seconds))
    drivers.start()
    heard = -1
    while drivers.is_alive() or heard != len(box.took):
        heard = len(box.took)
        await asyncio.sleep(1.0)
    ticks.cancel()
    await box.messaging.stop(Snapshot(gateway="bench", version="0", at=time.time(), uptime_s=1.0))
    return box


def position_rows(quick: bool) -> list[Row]:
    """Reports at the promised rate, and the processor that each took."""
    vehicles, seconds = (2_000, 3.0) if quick else (VEHICLES, 20.0)
    with tempfile.TemporaryDirectory() as directory, mosquitto(Path(directory)) as port:
        used = time.process_time()
        made = Box(port, vehicles)
        setup = time.process_time() - used
        del made
        used = time.process_time()
        box = asyncio.run(hear(port, vehicles, RATE, seconds))
        used = time.process_time() - used - setup
    count, sent = len(box.took), int(RATE * seconds)
    lost = box.messaging.counters["mqtt messages dropped: too many at once"]
    where = f"{vehicles} vehicles, {seconds:.0f} s, dropped here: {lost}"
    return [
        Row(f"positions decided of {sent} sent at {RATE}/s", f"{count / sent:.1%}", "100 %", where),
        Row("a position, socket to decision, p50", ms(share(box.took, 0.5))),
        Row("a position, socket to decision, p99", ms(share(box.took, 0.99)), "50 ms"),
        Row("processor for each position, heard and decided", f"{used / count * 1e6:.0f} µs", "200 µs", "one core"),
        Row("lateness of control's tick meanwhile, p99", ms(share(box.late, 0.99))),
    ]


def journal_rows(quick: bool) -> list[Row]:
    """What keeping a record costs the daemon's loop, and what the disk takes."""
    count = 5_000 if quick else 20_000
    record = Record("over", "liege", "over 1 of 204-00001-17 from nl: delivered on be", {"over": 1, "lost_ms": [0.0]})
    with tempfile.TemporaryDirectory() as directory:
        journal = Journal(Path(directory), time.time)
        journal.start()
        costs = []
        begin = time.perf_counter()
        for number in range(count):
            before = time.perf_counter()
            journal.write(record)
            costs.append(time.perf_counter() - before)
            if number % 100 == 0:
                time.sleep(0.001)
        while journal.written < count:
            time.sleep(0.001)
        took = time.perf_counter() - begin
        journal.stop(30)
        store = Store.open_to_read(journal.path)
        before = time.perf_counter()
        verdict = verify_store(store)
        checked = time.perf_counter() - before
        store.close()
    return [
        Row("journal: a record costs the loop, p99", ms(share(costs, 0.99), 3), "", f"{journal.lost} lost"),
        Row("journal: records written and synced", f"{count / took:.0f}/s", "", f"{count} records"),
        Row("journal: records verified", f"{verdict.records / checked:.0f}/s", "", f"{verdict.found} faults"),
    ]


def rows(quick: bool) -> list[Row]:
    """All of it, without what the parts log."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    try:
        return [*position_rows(quick), *journal_rows(quick)]
    finally:
        structlog.reset_defaults()
