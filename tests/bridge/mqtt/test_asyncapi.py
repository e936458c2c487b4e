"""The document on MQTT says what is published and heard, no more and no less."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crosspatch import __version__
from crosspatch.control.messaging import Messaging
from crosspatch.mqtt.owntracks import matches
from crosspatch.mqtt.publish import EXPIRES_S
from crosspatch.mqtt.requests import ANSWER_EXPIRES_S
from crosspatch.plan import Gateway, Mqtt, Plan, Vehicle
from crosspatch.snapshot import (
    EngineView,
    LegRecord,
    LegView,
    OverRecord,
    PatchView,
    RadioView,
    Snapshot,
    VehicleView,
    ZoneDistance,
    ZoneRule,
    ZoneView,
)

SPARSE = Snapshot(
    gateway="box",
    version="1",
    at=1794990000.0,
    uptime_s=1.0,
    radios=(RadioView(id="r-be", network="be", state="offline", fit=False),),
    patches=(PatchView(id="liege", rule="liege", state="down", reason="", legs=()),),
    vehicles=(VehicleView(id="veh-1"),),
    zones=(ZoneView(id="be", state="empty"),),
)
FULL = Snapshot(
    gateway="box",
    version="1",
    at=1794990009.0,
    uptime_s=11.5,
    radios=(
        RadioView(
            id="r-be", network="be", state="receiving", fit=True, reason="x", gssi=101, talkgroup="be-liege", dbm=-80,
            talker="206-00001-17", patch="liege", audio_up=True, audio_reason="y",
        ),
    ),
    patches=(
        PatchView(
            id="liege", rule="liege", state="up", reason="veh-1 is near", vehicles=("veh-1",), floor="taken",
            legs=(LegView(talkgroup="be-liege", network="be", radio="r-be", state="talking", reason="z"),),
            talker="206-00001-17", talking_leg="be-liege", since_s=4.0, expires_in_s=100.0,
        ),
    ),
    vehicles=(
        VehicleView(
            id="veh-1", lon=5.7, lat=50.7, speed_kmh=90.0, age_s=1.0, refused={"too old": 1},
            zones=(ZoneDistance(zone="be", metres=-5.0, seconds=2.0),),
        ),
    ),
    zones=(
        ZoneView(
            id="be", state="inside", inside=1, vehicles=("veh-1",), since_s=2.0,
            rules=(ZoneRule(rule="liege", want="open"),),
        ),
    ),
    overs=(
        OverRecord(
            over=1, patch="liege", talkgroup="be-liege", radio="r-be", talker="206-00001-17", started_s=1.0,
            ended_s=3.0, legs=(LegRecord(talkgroup="nl", radio="r-nl", outcome="delivered", access_ms=300.0),),
        ),
    ),
    engine=EngineView(ticks=100, late_ms_max=0.5),
    counters={"overs": 1},
)  # fmt: skip


@pytest.fixture
def document(load) -> Any:
    return load("asyncapi.yaml")


def plan(port: int | None = None) -> Plan:
    mqtt = Mqtt(broker=None if port is None else f"mqtt://127.0.0.1:{port}")
    vehicle = Vehicle(id="veh-1", network="nl")
    return Plan(
        gateway=Gateway(id="box"), networks={}, radios={}, talkgroups={}, vehicles={"veh-1": vehicle}, mqtt=mqtt
    )


def operations(document: Any, action: str) -> dict[str, tuple[str, dict[str, Any], Any]]:
    """Channel name -> address, MQTT bindings, schema of its one message, for each operation of this kind."""
    found = {}
    for operation in document.root["operations"].values():
        if operation["action"] == action:
            name = operation["channel"]["$ref"].rpartition("/")[2]
            channel = document.root["channels"][name]
            (message,) = channel["messages"].values()
            found[name] = (channel["address"], operation["bindings"]["mqtt"], document.follow(message)[1]["payload"])
    return found


def parts(address: str, last: str = "+") -> list[str]:
    """An address as a filter."""
    levels = [re.sub(r"^\{.*\}$", "+", level) for level in address.split("/")]
    return [*levels[:-1], last] if address.endswith("{where}") else levels


async def heard(mosquitto, other, until) -> list[tuple[str, bytes, bool]]:
    """Everything that a gateway says from its start to its end, an answer included."""
    async with other(mosquitto.port, topic="crosspatch/#") as client:
        messaging = Messaging(plan(mosquitto.port), lambda _: None, {"status": lambda _: b'{"gateway":"box"}'})
        await messaging.start()
        await until(lambda: messaging.state == "connected")
        await client.say("crosspatch/box/request/me", b'{"do":"status"}')
        await until(lambda: "crosspatch/box/answer/me" in client.newest)
        for snapshot in (SPARSE, FULL):
            messaging.publish(snapshot)
            vehicle = f"crosspatch/box/vehicle/{snapshot.vehicles[0].id}"
            count = len(client.heard)
            await until(lambda: any(topic == vehicle for topic, _, _ in client.heard[count:]))  # noqa: B023
        await messaging.stop(msgspec.structs.replace(FULL, at=1794990010.0))
        await until(lambda: b"offline" in client.newest["crosspatch/box/status"])
    return client.heard


async def test_everything_that_is_published_is_described_and_the_other_way_round(
    document, mosquitto, other, until
) -> None:
    said = operations(document, "send")
    seen = set()
    for topic, payload, _ in await heard(mosquitto, other, until):
        if topic == "crosspatch/box/request/me":
            continue
        fitting = [name for name, (address, _, _) in said.items() if matches(parts(address, "#"), topic.split("/"))]
        assert len(fitting) == 1, f"{topic} fits {fitting}"
        seen.add(fitting[0])
        assert list(document.faults(json.loads(payload), said[fitting[0]][2])) == [], (
            f"{topic}: see config/asyncapi.yaml"
        )
    assert seen == set(said)


async def test_what_is_retained_is_what_is_described_as_retained(document, mosquitto, other, until) -> None:
    await heard(mosquitto, other, until)
    said = operations(document, "send")
    described = {name for name, (_, bindings, _) in said.items() if bindings["retain"]}

    def retained() -> set[str]:
        filters = {name: parts(address, "#") for name, (address, _, _) in said.items()}
        topics = [topic.split("/") for topic in late.newest]
        return {name for name, pattern in filters.items() if any(matches(pattern, topic) for topic in topics)}

    async with other(mosquitto.port, topic="crosspatch/#") as late:
        await until(lambda: retained() >= described)
    assert retained() == described


def test_expiry_is_as_described(document) -> None:
    said = operations(document, "send")
    expiries = {name: bindings.get("messageExpiryInterval") for name, (_, bindings, _) in said.items()}
    states = dict.fromkeys(("health", "identities", "radio", "patch", "vehicle", "zone"), EXPIRES_S)
    assert expiries == {"status": None, "over": None, "answer": ANSWER_EXPIRES_S, **states}


def test_everything_that_is_heard_is_described_and_the_other_way_round(document) -> None:
    filters = [topic.split("/") for topic in Messaging(plan(), lambda _: None)._ear.filters]
    addresses = [
        parts(address.replace("{gateway}", "box")) for address, _, _ in operations(document, "receive").values()
    ]
    for address in addresses:
        assert any(matches(pattern, address) for pattern in filters), f"nobody hears {address}"
    for pattern in filters:
        assert any(matches(pattern, address) for address in addresses), f"{pattern} is not described"


def rights(word: str) -> list[list[str]]:
    """What the shipped rights let the gateway Eijsden read or write, as filters."""
    text = (Path(__file__).parents[3] / "config" / "mosquitto" / "crosspatch.acl").read_text()
    own = text.partition("user eijsden")[2].partition("\nuser ")[0]
    return [line.split()[2].split("/") for line in own.splitlines() if line.startswith(f"topic {word} ")]


@pytest.mark.parametrize(("action", "word"), [("send", "write"), ("receive", "read")])
def test_the_shipped_rights_let_a_gateway_say_and_hear_all_of_it(document, action: str, word: str) -> None:
    for address, _, _ in operations(document, action).values():
        topic = parts(address.replace("{gateway}", "eijsden"), "x")
        assert any(matches(pattern, topic) for pattern in rights(word)), f"no right to {word} {address}"


def test_every_reference_leads_somewhere_and_the_version_is_ours(document) -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            document.follow(node)
            assert all(re.fullmatch(r"[$_A-Za-z0-9]+", name) for name in node), f"a stray comma? {node}"
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(document.root)
    assert document.root["asyncapi"].startswith("3.")
    assert document.root["info"]["version"] == __version__


def test_the_check_finds_what_is_not_described(document) -> None:
    schema = {"$ref": "#/components/schemas/status"}
    good = {"state": "online", "gateway": "box", "version": "1", "started_at": 1.0}
    assert list(document.faults(good, schema)) == []
    for bad in ({**good, "more": 1}, {**good, "state": "on"}, {**good, "started_at": "1"}, {"state": "online"}):
        assert list(document.faults(bad, schema)) != []
