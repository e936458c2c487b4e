"""``crosspatch journal``: what the gateway decided and why; ``journal verify``: whether that is all and unchanged."""

import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from crosspatch.cli.common import AsJson, Exit, RunDir, StateDir

if TYPE_CHECKING:
    from crosspatch.journal.chain import Entry, Place, Verdict
    from crosspatch.journal.store import Store

SHOWN = 50
"""Records shown where nothing else is asked for."""

LOOK_EVERY = 0.3
"""Seconds between two looks of ``--follow``."""

journal = typer.Typer(help="What the gateway decided and why.", no_args_is_help=False)


@journal.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    *,
    state_dir: StateDir = None,
    run_dir: RunDir = None,
    as_json: AsJson = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay, and show what comes.")] = False,
    why: Annotated[str | None, typer.Option(metavar="PATCH", help="Why this patch is as it is.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind: patch, over, radio, rule, safety …")] = None,
    subject: Annotated[str | None, typer.Option(help="Only what is about this patch, radio or vehicle.")] = None,
    last: Annotated[int, typer.Option("--last", "-n", min=0, help="How many of the newest.")] = SHOWN,
    export: Annotated[bool, typer.Option("--export", help="All of it, as lines of JSON for journal verify.")] = False,
) -> None:
    """Show the newest records; or why a patch is as it is; or everything, to be kept elsewhere."""
    directory = _directory(state_dir, run_dir)
    if context.invoked_subcommand is not None:
        context.obj = directory
        return
    if sum((follow, why is not None, export)) > 1:
        typer.echo("--follow, --why and --export exclude each other.", err=True)
        raise typer.Exit(Exit.USAGE)
    if follow:
        _follow(directory, as_json, kind, subject, last)
        return
    store = _open(directory)
    try:
        if export:
            _export(store)
        elif why is not None:
            _why(store, why, as_json)
        else:
            _print(_select(store, kind, subject, last), as_json)
    except sqlite3.DatabaseError as error:
        _leave(directory, error)
    finally:
        store.close()


@journal.command("verify")
def verify(  # noqa: PLR0917 - typer makes options of them
    context: typer.Context,
    export: Annotated[
        Path | None, typer.Argument(help="An export to check, instead of the journal of this machine.")
    ] = None,
    noted: Annotated[
        str | None, typer.Option(metavar="NUMBER:HASH", help="A record noted elsewhere, which must be there.")
    ] = None,
    state_dir: StateDir = None,
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """Find any record that was changed, removed or put elsewhere."""
    from crosspatch.journal.reading import NotAnExport, verify_export, verify_store  # noqa: PLC0415 - heavy

    place = _place(noted)
    directory = context.obj if state_dir is None and run_dir is None else _directory(state_dir, run_dir)
    if export is not None:
        try:
            with export.open("rb") as lines:
                verdict = verify_export(lines, place)
        except (OSError, NotAnExport) as error:
            typer.echo(f"{export}: {getattr(error, 'strerror', None) or error}", err=True)
            raise typer.Exit(Exit.USAGE) from None
    else:
        store = _open(directory)
        try:
            verdict = verify_store(store, place)
            if damage := store.damage():
                verdict.fault(0, f"the file is damaged: {damage}")
        except sqlite3.DatabaseError as error:
            _leave(directory, error)
        finally:
            store.close()
    _judge(verdict, as_json)


def _directory(state_dir: Path | None, run_dir: Path | None) -> Path:
    from crosspatch.journal.reading import default_state_dir  # noqa: PLC0415 - heavy, and --help must be quick

    return state_dir or default_state_dir(run_dir)


def _open(directory: Path) -> "Store":
    from crosspatch.journal.store import FILE, Store  # noqa: PLC0415

    try:
        return Store.open_to_read(directory / FILE)
    except FileNotFoundError:
        typer.echo(f"There is no journal at {directory / FILE}.", err=True)
        raise typer.Exit(Exit.FAILED) from None
    except sqlite3.DatabaseError as error:
        _leave(directory, error)


def _leave(directory: Path, error: sqlite3.DatabaseError) -> NoReturn:
    from crosspatch.journal.store import FILE  # noqa: PLC0415

    typer.echo(f"{directory / FILE}: cannot be read: {error}", err=True)
    raise typer.Exit(Exit.FAILED) from None


def _select(store: "Store", kind: str | None, subject: str | None, last: int) -> "list[Entry]":
    from crosspatch.journal.reading import select  # noqa: PLC0415

    return select(store, kind=kind, subject=subject, last=last)


def _print(entries: "Iterable[Entry]", as_json: bool) -> None:
    from crosspatch.journal.reading import as_json as to_json  # noqa: PLC0415
    from crosspatch.journal.reading import line  # noqa: PLC0415

    for entry in entries:
        typer.echo(to_json(entry).decode() if as_json else line(entry))


def _export(store: "Store") -> None:
    from crosspatch.journal.reading import export  # noqa: PLC0415

    for row in export(store):
        typer.echo(row.decode())


def _why(store: "Store", patch: str, as_json: bool) -> None:
    from crosspatch.journal.reading import why  # noqa: PLC0415

    entries = why(store, patch)
    if not entries:
        typer.echo(f"The journal has nothing on a patch {patch!r}.", err=True)
        raise typer.Exit(Exit.FAILED)
    _print(entries, as_json)


def _follow(directory: Path, as_json: bool, kind: str | None, subject: str | None, last: int) -> None:
    """Show the newest, then what comes; a file that was replaced is followed to its successor."""
    from crosspatch.journal.reading import select  # noqa: PLC0415
    from crosspatch.journal.store import FILE  # noqa: PLC0415

    path, seen, identity = directory / FILE, None, None
    store = _open(directory)
    try:
        while True:
            found = path.stat().st_ino if path.exists() else None
            if identity is not None and found not in (identity, None):
                store.close()
                store, seen = _open(directory), 0
            identity = found if found is not None else identity
            newest = store.newest()
            entries = select(store, kind=kind, subject=subject, after=seen or 0, last=last if seen is None else None)
            _print(entries, as_json)
            seen = max([newest, *(entry.seq for entry in entries)])
            time.sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        return
    except sqlite3.DatabaseError as error:
        _leave(directory, error)
    finally:
        store.close()


def _place(noted: str | None) -> "Place | None":
    from crosspatch.journal.chain import Place  # noqa: PLC0415

    if noted is None:
        return None
    number, _, hash_ = noted.partition(":")
    if not (number.isascii() and number.isdigit() and hash_):
        typer.echo(f"{noted!r} is not of the form NUMBER:HASH.", err=True)
        raise typer.Exit(Exit.USAGE)
    return Place(int(number), hash_)


def _judge(verdict: "Verdict", as_json: bool) -> None:
    faults = sorted(verdict.faults)
    if as_json:
        import json  # noqa: PLC0415

        told = [{"seq": fault.seq, "text": fault.text} for fault in faults]
        numbers = {"records": verdict.records, "emptied": verdict.emptied, "first": verdict.first}
        newest = {"last": verdict.last.seq, "hash": verdict.last.hash}
        typer.echo(
            json.dumps({**numbers, **newest, "whole": not told, "found": verdict.found, "faults": told}, indent=2)
        )
    else:
        for fault in faults:
            typer.echo(f"record {fault.seq}: {fault.text}")
        if verdict.found > len(faults):
            typer.echo(f"… and {verdict.found - len(faults)} more")
        span = f"{verdict.records} records ({verdict.first} to {verdict.last.seq})" if verdict.records else "no record"
        state = f"{verdict.found} faults" if faults else "whole"
        typer.echo(f"{state}: {span}, {verdict.emptied} no longer kept; newest {verdict.last.seq}:{verdict.last.hash}")
    if faults:
        raise typer.Exit(Exit.FAILED)
