"""The Mosquitto configuration that is shipped, on a real Mosquitto with real certificates: who may what."""

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crosspatch.control.messaging import Messaging
from crosspatch.events import Event, PositionReports
from crosspatch.plan import Gateway, Mqtt, Plan, Vehicle
from crosspatch.snapshot import RadioView, Snapshot

CONFIG = Path(__file__).parents[3] / "config" / "mosquitto"
PLACE = "/etc/mosquitto/crosspatch"
EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def add_user(file: Path, user: str, password: str) -> None:
    subprocess.run(["mosquitto_passwd", "-b", str(file), user, password], check=True, capture_output=True)


class Authority:
    """Signs certificates."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self.directory = directory
        openssl("req", "-x509", *EC, "-subj", "/CN=test authority", *self._files("ca"))

    def _files(self, name: str) -> tuple[str, ...]:
        return ("-keyout", str(self.directory / f"{name}.key"), "-out", str(self.directory / f"{name}.crt"))

    def path(self, file: str) -> str:
        return str(self.directory / file)

    def sign(self, name: str, *more: str) -> None:
        """A certificate and a key for ``name``."""
        ours = ("-CA", self.path("ca.crt"), "-CAkey", self.path("ca.key"))
        openssl("req", "-x509", *EC, *ours, "-subj", f"/CN={name}", *more, *self._files(name))

    def context(self, name: str | None) -> ssl.SSLContext:
        """What the client ``name`` shows to the broker; None shows nothing."""
        context = ssl.create_default_context(cafile=self.path("ca.crt"))
        if name is not None:
            context.load_cert_chain(self.path(f"{name}.crt"), self.path(f"{name}.key"))
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("tls") / "ours")
    made.sign("server", "-addext", "subjectAltName=IP:127.0.0.1")
    for name in ("eijsden", "veh-1", "veh-2", "dispatch-1", "cad"):
        made.sign(name)
    return made


@pytest.fixture
def broker(authority: Authority, make_mosquitto: Callable[..., object], tmp_path: Path):
    """Mosquitto with the shipped files, at other places than those that they name."""
    (authority.directory / "crosspatch.acl").write_text((CONFIG / "crosspatch.acl").read_text())
    text = (CONFIG / "crosspatch.conf").read_text()
    text = text.replace(PLACE, str(authority.directory)).replace("listener 8883", "listener {port} 127.0.0.1")
    text = text.replace("persistence true", f"persistence true\npersistence_location {tmp_path}/")
    lines = [line for line in text.splitlines() if not line.startswith("set_tcp_nodelay")]
    return make_mosquitto(*lines)


class Box:
    """The gateway Eijsden."""

    def __init__(self, port: int, authority: Authority, name: str = "eijsden") -> None:
        mqtt = Mqtt(
            broker=f"mqtts://127.0.0.1:{port}",
            ca_file=authority.path("ca.crt"),
            cert_file=authority.path(f"{name}.crt"),
            key_file=authority.path(f"{name}.key"),
        )
        vehicles = {name: Vehicle(id=name, network="nl") for name in ("veh-1", "veh-2")}
        plan = Plan(gateway=Gateway(id="eijsden"), networks={}, radios={}, talkgroups={}, vehicles=vehicles, mqtt=mqtt)
        self.events: list[Event] = []
        self.messaging = Messaging(plan, self.events.append, {"status": lambda _: b"{}"})

    @property
    def vehicles(self) -> list[str]:
        together = [event.reports for event in self.events if isinstance(event, PositionReports)]
        return [report.vehicle for reports in together for report in reports]

    async def __aenter__(self) -> "Box":
        await self.messaging.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.messaging.stop(snap())


def snap() -> Snapshot:
    radio = RadioView(id="r-be", network="be", state="idle", fit=True)
    return Snapshot(gateway="eijsden", version="1", at=time.time(), uptime_s=1.0, radios=(radio,))


def location() -> str:
    return json.dumps({"_type": "location", "lat": 50.7, "lon": 5.7, "tst": int(time.time())})


async def test_a_vehicle_tells_its_own_position_and_nobody_elses(broker, authority, other, until) -> None:
    async with Box(broker.port, authority) as box:
        await until(lambda: box.messaging.state == "connected")
        async with other(broker.port, tls=authority.context("veh-1")) as vehicle:
            await vehicle.say("owntracks/veh-2/phone", location())
            await vehicle.say("crosspatch/position/veh-2", location())
            await vehicle.say("crosspatch/trigger/veh-1", "{}")
            await vehicle.say("crosspatch/eijsden/request/veh-1", '{"do":"status"}')
            await vehicle.say("crosspatch/eijsden/status", "{}", retain=True)
            await vehicle.say("owntracks/veh-1/phone", location())
            await until(lambda: box.vehicles)
            assert box.vehicles == ["veh-1"]
            counters = box.messaging.counters
            assert [name for name in counters if name.startswith(("request", "trigger", "position"))] == []


async def test_a_vehicle_hears_nothing_of_others(broker, authority, other, until) -> None:
    async with (
        Box(broker.port, authority) as box,
        other(broker.port, tls=authority.context("veh-2")) as curious,
        other(broker.port, tls=authority.context("veh-1")) as vehicle,
        other(broker.port, tls=authority.context("dispatch-1"), topic="crosspatch/#") as console,
    ):
        box.messaging.publish(snap())
        await vehicle.say("owntracks/veh-1/phone", location())
        await until(lambda: box.vehicles and "crosspatch/eijsden/radio/r-be" in console.newest)
        await vehicle.say("owntracks/veh-1/phone/cmd", "{}")
        await curious.say("owntracks/veh-2/phone/cmd", "{}")  # what it may hear: its own commands
        await until(lambda: curious.heard)
        assert set(curious.newest) == {"owntracks/veh-2/phone/cmd"}


async def test_a_console_asks_in_its_own_name_only(broker, authority, other, until) -> None:
    tls = authority.context("dispatch-1")
    async with Box(broker.port, authority) as box, other(broker.port, tls=tls, topic="crosspatch/#") as console:
        await until(lambda: box.messaging.state == "connected")
        await console.say("crosspatch/eijsden/request/dispatch-2", '{"do":"status"}')
        await console.say("crosspatch/eijsden/request/dispatch-1", '{"do":"status"}')
        await until(lambda: "crosspatch/eijsden/answer/dispatch-1" in console.newest)
        assert box.messaging.counters["requests"] == 1


async def test_another_system_gives_triggers_under_its_own_name_only(broker, authority, other, until) -> None:
    async with Box(broker.port, authority) as box, other(broker.port, tls=authority.context("cad")) as system:
        await until(lambda: box.messaging.state == "connected")
        await system.say("crosspatch/trigger/crew", "{}")
        await system.say("crosspatch/trigger/cad", "{}")
        await until(lambda: box.messaging.counters.get("trigger refused: not as its schema says"))
        assert box.messaging.counters["trigger refused: not as its schema says"] == 1


def test_without_a_certificate_nobody_comes_in(broker, authority) -> None:
    with (
        socket.create_connection(("127.0.0.1", broker.port), 30) as plain,
        authority.context(None).wrap_socket(plain, server_hostname="127.0.0.1") as sock,
        pytest.raises(ssl.SSLError, match="certificate required"),
    ):
        sock.recv(1)


def test_without_tls_nobody_comes_in(broker) -> None:
    with socket.create_connection(("127.0.0.1", broker.port), 30) as plain:
        plain.sendall(bytes.fromhex("100c00044d5154540402003c0000"))  # CONNECT
        try:
            answer = plain.recv(1)
        except ConnectionResetError:
            answer = b""
    assert answer != b"\x20", "a CONNACK"


async def test_a_gateway_does_not_talk_to_a_broker_that_another_authority_signed(
    broker, authority, tmp_path, until
) -> None:
    stranger = Authority(tmp_path / "theirs")
    stranger.sign("eijsden")
    async with Box(broker.port, stranger) as box:
        await until(lambda: "certificate verify failed" in box.messaging.state)


async def test_a_missing_certificate_is_named_and_found_when_it_comes(broker, authority, until) -> None:
    async with Box(broker.port, authority, name="renewed") as box:
        await until(lambda: f"certificate {authority.path('renewed.crt')}" in box.messaging.state)
        authority.sign("renewed")
        await until(lambda: box.messaging.state == "connected")


async def test_user_and_password_from_a_file_are_shown(make_mosquitto, tmp_path, other, until) -> None:
    users, secret = tmp_path / "users", tmp_path / "secret"
    users.touch()
    add_user(users, "eijsden", "s3cret")
    secret.write_text("wrong\n")
    broker = make_mosquitto("listener {port} 127.0.0.1", f"password_file {users}", "allow_anonymous false")
    mqtt = Mqtt(broker=f"mqtt://127.0.0.1:{broker.port}", username="eijsden", password_file=str(secret))
    plan = Plan(gateway=Gateway(id="eijsden"), networks={}, radios={}, talkgroups={}, mqtt=mqtt)
    messaging = Messaging(plan, lambda _: None)
    await messaging.start()
    await until(lambda: "Not authorized" in messaging.state)
    secret.write_text("s3cret\n")
    await until(lambda: messaging.state == "connected")
    await messaging.stop(snap())
