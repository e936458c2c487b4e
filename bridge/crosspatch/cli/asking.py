"""How commands ask the running daemon, and leave with its refusal; and how a chain of facts is printed."""

import json
from collections.abc import Mapping
from typing import Any

import typer

from crosspatch.cli.common import Exit, RunDir


def ask_daemon(run_dir: RunDir, request: Mapping[str, object]) -> dict[str, Any]:
    """The daemon's answer; what it refuses is told, and the command leaves."""
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


def facts_of(name: str, run_dir: RunDir) -> list[dict[str, Any]]:
    """The chain of facts about a rule, a patch or a vehicle."""
    facts: list[dict[str, Any]] = ask_daemon(run_dir, {"do": "why", "name": name})["facts"]
    return facts


def print_facts(facts: list[dict[str, Any]], as_json: bool) -> None:
    """A line each: what speaks for it, and what does not."""
    if as_json:
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    for fact in facts:
        typer.echo(f"{'+' if fact['holds'] else '-'} {fact['text']}")
