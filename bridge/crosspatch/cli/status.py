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

    def ask_status() -> bytes:
        try:
            return ask(run_dir or default_run_dir(), {"do": "status"})
        except NotRunning as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(Exit.NO_DAEMON) from None

    decoder = msgspec.json.Decoder(Snapshot)

    def look() -> Snapshot:
        answer = ask_status()
        try:
            return decoder.decode(answer)
        except msgspec.DecodeError as error:
            typer.echo(f"The daemon's answer is not understood ({error}); is it of this version?", err=True)
            raise typer.Exit(Exit.FAILED) from None

    if as_json:
        typer.echo(msgspec.json.format(ask_status(), indent=2))
        return
    console = Console()
    if not watch:
        console.print(tables(look()))
        return
    with Live(console=console, auto_refresh=False) as live:
        try:
            while True:
                live.update(tables(look()), refresh=True)
                time.sleep(0.5)
        except KeyboardInterrupt:
            return
