"""``crosspatch radio``: a technician's look at one radio on its port, without the daemon."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosspatch.cli.common import AsJson, Exit

if TYPE_CHECKING:
    from crosspatch_drivers.radio.probe import Finding, Step

radio = typer.Typer(help="Look at one radio on its port, without the daemon.", no_args_is_help=True)


@radio.callback()
def _radio() -> None:
    """Look at one radio on its port, without the daemon."""


@radio.command()
def probe(
    url: Annotated[str, typer.Argument(help="Its port: /dev/…, socket://host:port, …")],
    baud: Annotated[int, typer.Option(help="The rate to try first.")] = 38400,
    write: Annotated[Path | None, typer.Option(help="Write the profile that was found to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find out what is on a port, step by step, and which profile it needs. Keys nothing; the daemon must not run."""
    from crosspatch_drivers.errors import DriverError  # noqa: PLC0415 - only needed here
    from crosspatch_drivers.radio.probe import probe as look  # noqa: PLC0415
    from crosspatch_drivers.radio.profiles import load_profiles, profiles_folder  # noqa: PLC0415

    def show(step: "Step") -> None:
        if not as_json:
            typer.echo(f"{step.question:<44} {' | '.join(step.answer) or '(no answer)'}")

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
            "baud": line.baud if line else None,
            "hardware_flow_control": line.hardware_flow_control if line else None,
            "brand": finding.brand,
            "tetra": finding.tetra,
            "profile": profile.name if profile else None,
            "steps": [{"question": step.question, "answer": step.answer} for step in finding.steps],
        }
        typer.echo(json.dumps(found, indent=2))
    elif line is None or profile is None:
        typer.echo("Nothing answers at any rate. Radio on? PEI enabled in its codeplug? Cable, DTR, flow control?")
    else:
        flow = "with" if line.hardware_flow_control else "without"
        typer.echo(f"\nIt answers at {line.baud} baud {flow} hardware flow control. Profile: {profile.name}.")
        if not finding.tetra:
            typer.echo("It tells no operating mode (AT+CTOM?): this may be no TETRA radio.")


def _write(finding: "Finding", path: Path) -> None:
    from crosspatch_drivers.radio.profiles import format_profile  # noqa: PLC0415 - only needed here

    assert finding.profile is not None
    remark = f"Found by crosspatch radio probe; the radio says of itself: {finding.brand or 'nothing'}"
    try:
        path.write_text(format_profile(finding.profile, remark), "utf-8")
    except OSError as error:
        typer.echo(f"{path}: cannot be written: {error.strerror}", err=True)
        raise typer.Exit(Exit.FAILED) from None
