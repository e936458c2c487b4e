"""``crosspatch radio``: a technician's look at one radio on its port, without the daemon."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosspatch.cli.common import AsJson, Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crosspatch_drivers.identity import Identity
    from crosspatch_drivers.radio.pei_log import Entry
    from crosspatch_drivers.radio.pei_replay import Moment
    from crosspatch_drivers.radio.probe import Finding, Step

MOST_BYTES = 256 * 1024 * 1024
"""Of a raw log that is still replayed."""

MOST_TOLD = 20
"""Lines of a log that are named because they are no entries; the others are only counted."""

radio = typer.Typer(help="Look at one radio on its port, without the daemon.", no_args_is_help=True)


@radio.callback()
def _radio() -> None:
    """Look at one radio on its port, without the daemon."""


@radio.command()
def probe(
    url: Annotated[str, typer.Argument(help="Its port: /dev/…, socket://host:port, …")],
    baud: Annotated[int, typer.Option(min=300, max=4_000_000, help="The rate to try first.")] = 38400,
    write: Annotated[Path | None, typer.Option(help="Write the profile that was found to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find out what is on a port, step by step, and which profile it needs. Keys nothing; the daemon must not run."""
    from crosspatch_drivers.errors import DriverError  # noqa: PLC0415 - only needed here
    from crosspatch_drivers.radio.probe import probe as look  # noqa: PLC0415
    from crosspatch_drivers.radio.profiles import PROFILE_FILE, load_profiles, profiles_folder  # noqa: PLC0415

    if write is not None and write.suffix != PROFILE_FILE:
        typer.echo(f"{write}: the name of a profile must end with {PROFILE_FILE}", err=True)
        raise typer.Exit(Exit.USAGE)
    if write is not None and (why := _unwritable(write)):
        typer.echo(f"{write}: cannot be written: {why}", err=True)
        raise typer.Exit(Exit.FAILED)

    def show(step: "Step") -> None:
        if not as_json:
            nothing = "(no answer, but noise)" if step.noise else "(no answer)"
            typer.echo(f"{step.question:<44} {' | '.join(step.answer) or nothing}")

    try:
        finding = asyncio.run(look(url, baud, load_profiles(profiles_folder()), show))
    except DriverError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.FAILED) from None
    _tell(finding, as_json)
    if finding.line is None:
        raise typer.Exit(Exit.FAILED)
    if write is not None:
        _write(finding, write)


def _tell(finding: "Finding", as_json: bool) -> None:
    line, profile = finding.line, finding.profile
    if as_json:
        found = {
            "answers": line is not None,
            "noise": finding.noise,
            "baud": line.baud if line else None,
            "hardware_flow_control": line.hardware_flow_control if line else None,
            "brand": finding.brand,
            "tetra": finding.tetra,
            "profile": profile.name if profile else None,
            "steps": [{"question": step.question, "answer": step.answer} for step in finding.steps],
        }
        typer.echo(json.dumps(found, indent=2))
    elif finding.noise:
        typer.echo(
            "Nothing answers at any rate, but something talks there. Is it the radio's PEI, and not another port?"
        )
    elif line is None or profile is None:
        typer.echo("Nothing answers at any rate. Radio on? PEI enabled in its codeplug? Cable, DTR, flow control?")
    else:
        flow = "with" if line.hardware_flow_control else "without"
        typer.echo(f"\nIt answers at {line.baud} baud {flow} hardware flow control. Profile: {profile.name}.")
        if not finding.tetra:
            typer.echo("It tells no operating mode (AT+CTOM?): this may be no TETRA radio.")


def _unwritable(path: Path) -> str:
    """Why nothing can be written there, found out before a minute is spent on the probe; empty when it can."""
    there = path.exists()
    try:
        with path.open("a", encoding="utf-8"):
            pass
        if not there:
            path.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _write(finding: "Finding", path: Path) -> None:
    from crosspatch_drivers.radio.profiles import format_profile  # noqa: PLC0415 - only needed here

    assert finding.profile is not None
    remark = (
        f"Found by crosspatch radio probe; the radio says of itself: {finding.brand or 'nothing'}\n"
        "Every other key that may stand here is in config/radios/generic.toml, with its default."
    )
    try:
        path.write_text(format_profile(finding.profile, remark), "utf-8")
    except OSError as error:
        typer.echo(f"{path}: cannot be written: {error.strerror}", err=True)
        raise typer.Exit(Exit.FAILED) from None
    typer.echo(f'Written to {path}. Beside the site file it is used by: profile = "{path.name}"', err=True)


@radio.command()
def replay(
    logs: Annotated[list[Path], typer.Argument(metavar="LOG…", help="Raw logs of one port, the oldest first.")],
    profile: Annotated[str, typer.Option(help="The radio's profile: auto, a name, or a file.")] = "auto",
    name: Annotated[str | None, typer.Option(help="Its id in the site file. Default: the log's name.")] = None,
    network: Annotated[
        str | None, typer.Option(metavar="MCC-MNC", help="Its network, for a log in which the radio does not tell it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay a raw log against the driver in virtual time: states, calls, floor, messages, and what is odd about it.

    Exit code 0 only if every line of the log could be read, and every line of the radio was understood.
    """
    from crosspatch_drivers.errors import DriverError  # noqa: PLC0415 - only needed here
    from crosspatch_drivers.radio.pei_replay import Replay, home_of  # noqa: PLC0415
    from crosspatch_drivers.radio.profiles import choose_profile  # noqa: PLC0415

    told = None if network is None else _network(network)
    try:
        chosen, candidates = choose_profile(profile)
    except DriverError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.USAGE) from None
    bad: list[str] = []
    entries = [entry for path in logs for entry in _entries(path, bad)]
    for line in bad[:MOST_TOLD]:
        typer.echo(line, err=True)
    if len(bad) > MOST_TOLD:
        typer.echo(f"… and {len(bad) - MOST_TOLD} more lines that are no entries of a raw log", err=True)
    if not entries:
        typer.echo(f"{logs[-1]}: holds no entry of a raw log (TIME > BYTES or TIME < BYTES)", err=True)
        raise typer.Exit(Exit.FAILED)
    home = told or home_of(entries)
    if not home.mcc:
        typer.echo(
            "The log does not tell which network this is: identities stand under 000-00000. Say it with --network.",
            err=True,
        )
    replayed = Replay(home, chosen, candidates, name or logs[-1].name.partition(".")[0])
    _show_replay(replayed.run(entries), {**replayed.counters, "bad lines": len(bad)}, len(entries), as_json)
    if bad or replayed.not_understood:
        raise typer.Exit(Exit.FAILED)


def _network(text: str) -> "Identity":
    """The network that was named."""
    from crosspatch_drivers.identity import Identity  # noqa: PLC0415 - only needed here

    try:
        return Identity.from_text(f"{text}-0")
    except ValueError:
        typer.echo(f"--network: {text!r} is no network; one is written like 206-1, its MCC and its MNC", err=True)
        raise typer.Exit(Exit.USAGE) from None


def _entries(path: Path, bad: list[str]) -> "Iterator[Entry]":
    """The entries of a file; what is none is added to ``bad``."""
    from crosspatch_drivers.radio.pei_log import parse_entry  # noqa: PLC0415 - only needed here

    try:
        size = path.stat().st_size
        if path.is_dir() or size > MOST_BYTES:
            why = "is a folder" if path.is_dir() else f"is larger than {MOST_BYTES // 1024 // 1024} MiB"
            typer.echo(f"{path}: {why}", err=True)
            raise typer.Exit(Exit.FAILED)
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            for number, line in enumerate(file, 1):
                entry = parse_entry(line)
                if entry is not None:
                    yield entry
                elif line.strip() and not line.startswith("#"):
                    bad.append(f"{path}:{number}: no entry of a raw log: {line.strip()[:60]!r}")
    except OSError as error:
        typer.echo(f"{path}: cannot be read: {error.strerror}", err=True)
        raise typer.Exit(Exit.FAILED) from None


def _show_replay(moments: "list[Moment]", counters: dict[str, int], entries: int, as_json: bool) -> None:
    odd = sum(moment.kind == "oddity" for moment in moments)
    if as_json:
        told = [{"at": moment.at, "kind": moment.kind, "text": moment.text} for moment in moments]
        typer.echo(json.dumps({"entries": entries, "oddities": odd, "counters": counters, "moments": told}, indent=2))
        return
    for moment in moments:
        typer.echo(f"{_time(moment.at)}  {moment.kind:<8} {moment.text}")
    counted = ", ".join(f"{name} {count}" for name, count in counters.items() if count) or "nothing to remark"
    typer.echo(f"\n{entries} entries, {odd} oddities; {counted}")


def _time(at: float) -> str:
    """The time of day of a date, else seconds."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S.%f}"[:-3] if at > 1e9 else f"{at:12.3f}"
