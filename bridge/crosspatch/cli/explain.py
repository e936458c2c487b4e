"""``crosspatch explain``: what pasted hex, digits, lines of a radio or a raw log of its port mean."""

import json
import re
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from crosspatch.cli.common import AsJson, Exit
from crosspatch.explain.kinds import Kind

FILE_NAME = re.compile(r"\.{0,2}/[^\s+:=,]+|[^\s+:=,]+\.(?:log|txt|pei)(?:\.\d)?")
"""A path or a name with the ending of a log: nothing of a radio looks like that."""

MOST_BYTES = 64 * 1024 * 1024
"""Of a file or of standard input; the rest is left, and said to be."""


def explain(
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT…]", help="What to explain; a file with a raw log; or - for standard input."),
    ] = None,
    as_json: AsJson = False,
    kind: Annotated[Kind | None, typer.Option("--as", help="Take it for this and nothing else.")] = None,
) -> None:
    """Explain an SDS, a location report, a status or an identity, a line of a radio, or a raw log of its port."""
    from rich.console import Console  # noqa: PLC0415 - heavy, and --help must be quick

    from crosspatch.explain.guess import Unfit  # noqa: PLC0415
    from crosspatch.explain.guess import explain as find  # noqa: PLC0415
    from crosspatch.explain.show import shown  # noqa: PLC0415

    if not text and sys.stdin.isatty():
        typer.echo("Give something to explain, or - for standard input.", err=True)
        raise typer.Exit(Exit.USAGE)
    try:
        found = find(_pasted(text or ["-"]), time.time(), kind)
    except Unfit as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.FAILED) from None
    if as_json:
        plain = [each.as_json() for each in found]
        typer.echo(json.dumps(plain[0] if len(plain) == 1 else plain, indent=2, ensure_ascii=False))
    else:
        Console(soft_wrap=True).print(shown(found))
    if len(found) == 1 and not found[0].whole:
        raise typer.Exit(Exit.FAILED)


def _pasted(words: list[str]) -> str:
    """The text of the arguments; that of standard input for ``-``, that of a file for its name."""
    if words == ["-"]:
        return _read(sys.stdin.buffer.read(MOST_BYTES + 1), "standard input")
    if len(words) == 1 and _is_file(words[0]):
        try:
            with Path(words[0]).open("rb") as file:
                return _read(file.read(MOST_BYTES + 1), words[0])
        except OSError as error:
            typer.echo(f"{words[0]}: cannot be read: {error}", err=True)
            raise typer.Exit(Exit.FAILED) from None
    if len(words) == 1 and (why := _no_file(words[0])):
        typer.echo(f"{words[0]}: {why}", err=True)
        raise typer.Exit(Exit.FAILED)
    return " ".join(words)


def _no_file(word: str) -> str:
    """What is wrong with a word that can only be meant as a file; empty for any other."""
    try:
        if word and Path(word).is_dir():
            return "is a folder; give a file in it"
    except (OSError, ValueError):  # too long for a name, or with a NUL
        return ""
    return "there is no such file" if FILE_NAME.fullmatch(word) else ""


def _read(data: bytes, name: str) -> str:
    if not data.strip():
        typer.echo(f"{name}: is empty: nothing to explain", err=True)
        raise typer.Exit(Exit.FAILED)
    if len(data) > MOST_BYTES:
        typer.echo(f"{name}: only its first {MOST_BYTES // 1024 // 1024} MiB are explained.", err=True)
    return data[:MOST_BYTES].decode("utf-8", "replace")


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # too long for a name, or with a NUL
        return False
