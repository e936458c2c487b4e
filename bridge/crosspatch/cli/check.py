"""``crosspatch check``: is this site file right? Touches no hardware and no network."""

from typing import TYPE_CHECKING

import typer

from crosspatch.cli.common import AsJson, Exit, SiteFile

if TYPE_CHECKING:
    from pathlib import Path

    from crosspatch.config import SiteError
    from crosspatch.plan import Plan


def check(site: SiteFile, as_json: AsJson = False) -> None:
    """Check SITE: print every mistake, or what the site is."""
    from crosspatch.config import SiteError, load_geofence, load_site  # noqa: PLC0415 - heavy, and --help must be quick

    try:
        plan = load_site(site)
        load_geofence(plan, site)
    except SiteError as error:
        _refuse(error, as_json)
        raise typer.Exit(Exit.USAGE) from None
    _describe(plan, site, as_json)


def _refuse(error: "SiteError", as_json: bool) -> None:
    import msgspec  # noqa: PLC0415

    if not as_json:
        typer.echo(str(error), err=True)
        return
    found = [{"key": mistake.key, "line": mistake.line, "text": mistake.text} for mistake in error.mistakes]
    _print_json(msgspec.json.encode({"file": str(error.path), "ok": False, "mistakes": found}))


def _describe(plan: "Plan", site: "Path", as_json: bool) -> None:
    import msgspec  # noqa: PLC0415

    if as_json:
        _print_json(msgspec.json.encode({"file": str(site), "ok": True, "mistakes": [], "plan": plan}))
        return
    typer.echo(f"{site} is right: gateway {plan.gateway.id}")
    for line in summary(plan):
        typer.echo(f"  {line}")


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
            when = f"when {_list(list(rule.vehicles))} come within {near}"
        lines.append(f"rule {rule.id}: joins {_list(list(rule.talkgroups))} {when}")
    lines.append(f"broker: {plan.mqtt.broker or f'embedded, on {plan.mqtt.embedded_listen}'}")
    return lines


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none"
