"""Rubbish comes over MQTT: all of it is counted, nothing else happens."""

import json
import math
import random

import pytest
from aiomqtt import Client
from tests.e2e.broker import Broker
from tests.e2e.harness import Box
from tests.e2e.site import BE, NL
from tests.faults.conftest import Figures
from tests.faults.watching import when

from crosspatch.snapshot import Snapshot

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

TOPICS = (
    "owntracks/somebody/phone",
    "crosspatch/position/somebody",
    "crosspatch/trigger/elsewhere",
    "crosspatch/box/request/me",
)
COUNTED = ("owntracks", "position", "trigger", "requests")

SOUND = {"_type": "location", "lat": 50.7707, "lon": 5.6977, "tst": 1794990000, "acc": 10, "vel": 50}

RUBBISH: tuple[bytes, ...] = (
    b"",
    b"\0" * 1000,
    b"\xff\xfe\xfd",
    b"{",
    b"[" * 100_000,
    b'{"_type":"location","lat":' + b"9" * 5000 + b"}",
    b'{"lat":1,"lat":2}',
    b"null",
    b'"text"',
    b"{}",
    b" " * 120_000,
    json.dumps({**SOUND, "lat": math.nan}).encode(),
    json.dumps({**SOUND, "lon": math.inf}).encode(),
    json.dumps({**SOUND, "lat": "50"}).encode(),
    json.dumps({**SOUND, "tst": -1e300}).encode(),
    json.dumps({**SOUND, "tst": []}).encode(),
    json.dumps({"_type": "encrypted", "data": "AAAA"}).encode(),
    json.dumps({"do": "approve", "patch": {"a": [1, {}]}}).encode(),
)


async def test_everything_is_counted_and_an_over_passes(
    box: Box, broker: Broker, figures: Figures, rounds: int
) -> None:
    chance = random.Random(1)
    before = told(await box.answers())
    sent = 0
    async with Client("127.0.0.1", broker.port) as client:
        for _ in range(30 * rounds):
            for rubbish in RUBBISH:
                piece = bytearray(rubbish[:2000] if chance.random() < 0.9 else rubbish)
                for _ in range(chance.randrange(3) if piece else 0):
                    piece[chance.randrange(len(piece))] = chance.randrange(256)
                await client.publish(chance.choice(TOPICS), bytes(piece), qos=1)
                sent += 1
    await when(box, lambda now: told(now) - before >= sent, f"{sent} messages are counted")
    (heard,) = await box.passes(NL, BE)
    figures.whole("lost in an over after it", heard)
    errors = box.daemon.log.read_text().count("Traceback")
    figures.add("exceptions", f"{errors} at {sent} messages", "0", errors == 0)


def told(snapshot: Snapshot) -> int:
    """Messages that the box has counted, as refused or answered."""
    return sum(count for name, count in snapshot.counters.items() if name.startswith(COUNTED))
