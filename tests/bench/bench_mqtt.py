"""Positions through a real Mosquitto into decisions of the real rules and heart; and what the journal takes.

One process hears, decides and tells of patches and vehicles, as the daemon's control process does, on one core; another
plays 50,000 vehicles, of which each report is a message of its own with QoS 1, and 16 radios' audio for an engine
process beside them. Latency is from the moment a report is handed to the socket to the moment it is decided on.
"""

import asyncio
import contextlib
import json
import multiprocessing
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import structlog
from tests.bench.engine_rig import Engine
from tests.bench.table import Row, ms, share

from crosspatch import __version__
from crosspatch.config import load_geofence
from crosspatch.control.daemon import NEWS, PUBLISH, TICK
from crosspatch.control.messaging import Messaging
from crosspatch.events import Event, PositionReports
from crosspatch.heart import Heart
from crosspatch.journal.reading import verify_store
from crosspatch.journal.store import Store
from crosspatch.journal.writer import Journal
from crosspatch.mqtt.signatures import sign
from crosspatch.orders import Record
from crosspatch.plan import Gateway, Mqtt, Network, Plan, RadioPlan, Rule, Talkgroup, Vehicle, Zone
from crosspatch.process import garbage
from crosspatch.process.messages import ChannelSetup, EngineMeters
from crosspatch.rules import RuleBook
from crosspatch.snapshot import Snapshot
from crosspatch_drivers.audio.settings import VirtualSettings

KEY = bytes(range(32))
"""With which the vehicles sign where they do."""

VEHICLES = 50_000
RATE = 5_000
"""Messages per second that are to be sustained."""

CHANNELS = 16
"""Radios whose audio runs meanwhile."""

AUDIO = 21500
"""First of the loopback ports of that audio."""

MOSQUITTO = "/usr/sbin/mosquitto"


QUEUES = "max_inflight_messages 1000\nmax_queued_messages 10000\n"
"""As in ``config/mosquitto``."""


@contextlib.contextmanager
def mosquitto(directory: Path) -> Iterator[tuple[int, int]]:
    """A broker on a free loopback port; port and process."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
    config = directory / "mosquitto.conf"
    config.write_text(f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n{QUEUES}")
    process = subprocess.Popen([MOSQUITTO, "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.01)
        yield port, process.pid
    finally:
        process.kill()
        process.wait()


def plan(port: int, vehicles: int, keys: Path | None) -> Plan:
    """All vehicles may open one patch at the Belgian border; with ``keys`` each must sign what it says."""
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
        zones={country: Zone(id=country, country=country) for country in ("BE", "NL", "LU")},
        rules={"border": Rule(id="border", talkgroups=("nl", "be"), zone="BE", vehicles=names, hold_s=1.0)},
        mqtt=Mqtt(
            broker=f"mqtt://127.0.0.1:{port}",
            keys_dir=None if keys is None else str(keys),
            signatures="where-keyed" if keys is None else "always",
        ),
    )


def make_keys(directory: Path, vehicles: int) -> None:
    """A key file for each vehicle: one file under many names, as it costs the disk nothing."""
    first = directory / "v0.key"
    first.write_text(KEY.hex())
    first.chmod(0o600)
    for number in range(1, vehicles):
        (directory / f"v{number}.key").hardlink_to(first)


def packet(number: int, vehicle: int, place: tuple[float, float], signed: bool) -> bytes:
    """A PUBLISH of MQTT 3.1.1, QoS 1, with the present moment in it."""
    lat, lon = place
    now = time.time()
    said = {"_type": "location", "lat": lat, "lon": lon, "tst": now, "acc": 8, "vel": 60, "cog": 0}
    topic, text = f"owntracks/v{vehicle}/phone", json.dumps(said)
    nonce = f"n{number:011d}"
    payload = sign(KEY, topic, text, time_ms=int(now * 1000), nonce=nonce) if signed else text.encode()
    body = len(topic).to_bytes(2, "big") + topic.encode() + (number % 65535 + 1).to_bytes(2, "big") + payload
    length = bytes([len(body) % 128 | 128, len(body) // 128]) if len(body) > 127 else bytes([len(body)])
    return b"\x32" + length + body


def drive(port: int, vehicles: int, seconds: float, cores: set[int], signed: bool) -> None:
    """The vehicles: in turn, evenly over each second, all over the south of the Netherlands; and the radios' audio."""
    os.sched_setaffinity(0, cores)
    with socket.create_connection(("127.0.0.1", port)) as sock, socket.socket(type=socket.SOCK_DGRAM) as radios:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = b"drivers"
        body = b"\x00\x04MQTT\x04\x02\x00\x00" + len(name).to_bytes(2, "big") + name
        sock.sendall(b"\x10" + bytes([len(body)]) + body)
        sock.recv(4)
        begin, sent, frames = time.perf_counter(), 0, 0
        while sent < RATE * seconds:
            passed = time.perf_counter() - begin
            due = min(int(passed * RATE), int(RATE * seconds))
            for number in range(sent, due):
                sock.sendall(packet(number, number % vehicles, place(number, vehicles), signed))
            sent = max(sent, due)
            with contextlib.suppress(BlockingIOError):
                sock.recv(65536, socket.MSG_DONTWAIT)  # acknowledgements
            while frames < passed * 50:
                frames += 1
                for channel in range(CHANNELS):
                    radios.sendto(os.urandom(640), ("127.0.0.1", AUDIO + 2 * channel))
            time.sleep(0.001)
        sock.sendall(b"\xe0\x00")


def place(number: int, vehicles: int) -> tuple[float, float]:
    """Latitude and longitude of a report: one vehicle in twenty is within 15 km of Belgium. Each drives on."""
    vehicle, turn = number % vehicles, number // vehicles
    south = 51.45 if vehicle % 20 == 0 else 51.62
    return south + vehicle % 977 / 977 * 0.9 + turn * 0.001, 4.7 + vehicle % 991 / 991 * 0.9


@contextlib.contextmanager
def one_core() -> Iterator[set[int]]:
    """This process works on one core; the others, for whoever works beside it."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield cores - {min(cores)} or cores
    finally:
        os.sched_setaffinity(0, cores)


class Box:
    """Hears, decides, tells, and notes how long each report took."""

    def __init__(self, port: int, vehicles: int, keys: Path | None) -> None:
        site = plan(port, vehicles, keys)
        geofence = load_geofence(site, Path("site.toml"))
        self.heart = Heart(site, RuleBook(site, geofence, time.time() - time.monotonic()))
        self.took: list[float] = []
        self.late: list[float] = []
        self.processor = 0.0
        self.messaging = Messaging(site, self._handle)

    def _handle(self, event: Event) -> None:
        self.heart.handle(event, time.monotonic())
        if isinstance(event, PositionReports):
            now = time.time()
            self.took += [now - report.sent_at for report in event.reports]

    async def tick(self, engine: Engine) -> None:
        """What the daemon does besides, every 20 ms, and how late it gets to it."""
        published = 0.0
        while True:
            due = time.monotonic() + TICK
            await asyncio.sleep(TICK)
            now = time.monotonic()
            self.late.append(now - due)
            self.heart.tick(now)
            engine.step()
            if now - published >= PUBLISH:
                published = now
                self.messaging.publish(self.snapshot(now))

    def snapshot(self, now: float) -> Snapshot:
        view = self.heart.snapshot(now, news=NEWS)
        return Snapshot(
            gateway="bench",
            version=__version__,
            at=time.time(),
            uptime_s=now,
            radios=view.radios,
            patches=view.patches,
            vehicles=view.vehicles,
            zones=view.zones,
            counters={**view.counters, **self.messaging.counters},
        )


async def hear(port: int, vehicles: int, seconds: float, *, engine: Engine, cores: set[int], keys: Path | None) -> Box:
    """One run; it ends a second after the last report came."""
    box = Box(port, vehicles, keys)
    garbage.keep()  # as the daemon does
    await box.messaging.start()
    while box.messaging.state != "connected":  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0.01)
    drivers = multiprocessing.get_context("spawn").Process(
        target=drive, args=(port, vehicles, seconds, cores, keys is not None)
    )
    drivers.start()
    ticks = asyncio.create_task(box.tick(engine))
    box.processor = time.process_time()
    heard = -1
    while drivers.is_alive() or heard != len(box.took):
        heard = len(box.took)
        await asyncio.sleep(1.0)
    box.processor = time.process_time() - box.processor
    ticks.cancel()
    await box.messaging.stop(Snapshot(gateway="bench", version="0", at=time.time(), uptime_s=1.0))
    return box


def channels() -> list[ChannelSetup]:
    """The radios whose audio the engine carries."""
    return [
        ChannelSetup(
            f"r{number}",
            {
                "driver": "udp",
                "listen": f"127.0.0.1:{AUDIO + 2 * number}",
                "send": f"127.0.0.1:{AUDIO + 2 * number + 1}",
                "channels": 1,
            },
            None,
            settle_ms=0.0,
            look_back_ms=200.0,
            tail_ms=250.0,
            tx_gain_db=0.0,
        )
        for number in range(CHANNELS)
    ]


def position_rows(quick: bool, *, signed: bool) -> list[Row]:
    """Reports at the promised rate, the processor that each took, and what became of the audio meanwhile."""
    vehicles, seconds = (10_000, 5.0) if quick else (VEHICLES, 30.0)
    with tempfile.TemporaryDirectory() as name, mosquitto(Path(name)) as (port, broker), one_core() as cores:
        keys = Path(name) / "keys" if signed else None
        if keys is not None:
            keys.mkdir()
            make_keys(keys, vehicles)
        engine = Engine(channels())
        for process in (broker, engine.process.pid):
            os.sched_setaffinity(process, cores)
        engine.said.clear()
        box = asyncio.run(hear(port, vehicles, seconds, engine=engine, cores=cores, keys=keys))
        engine.close()
    count, sent = len(box.took), int(RATE * seconds)
    lost = box.messaging.counters["mqtt messages dropped: too many at once"]
    where = f"{vehicles} vehicles, {seconds:.0f} s, QoS 1, dropped here: {lost}"
    each = f"{box.processor / count * 1e6:.0f} µs"
    how = "client, decoding, trust, zones, rules, statuses"
    what = "signed position" if signed else "position"
    return [
        Row(f"{what}s decided of {sent} sent at {RATE}/s", f"{count / sent:.1%}", "100 %", where),
        Row(f"a {what}, socket to decision, p50", ms(share(box.took, 0.5))),
        Row(f"a {what}, socket to decision, p99", ms(share(box.took, 0.99)), "50 ms"),
        Row(f"processor for each {what}, all in", each, "150 µs", f"one core; {how}"),
        Row("lateness of control's tick meanwhile, p99", ms(share(box.late, 0.99))),
        audio_row([message for message in engine.said if isinstance(message, EngineMeters)]),
    ]


def audio_row(meters: list[EngineMeters]) -> Row:
    """A tick is late when the engine leaves one out because of it. The first second is the engine's own start."""
    meters = meters[10:]
    first, last = meters[0], meters[-1]
    note = f"{last.ticks - first.ticks} ticks, latest {ms(max(meter.late_ms_max for meter in meters) / 1e3)}"
    note += f", real-time priority {'yes' if last.realtime else 'no'}"
    skipped = last.skipped_ticks - first.skipped_ticks
    return Row(f"audio of {CHANNELS} channels meanwhile: ticks left out", str(skipped), "0", note)


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
        return [*position_rows(quick, signed=False), *position_rows(quick, signed=True), *journal_rows(quick)]
    finally:
        structlog.reset_defaults()
