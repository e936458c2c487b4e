"""``crosspatch unkey``: tells transmitters to stop, without the daemon. The unit runs it whatever ended the daemon."""

import json
from typing import Annotated

import typer

from crosspatch.cli.common import AsJson, Exit, SiteFile
from crosspatch.cli.unkeying import release_all, say, ways_of


def unkey(
    site: SiteFile,
    every: Annotated[bool, typer.Option("--all", help="Every radio that has a port or a wired key.")] = False,
    radio: Annotated[list[str] | None, typer.Option(help="This radio only (may be repeated).")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell the radios of SITE to give their transmitters back, now."""
    try:
        ports = ways_of(site)
    except OSError as error:
        typer.echo(f"{site}: cannot be read: {error.strerror}", err=True)
        raise typer.Exit(Exit.USAGE) from None
    if not every and not radio:
        typer.echo("Say --all, or --radio NAME.", err=True)
        raise typer.Exit(Exit.USAGE)
    unknown = [name for name in radio or [] if name not in ports]
    if unknown:
        known = ", ".join(ports) or "none"
        typer.echo(f"No radio with a port or a wired key is named {', '.join(unknown)}; known: {known}.", err=True)
        raise typer.Exit(Exit.USAGE)
    results = release_all({name: ports[name] for name in (ports if every else radio or [])})
    if as_json:
        typer.echo(json.dumps({name: {"told": not why, "reason": why} for name, why in results.items()}, indent=2))
        raise typer.Exit(Exit.FAILED if any(results.values()) else Exit.DONE)
    raise typer.Exit(say(results))
