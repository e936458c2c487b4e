"""A snapshot as a person sees it in a terminal: where vehicles are, how patches stand, who talks, how loud."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from crosspatch.snapshot import (
    ChannelLevel,
    LegRecord,
    OverRecord,
    PatchView,
    RadioView,
    Snapshot,
    VehicleView,
    ZoneDistance,
    ZoneRule,
    ZoneView,
)

ROAD_METRES = 15000.0
"""The length of road that the distance bar shows before the border."""

FLOOR_DBOV, CEILING_DBOV = -60.0, 0.0
"""The span of the level meters."""

NEWEST = 6
"""How many overs are shown."""

NAMES = 3
"""How many of a zone's vehicles are named."""

WANTS = {"open": "bold green", "armed": "yellow", "nothing": "dim"}
"""How a rule is shown that wants its patch so."""

COLOURS = {
    "up": "bold green",
    "armed": "yellow",
    "proposed": "cyan",
    "parting": "magenta",
    "down": "dim",
    "failed": "bold red",
    "transmitting": "bold red",
    "receiving": "bold green",
    "requested": "yellow",
    "queued": "yellow",
}
"""How a state is shown; others are plain."""


def state(word: str) -> Text:
    """A state in its colour."""
    return Text(word, style=COLOURS.get(word, ""))


def meter(dbov: float, width: int = 12) -> Text:
    """A level as a bar: green up to -20 dBov, yellow to -9, red above."""
    share = (min(max(dbov, FLOOR_DBOV), CEILING_DBOV) - FLOOR_DBOV) / (CEILING_DBOV - FLOOR_DBOV)
    filled = round(share * width)
    colour = "green" if dbov < -20 else "yellow" if dbov < -9 else "red"
    return Text("█" * filled, style=colour) + Text("·" * (width - filled), style="dim")


def vehicle_panel(vehicles: tuple[VehicleView, ...]) -> RenderableType:
    """The vehicles on their way: position, speed, and the distance to the nearest zone as words and as a bar."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    notes: list[RenderableType] = []
    for vehicle in vehicles:
        if vehicle.refused:
            reasons = ", ".join(f"{reason} {count}" for reason, count in vehicle.refused.items())
            notes.append(_note(vehicle.id, f"reports refused: {reasons}", "yellow"))
        if vehicle.lat is None or vehicle.lon is None:
            table.add_row(vehicle.id, Text("no position yet", style="dim"))
            continue
        speed = "" if vehicle.speed_kmh is None else f"{vehicle.speed_kmh:.0f} km/h"
        zone = min(vehicle.zones, key=lambda entry: abs(entry.metres), default=None)
        bar: RenderableType = ""
        if zone is not None:
            travelled = ROAD_METRES - max(0.0, min(ROAD_METRES, zone.metres))
            bar = ProgressBar(total=ROAD_METRES, completed=travelled, width=30)
        table.add_row(vehicle.id, f"{vehicle.lat:.4f} N {vehicle.lon:.4f} E", speed, border_words(zone), bar)
    return Panel(Group(table, *notes), title="vehicles")


def zone_panel(zones: tuple[ZoneView, ...]) -> RenderableType:
    """The zones in which somebody is, or near which a rule counts somebody; the others by name."""
    table = Table("zone", "in it", "near", "for", "rules", "vehicles", box=None, padding=(0, 2, 0, 0))
    for zone in zones:
        if zone.state != "empty":
            rules = Text(", ").join(_want(rule) for rule in zone.rules)
            who = ", ".join(zone.vehicles[:NAMES]) + (", …" if zone.inside + zone.near > NAMES else "")
            table.add_row(zone.id, str(zone.inside), str(zone.near), span(zone.since_s), rules, who)
    empty = ", ".join(zone.id for zone in zones if zone.state == "empty")
    parts: list[RenderableType] = [table] if table.row_count else []
    if empty:
        parts.append(Text(f"nobody in or near {empty}", style="dim"))
    return Panel(Group(*parts), title="zones")


def _want(rule: ZoneRule) -> Text:
    """A rule, and how far it wants its patch if at all."""
    word = "" if rule.want == "nothing" else f" {rule.want}"
    return Text(rule.rule + word, style=WANTS.get(rule.want, ""))


def border_words(zone: ZoneDistance | None) -> str:
    """How far the border of the zone is, and on which side."""
    if zone is None:
        return ""
    if zone.metres > 0:
        return f"{zone.metres / 1000:.2f} km before {zone.zone}"
    return f"{-zone.metres / 1000:.2f} km inside {zone.zone}"


def patch_panel(patch: PatchView) -> RenderableType:
    """One patch: state and reason, legs with their radios and what is to be said of them, who has the floor."""
    legs = Table("talkgroup", "radio", "leg", box=None, padding=(0, 1))
    notes: list[RenderableType] = []
    for leg in patch.legs:
        words = Text(leg.state, style="bold green" if leg.state in ("talking", "sending") else "")
        legs.add_row(leg.talkgroup, leg.radio or "-", words)
        if leg.mode != "both":
            notes.append(_note(leg.talkgroup, leg.mode_reason, "yellow"))
        if leg.reason:
            notes.append(_note(leg.talkgroup, leg.reason, "dim"))
    floor = f"floor {patch.floor}" + (f": {patch.talker or 'unknown talker'}" if patch.floor == "taken" else "")
    head = state(patch.state) + Text(f"  {patch.reason}", style="dim")
    parts: list[RenderableType] = [head, Text(wanted_by(patch), style="dim")]
    for network, accepted in patch.consents.items():
        word = f"{network}: accepted by {accepted}" if accepted else f"{network}: waits for consent"
        parts.append(Text(word, style="green" if accepted else "bold yellow"))
    return Panel(Group(*parts, legs, *notes, Text(floor, style="bold")), title=f"patch {patch.id}")


def wanted_by(patch: PatchView) -> str:
    """Who wants it, on whose word, and for how long still."""
    over = " (over MQTT)" if patch.authority == "mqtt" else ""
    left = "" if patch.expires_in_s is None else f", expires in {span(patch.expires_in_s)}"
    return f"wanted by {patch.owner}{over}{left}" if patch.state != "down" else "nobody wants it"


def span(seconds: float) -> str:
    """A time as people say it."""
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60:02} min"


def patch_list(patches: list[PatchView]) -> RenderableType:
    """All patches, a line each."""
    if not patches:
        return Text("no patches")
    table = Table("patch", "state", "talkgroups", "wanted by", "expires", "why", box=None, padding=(0, 2))
    for patch in patches:
        legs = " ".join(leg.talkgroup + ("" if leg.mode == "both" else f" ({leg.mode})") for leg in patch.legs)
        down = patch.state == "down"
        table.add_row(
            patch.id,
            state(patch.state),
            legs,
            "-" if down else patch.owner,
            "-" if down or patch.expires_in_s is None else f"in {span(patch.expires_in_s)}",
            Text(patch.reason, style="dim"),
        )
    return table


def radio_panel(radios: tuple[RadioView, ...], levels: tuple[ChannelLevel, ...]) -> RenderableType:
    """Every radio: state, group, signal, and its level both ways; below, what is wrong with which."""
    by_radio = {level.radio: level for level in levels}
    table = Table("radio", "state", "talkgroup", "signal", "received", "sent", box=None, padding=(0, 1))
    notes: list[RenderableType] = []
    for radio in radios:
        level = by_radio.get(radio.id)
        table.add_row(
            radio.id,
            state(radio.state) if radio.fit else Text(radio.state, style="red"),
            radio.talkgroup or "-",
            "" if radio.dbm is None else f"{radio.dbm} dBm",
            meter(level.rx_dbov if level else FLOOR_DBOV),
            meter(level.tx_dbov if level else FLOOR_DBOV),
        )
        if not radio.fit:
            notes.append(_note(radio.id, f"{radio.state}: {radio.reason}", "red"))
        if not radio.audio_up:
            notes.append(_note(radio.id, f"no audio: {radio.audio_reason}", "red"))
        notes += [_note(radio.id, f"alarm: {alarm}", "yellow") for alarm in radio.alarms]
    return Panel(Group(table, *notes), title="radios")


def _note(name: str, text: str, style: str) -> RenderableType:
    """Lines of its own, over the whole width: in a column, a sentence would push the figures aside."""
    return Padding(Text(f"{name}: {text}", style=style), (0, 0, 0, 1))


def over_panel(overs: tuple[OverRecord, ...]) -> RenderableType:
    """The newest overs: who, from where, and what became of them on each leg."""
    table = Table("over", "talker", "from", "to", "outcome", "access", "delay", "lost", box=None, padding=(0, 1, 0, 0))
    for name in ("talker", "outcome"):  # what a person looks for; the rest gives way
        next(column for column in table.columns if column.header == name).no_wrap = True
    notes: list[RenderableType] = []
    for over in overs[-NEWEST:]:
        if not over.legs:
            table.add_row(str(over.over), over.talker or "unknown", over.talkgroup, "-", "nobody", "-", "-", "-")
            if over.reason:
                notes.append(_note(f"over {over.over}", over.reason, "yellow"))
        for number, leg in enumerate(over.legs):
            first = number == 0
            table.add_row(
                str(over.over) if first else "",
                (over.talker or "unknown") if first else "",
                over.talkgroup if first else "",
                leg.talkgroup,
                leg.outcome,
                milliseconds(leg.access_ms),
                delays(leg),
                milliseconds(leg.lost_ms),
            )
            if leg.detail:
                notes.append(_note(f"over {over.over} to {leg.talkgroup}", leg.detail, "dim"))
    return Panel(Group(table, *notes), title="overs (access, delay at start and end, lost: ms)")


def delays(leg: LegRecord) -> str:
    """The delay at the start and at the end of an over."""
    return f"{milliseconds(leg.delay_start_ms)}→{milliseconds(leg.delay_end_ms)}"


def milliseconds(value: float | None) -> str:
    """A time in whole milliseconds, or a dash."""
    return "-" if value is None else f"{value:.0f}"


def tables(snapshot: Snapshot) -> Group:
    """The whole box."""
    head = Text(f"gateway {snapshot.gateway}   broker {snapshot.broker}   engine tick {snapshot.engine.ticks}, ")
    head += Text(f"longest {snapshot.engine.tick_ms_max:.1f} ms, latest {snapshot.engine.late_ms_max:.1f} ms late")
    parts: list[RenderableType] = [head]
    if snapshot.vehicles:
        parts.append(vehicle_panel(snapshot.vehicles))
    if snapshot.zones:
        parts.append(zone_panel(snapshot.zones))
    parts += [patch_panel(patch) for patch in snapshot.patches]
    parts.append(radio_panel(snapshot.radios, snapshot.engine.levels))
    if snapshot.overs:
        parts.append(over_panel(snapshot.overs))
    return Group(*parts)
