"""``crosspatch status``: the daemon's snapshot, as tables or JSON."""

import time
from typing import Annotated

import typer

from crosspatch.cli.common import AsJson, Exit, RunDir


def status(
    run_dir: RunDir = None,
    as_json: AsJson = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Stay and refresh until Ctrl-C.")] = False,
) -> None:
    """Show how the running gateway is: radios, patches, vehicles, the newest overs."""
    import msgspec  # noqa: PLC0415 - heavy, and --help must be quick
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    from crosspatch.control.inbox import NotRunning, ask, default_run_dir  # noqa: PLC0415
    from crosspatch.show import tables  # noqa: PLC0415
    from crosspatch.snapshot import Snapshot  # noqa: PLC0415

    def look() -> bytes:
        try:
            return ask(run_dir or default_run_dir(), {"do": "status"})
        except NotRunning as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(Exit.NO_DAEMON) from None

    if as_json:
        typer.echo(msgspec.json.format(look(), indent=2))
        return
    decoder = msgspec.json.Decoder(Snapshot)
    console = Console()
    if not watch:
        console.print(tables(decoder.decode(look())))
        return
    with Live(console=console, auto_refresh=False) as live:
        try:
            while True:
                live.update(tables(decoder.decode(look())), refresh=True)
                time.sleep(0.5)
        except KeyboardInterrupt:
            return
