"""``crosspatch patch``: how patches are and why; and what people command of them, each with who and why."""

import getpass
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from crosspatch.cli.asking import ask_daemon, facts_of, print_facts
from crosspatch.cli.common import AsJson, Exit, RunDir

if TYPE_CHECKING:
    from crosspatch.snapshot import PatchView

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
"""Seconds of each unit in which a duration may be given."""

patch = typer.Typer(help="Patches: how they are and why; open, close, hold, extend them by hand.", no_args_is_help=True)


def duration(text: str) -> float:
    """Seconds of ``90``, ``90s``, ``30m``, ``2h``, ``1h30m``."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([a-z]*)", text.strip().lower())
    if not parts or "".join(number + unit for number, unit in parts) != text.strip().lower():
        msg = f"{text!r} is no duration; one is 90s, 30m, 2h or 1h30m"
        raise typer.BadParameter(msg)
    if unknown := [unit for _, unit in parts if unit not in UNITS]:
        msg = f"no unit {unknown[0]!r}; there are s, m, h"
        raise typer.BadParameter(msg)
    return sum(float(number) * UNITS[unit] for number, unit in parts)


Name = Annotated[str, typer.Argument(metavar="PATCH", help="The patch; one that a rule wants has the rule's name.")]
Why = Annotated[str, typer.Option("--why", "-w", help="The reason. It is written down.")]
By = Annotated[str | None, typer.Option("--by", help="Who commands it. Default: the name of the user.")]
For = Annotated[
    float, typer.Option("--for", parser=duration, metavar="DURATION", help="For how long: 90s, 30m, 2h, 1h30m.")
]
Leg = Annotated[str, typer.Argument(metavar="TALKGROUP", help="The leg.")]
Mode = Annotated[
    Literal["both", "listen-only", "muted"],
    typer.Argument(metavar="both|listen-only|muted", help="How it is joined.", show_default=False),
]
Network = Annotated[str, typer.Option("--network", "-n", help="The network for which you speak.")]


# ---- looking --------------------------------------------------------------------------------------------------


@patch.command("list")
def list_(run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Show all patches, a line each."""
    views = _views(run_dir)
    if as_json:
        typer.echo(json.dumps(views, indent=2, ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415 - heavy, and --help must be quick

    from crosspatch.show import patch_list  # noqa: PLC0415

    Console().print(patch_list([_view(view) for view in views]))


@patch.command("show")
def show(name: Name, run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Show one patch with its legs."""
    views = _views(run_dir)
    found = next((view for view in views if view["id"] == name), None)
    if found is None:
        there = ", ".join(view["id"] for view in views) or "none"
        typer.echo(f"no such patch: {name!r}; there are: {there}", err=True)
        raise typer.Exit(Exit.FAILED)
    _print(found, as_json)


@patch.command("why")
def why(name: Name, run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Say why a patch is as it is."""
    print_facts(facts_of(name, run_dir), as_json)


# ---- commanding -----------------------------------------------------------------------------------------------


@patch.command("open")
def open_(
    name: Name,
    why: Why,
    for_s: For,
    *,
    talkgroup: Annotated[
        list[str] | None,
        typer.Option("--talkgroup", "-t", help="Make a patch that no rule has, of these; give it for each."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Close patches in the way, take their radios, go up with two legs.")
    ] = False,
    by: By = None,
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """Open a patch for a time.

    Where a network wants to be asked it waits, proposed, until one of its owners has accepted.
    """
    more = {"for_s": for_s, "talkgroups": talkgroup or [], "force": force}
    _command("open", name, why, by=by, run_dir=run_dir, as_json=as_json, more=more)


@patch.command("close")
def close(name: Name, why: Why, by: By = None, run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Close a patch, whoever wants it.

    A running over may finish. The patch comes back when it is opened by hand, or its rule asks anew.
    """
    _command("close", name, why, by=by, run_dir=run_dir, as_json=as_json)


@patch.command("hold")
def hold(name: Name, why: Why, for_s: For, *, by: By = None, run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Keep a patch though its rule lets go of it."""
    _command("hold", name, why, by=by, run_dir=run_dir, as_json=as_json, more={"for_s": for_s})


@patch.command("extend")
def extend(name: Name, why: Why, by_s: For, *, by: By = None, run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Let a patch expire so much later."""
    _command("extend", name, why, by=by, run_dir=run_dir, as_json=as_json, more={"by_s": by_s})


@patch.command("leg")
def leg(
    name: Name,
    talkgroup: Leg,
    mode: Mode,
    why: Why,
    *,
    by: By = None,
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """Join a leg both ways, let it hear and not be heard (listen-only), or mute it.

    Emergencies cross it all the same.
    """
    more = {"talkgroup": talkgroup, "mode": mode}
    _command("leg", name, why, by=by, run_dir=run_dir, as_json=as_json, more=more)


@patch.command("accept")
def accept(
    name: Name, network: Network, why: Why, *, by: By = None, run_dir: RunDir = None, as_json: AsJson = False
) -> None:
    """Accept a patch for a network you own.

    Who may accept is written in the site file (owners).
    """
    _command("accept", name, why, by=by, run_dir=run_dir, as_json=as_json, more={"network": network})


@patch.command("refuse")
def refuse(
    name: Name, network: Network, why: Why, *, by: By = None, run_dir: RunDir = None, as_json: AsJson = False
) -> None:
    """Refuse a patch for a network you own.

    One that is up already is parted.
    """
    _command("refuse", name, why, by=by, run_dir=run_dir, as_json=as_json, more={"network": network})


# ---- asking and printing --------------------------------------------------------------------------------------


def _command(
    word: str,
    name: str,
    why: str,
    *,
    by: str | None,
    run_dir: RunDir,
    as_json: bool,
    more: Mapping[str, object] = {},
) -> None:
    """Ask for it, and show the patch as it is then."""
    request = {"do": word, "patch": name, "why": why, "by": by or getpass.getuser(), **more}
    answer = ask_daemon(run_dir, request)
    _print(answer["patch"], as_json)
    if unkept := answer.get("unkept"):
        typer.echo(f"This is done, but would not outlive a restart of the gateway: {unkept}", err=True)


def _views(run_dir: RunDir) -> list[dict[str, Any]]:
    views: list[dict[str, Any]] = ask_daemon(run_dir, {"do": "status"})["patches"]
    return views


def _view(view: dict[str, Any]) -> "PatchView":
    import msgspec  # noqa: PLC0415 - heavy, and --help must be quick

    from crosspatch.snapshot import PatchView  # noqa: PLC0415

    return msgspec.convert(view, PatchView)


def _print(view: dict[str, Any] | None, as_json: bool) -> None:
    """A patch; None: it was made by hand and is gone."""
    if as_json:
        typer.echo(json.dumps(view, indent=2, ensure_ascii=False))
        return
    if view is None:
        typer.echo("the patch is closed")
        return
    from rich.console import Console  # noqa: PLC0415 - heavy, and --help must be quick

    from crosspatch.show import patch_panel  # noqa: PLC0415

    Console().print(patch_panel(_view(view)))
