"""``crosspatch run``: the daemon, until SIGTERM or Ctrl-C."""

import asyncio
import signal
import tempfile
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosspatch.cli.common import Exit, RunDir, SiteFile, StateDir, load_or_leave

if TYPE_CHECKING:
    from crosspatch.process.early import Early


class LogLevel(Enum):
    """The least urgent lines that are logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def run(
    site: SiteFile,
    run_dir: RunDir = None,
    state_dir: StateDir = None,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log one JSON object a line.")] = False,
    log_level: Annotated[LogLevel, typer.Option(case_sensitive=False, help="What is logged.")] = LogLevel.INFO,
) -> None:
    """Run the gateway described by SITE."""
    from crosspatch.process.early import early_engine  # noqa: PLC0415 - cheap, and before everything that is not

    with early_engine() as early:
        _serve(early, site, run_dir, state_dir, log_json=log_json, log_level=log_level)


def _serve(
    early: "Early", site: Path, run_dir: Path | None, state_dir: Path | None, *, log_json: bool, log_level: LogLevel
) -> None:
    from crosspatch import logs  # noqa: PLC0415 - heavy, and --help must be quick
    from crosspatch.config import SiteError, load_geofence  # noqa: PLC0415
    from crosspatch.control.daemon import Daemon  # noqa: PLC0415
    from crosspatch.control.inbox import NoDoor, default_run_dir  # noqa: PLC0415
    from crosspatch.journal.reading import default_state_dir  # noqa: PLC0415
    from crosspatch.mqtt.address import CannotListen  # noqa: PLC0415
    from crosspatch.process.prompt import be_prompt  # noqa: PLC0415

    logs.set_up(json_lines=log_json, level=log_level.value)
    plan = load_or_leave(site)
    try:
        geofence = load_geofence(plan, site)
    except SiteError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.USAGE) from None

    state = state_dir or default_state_dir(run_dir)
    if (run_dir is None or not run_dir.is_file()) and (why := _no_state(state)):
        typer.echo(f"the state directory {state} {why}: there would be no journal", err=True)
        raise typer.Exit(Exit.FAILED)

    async def serve() -> None:
        be_prompt()
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await Daemon(plan, geofence, run_dir or default_run_dir(), state, early).run(stop)

    try:
        asyncio.run(serve())
    except (NoDoor, CannotListen) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.FAILED) from None


def _no_state(folder: Path) -> str:
    """Why no state can be kept there; empty when it can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (FileExistsError, NotADirectoryError):
        return "is not a directory"
    except OSError as error:
        return f"cannot be written: {error.strerror or error}"
    return ""
