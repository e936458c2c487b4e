"""The daemon's local door: a UNIX socket that answers one JSON line with one JSON line.

``{"do": "status"}`` gets the snapshot. Everything that a person or a program on the box asks of the daemon comes
through here; what comes over MQTT is put into the same table of answers.
"""

import asyncio
import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

Answer = Callable[[Mapping[str, object]], bytes]
"""Takes the request, gives one line of JSON without its end."""

MAX_LINE = 65536
"""Bytes of one request; more is refused."""


class NotRunning(Exception):  # noqa: N818 - says what is the case
    """No daemon answers at this run directory."""


def socket_path(run_dir: Path) -> Path:
    """Where the door of the daemon that uses ``run_dir`` is."""
    return run_dir / "control.sock"


def default_run_dir() -> Path:
    """systemd's RUNTIME_DIRECTORY, else the user's own run directory, else one in /tmp."""
    if under_systemd := os.environ.get("RUNTIME_DIRECTORY"):
        return Path(under_systemd.split(":")[0])
    if Path("/run/crosspatch").is_dir():
        return Path("/run/crosspatch")
    if user := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(user) / "crosspatch"
    return Path(f"/tmp/crosspatch-{os.getuid()}")


class Inbox:
    """Serves the local door."""

    def __init__(self, run_dir: Path, answers: Mapping[str, Answer]) -> None:
        """``answers``: what to do for each ``do`` word."""
        self._path = socket_path(run_dir)
        self._answers = answers
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; a stale socket of a daemon that died is replaced."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path, limit=MAX_LINE)
        self._path.chmod(0o660)

    async def close(self) -> None:
        """Stop listening and remove the socket."""
        if self._server:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(self._answer(line) + b"\n")
                await writer.drain()
        except (ValueError, ConnectionError):  # an endless line, or a caller that left
            pass
        finally:
            writer.close()

    def _answer(self, line: bytes) -> bytes:
        try:
            request = json.loads(line)
        except ValueError:
            return _refusal("not a line of JSON")
        if not isinstance(request, dict):
            return _refusal("not a JSON object")
        answer = self._answers.get(str(request.get("do")))
        if answer is None:
            return _refusal(f"unknown request {request.get('do')!r}; known: {', '.join(sorted(self._answers))}")
        return answer(request)


def _refusal(why: str) -> bytes:
    return json.dumps({"error": why}).encode()


def ask(run_dir: Path, request: Mapping[str, object], patience: float = 2.0) -> bytes:
    """One request to the daemon of ``run_dir``, its answer line; `NotRunning` names the path that did not answer."""
    path = socket_path(run_dir)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(patience)
        try:
            sock.connect(str(path))
            sock.sendall(json.dumps(request).encode() + b"\n")
            line = sock.makefile("rb").readline()
        except OSError as error:
            msg = f"no daemon answers at {path} ({error.strerror or error})"
            raise NotRunning(msg) from error
    if not line:
        msg = f"the daemon at {path} closed the line without an answer"
        raise NotRunning(msg)
    return line
