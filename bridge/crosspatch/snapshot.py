"""The one picture of the whole box that feeds the CLI, MQTT, the console and the metrics. Plain values, ready for JSON.

Times named ``_s`` are seconds; ``at`` values are seconds since the epoch (wall clock), made by the thin edge.
"""

import msgspec


class RadioView(msgspec.Struct, frozen=True, kw_only=True):
    """One radio."""

    id: str
    network: str
    state: str  # RadioState.value
    fit: bool
    reason: str = ""  # why not fit
    gssi: int | None = None  # read back from the radio
    talkgroup: str | None = None  # its id, when the site knows the group
    dbm: int | None = None
    talker: str | None = None  # who speaks, when receiving
    talker_alias: str = ""  # what his network calls him
    identity: str | None = None  # the radio's own, once it has told it
    patch: str | None = None  # which patch has it
    audio_up: bool = False
    audio_reason: str = ""
    alarms: tuple[str, ...] = ()  # what a person should look after; the radio may go on serving


class LegView(msgspec.Struct, frozen=True, kw_only=True):
    """One leg of a patch."""

    talkgroup: str
    network: str
    radio: str | None
    state: str  # "waiting", "selecting", "ready", "talking", "requested", "queued", "sending", "draining", "failed"
    reason: str = ""
    place: int | None = None  # in the line for a radio, from 1
    mode: str = "both"  # "listen-only": its talkers are not sent on; "muted": nothing crosses
    mode_reason: str = ""  # who set it, and why
    pool: tuple[str, ...] = ()  # talkgroups of which its own is one, another one each time


class PatchView(msgspec.Struct, frozen=True, kw_only=True):
    """One patch."""

    id: str
    rule: str
    state: str  # proposed, armed, up, parting, down, failed
    reason: str
    legs: tuple[LegView, ...]
    vehicles: tuple[str, ...] = ()
    floor: str = "free"  # free, taken, draining, hanging
    talker: str | None = None
    talker_alias: str = ""
    talking_leg: str | None = None  # talkgroup id
    since_s: float = 0.0  # in this state
    expires_in_s: float | None = None
    priority: int = 0
    owner: str = ""  # who wants it: "rule …", or a person
    authority: str = "rule"  # on whose word: rule, box (somebody at it), mqtt (the broker vouches for the owner)
    by_hand: str = ""  # what the person commanded, and why
    refused: tuple[str, ...] = ()  # patches that want one of its talkgroups, and get it when this one is down
    consents: dict[str, str] = {}  # networks that were asked, and who accepted; empty: nobody yet
    waiting: tuple[str, ...] = ()  # talkers who wait for the floor, next one first; "" where unknown


class LegRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one leg did with one over."""

    talkgroup: str
    radio: str
    outcome: str  # "delivered", "doubtful", "running", or an EndReason's value
    detail: str = ""
    access_ms: float | None = None  # key order to grant
    queued_ms: float = 0.0  # of it in the network's queue
    delay_start_ms: float | None = None
    delay_end_ms: float | None = None
    played_ms: float = 0.0
    skipped_ms: float = 0.0
    lost_ms: float | None = 0.0  # spoken and not played to this leg, as far as is known; None while he still speaks


class OverRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One over across a patch, measured."""

    over: int
    patch: str
    talkgroup: str  # where it came from
    radio: str
    talker: str | None
    started_s: float  # monotonic
    ended_s: float | None
    legs: tuple[LegRecord, ...]
    reason: str = ""  # of an unusual end
    talker_alias: str = ""
    waited_ms: float | None = 0.0  # for the floor; None: it never had it
    level_dbov: float | None = None  # how loud the talker was: active speech level (ITU-T P.56), before the gain


class ZoneDistance(msgspec.Struct, frozen=True, kw_only=True):
    """How far a vehicle is from a zone."""

    zone: str
    metres: float  # negative inside
    seconds: float | None = None  # time to the border at the present speed and course


class VehicleView(msgspec.Struct, frozen=True, kw_only=True):
    """One vehicle."""

    id: str
    lon: float | None = None
    lat: float | None = None
    speed_kmh: float | None = None
    age_s: float | None = None
    zones: tuple[ZoneDistance, ...] = ()
    refused: dict[str, int] = {}  # reports refused, by reason


class ZoneRule(msgspec.Struct, frozen=True):
    """What one rule wants because of a zone."""

    rule: str
    want: str  # nothing, armed, open


class ZoneView(msgspec.Struct, frozen=True, kw_only=True):
    """One zone: who is there."""

    id: str
    state: str  # "inside": somebody is; "near": a rule counts somebody who is not inside; "empty"
    inside: int = 0  # vehicles that their own positions put there
    near: int = 0  # others that its rules count: they come, have just left, or are said to be there by another system
    vehicles: tuple[str, ...] = ()  # those inside first; bounded
    rules: tuple[ZoneRule, ...] = ()  # that name the zone
    since_s: float = 0.0  # in this state


class ChannelLevel(msgspec.Struct, frozen=True, kw_only=True):
    """Meters of one radio's audio, dB relative to full scale (dBov)."""

    radio: str
    rx_dbov: float
    tx_dbov: float
    voice: bool
    active_dbov: float = -120.0  # of who spoke last, before the gain: active speech level, ITU-T P.56
    peak_dbfs: float = -120.0  # largest sample received since the last snapshot
    noise_dbov: float = -120.0
    snr_db: float = 0.0
    clipped: int = 0  # received samples at full scale since the last snapshot


class EngineView(msgspec.Struct, frozen=True, kw_only=True):
    """How the audio engine does."""

    ticks: int = 0
    late_ms_max: float = 0.0  # since the last snapshot
    tick_ms_max: float = 0.0
    skipped_ticks: int = 0
    realtime: bool = False
    levels: tuple[ChannelLevel, ...] = ()


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything."""

    gateway: str
    version: str
    at: float
    uptime_s: float
    broker: str = "disconnected"
    journal: str = "off"  # "ok", or "failing: …" with the reason
    memory: str = "off"  # of what outlives a restart; the same
    radios: tuple[RadioView, ...] = ()
    patches: tuple[PatchView, ...] = ()
    vehicles: tuple[VehicleView, ...] = ()
    zones: tuple[ZoneView, ...] = ()
    overs: tuple[OverRecord, ...] = ()  # the newest last, bounded
    engine: EngineView = EngineView()
    counters: dict[str, int] = {}
