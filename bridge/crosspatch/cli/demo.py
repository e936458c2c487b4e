"""``crosspatch demo``: a vehicle drives over a virtual border, officers speak, and every over is judged."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosspatch.cli.common import AsJson, Exit

if TYPE_CHECKING:
    from crosspatch.demo.report import Report
    from crosspatch.demo.stage import Stage
    from crosspatch.demo.view import View


def demo(
    as_json: AsJson = False,
    audio: Annotated[
        str,
        typer.Option(
            metavar="udp|pulse",
            help="How sound reaches the gateway: raw UDP, or sound cards (PyAudio) on a private PulseAudio server.",
        ),
    ] = "udp",
    broker: Annotated[
        str, typer.Option(metavar="embedded|mosquitto", help="The broker of the gateway itself, or a Mosquitto.")
    ] = "embedded",
    out: Annotated[Path, typer.Option(help="Where recordings, logs and the report go.")] = Path("run/demo"),
) -> None:
    """Show the main job working: about a minute, nothing real but the software.

    Three virtual networks, the real gateway and a vehicle from Maastricht towards Liège. A patch opens before the
    border because of the vehicle's position; officers speak on each side. Exit code 0 only when every over arrived
    whole.
    """
    from rich.console import Console  # noqa: PLC0415 - heavy, and --help must be quick

    from crosspatch.demo.report import shown  # noqa: PLC0415
    from crosspatch.demo.stage import CannotStart, Stage  # noqa: PLC0415
    from crosspatch.demo.view import LineView, LiveView  # noqa: PLC0415

    if audio not in ("udp", "pulse") or broker not in ("embedded", "mosquitto"):
        typer.echo(f"--audio is udp or pulse, --broker embedded or mosquitto; not {audio!r} and {broker!r}", err=True)
        raise typer.Exit(Exit.USAGE)
    _make_directory(out)
    console = Console(stderr=as_json)
    view: View = LiveView(console) if console.is_terminal else LineView(console)
    try:
        with Stage(out, audio, broker) as stage, view:  # type: ignore[arg-type]  # just checked
            report = asyncio.run(_perform(stage, view))
    except (CannotStart, OSError) as error:
        typer.echo(f"The demonstration cannot go on: {error}", err=True)
        raise typer.Exit(Exit.FAILED) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo("Broken off; everything that was started has been ended.", err=True)
        raise typer.Exit(130) from None
    text = json.dumps(report.plain(), indent=2)
    (out / "report.json").write_text(text + "\n")
    if as_json:
        typer.echo(text)
    else:
        console.print(shown(report))
        console.print(f"The same for programs: {out / 'report.json'}; logs beside it.")
    raise typer.Exit(Exit.DONE if report.good else Exit.FAILED)


def _make_directory(out: Path) -> None:
    """Where everything goes; told now, and not after a minute, when nothing can be written there."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        typer.echo(f"--out {out}: {(error.strerror or str(error)).lower()}", err=True)
        raise typer.Exit(Exit.USAGE) from None
    if not os.access(out, os.W_OK | os.X_OK):
        typer.echo(f"--out {out}: nothing can be written there", err=True)
        raise typer.Exit(Exit.USAGE)


async def _perform(stage: "Stage", view: "View") -> "Report":
    """The performance; SIGTERM ends it like Ctrl-C."""
    from crosspatch.demo.performance import Performance  # noqa: PLC0415

    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await Performance(stage, view).perform()
