"""``crosspatch why``, ``why-not``, ``approve``: what the gateway knows about a patch, and a person's word on it."""

import getpass
from typing import Annotated

import typer

from crosspatch.cli.asking import ask_daemon, facts_of, print_facts
from crosspatch.cli.common import AsJson, RunDir

Name = Annotated[str, typer.Argument(metavar="NAME", help="A rule (its patch has the same name) or a vehicle.")]


def why(name: Name, run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Say why the patch of a rule is as it is, or what a vehicle does for whom: the whole chain of facts."""
    print_facts(facts_of(name, run_dir), as_json)


def why_not(name: Name, run_dir: RunDir = None, as_json: AsJson = False) -> None:
    """Say what is missing for the patch of a rule, or for a vehicle to open one."""
    missing = [fact for fact in facts_of(name, run_dir) if not fact["holds"]]
    if not missing and not as_json:
        typer.echo("nothing is missing")
        return
    print_facts(missing, as_json)


def approve(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule with approval = confirm.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it instead.")] = False,
    by: Annotated[str | None, typer.Option(help="Who decides. Default: the name of the user.")] = None,
    run_dir: RunDir = None,
) -> None:
    """Agree to the patch of a rule that waits for approval."""
    ask_daemon(run_dir, {"do": "approve", "rule": rule, "agreed": not refuse, "by": by or getpass.getuser()})
    typer.echo(f"{rule}: {'refused' if refuse else 'approved'}")
