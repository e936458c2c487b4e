"""How programs and tests talk to a twin: `TwinClient` in an event loop, `ask` without one. Not for the gateway."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from crosspatch_drivers.errors import Cannot, WillReturn

Answer = dict[str, Any]

LONGEST_ANSWER = 1 << 22
"""Bytes of an answer line."""

SLACK = 5.0
"""Seconds added to what the twin was asked to wait, before its silence counts as a failure."""


def ask(path: Path, request: dict[str, object], within: float = 30.0) -> Answer:
    """One request, one answer. `Cannot` with the twin's words when it refuses, `WillReturn` when it is not there."""
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(within)
            sock.connect(str(path))
            sock.sendall(json.dumps(request).encode() + b"\n")
            with sock.makefile("rb") as stream:
                return _checked(stream.readline())
    except OSError as error:
        msg = f"twin at {path}: {error}"
        raise WillReturn(msg) from error


class TwinClient:
    """One connection for each request, so that many may wait at once."""

    def __init__(self, path: Path) -> None:
        """``path`` of the control socket."""
        self.path = path

    async def request(self, request: dict[str, object], within: float = 30.0) -> Answer:
        """As `ask`, without blocking."""
        try:
            async with asyncio.timeout(within):
                reader, writer = await asyncio.open_unix_connection(self.path, limit=LONGEST_ANSWER)
                try:
                    writer.write(json.dumps(request).encode() + b"\n")
                    return _checked(await reader.readline())
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            msg = f"twin at {self.path}: {error or 'no answer'}"
            raise WillReturn(msg) from error

    async def speak(
        self,
        network: str,
        talkgroup: int,
        talker: int | str,
        wav: Path,
        *,
        priority: int = 1,
        gap_ms: float = 250.0,
        tail_ms: float = 100.0,
    ) -> int:
        """Let an officer (SSI, or MCC-MNC-SSI) say a WAV file; returns the speech's number for `said`."""
        request: dict[str, object] = {
            "op": "speak",
            "network": network,
            "talkgroup": talkgroup,
            "talker": talker,
            "wav": str(wav),
            "priority": priority,
            "gap_ms": gap_ms,
            "tail_ms": tail_ms,
        }
        return int((await self.request(request))["speech"])

    async def said(self, speech: int, within: float = 60.0) -> Answer:
        """Wait until the officer has finished: ``state``, ``reason`` and his ``over`` (None when he was refused)."""
        return await self.request({"op": "wait", "speech": speech, "timeout": within}, within + SLACK)

    async def wait_over(self, network: str, talkgroup: int, *, after: int = 0, within: float = 60.0) -> Answer:
        """Wait for the first over in the group that is numbered above ``after``."""
        request: dict[str, object] = {
            "op": "wait",
            "network": network,
            "talkgroup": talkgroup,
            "after": after,
            "timeout": within,
        }
        return dict((await self.request(request, within + SLACK))["over"])

    async def overs(self) -> list[Answer]:
        """All overs that ended, of all groups."""
        return list((await self.request({"op": "overs"}))["overs"])

    async def radios(self) -> dict[str, Answer]:
        """The state of every radio."""
        return dict((await self.request({"op": "radios"}))["radios"])

    async def set(self, network: str, values: dict[str, object]) -> None:
        """Change settings of a network, by their names in `TwinNetwork`."""
        await self.request({"op": "set", "network": network, "values": values})

    async def stop(self) -> None:
        """End the twin."""
        await self.request({"op": "stop"})


def _checked(line: bytes) -> Answer:
    if not line:
        msg = "the twin closed the connection"
        raise WillReturn(msg)
    answer: Answer = json.loads(line)
    if not answer.get("ok"):
        raise Cannot(str(answer.get("error")))
    return answer
