"""Tells transmitters to stop, without the daemon: what ``crosspatch unkey`` does, without reading a command line.

It must work when nothing else does: with a site file that no longer passes the check, with a radio in any state.
"""

import re
import sys
import threading
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crosspatch_drivers.radio.settings import Wiring

PATIENCE = 2.0
"""Seconds to keep trying a port that cannot be opened or written."""

LONGEST = PATIENCE + 1.0
"""Seconds after which a port whose driver does not come back at all is left alone."""

BAUD = 38400
"""Bits per second where the site file does not say."""

PORT_LINE = re.compile(r"""^\s*port\s*=\s*["']([^"']+)["']""", re.MULTILINE)
"""A line that names a serial port, for a site file that is no TOML any more."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one radio is reached. A port whose lines may be its key is opened with both of them at ``idle``."""

    url: str | None
    baud: int = BAUD
    wires: "Wiring | None" = None
    idle: bool | None = None


def unkey_all(site: str) -> int:
    """Un-key every radio of the site file; the exit code."""
    try:
        ways = ways_of(Path(site))
    except OSError as error:
        sys.stderr.write(f"{site}: cannot be read: {error.strerror}\n")
        return 2
    return say(release_all(ways))


def say(results: Mapping[str, str]) -> int:
    """Tell a person of each radio whether it was told; the exit code."""
    for name, why in results.items():
        (sys.stderr if why else sys.stdout).write(f"{name}: {why or 'told to un-key'}\n")
    return int(any(results.values()))


def ways_of(site: Path) -> dict[str, Way]:
    """How each radio is reached, read without judging the rest of the file; OSError when it cannot be read."""
    text = site.read_text("utf-8", errors="replace")
    try:
        radios = tomllib.loads(text).get("radios", {})
    except ValueError as error:
        sys.stderr.write(f"{site}: {error}; taking every line that names a port.\n")
        return {url: Way(url, idle=False if "wiring" in text else None) for url in PORT_LINE.findall(text)}
    found: dict[str, Way] = {}
    for name, table in radios.items() if isinstance(radios, dict) else ():
        if isinstance(table, dict):
            way = _way(table)
            if way.url or way.wires:
                found[name] = way
    return found


def _way(table: Mapping[str, Any]) -> Way:
    url, baud = table.get("port"), table.get("baud", BAUD)
    url = url if isinstance(url, str) and url else None
    wires = _wires(table["wiring"], url) if isinstance(table.get("wiring"), dict) else None
    idle = wires.key_inverted if wires is not None and wires.device == url else None
    return Way(url, baud if isinstance(baud, int) else BAUD, wires, idle)


def _wires(table: Mapping[str, Any], url: str | None) -> "Wiring | None":
    """The wired key alone, which is all that is let go; None when the table names none."""
    from crosspatch_drivers.radio.settings import Wiring  # noqa: PLC0415 - only needed here

    key, device = table.get("key"), table.get("device", url)
    if not (isinstance(key, str) and re.fullmatch(r"rts|dtr|gpio[1-8]", key) and isinstance(device, str)):
        return None
    return Wiring(key=key, key_inverted=table.get("key_inverted") is True, device=device)  # type: ignore[arg-type]


def release_all(ports: Mapping[str, Way]) -> dict[str, str]:
    """All at once: one that cannot be reached must not cost the others their time. Empty where it was told."""
    results = dict.fromkeys(ports, "its driver did not come back")

    def release(name: str, way: Way) -> None:
        results[name] = _release(way)

    threads = [threading.Thread(target=release, args=port, daemon=True) for port in ports.items()]
    end = time.monotonic() + LONGEST
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return dict(results)


def _release(way: Way) -> str:
    """Let the key go, and write the un-key bytes; empty when all of it was done, else why not."""
    from crosspatch_drivers.errors import DriverError  # noqa: PLC0415 - only needed here

    end = time.monotonic() + PATIENCE
    while True:
        try:
            if way.wires is not None:
                _let_go(way.wires)
            if way.url is not None:
                _write(way)
        except (OSError, ValueError, DriverError) as error:  # SerialException is an OSError
            if time.monotonic() > end:
                return f"not reached: {error}"
            time.sleep(0.1)
        else:
            return ""


def _let_go(wires: "Wiring") -> None:
    """Opening the lines lets the key go, and so does closing them."""
    from crosspatch_drivers.radio.wiring import open_lines  # noqa: PLC0415 - only needed here

    open_lines(wires).close()


def _write(way: Way) -> None:
    import serial  # noqa: PLC0415 - only needed here

    from crosspatch_drivers.radio.pei.commands import unkey_bytes  # noqa: PLC0415

    port = serial.serial_for_url(way.url, baudrate=way.baud, timeout=0.1, write_timeout=0.5, do_not_open=True)
    if way.idle is not None:
        port.rts = port.dtr = way.idle
    with port:
        port.write(unkey_bytes())
        port.flush()
