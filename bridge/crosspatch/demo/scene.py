"""Where the demonstration plays: three virtual networks, one radio of each wired to a gateway, one vehicle, one rule.

Writes the two files that the real programs read: the gateway's site file and the twin's settings. Pure text.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

AudioKind = Literal["udp", "pulse"]
BrokerKind = Literal["embedded", "mosquitto"]


@dataclass(frozen=True, slots=True)
class Country:
    """One network with its talkgroup in the patch, the gateway's radio, and an officer. Identities are made up."""

    network: str
    name: str
    iso: str
    mcc: int
    talkgroup: str
    gssi: int
    radio: str
    radio_ssi: int
    officer_ssi: int


MNC = 1

COUNTRIES = (
    Country("c2000", "C2000", "NL", 204, "nl-maastricht", 204101, "nl-1", 2049001, 2044101),
    Country("astrid", "ASTRID", "BE", 206, "be-liege", 206201, "be-1", 2069001, 2065201),
    Country("renita", "RENITA", "LU", 270, "lu-nord", 270301, "lu-1", 2709001, 2706301),
)

VEHICLE, ZONE, RULE, GATEWAY = "nl-4101", "belgium", "eijsden", "demo"

OPEN_METRES, ARM_METRES = 1400, 1480
"""The patch opens, and is armed, so far before the border, which is near all along this road."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What differs from one performance to the next."""

    audio: AudioKind
    broker: BrokerKind
    mqtt_port: int
    udp_ports: tuple[int, ...]  # two for each network: the gateway's and the twin's
    twin_dir: Path  # pseudo-terminals and recordings
    seed: int = 1

    @property
    def topic(self) -> str:
        """Where the vehicle reports."""
        return f"owntracks/{VEHICLE}/phone"

    def site(self) -> str:
        """The gateway's site file."""
        where = f'broker = "mqtt://127.0.0.1:{self.mqtt_port}"'
        if self.broker == "embedded":
            where = f'embedded_listen = "127.0.0.1:{self.mqtt_port}"'
        groups = ", ".join(f'"{country.talkgroup}"' for country in COUNTRIES)
        return "\n".join(
            [
                f'[gateway]\nid = "{GATEWAY}"\ndescription = "the demonstration: everything around it is virtual"\n',
                f"[mqtt]\n{where}\n",
                *(self._site_country(number, country) for number, country in enumerate(COUNTRIES)),
                f'[vehicles.{VEHICLE}]\nnetwork = "c2000"\nlabel = "patrol car"\n',
                f'[zones.{ZONE}]\ncountry = "BE"\n',
                f'[rules.{RULE}]\ntalkgroups = [{groups}]\nzone = "{ZONE}"\nvehicles = ["{VEHICLE}"]',
                f"open_m = {OPEN_METRES}\narm_m = {ARM_METRES}\nopen_s = 0\narm_s = 0\nhold_s = 10\n",
            ]
        )

    def twin(self) -> str:
        """The twin's settings."""
        return "\n".join(
            [
                f"seed = {self.seed}\nrun_dir = {json.dumps(str(self.twin_dir))}\n",
                *(self._twin_country(number, country) for number, country in enumerate(COUNTRIES)),
            ]
        )

    def _site_country(self, number: int, country: Country) -> str:
        port = json.dumps(str(self.twin_dir / f"{country.radio}.pei"))
        return (
            f'[networks.{country.network}]\nname = "{country.name}"\ncountry = "{country.iso}"\n'
            f"mcc = {country.mcc}\nmnc = {MNC}\n\n"
            f'[talkgroups.{country.talkgroup}]\nnetwork = "{country.network}"\ngssi = {country.gssi}\n\n'
            f'[radios.{country.radio}]\nnetwork = "{country.network}"\nport = {port}\n'
            f"audio = {self._audio(number, country, gateway=True)}\n"
        )

    def _twin_country(self, number: int, country: Country) -> str:
        return (
            f"[networks.{country.network}]\nmcc = {country.mcc}\nmnc = {MNC}\ngroups = [{country.gssi}]\n\n"
            f'[radios.{country.radio}]\nnetwork = "{country.network}"\nssi = {country.radio_ssi}\n'
            f"audio = {self._audio(number, country, gateway=False)}\n"
        )

    def _audio(self, number: int, country: Country, *, gateway: bool) -> str:
        """One end of the radio's audio, as an inline table."""
        if self.audio == "pulse":
            side = (
                f"{country.network}_{'a' if gateway else 'b'}"  # 20 ms: six streams of 10 ms are a lot for a small box
            )
            return f'{{ driver = "pyaudio", input = "{side}_in", output = "{side}_out", frame_ms = 20 }}'
        near, far = self.udp_ports[2 * number : 2 * number + 2][:: 1 if gateway else -1]
        return f'{{ driver = "udp", listen = "127.0.0.1:{near}", send = "127.0.0.1:{far}", channels = 1 }}'
