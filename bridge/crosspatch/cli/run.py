"""``crosspatch run``: the daemon, until SIGTERM or Ctrl-C."""

import asyncio
import signal
from typing import Annotated

import typer

from crosspatch.cli.common import Exit, RunDir, SiteFile, load_or_leave


def run(
    site: SiteFile,
    run_dir: RunDir = None,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log one JSON object a line.")] = False,
    log_level: Annotated[str, typer.Option(help="DEBUG, INFO, WARNING or ERROR.")] = "INFO",
) -> None:
    """Run the gateway described by SITE."""
    from crosspatch import logs  # noqa: PLC0415 - heavy, and --help must be quick
    from crosspatch.config import SiteError, load_geofence  # noqa: PLC0415
    from crosspatch.control.daemon import Daemon  # noqa: PLC0415
    from crosspatch.control.inbox import default_run_dir  # noqa: PLC0415

    logs.set_up(json_lines=log_json, level=log_level)
    plan = load_or_leave(site)
    try:
        geofence = load_geofence(plan, site)
    except SiteError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.USAGE) from None

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await Daemon(plan, geofence, run_dir or default_run_dir()).run(stop)

    asyncio.run(serve())
