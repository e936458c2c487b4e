"""People command patches over MQTT: each request is answered with the patch as it is then, or with why not."""

import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from tests.bridge.heart.box import Box, make_box

from crosspatch.control.asking import patch_answers
from crosspatch.control.messaging import Messaging
from crosspatch.plan import Mqtt
from crosspatch.snapshot import Snapshot

WHERE = "crosspatch/box/answer/console"


@contextlib.asynccontextmanager
async def gateway(port: int | None) -> AsyncIterator[tuple[Box, Messaging]]:
    """A heart with fit radios, asked over MQTT."""
    box = make_box()
    box.now = time.monotonic()
    box.fit()

    def handle(event: Any) -> None:
        box.event(event)
        box.answer_selections()

    mqtt = Mqtt(broker=None if port is None else f"mqtt://127.0.0.1:{port}", embedded_listen="127.0.0.1:0")
    messaging = Messaging(replace(box.plan, mqtt=mqtt), handle, patch_answers(box.heart, handle))
    await messaging.start()
    try:
        yield box, messaging
    finally:
        await messaging.stop(Snapshot(gateway="box", version="1", at=time.time(), uptime_s=1.0))


@pytest.mark.parametrize("embedded", [False, True], ids=["Mosquitto", "embedded"])
async def test_a_patch_is_opened_in_the_name_that_the_broker_vouches_for(mosquitto, other, until, embedded) -> None:
    async with (
        gateway(None if embedded else mosquitto.port) as (box, messaging),
        other(messaging.address.port, mqtt5=not embedded) as client,
    ):
        await until(lambda: messaging.state == "connected")
        request = {"do": "open", "patch": "border", "for_s": 600, "why": "a pursuit", "by": "somebody", "id": "1"}
        answer = "crosspatch/box/answer/dispatch-1/1"
        await client.say("crosspatch/box/request/dispatch-1", json.dumps(request))
        await until(lambda: answer in client.newest)
    patch = json.loads(client.newest[answer])["patch"]
    assert (patch["state"], patch["owner"], patch["authority"]) == ("up", "dispatch-1", "mqtt")
    assert box.records("command") == ["dispatch-1 (over MQTT) opens for 600 s, patch border: a pursuit"]


async def test_what_is_refused_is_told_why_with_its_correlation(mosquitto, other, until) -> None:
    async with gateway(mosquitto.port) as (box, messaging), other(mosquitto.port) as client:
        await until(lambda: messaging.state == "connected")
        for mark, request in (
            (b"1", {"do": "close", "patch": "bordr", "why": "x"}),
            (b"2", {"do": "close", "patch": "border"}),
        ):
            more = {"ResponseTopic": WHERE, "CorrelationData": mark}
            await client.say("crosspatch/box/request/dispatch-1", json.dumps(request), **more)
            await until(lambda mark=mark: client.properties.get(WHERE, {}).get("CorrelationData") == mark)
    errors = [json.loads(payload)["error"] for topic, payload, _ in client.heard if topic == WHERE]
    assert errors == ["no such patch: 'bordr'; there is: border", "close: why is missing"]
    assert box.patch().state == "down"


async def test_a_command_that_comes_twice_is_obeyed_once(mosquitto, other, until) -> None:
    async with gateway(mosquitto.port) as (box, messaging), other(mosquitto.port) as client:
        await until(lambda: messaging.state == "connected")
        request = {"do": "open", "patch": "border", "for_s": 60, "why": "x"}
        more = {"ResponseTopic": WHERE, "CorrelationData": b"7"}
        for _ in range(2):
            await client.say("crosspatch/box/request/dispatch-1", json.dumps(request), **more)
        await until(lambda: [topic for topic, _, _ in client.heard].count(WHERE) == 2)
    answers = [json.loads(payload) for topic, payload, _ in client.heard if topic == WHERE]
    assert answers[0] == answers[1]
    assert answers[0]["patch"]["state"] == "up"
    assert box.count("commands obeyed") == 1
