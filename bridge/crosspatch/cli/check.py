"""``crosspatch check``: is this site file right? Touches no hardware and no network."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosspatch.cli.common import AsJson, Exit, SiteFile, read_track_or_leave

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crosspatch.config import Mistake, SiteError
    from crosspatch.geofence import Geofence
    from crosspatch.plan import Plan, Rule


def check(
    site: SiteFile,
    as_json: AsJson = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 when there is something to remark.")] = False,
    tracks: Annotated[
        list[Path] | None, typer.Option(metavar="TRACK", help="A recorded track: which zones do vehicles come into?")
    ] = None,
) -> None:
    """Check SITE: print every mistake, or what the site is and what in it is probably not meant."""
    from crosspatch.config import SiteError  # noqa: PLC0415 - heavy, and --help must be quick
    from crosspatch.config.advice import advise, untouched  # noqa: PLC0415
    from crosspatch.config.lines import Lines  # noqa: PLC0415

    try:
        plan, geofence = _load(site)
    except SiteError as error:
        _refuse(error, as_json)
        raise typer.Exit(Exit.USAGE) from None
    remarks = advise(plan)
    if tracks:
        remarks += untouched(plan, geofence, [point for path in tracks for point in read_track_or_leave(path)])
    lines = Lines(site.read_text(encoding="utf-8"))
    remarks = [replace(remark, line=lines.of(remark.where)) for remark in remarks]
    _describe(plan, remarks, site, as_json)
    if strict and remarks:
        raise typer.Exit(Exit.FAILED)


def _load(site: Path) -> "tuple[Plan, Geofence]":
    """Plan and zones; `SiteError` with the mistakes in both."""
    from crosspatch.config import SiteError, load_geofence, load_site  # noqa: PLC0415

    try:
        plan = load_site(site)
    except SiteError as error:
        mistakes = error.mistakes
        if error.rest is not None:
            try:
                load_geofence(error.rest, site)
            except SiteError as more:
                told = {mistake.where[:2] for mistake in mistakes}
                mistakes += tuple(mistake for mistake in more.mistakes if mistake.where[:2] not in told)
        raise SiteError(site, mistakes) from None
    return plan, load_geofence(plan, site)


def _refuse(error: "SiteError", as_json: bool) -> None:
    import msgspec  # noqa: PLC0415

    if not as_json:
        typer.echo(str(error), err=True)
        return
    found = [{"key": mistake.key, "line": mistake.line, "text": mistake.text} for mistake in error.mistakes]
    _print_json(msgspec.json.encode({"file": str(error.path), "ok": False, "mistakes": found}))


def _describe(plan: "Plan", remarks: "Sequence[Mistake]", site: Path, as_json: bool) -> None:
    import msgspec  # noqa: PLC0415

    if as_json:
        told = [{"key": remark.key, "line": remark.line, "text": remark.text} for remark in remarks]
        found = {"file": str(site), "ok": True, "mistakes": [], "remarks": told, "plan": plan}
        _print_json(msgspec.json.encode(found))
        return
    typer.echo(f"{site} is right: gateway {plan.gateway.id}")
    for line in summary(plan):
        typer.echo(f"  {line}")
    for remark in remarks:
        typer.echo(f"  remark: {site.name}:{remark.line}: {remark.key}: {remark.text}")


def _print_json(encoded: bytes) -> None:
    import msgspec  # noqa: PLC0415

    typer.echo(msgspec.json.format(encoded, indent=2).decode())


def summary(plan: "Plan") -> list[str]:
    """What the site is, a line for each thing that somebody would ask for."""
    lines = []
    for network in plan.networks.values():
        radios = [radio.id for radio in plan.radios.values() if radio.network == network.id]
        groups = [group.id for group in plan.talkgroups.values() if group.network == network.id]
        lines.append(f"network {network.id} ({network.name}): radios {_list(radios)}; talkgroups {_list(groups)}")
    lines.append(f"vehicles: {_list(list(plan.vehicles))}")
    for rule in plan.rules.values():
        when = "always"
        if rule.zone is not None:
            near = f"{rule.open_m:g} m or {rule.open_s:g} s of {rule.zone}"
            when = f"when {_who(rule)} come within {near}"
        pool = f" and one of {_list(list(rule.pool))}" if rule.pool else ""
        lines.append(f"rule {rule.id}: joins {_list(list(rule.talkgroups))}{pool} {when}")
    lines.append(f"broker: {plan.mqtt.broker or f'embedded, on {plan.mqtt.embedded_listen}'}")
    return lines


def _who(rule: "Rule") -> str:
    """Vehicles, fleets and home networks."""
    groups = [f"fleet {name}" for name in rule.fleets] + [f"vehicles of {name}" for name in rule.homes]
    return _list([*rule.vehicles, *groups])


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none"
