"""``crosspatch run``: the daemon, until SIGTERM or Ctrl-C."""

import asyncio
import signal
from enum import Enum
from typing import Annotated

import typer

from crosspatch.cli.common import Exit, RunDir, SiteFile, StateDir, load_or_leave


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
    from crosspatch import logs  # noqa: PLC0415 - heavy, and --help must be quick
    from crosspatch.config import SiteError, load_geofence  # noqa: PLC0415
    from crosspatch.control.daemon import Daemon  # noqa: PLC0415
    from crosspatch.control.inbox import NoDoor, default_run_dir  # noqa: PLC0415
    from crosspatch.journal.reading import default_state_dir  # noqa: PLC0415
    from crosspatch.mqtt.embedded import CannotListen  # noqa: PLC0415
    from crosspatch.process.prompt import be_prompt  # noqa: PLC0415

    logs.set_up(json_lines=log_json, level=log_level.value)
    plan = load_or_leave(site)
    try:
        geofence = load_geofence(plan, site)
    except SiteError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.USAGE) from None

    async def serve() -> None:
        be_prompt()
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await Daemon(plan, geofence, run_dir or default_run_dir(), state_dir or default_state_dir(run_dir)).run(stop)

    try:
        asyncio.run(serve())
    except (NoDoor, CannotListen) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.FAILED) from None
