"""The site of the end-to-end tests: three networks, a radio of each, and the same in the words of the twin.

A side is one network with its radio and talkgroup. Each radio's audio goes over UDP or over a cable of the private
sound server; the twin has the other end.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from crosspatch_drivers.audio.settings import AudioSettings, PyAudioSettings, UdpSettings

OFFICER, OWN = 501, 900
"""SSI of the officer who speaks in each network, and of our radio there."""


@dataclass(frozen=True, slots=True)
class Side:
    """One network: its radio on the box and its talkgroup."""

    radio: str
    network: str
    country: str
    mcc: int
    gssi: int

    @property
    def talkgroup(self) -> str:
        """The talkgroup's name in the site file."""
        return f"tg-{self.radio}"


NL = Side("nl", "c2000", "NL", 204, 2001)
BE = Side("be", "astrid", "BE", 206, 3001)
LU = Side("lu", "renita", "LU", 270, 4001)
SIDES = (NL, BE, LU)


@dataclass(frozen=True, slots=True)
class Wire:
    """The two ends of a radio's audio."""

    gateway: AudioSettings
    twin: AudioSettings


def udp_wire(one: int, other: int) -> Wire:
    """Datagrams between two loopback ports."""
    here, there = f"127.0.0.1:{one}", f"127.0.0.1:{other}"
    settings = UdpSettings(driver="udp", listen=here, send=there, channels=1, frame_ms=10)
    return Wire(settings, replace(settings, listen=there, send=here))


def card_wire(cable: str) -> Wire:
    """A sound card each, joined by a cable of the private sound server."""
    ends = [
        PyAudioSettings(driver="pyaudio", input=f"{cable}_{end}_in", output=f"{cable}_{end}_out") for end in ("a", "b")
    ]
    return Wire(ends[0], ends[1])


def twin_file(run_dir: Path, wires: Mapping[str, Wire], grant_ms: float) -> str:
    """The settings of the twin as TOML: the networks and their radios."""
    lines = [f"run_dir = {json.dumps(str(run_dir))}"]
    for side in SIDES:
        network = {"mcc": side.mcc, "mnc": 1, "groups": [side.gssi], "grant_ms": grant_ms}
        quick = {"attach_ms": 50, "attach_jitter_ms": 0, "registration_ms": 50}
        lines.append(_table(f"networks.{side.network}", network | quick))
        lines.append(_table(f"radios.{side.radio}", {"network": side.network, "ssi": OWN}))
        lines.append(_table(f"radios.{side.radio}.audio", asdict(wires[side.radio].twin)))
    return "\n".join(lines)


def site_file(run_dir: Path, wires: Mapping[str, Wire], rules: str, mqtt: Mapping[str, object]) -> str:
    """The site as TOML. ``rules`` is TOML too: what is wanted when."""
    lines = ['[gateway]\nid = "box"', _table("mqtt", mqtt)]
    for side in SIDES:
        network = {"name": side.network.upper(), "country": side.country, "mcc": side.mcc, "mnc": 1}
        lines.append(_table(f"networks.{side.network}", network))
        lines.append(_table(f"talkgroups.{side.talkgroup}", {"network": side.network, "gssi": side.gssi}))
        lines.append(
            _table(f"radios.{side.radio}", {"network": side.network, "port": str(run_dir / f"{side.radio}.pei")})
        )
        lines.append(_table(f"radios.{side.radio}.audio", asdict(wires[side.radio].gateway)))
    return "\n".join([*lines, rules])


def fixed(sides: Iterable[Side]) -> str:
    """A rule that joins the talkgroups of these sides at all times."""
    return _table("rules.fixed", {"talkgroups": [side.talkgroup for side in sides], "always": True})


def _table(name: str, values: Mapping[str, object]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
