"""What a site is, as plain values: networks, radios, talkgroups, vehicles, zones, rules.

The site file is validated straight into these classes (`crosspatch.config`), and every pure room reads them. Not
for state: nothing here ever changes while the daemon runs. Distances in metres, times in seconds unless a name says
otherwise (``_ms``).
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

from crosspatch.dsp.stages import Stages
from crosspatch_drivers.audio.settings import AudioSettings
from crosspatch_drivers.radio.settings import Keying, Wiring

Id = Annotated[str, MinLen(1)]
"""A name within its section of the site file: lower-case letters, digits and hyphens (checked on load)."""

NonNegative = Annotated[float, Ge(0)]
Positive = Annotated[float, Gt(0)]
Milliseconds = Annotated[float, Ge(0), Le(5000)]
Priority = Annotated[int, Ge(0), Le(3)]
"""Of a talker: 0 low, 1 high, 2 pre-emptive, 3 emergency, as in AT+CTXD (ETSI EN 300 392-5)."""

Dbm = Annotated[float, Ge(-130), Le(-30)]
"""Received signal strength; radios tell -113 to -51 (+CSQ), and hear speech down to about -106."""

Language = Literal["nl", "fr", "de", "en"]

LANGUAGES: dict[str, tuple[Language, ...]] = {"NL": ("nl",), "BE": ("nl", "fr"), "LU": ("fr", "de")}
"""What crews of a country speak."""

NoticeKind = Literal["armed", "up", "closing", "down", "select", "clear", "not-delivered", "interrupted"]
"""What crews can be told by text; the words are data (``config/texts``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The box itself."""

    id: Id
    description: str = ""
    timezone: str = "Europe/Brussels"  # of the times of day in the rules' schedules


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """Where the broker is. Without ``broker`` the daemon runs an embedded one on ``embedded_listen``.

    The files are PEM, by absolute paths, and read at each connection: renewed ones need no restart.
    """

    broker: str | None = None  # mqtt://host:port, or mqtts://host:port for TLS
    embedded_listen: str = "127.0.0.1:1883"
    owntracks_prefix: str = "owntracks"
    prefix: str = "crosspatch"
    ca_file: str | None = None  # who signs the broker's certificate; default: the system's authorities
    cert_file: str | None = None  # the box's own certificate, if the broker asks for one
    key_file: str | None = None
    username: str | None = None
    password_file: str | None = None  # its first line is the password
    keys_dir: str | None = None  # <identity>.key files: who has one must sign what he says
    signatures: Literal["where-keyed", "always"] = "where-keyed"  # always: who has no key is not heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One national network. MCC and MNC are those of its subscribers' identities."""

    id: Id
    name: str
    country: Literal["BE", "NL", "LU"]
    mcc: Annotated[int, Ge(0), Le(1023)]
    mnc: Annotated[int, Ge(0), Le(16383)]
    consent: Literal["none", "by-hand", "always"] = "none"  # which patches wait until one of its owners accepts
    owners: tuple[str, ...] = ()  # who may accept for it: user names at the broker, or people at the box
    foreign_priority: Priority = 3  # the most a talker of another network gets here, an emergency included
    foreign_priorities: dict[Id, Priority] = field(default_factory=dict)  # the same for talkers of one network
    languages: tuple[Language, ...] = ()  # of notices to its crews; without any, those of its country
    aliases: dict[int, str] = field(default_factory=dict)  # SSI to the name people know
    statuses: dict[int, str] = field(default_factory=dict)  # status number to what it means: equal words, equal meaning

    @property
    def spoken(self) -> tuple[Language, ...]:
        """The languages of its crews."""
        return self.languages or LANGUAGES[self.country]

    def cap(self, network: str) -> int:
        """The highest priority that a talker of ``network`` gets in this one."""
        return 3 if network == self.id else self.foreign_priorities.get(network, self.foreign_priority)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talkgroup:
    """A group in one network."""

    id: Id
    network: Id
    gssi: Annotated[int, Ge(1), Le(16777215)]
    label: str = ""
    encrypted: bool = False  # end to end in its network; a patch carries it in clear
    never_with: tuple[Id, ...] = ()  # talkgroups that it must never be in one patch with


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioPlan:
    """One radio wired to the box."""

    id: Id
    network: Id
    audio: AudioSettings
    keying: Keying = "pei"  # voice: audio only, an over starts when speech is detected; wired: key and squelch lines
    port: str | None = None  # serial URL: /dev/…, socket://host:port, …; None for radios without one
    baud: Annotated[int, Ge(1200), Le(921600)] = 38400
    profile: Annotated[str, MinLen(1)] = "auto"  # what kind of radio: auto by its brand, a name, or a file (….toml)
    wiring: Wiring | None = None  # of a key that is a wire, and of the squelch line
    raw_log_mb: Annotated[float, Ge(0), Le(4096)] = 0.0  # what its port says and hears is kept, so much of it; 0: not
    weak_dbm: Dbm = -103.0  # a signal below raises an alarm; within 3 dB above it stays
    least_dbm: Dbm | None = None  # below, the radio serves no leg until the signal is 3 dB better
    settle_ms: Milliseconds = 60.0  # between the grant and the first sample, while the radio's transmitter comes up
    look_back_ms: Milliseconds = 200.0  # audio kept from before an over was announced
    tail_ms: Milliseconds = 250.0  # audio that still arrives after the over's end was announced
    tx_gain_db: Annotated[float, Ge(-40), Le(20)] = 0.0
    catch_up: Annotated[float, Ge(1), Le(1.25)] = 1.25  # how fast words may be played when this leg is behind
    stages: Stages = field(default_factory=Stages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A vehicle whose position may open patches."""

    id: Id
    network: Id  # its home network
    topic: str | None = None  # OwnTracks topic; default: <owntracks_prefix>/<id>/+ (user name = vehicle id)
    label: str = ""
    fleet: Id | None = None  # rules may name a whole fleet
    talkgroup: Id | None = None  # of its home network, on which its crew stays: `check` misses it in rules about it
    ssi: Annotated[int, Ge(1), Le(16777215)] | None = None  # of its radio at home: it reports positions, and is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A satellite receiver of the box itself: where it is counts as the position of ``vehicle``."""

    vehicle: Id
    gpsd: str | None = None  # host:port of a gpsd; its own default is 127.0.0.1:2947
    port: str | None = None  # or a serial URL on which NMEA 0183 comes in
    baud: Annotated[int, Ge(1200), Le(921600)] = 9600


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A named area, drawn in one of four ways: a country or a place that ships, a GeoJSON file, or a point.

    ``also`` and ``without`` name other zones that count as parts of it, or do not. So enclaves are taken for one: a
    zone "belgium" without "baarle", and "netherlands" with it, know no border within Baarle.
    """

    id: Id
    country: Literal["BE", "NL", "LU"] | None = None
    place: str | None = None  # a file that ships: config/zones/<place>.geojson
    geojson: str | None = None  # a file beside the site file: polygons; lines and points with around_m
    point: tuple[float, float] | None = None  # longitude, latitude
    around_m: NonNegative = 0.0  # everything so near to what is drawn is in the zone: a circle, a corridor
    also: tuple[Id, ...] = ()
    without: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which patch is wanted when which vehicles are where.

    It is about the vehicles it names one by one, by fleet and by home network, all of them together.
    The patch is armed when a vehicle is within ``arm_m`` of the zone (or reaches it within ``arm_s``), opened within
    ``open_m`` (or ``open_s``), and wanted as long as the vehicle is inside or within ``leave_m`` of it. After the
    last vehicle has left it stays for ``hold_s``. It never stays longer than ``max_s`` without being asked anew.
    """

    id: Id
    talkgroups: Annotated[tuple[Id, ...], MinLen(1)]  # two at least, or one and a pool
    pool: tuple[Id, ...] = ()  # of these the patch takes one that is free, and gives it back; all of one network
    listen_only: tuple[Id, ...] = ()  # of its talkgroups: they hear the others and are not heard by them
    zone: Id | None = None  # None only with always = true
    vehicles: tuple[Id, ...] = ()
    fleets: tuple[Id, ...] = ()
    homes: tuple[Id, ...] = ()  # home networks
    side: Id | None = None  # a zone outside of which an approach does not count: "coming from there"
    always: bool = False  # a fixed patch, up as long as the daemon runs
    arm_m: NonNegative = 6000.0
    open_m: NonNegative = 3000.0
    leave_m: NonNegative = 8000.0
    arm_s: NonNegative = 180.0
    open_s: NonNegative = 90.0
    hold_s: NonNegative = 120.0
    max_s: Positive = 7200.0
    dwell_s: NonNegative = 0.0  # to be so near for so long before it opens; armed meanwhile
    approval: Literal["auto", "confirm"] = "auto"  # confirm: armed until a person agrees
    schedule: tuple[str, ...] = ()  # "mon-fri 07:00-19:00", "2026-03-14T18:00/2026-03-15T02:00"; empty: always
    relay: tuple[Literal["text", "status"], ...] = ()  # short messages to a talkgroup that go to the others as well
    notices: tuple[NoticeKind, ...] = ()  # what crews are told by text
    priority: Annotated[int, Ge(0), Le(9)] = 0  # of two patches that need the same radio, the higher one gets it


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times that hold for every patch."""

    over_s: Positive = 60.0  # longest over of one talker
    grant_s: Positive = 5.0  # longest wait for the transmitter
    queue_s: Positive = 15.0  # the same once the network said "queued"
    hang_s: NonNegative = 0.3  # floor kept reserved after the last leg has drained
    late_s: NonNegative = 10.0  # what was spoken before a leg joined, or a patch came up, and is still played to it
    wait_s: NonNegative = 15.0  # how long words wait for the floor, or for a busy far side, after the talker has ended
    by_hand_s: Positive = 43200.0  # longest that a patch may be open by hand, extended or not
    consent_s: Positive = 300.0  # how long a patch waits for the consent of a network's owner
    tones: bool = True  # short signals for crews: "not delivered", "emergency"
    patch_tones: bool = False  # the same on all legs when a patch has come up, and before it closes
    position_age_s: Positive = 120.0  # older positions open nothing
    position_accuracy_m: Positive = 500.0  # less accurate positions open nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalPlan:
    """How many days the journal keeps what; after that contents are removed, and it stays provable that they were."""

    position_days: Positive = 1.0  # where people were
    over_days: Positive = 30.0  # who spoke
    message_days: Positive = 30.0  # what was written
    command_days: Positive = 365.0  # who commanded what, and why
    patch_days: Positive = 365.0
    radio_days: Positive = 365.0
    rule_days: Positive = 365.0
    safety_days: Positive = 365.0
    other_days: Positive = 365.0

    @property
    def days(self) -> dict[str, float]:
        """By kind of record; empty for those that are not named."""
        return {
            "position": self.position_days,
            "over": self.over_days,
            "message": self.message_days,
            "command": self.command_days,
            "patch": self.patch_days,
            "radio": self.radio_days,
            "rule": self.rule_days,
            "safety": self.safety_days,
            "": self.other_days,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a site file says. Mappings are keyed by each thing's ``id``."""

    gateway: Gateway
    networks: dict[str, Network]
    radios: dict[str, RadioPlan]
    talkgroups: dict[str, Talkgroup]
    vehicles: dict[str, Vehicle] = field(default_factory=dict)
    zones: dict[str, Zone] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    mqtt: Mqtt = field(default_factory=Mqtt)
    limits: Limits = field(default_factory=Limits)
    journal: JournalPlan = field(default_factory=JournalPlan)
    receiver: Receiver | None = None
