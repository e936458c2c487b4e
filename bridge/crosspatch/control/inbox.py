"""The daemon's local door: a UNIX socket that answers one JSON line with one JSON line.

``{"do": "status"}`` gets the snapshot. Everything that a person or a program on the box asks of the daemon comes
through here; what comes over MQTT is put into the same table of answers.
"""

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

Answer = Callable[[Mapping[str, object]], bytes | Awaitable[bytes]]
"""Takes the request, gives one line of JSON without its end: at once, or when what was done is safe."""

MAX_LINE = 65536
"""Bytes of one request; more is refused."""

LONGEST_PATH = 107
"""Bytes of a UNIX socket's path (sockaddr_un, without the zero at its end)."""

log = structlog.get_logger()


class NoDoor(Exception):  # noqa: N818 - says what is the case
    """The local door cannot be opened, and why: another daemon serves there, or the directory does not allow it."""


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
        self._serving: set[asyncio.Task[None]] = set()  # one for each caller who is connected

    async def open(self) -> None:
        """Listen; a stale socket of a daemon that died is replaced, that of a living one is not: `NoDoor`."""
        if problem := self._problem():
            raise NoDoor(problem)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._serve, self._path, limit=MAX_LINE)
            self._path.chmod(0o660)
        except OSError as error:
            msg = f"cannot make the daemon's socket {self._path}: {error.strerror or error}"
            raise NoDoor(msg) from error

    def _problem(self) -> str:
        """Why there can be no socket at this place; empty when nothing speaks against it."""
        run_dir = self._path.parent
        if (length := len(os.fsencode(self._path))) > LONGEST_PATH:
            return (
                f"the run directory {run_dir} has too long a name: the socket's path in it may have {LONGEST_PATH} "
                f"bytes and has {length}"
            )
        if run_dir.exists() and not run_dir.is_dir():
            return f"the run directory {run_dir} is not a directory"
        if _answers(self._path):
            return f"another daemon serves at {self._path}; it has its own run directory (--run-dir)"
        return ""

    async def close(self) -> None:
        """Stop listening, remove the socket, and end what callers are still connected for; answers given leave."""
        if self._server:
            self._server.close()
            self._path.unlink(missing_ok=True)
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            while line := await reader.readline():
                answer = answer_to(self._answers, line)
                writer.write((answer if isinstance(answer, bytes) else await answer) + b"\n")
                await writer.drain()
        except ValueError:
            writer.write(_refusal(f"a request has at most {MAX_LINE} bytes") + b"\n")
        except ConnectionError:  # the caller left
            pass
        finally:
            self._serving.discard(task)
            writer.close()


def answer_to(answers: Mapping[str, Answer], line: bytes, by: str | None = None) -> bytes | Awaitable[bytes]:
    """The answer to one request, or why it gets none. ``by``: who asks, where that is vouched for."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return _refusal("not a line of JSON")
    if not isinstance(request, dict):
        return _refusal("not a JSON object")
    answer = answers.get(str(request.get("do")))
    if answer is None:
        return _refusal(f"unknown request {request.get('do')!r}; known: {', '.join(sorted(answers))}")
    request.pop("door", None)
    if by is not None:
        request["by"], request["door"] = by, "mqtt"
    try:
        return answer(request)
    except Exception as error:  # boundary: one request must not end the gateway
        log.exception("a request could not be answered", request=request.get("do"))
        return _refusal(f"defect in answering {request.get('do')!r}: {error!r}")


def _answers(path: Path) -> bool:
    """Whether somebody listens at ``path``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(1.0)
        try:
            sock.connect(str(path))
        except OSError as error:
            return isinstance(error, TimeoutError)  # stopped, or too busy to answer: alive
    return True


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
