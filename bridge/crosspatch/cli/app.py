"""All commands: ``crosspatch`` and a word, ``run``, ``check``, ``status`` and the others that are added below."""

import typer

from crosspatch import __version__
from crosspatch.cli import check, demo, explain, journal, patch, radio, replay, run, status, twin, unkey, why

app = typer.Typer(
    name="crosspatch",
    help="Radio interoperability bridge: patches talkgroups of TETRA networks as vehicles cross borders.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crosspatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Radio interoperability bridge: patches talkgroups of TETRA networks as vehicles cross borders."""


app.command("run")(run.run)
app.command("check")(check.check)
app.command("status")(status.status)
app.command("replay")(replay.replay)
app.command("why")(why.why)
app.command("why-not")(why.why_not)
app.command("approve")(why.approve)
app.add_typer(patch.patch, name="patch")
app.add_typer(journal.journal, name="journal")
app.command("unkey")(unkey.unkey)
app.add_typer(radio.radio, name="radio")
app.command("explain")(explain.explain)
app.add_typer(twin.twin, name="twin")
app.command("demo")(demo.demo)
