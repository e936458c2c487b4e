"""``crosspatch unkey``: tells transmitters to stop, without the daemon. The unit runs it whatever ended the daemon.

It must work when nothing else does: with a site file that no longer passes the check, with a radio in any state.
"""

import json
import re
import threading
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from crosspatch.cli.common import AsJson, Exit, SiteFile

PATIENCE = 2.0
"""Seconds to keep trying a port that cannot be opened or written."""

LONGEST = PATIENCE + 1.0
"""Seconds after which a port whose driver does not come back at all is left alone."""

BAUD = 38400
"""Bits per second where the site file does not say."""

PORT_LINE = re.compile(r"""^\s*port\s*=\s*["']([^"']+)["']""", re.MULTILINE)
"""A line that names a serial port, for a site file that is no TOML any more."""


def unkey(
    site: SiteFile,
    every: Annotated[bool, typer.Option("--all", help="Every radio of the site that has a serial port.")] = False,
    radio: Annotated[list[str] | None, typer.Option(help="This radio only (may be repeated).")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell the radios of SITE to give their transmitters back, now."""
    ports = _ports(site)
    if not every and not radio:
        typer.echo("Say --all, or --radio NAME.", err=True)
        raise typer.Exit(Exit.USAGE)
    unknown = [name for name in radio or [] if name not in ports]
    if unknown:
        known = ", ".join(ports) or "none"
        typer.echo(f"No radio with a serial port is named {', '.join(unknown)}; known: {known}.", err=True)
        raise typer.Exit(Exit.USAGE)
    results = _release_all({name: ports[name] for name in (ports if every else radio or [])})
    if as_json:
        typer.echo(json.dumps({name: {"told": not why, "reason": why} for name, why in results.items()}, indent=2))
    else:
        for name, why in results.items():
            typer.echo(f"{name}: {why or 'told to un-key'}", err=bool(why))
    if any(results.values()):
        raise typer.Exit(Exit.FAILED)


def _ports(site: Path) -> dict[str, tuple[str, int]]:
    """Serial URL and baud rate of each radio, read without judging the rest of the file."""
    try:
        text = site.read_text("utf-8", errors="replace")
    except OSError as error:
        typer.echo(f"{site}: cannot be read: {error.strerror}", err=True)
        raise typer.Exit(Exit.USAGE) from None
    try:
        radios = tomllib.loads(text).get("radios", {})
    except ValueError as error:
        typer.echo(f"{site}: {error}; taking every line that names a port.", err=True)
        return {url: (url, BAUD) for url in PORT_LINE.findall(text)}
    found: dict[str, tuple[str, int]] = {}
    for name, table in radios.items() if isinstance(radios, dict) else ():
        if isinstance(table, dict) and isinstance(table.get("port"), str):
            baud = table.get("baud", BAUD)
            found[name] = (table["port"], baud if isinstance(baud, int) else BAUD)
    return found


def _release_all(ports: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    """All at once: one that cannot be reached must not cost the others their time. Empty where it was told."""
    results = dict.fromkeys(ports, "its driver did not come back")

    def release(name: str, url: str, baud: int) -> None:
        results[name] = _release(url, baud)

    threads = [threading.Thread(target=release, args=(name, *port), daemon=True) for name, port in ports.items()]
    end = time.monotonic() + LONGEST
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return dict(results)


def _release(url: str, baud: int) -> str:
    """Write the un-key bytes to one port; empty when they left, else why not."""
    import serial  # noqa: PLC0415 - only needed here

    from crosspatch_drivers.radio.pei.commands import unkey_bytes  # noqa: PLC0415

    end = time.monotonic() + PATIENCE
    while True:
        try:
            with serial.serial_for_url(url, baudrate=baud, timeout=0.1, write_timeout=0.5) as port:
                port.write(unkey_bytes())
                port.flush()
        except (OSError, ValueError) as error:  # SerialException is an OSError
            if time.monotonic() > end:
                return f"not reached: {error}"
            time.sleep(0.1)
        else:
            return ""
