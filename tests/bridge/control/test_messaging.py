"""The gateway on a real broker: what it says, what it hears, and what happens when the broker goes away."""

import asyncio
import contextlib
import itertools
import json
import socket
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest
import structlog

from crosspatch.control.messaging import PORTION, WAITING, Messaging
from crosspatch.events import Event, ForeignIdentities, PositionReport, PositionReports, ZoneTrigger
from crosspatch.mqtt.address import CannotListen
from crosspatch.mqtt.arrived import Arrived
from crosspatch.plan import Gateway, Mqtt, Plan, Vehicle, Zone
from crosspatch.snapshot import LegRecord, OverRecord, RadioView, Snapshot
from crosspatch_drivers.identity import Identity

STATUS = "crosspatch/box/status"
RADIO = "crosspatch/box/radio/r-be"
OVER = OverRecord(
    over=7, patch="liege", talkgroup="nl", radio="r-nl", talker=None, started_s=1.0, ended_s=2.0,
    legs=(LegRecord(talkgroup="be", radio="r-be", outcome="delivered"),),
)  # fmt: skip


def plan(port: int | None, listen: str = "127.0.0.1:0") -> Plan:
    mqtt = Mqtt(broker=None if port is None else f"mqtt://127.0.0.1:{port}", embedded_listen=listen)
    return Plan(
        gateway=Gateway(id="box"),
        networks={},
        radios={},
        talkgroups={},
        vehicles={"veh-1": Vehicle(id="veh-1", network="nl")},
        zones={"be": Zone(id="be", country="BE")},
        mqtt=mqtt,
    )


def snap(state: str = "idle", overs: tuple[OverRecord, ...] = ()) -> Snapshot:
    radio = RadioView(id="r-be", network="astrid", state=state, fit=True)
    return Snapshot(gateway="box", version="1", at=time.time(), uptime_s=5.0, radios=(radio,), overs=overs)


def location(lat: float = 50.7, **more: object) -> str:
    return json.dumps({"_type": "location", "lat": lat, "lon": 5.7, "tst": int(time.time()), **more})


class Box:
    """A gateway with nothing but its messaging."""

    def __init__(self, port: int | None) -> None:
        self.events: list[Event] = []
        self.asked: list[Mapping[str, object]] = []
        self.messaging = Messaging(plan(port), self._happened, {"greet": self._greet})

    def _happened(self, event: Event) -> None:
        self.events += event.reports if isinstance(event, PositionReports) else (event,)

    def _greet(self, request: Mapping[str, object]) -> bytes:
        self.asked.append(request)
        return b'{"greeting":"hello"}'

    @property
    def lats(self) -> list[float]:
        return [event.lat for event in self.events if isinstance(event, PositionReport)]

    @property
    def connected(self) -> bool:
        return self.messaging.state == "connected"

    @property
    def port(self) -> int:
        assert self.messaging.address is not None
        return self.messaging.address.port


@contextlib.asynccontextmanager
async def box_at(port: int | None) -> AsyncIterator[Box]:
    box = Box(port)
    await box.messaging.start()
    try:
        yield box
    finally:
        await box.messaging.stop(snap())


@pytest.mark.parametrize("embedded", [False, True], ids=["Mosquitto", "embedded"])
async def test_positions_come_in_and_states_go_out(mosquitto, other, until, embedded: bool) -> None:
    async with box_at(None if embedded else mosquitto.port) as box, other(box.port, mqtt5=not embedded) as client:
        await until(lambda: box.connected)
        box.messaging.publish(snap())
        await client.say("owntracks/veh-1/phone", location(50.71, acc=10, vel=80, cog=180))
        await until(lambda: box.events and {STATUS, RADIO} <= client.newest.keys())
        (report,) = box.events
        assert isinstance(report, PositionReport)
        assert (report.vehicle, report.lat, report.lon) == ("veh-1", 50.71, 5.7)
        assert (report.accuracy_m, report.speed_kmh, report.course_deg) == (10.0, 80.0, 180.0)
        assert abs(report.received_at - time.time()) < 30
        assert json.loads(client.newest[STATUS])["state"] == "online"
        assert json.loads(client.newest[RADIO])["state"] == "idle"


@pytest.mark.parametrize("embedded", [False, True], ids=["Mosquitto", "embedded"])
async def test_states_are_retained_for_those_who_come_later(mosquitto, other, until, embedded: bool) -> None:
    async with box_at(None if embedded else mosquitto.port) as box:
        box.messaging.publish(snap())
        box.messaging.publish(snap("receiving"))
        await until(lambda: box.messaging.counters["mqtt messages published"] >= 3)
        async with other(box.port, mqtt5=not embedded) as client:
            await until(lambda: RADIO in client.newest)
        assert [retained for topic, _, retained in client.heard if topic == RADIO] == [True]
        assert json.loads(client.newest[RADIO])["state"] == "receiving"


async def test_an_over_is_told_once_and_not_retained(mosquitto, other, until) -> None:
    async with box_at(mosquitto.port) as box, other(mosquitto.port) as client:
        box.messaging.publish(snap(overs=(OVER,)))
        box.messaging.publish(snap("receiving", overs=(OVER,)))
        await until(lambda: json.loads(client.newest.get(RADIO, b"{}")).get("state") == "receiving")
        await until(lambda: "crosspatch/box/over" in client.newest)
    assert [retained for topic, _, retained in client.heard if topic == "crosspatch/box/over"] == [False]
    assert json.loads(client.newest["crosspatch/box/over"])["legs"][0]["outcome"] == "delivered"


@pytest.mark.parametrize("embedded", [False, True], ids=["Mosquitto", "embedded"])
async def test_a_gateway_that_stops_says_so(mosquitto, other, until, embedded: bool) -> None:
    box = Box(None if embedded else mosquitto.port)
    await box.messaging.start()
    await until(lambda: box.connected)
    async with other(box.port, mqtt5=not embedded) as client:
        await box.messaging.stop(snap("off"))
        await until(lambda: STATUS in client.newest)
    status = json.loads(client.newest[STATUS])
    assert (status["state"], status["reason"]) == ("offline", "stopped")
    assert json.loads(client.newest[RADIO])["state"] == "off"
    assert box.messaging.state == "disconnected: stopped"


async def test_a_broker_that_is_away_at_the_start_is_no_failure(mosquitto, other, until) -> None:
    mosquitto.stop()
    async with box_at(mosquitto.port) as box:
        box.messaging.publish(snap())
        await until(lambda: "refused" in box.messaging.state)
        assert box.messaging.state.startswith("disconnected: ")
        mosquitto.start()
        async with other(mosquitto.port) as client:
            await until(lambda: RADIO in client.newest)


async def test_after_a_restart_of_the_broker_everything_is_there_again(mosquitto, other, until) -> None:
    cable = Cable(mosquitto.port)
    async with box_at(await cable.open()) as box:
        box.messaging.publish(snap())
        await until(lambda: box.connected)
        mosquitto.stop()
        cable.cut()
        await until(lambda: not box.connected)
        box.messaging.publish(snap("receiving", overs=(OVER,)))
        mosquitto.start()
        async with other(mosquitto.port) as client:  # hears what comes from here on, the over included
            await cable.mend()
            await until(lambda: {STATUS, RADIO, "crosspatch/box/over"} <= client.newest.keys())
            await client.say("owntracks/veh-1/phone", location(50.72))
            await until(lambda: box.lats == [50.72])
        assert json.loads(client.newest[RADIO])["state"] == "receiving"
        assert box.messaging.counters["mqtt connections"] == 2
        assert box.messaging.counters["mqtt connections lost"] == 1


async def test_the_way_to_the_broker_is_logged_once_for_each_change(mosquitto, until) -> None:
    mosquitto.stop()
    with structlog.testing.capture_logs() as lines:
        async with box_at(mosquitto.port) as box:
            await until(lambda: sum(line["event"] == "broker away" for line in lines) >= 2)
            mosquitto.start()
            await until(lambda: box.connected)
    away = [line["log_level"] for line in lines if line["event"] == "broker away"]
    assert away == ["warning"] + ["debug"] * (len(away) - 1)
    (back,) = [line for line in lines if line["event"] == "broker connected"]
    assert (back["log_level"], back["protocol"]) == ("info", "MQTT 5")
    assert back["after_s"] > 0


class Cable:
    """A TCP relay between the gateway and its broker that can be cut."""

    def __init__(self, port: int) -> None:
        self._broker = port
        self._port = 0
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = int(self._server.sockets[0].getsockname()[1])
        return self._port

    async def mend(self) -> None:
        await self.open()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._broker)
        self._writers += [writer, back]
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer))

    @staticmethod
    async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()

    def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()


async def test_the_last_will_tells_of_a_gateway_that_is_suddenly_gone(mosquitto, other, until) -> None:
    cable = Cable(mosquitto.port)
    async with box_at(await cable.open()) as box, other(mosquitto.port) as client:
        box.messaging.publish(snap())
        await until(lambda: json.loads(client.newest.get(STATUS, b"{}")).get("state") == "online")
        cable.cut()
        await until(lambda: json.loads(client.newest[STATUS])["state"] == "offline")
        assert json.loads(client.newest[STATUS])["reason"] == "connection lost"
        async with other(mosquitto.port, topic=STATUS) as late:
            await until(lambda: late.heard)
        assert late.heard[0][2], "the will is retained"


async def test_a_request_of_mqtt_5_gets_its_answer(mosquitto, other, until) -> None:
    where = "crosspatch/box/answer/console"
    async with box_at(mosquitto.port) as box, other(mosquitto.port, topic="crosspatch/box/answer/#") as client:
        await until(lambda: box.connected)
        for do, mark in (("greet", b"1"), ("dance", b"2")):
            more = {"ResponseTopic": where, "CorrelationData": mark}
            await client.say("crosspatch/box/request/dispatch-1", json.dumps({"do": do, "why": "test"}), **more)
            await until(lambda mark=mark: client.properties.get(where, {}).get("CorrelationData") == mark)
        greeting, refusal = (json.loads(payload) for _, payload, _ in client.heard)
        assert greeting == {"greeting": "hello"}
        assert refusal == {"error": "unknown request 'dance'; known: greet"}
        assert box.asked == [{"do": "greet", "why": "test", "by": "dispatch-1", "door": "mqtt"}]


async def test_nobody_can_ask_in_anothers_name(mosquitto, other, until) -> None:
    async with box_at(mosquitto.port) as box, other(mosquitto.port) as client:
        await until(lambda: box.connected)
        await client.say("crosspatch/box/request/veh-1", json.dumps({"do": "greet", "by": "dispatch-1"}))
        await until(lambda: box.asked)
        assert box.asked[0]["by"] == "veh-1"


async def test_the_embedded_broker_carries_requests_too(other, until) -> None:
    async with box_at(None) as box, other(box.port, mqtt5=False) as client:
        await until(lambda: box.connected)
        await client.say("crosspatch/box/request/me", '{"do": "greet", "id": "7"}')
        await until(lambda: client.newest.get("crosspatch/box/answer/me/7") == b'{"greeting":"hello"}')


async def test_plain_positions_and_triggers_come_in(mosquitto, other, until) -> None:
    async with box_at(mosquitto.port) as box, other(mosquitto.port) as client:
        await until(lambda: box.connected)
        now = time.time()
        await client.say("crosspatch/position/veh-1", json.dumps({"lat": 50.8, "lon": 5.7, "time": now}))
        enter = {"trigger": "enter", "vehicle": "veh-1", "zone": "be", "time": now}
        await client.say("crosspatch/trigger/cad", json.dumps(enter))
        await client.say("crosspatch/trigger/cad", json.dumps(enter))  # again
        await client.say("crosspatch/position/veh-9", json.dumps({"lat": 50.8, "lon": 5.7, "time": now}))
        await client.say("crosspatch/position/veh-1", "{}")
        await until(lambda: box.messaging.counters.get("position refused: not as its schema says"))
        position, trigger = box.events
        assert isinstance(position, PositionReport)
        assert (position.vehicle, position.lat, position.sent_at) == ("veh-1", 50.8, now)
        assert isinstance(trigger, ZoneTrigger)
        assert (trigger.vehicle, trigger.zone, trigger.inside, trigger.source) == ("veh-1", "be", True, "cad")
        assert box.messaging.counters["trigger refused: not newer than what was said before"] == 1
        assert box.messaging.counters["position refused: unknown sender"] == 1


async def test_states_carry_how_long_they_are_good_for(mosquitto, other, until) -> None:
    async with box_at(mosquitto.port) as box, other(mosquitto.port) as client:
        box.messaging.publish(snap())
        await until(lambda: {STATUS, RADIO} <= client.newest.keys())
        assert client.properties[RADIO]["MessageExpiryInterval"] == 900
        assert client.properties[RADIO]["ContentType"] == "application/json"
        assert "MessageExpiryInterval" not in client.properties[STATUS]


async def test_what_was_said_while_the_gateway_was_away_for_a_moment_is_not_lost(mosquitto, other, until) -> None:
    cable = Cable(mosquitto.port)
    box = Box(await cable.open())
    await box.messaging.start()
    await until(lambda: box.connected)
    cable.cut()
    async with other(mosquitto.port) as client:
        await until(lambda: not box.connected)
        await client.say("owntracks/veh-1/phone", location(50.76))
        await cable.mend()
        await until(lambda: box.lats == [50.76])
    await box.messaging.stop(snap())


async def test_messages_that_tell_nothing_are_counted_by_reason_and_logged_once(mosquitto, other, until) -> None:
    with structlog.testing.capture_logs() as lines:
        async with box_at(mosquitto.port) as box, other(mosquitto.port) as client:
            await until(lambda: box.connected)
            for _ in range(3):
                await client.say("owntracks/veh-1/phone", '{"_type": "encrypted", "data": "x"}')
                await client.say("owntracks/veh-1/phone", '{"_type": "location", "lat": 50.7')
                await client.say("owntracks/stranger/phone", location())
                await client.say("owntracks/veh-1/phone/waypoints", '{"_type": "waypoints", "waypoints": []}')
            await client.say("owntracks/veh-1/phone", location(50.74))
            await until(lambda: box.events)
            counters = box.messaging.counters
    assert box.lats == [50.74]
    assert [counters[f"owntracks refused: {why}"] for why in ("encrypted", "not JSON", "unknown sender")] == [3, 3, 3]
    assert (counters["owntracks waypoints"], counters["owntracks location"]) == (3, 1)
    refused = [(line["sender"], line["reason"]) for line in lines if line["event"] == "message refused"]
    assert sorted(refused) == [("unknown", "unknown sender"), ("veh-1", "encrypted"), ("veh-1", "not JSON")]


async def test_an_oversized_message_neither_stops_the_ear_nor_the_connection(mosquitto, other, until) -> None:
    async with box_at(mosquitto.port) as box, other(mosquitto.port) as client:
        await until(lambda: box.connected)
        await client.say("owntracks/veh-1/phone", b"x" * 100_000)  # below what we let the broker send
        await client.say("owntracks/veh-1/phone", b"x" * 5_000_000)  # above
        await client.say("owntracks/veh-1/phone", location(50.75))
        await until(lambda: box.lats == [50.75])
        assert box.messaging.counters["owntracks refused: too large"] == 1
        assert box.messaging.counters["mqtt connections"] == 1


async def test_a_flood_leaves_the_daemon_its_turn_and_keeps_the_newest(mosquitto, other, until) -> None:
    count = WAITING + 500
    turns: list[int] = []
    box = Box(mosquitto.port)

    async def take_turns() -> None:
        while True:
            turns.append(len(box.events))
            await asyncio.sleep(0)

    await box.messaging.start()
    await until(lambda: box.connected)
    async with other(mosquitto.port, topic="nothing") as client:
        await client.say("owntracks/veh-1/phone", location(50.0))
        await until(lambda: box.events)
        for number in range(count):  # arrives while the daemon is busy with something else
            box.messaging._message(_message(number))
        turns_task = asyncio.create_task(take_turns())
        await until(lambda: len(box.events) == WAITING + 1)
        turns_task.cancel()
    await box.messaging.stop(snap())
    assert box.messaging.counters["mqtt messages dropped: too many at once"] == count - WAITING
    assert box.lats[-1] == pytest.approx((count - 1) / 1000)
    steps = [later - earlier for earlier, later in itertools.pairwise(turns)]
    assert max(steps) <= PORTION


def _message(number: int) -> Arrived:
    return Arrived("owntracks/veh-1/phone", location(number / 1000).encode())


async def test_a_taken_port_is_told_with_what_to_do(until) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        messaging = Messaging(plan(None, f"127.0.0.1:{port}"), lambda _: None)
        with pytest.raises(
            CannotListen, match=f"cannot listen on 127.0.0.1:{port}: the port is taken. If a broker runs"
        ):
            await messaging.start()
        await messaging.stop(snap())


async def test_an_embedded_broker_that_is_open_to_the_network_is_warned_of() -> None:
    with structlog.testing.capture_logs() as lines:
        messaging = Messaging(plan(None, "0.0.0.0:0"), lambda _: None)
        await messaging.start()
        await messaging.stop(snap())
    assert [line["log_level"] for line in lines if "open to the network" in line["event"]] == ["warning"]


async def test_a_defect_of_what_handles_events_is_not_swallowed(mosquitto, other, until) -> None:
    heard: list[BaseException] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context["exception"]))

    def broken(_: Event) -> None:
        raise ZeroDivisionError

    messaging = Messaging(plan(mosquitto.port), broken)
    await messaging.start()
    async with other(mosquitto.port) as client:
        await until(lambda: messaging.state == "connected")
        await client.say("owntracks/veh-1/phone", location())
        await until(lambda: heard)
    await messaging.stop(snap())
    assert isinstance(heard[0], ZeroDivisionError)


async def test_gateways_know_each_others_radios_and_forget_those_that_are_taken_back(mosquitto, other, until) -> None:
    """Two daemons' messaging on one broker: what one tells of its radios is an event of the other's heart."""
    radio = RadioView(id="r-nl", network="c2000", state="idle", fit=True, identity="204-00001-9001")
    told = Snapshot(gateway="other", version="1", at=time.time(), uptime_s=5.0, radios=(radio,))
    elsewhere = Messaging(replace(plan(mosquitto.port), gateway=Gateway(id="other")), list[Event]().append)
    async with box_at(mosquitto.port) as box, other(mosquitto.port) as client:
        await elsewhere.start()
        await until(lambda: box.connected and elsewhere.state == "connected")
        elsewhere.publish(told)
        known = ForeignIdentities("other", frozenset({Identity(204, 1, 9001)}))
        await until(lambda: known in box.events)
        await elsewhere.stop(told)
        async with box_at(mosquitto.port) as late:  # it came after the other had gone, and knows all the same
            await until(lambda: known in late.events)
        await client.say("crosspatch/other/identities", "", retain=True)
        await until(lambda: ForeignIdentities("other", frozenset()) in box.events)
        await client.say("crosspatch/other/identities", '{"identities": ["nobody"]}')
        await until(lambda: box.messaging.counters.get("identities refused: not as its schema says"))
        await client.say("crosspatch/box/identities", '{"identities": ["204-1-5"]}')
        await client.say("crosspatch/third/identities", '{"identities": ["204-1-5"]}')
        await until(lambda: box.messaging.counters["identities of other boxes"] == 3)
    assert {event.box for event in box.events if isinstance(event, ForeignIdentities)} == {"other", "third"}
