"""Children that do what the real ones do, without sound: for tests of who starts, watches and ends them."""

import sys
from collections.abc import Iterator

import pytest

from crosspatch.plan import Gateway, Network, Plan, RadioPlan, Rule, Talkgroup
from crosspatch.process.child import MessageChild
from crosspatch_drivers.audio.settings import PyAudioSettings, UdpSettings

OBEDIENT = """
import select, socket, sys, time
from crosspatch.events import PortChanged
from crosspatch.process.link import Link, PeerGone
from crosspatch.process.messages import (
    Beat, CardSetup, CardState, EngineMeters, EngineSetup, FromEngine, Ready, Stop, ToCard, ToEngine
)
engine = sys.argv[1] == "crosspatch.engine"
link = Link(socket.socket(fileno=int(sys.argv[2])), ToEngine if engine else ToCard)
ticks = 0
try:
    while True:
        select.select([link], [], [], 0.02)
        for message in link.receive():
            if isinstance(message, EngineSetup):
                link.send(Ready())
                for channel in message.channels:
                    link.send(PortChanged(channel.radio, True))
            elif isinstance(message, CardSetup):
                link.send(Ready("no real-time priority"))
                link.send(CardState("open"))
            elif isinstance(message, Stop):
                sys.exit()
        ticks += 1
        link.send(EngineMeters(ticks, 0.0, 0.0, 0, True, ()) if engine else Beat(ticks))
except PeerGone:
    pass
"""


@pytest.fixture
def obedient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Engine and cards are obedient scripts; the keeper is the real one."""
    monkeypatch.setattr(
        MessageChild,
        "_command",
        lambda child, descriptor: (
            [sys.executable, "-c", OBEDIENT, child._module, str(descriptor)],
            child._inherited,
        ),
    )
    return


def udp(port: int) -> UdpSettings:
    return UdpSettings(driver="udp", listen=f"127.0.0.1:{port}", send=f"127.0.0.1:{port + 1}", channels=1)


@pytest.fixture
def plan() -> Plan:
    """Two radios that share a stereo card and one on UDP; a fixed patch of two talkgroups."""
    card = {"driver": "pyaudio", "input": "USB", "output": "USB", "channels": 2}
    return Plan(
        gateway=Gateway(id="box"),
        networks={
            "c2000": Network(id="c2000", name="C2000", country="NL", mcc=204, mnc=1),
            "astrid": Network(id="astrid", name="ASTRID", country="BE", mcc=206, mnc=1),
        },
        radios={
            "nl": RadioPlan(id="nl", network="c2000", audio=PyAudioSettings(**card, channel=0), port="/dev/null"),
            "be": RadioPlan(id="be", network="astrid", audio=PyAudioSettings(**card, channel=1), port="/dev/null"),
            "be-2": RadioPlan(id="be-2", network="astrid", audio=udp(20000), port="/dev/null"),
        },
        talkgroups={
            "tg-nl": Talkgroup(id="tg-nl", network="c2000", gssi=2001),
            "tg-be": Talkgroup(id="tg-be", network="astrid", gssi=3001),
        },
        rules={"fixed": Rule(id="fixed", talkgroups=("tg-nl", "tg-be"), always=True)},
    )
