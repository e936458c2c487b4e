"""What several commands share: arguments, exit codes, loading a site file or leaving with its mistakes listed."""

from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from crosspatch.plan import Plan
    from crosspatch.replay.tracks import Point


class Exit(IntEnum):
    """What the exit code tells a script."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NO_DAEMON = 3


SiteFile = Annotated[Path, typer.Argument(metavar="SITE", help="The site file (TOML).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]
RunDir = Annotated[
    Path | None,
    typer.Option(help="Where the daemon keeps its local socket. Default: the system's or user's run directory."),
]

StateDir = Annotated[
    Path | None,
    typer.Option(
        help="Where the journal is kept. Default: systemd's state directory, else the run directory if one is named, "
        "else the system's or user's state directory."
    ),
]


def load_or_leave(site: Path) -> "Plan":
    """The plan of a site file; with mistakes in it, print them all and exit."""
    from crosspatch.config import SiteError, load_site  # noqa: PLC0415 - heavy, and --help must be quick

    try:
        return load_site(site)
    except SiteError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.USAGE) from None


def read_track_or_leave(path: Path) -> "list[Point]":
    """The points of a recorded track, whose kind is told by the file's ending; else say what is wrong and exit."""
    from crosspatch.replay.tracks import BadTrack, read_track  # noqa: PLC0415 - heavy, and --help must be quick

    try:
        return read_track(path.read_text(encoding="utf-8"), path.suffix)
    except OSError as error:
        typer.echo(f"{path}: cannot be read: {error.strerror or error}", err=True)
    except (BadTrack, UnicodeDecodeError) as error:
        typer.echo(f"{path}: {error}", err=True)
    raise typer.Exit(Exit.USAGE)
