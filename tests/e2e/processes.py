"""Processes that a test or a bench starts, finds and ends by their ids; and what is left of them."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PATIENCE = 90.0
"""Seconds to wait for what must come, on a machine with much else to do."""

DYING_WITH_US = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
"""Words before a command (Debian's util-linux): a test that is killed leaves nothing behind that takes the machine."""

PORTS = range(20000, 32000)
"""Below the ports that the kernel gives to whoever asks for any (net.ipv4.ip_local_port_range)."""


class Started:
    """One process with its output in a file."""

    def __init__(self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] = {}) -> None:
        """Start it, in a process group of its own; output is added to ``log``. It dies with whoever started it."""
        self.name, self.log = name, log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*DYING_WITH_US, *command],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        """Its id, for good."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, once it has ended."""
        return self._process.poll()

    def send(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    async def ended(self, within: float = PATIENCE) -> int:
        """Wait for its end; killed when it takes longer."""
        try:
            await until(lambda: self.code is not None, f"{self.name} ends", within)
        except TimeoutError:
            self._process.kill()
            raise
        finally:
            await asyncio.to_thread(self._process.wait)
        assert self.code is not None
        return self.code

    async def end(self) -> int:
        """Ask it to end, and wait for that."""
        if self.code is None:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
        return await self.ended()

    def kill(self) -> None:
        """End it at once, for a test that has failed already."""
        if self.code is None:
            self._process.kill()
        self._process.wait()

    def tail(self, lines: int = 40) -> str:
        """The end of what it said."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


async def until(condition: Callable[[], object], what: str, within: float = PATIENCE, every: float = 0.01) -> None:
    """Wait for the outside world; TimeoutError names what did not come."""
    try:
        async with asyncio.timeout(within):
            while not condition():  # noqa: ASYNC110 - the outside world sets no event
                await asyncio.sleep(every)
    except TimeoutError:
        msg = f"not within {within:g} s: {what}"
        raise TimeoutError(msg) from None


def children(pid: int) -> list[int]:
    """The process ids of a process's living children."""
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (thread / "children").read_text().split())
    return found


def command_line(pid: int) -> str:
    """How a process was started; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody has, neither for TCP nor for UDP."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        while len(found) < count:
            port = random.choice(PORTS)
            if port in found:
                continue
            with contextlib.suppress(OSError):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    sock = held.enter_context(socket.socket(socket.AF_INET, kind))
                    sock.bind(("127.0.0.1", port))
                found.append(port)
    return found
