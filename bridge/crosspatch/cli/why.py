"""``crosspatch why``, ``why-not``, ``approve``: what the gateway knows about a patch, and a person's word on it."""

import getpass
import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from crosspatch.cli.common import AsJson, Exit, RunDir

Name = Annotated[str, typer.Argument(metavar="NAME", help="A rule (its patch has the same name) or a vehicle.")]


def why(name: Name, run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Say why the patch of a rule is as it is, or what a vehicle does for whom: the whole chain of facts."""
    _print(_facts(name, run_dir), as_json)


def why_not(name: Name, run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Say what is missing for the patch of a rule, or for a vehicle to open one."""
    missing = [fact for fact in _facts(name, run_dir) if not fact["holds"]]
    if not missing and not as_json:
        typer.echo("nothing is missing")
        return
    _print(missing, as_json)


def approve(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule with approval = confirm.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it instead.")] = False,
    by: Annotated[str | None, typer.Option(help="Who decides. Default: the name of the user.")] = None,
    run_dir: RunDir = None,
) -> None:
    """Agree to the patch of a rule that waits for approval."""
    _ask(run_dir, {"do": "approve", "rule": rule, "agreed": not refuse, "by": by or getpass.getuser()})
    typer.echo(f"{rule}: {'refused' if refuse else 'approved'}")


def _facts(name: str, run_dir: RunDir) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = _ask(run_dir, {"do": "why", "name": name})["facts"]
    return facts


def _ask(run_dir: RunDir, request: Mapping[str, object]) -> dict[str, Any]:
    from crosspatch.control.inbox import NotRunning, ask, default_run_dir  # noqa: PLC0415 - heavy, --help must be quick

    try:
        answer: dict[str, Any] = json.loads(ask(run_dir or default_run_dir(), request))
    except NotRunning as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.NO_DAEMON) from None
    if "error" in answer:
        typer.echo(answer["error"], err=True)
        raise typer.Exit(Exit.FAILED)
    return answer


def _print(facts: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    for fact in facts:
        typer.echo(f"{'+' if fact['holds'] else '-'} {fact['text']}")
