"""The control socket of a twin: one JSON object a line in, one a line out; not for the gateway, which must not know it.

Each request has an ``op`` and may have an ``id``, which its answer repeats; answers come when they are ready. An
answer has ``ok``; when that is false, ``error`` says why.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import TypeAdapter, ValidationError

from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.breaking import Breaker
from crosspatch_drivers.twin.officer import RATE, Officer
from crosspatch_drivers.twin.reports import Speech
from crosspatch_drivers.twin.settings import TwinNetwork
from crosspatch_drivers.twin.taking import refuse_strange, whole
from crosspatch_drivers.twin.wav import read_wav

if TYPE_CHECKING:
    from crosspatch_drivers.twin.server import TwinServer

LONGEST_REQUEST = 65536
"""Bytes of a request line."""

LONGEST_WAIT = 600.0
"""Seconds that ``wait`` may wait."""

FIXED = {"id", "mcc", "mnc", "groups"}
"""What cannot be changed of a running network."""

log = structlog.get_logger()

Request = dict[str, Any]
Answer = dict[str, object]


class ControlDoor:
    """Serves the socket."""

    def __init__(self, server: "TwinServer", path: Path) -> None:
        """Not open yet."""
        self._twin, self._path = server, path
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._clients: set[asyncio.StreamWriter] = set()
        self._ops: dict[str, Callable[[Request], Awaitable[Answer]]] = {
            "speak": self._speak,
            "wait": self._wait,
            "overs": self._overs,
            "radios": self._radios,
            "networks": self._networks,
            "set": self._set,
            "stop": self._stop,
        }
        self._breaker = Breaker(server)
        self._ops |= self._breaker.operations

    async def open(self) -> None:
        """Listen; an old socket in the way is removed."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path, limit=LONGEST_REQUEST)

    async def close(self) -> None:
        """Stop listening and end what waits."""
        if self._server is None:
            return
        self._server.close()
        self._breaker.close()
        for client in self._clients:
            client.close()  # which ends the reading; a connection's own task must not be cancelled
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(OSError):
            self._path.unlink()

    async def perform(self, request: Request) -> Answer:
        """Serve one request that did not come through the socket: a scenario's."""
        return await self._answer(json.dumps(request).encode())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client: each request is a task of its own, so that a ``wait`` holds nothing up."""
        self._clients.add(writer)
        try:
            while line := await reader.readline():
                task = asyncio.create_task(self._handle(line, writer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except (ValueError, ConnectionError):
            pass  # a line longer than any request, or a client that went away
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _handle(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        answer = await self._answer(line)
        with contextlib.suppress(ConnectionError):
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()

    async def _answer(self, line: bytes) -> Answer:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                msg = "a request is a JSON object"
                raise Cannot(msg)
            operation = self._ops.get(str(request.get("op")))
            if operation is None:
                msg = f"there is no op {request.get('op')!r}; there are {', '.join(self._ops)}"
                raise Cannot(msg)
        except (ValueError, Cannot) as error:
            return {"ok": False, "error": str(error)}
        answer: Answer
        try:
            refuse_strange(request)
            answer = {"ok": True, **await operation(request)}
        except KeyError as error:
            answer = {"ok": False, "error": f"{error.args[0]!r} is missing or not known"}
        except (Cannot, ValueError, TypeError) as error:
            answer = {"ok": False, "error": str(error)}
        except Exception as error:  # boundary: one request must not end the twin
            log.exception("twin: control request failed", op=request["op"])
            answer = {"ok": False, "error": repr(error)}
        return {"id": request["id"], **answer} if "id" in request else answer

    # ---- requests ---------------------------------------------------------------------------------------------

    async def _speak(self, request: Request) -> Answer:
        """``network talkgroup talker wav [priority gap_ms tail_ms]`` → ``speech``, a number for ``wait``."""
        network, group, path = str(request["network"]), whole(request, "talkgroup"), Path(request["wav"])
        talker = self._talker(network, request["talker"])
        clip = await asyncio.to_thread(read_wav, path)
        gap, tail = float(request.get("gap_ms", 250)), float(request.get("tail_ms", 100))
        officer = Officer(talker, clip, gap / 1000, tail / 1000)
        speech = Speech(len(self._twin.speeches) + 1, network, group, officer)
        self._twin.speak(speech, int(request.get("priority", 1)))
        return {"speech": speech.number, "asked_at": time.monotonic(), "clip_ms": 1000 * clip.size / RATE}

    async def _wait(self, request: Request) -> Answer:
        """``speech`` → its over; or ``network talkgroup [after talker]`` → the first one numbered above ``after``."""
        timeout = min(float(request.get("timeout", 60)), LONGEST_WAIT)
        found = self._finished_speech if "speech" in request else self._finished_over
        try:
            async with asyncio.timeout(timeout), self._twin.reported:
                while (answer := found(request)) is None:
                    # An officer who is refused gives no over, so nobody would wake us: look now and then.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.1):
                            await self._twin.reported.wait()
        except TimeoutError as error:
            msg = f"nothing came within {timeout:g} s"
            raise Cannot(msg) from error
        return answer

    def _finished_speech(self, request: Request) -> Answer | None:
        speech = self._twin.speeches[whole(request, "speech")]
        officer = speech.officer
        if not officer.finished:
            return None
        state: Answer = {"state": officer.state.value, "reason": officer.reason}
        if speech.over:
            return {**state, "over": asdict(speech.over)}
        recorded = any(over.officer is officer for over in self._twin.world.airs[speech.network].overs)
        return None if recorded else {**state, "over": None}

    def _finished_over(self, request: Request) -> Answer | None:
        wanted = str(request["network"]), whole(request, "talkgroup")
        talker = self._talker(wanted[0], request["talker"]) if "talker" in request else None
        for report in self._twin.reports:
            mine = (report.network, report.talkgroup) == wanted and report.number > int(request.get("after", 0))
            if mine and (talker is None or report.talker == str(talker)):
                return {"over": asdict(report)}
        return None

    async def _overs(self, request: Request) -> Answer:
        """``[network talkgroup]`` → all overs that ended."""
        network, group = request.get("network"), request.get("talkgroup")
        overs = [
            asdict(report)
            for report in self._twin.reports
            if network in (None, report.network) and group in (None, report.talkgroup)
        ]
        return {"overs": overs}

    async def _radios(self, _request: Request) -> Answer:
        """The state of every radio, by its id."""
        return {"now": time.monotonic(), "radios": {name: self._radio(name) for name in self._twin.world.radios}}

    def _radio(self, name: str) -> Answer:
        radio = self._twin.world.radios[name]
        lost = self._twin.world.airs[radio.settings.network].lost.get(radio.identity, 0)
        group = radio.network.group(radio.identity)
        talk = radio.network.talk(group) if group else None
        return {
            "network": radio.settings.network,
            "identity": str(radio.identity),
            "port": str(self._twin.line_path(name)),
            "on": radio.on,
            "mode": radio.mode,
            "registered": radio.network.registered(radio.identity),
            "talkgroup": group,
            "talker": str(talk.talker) if talk else None,
            "calls": radio.call_instances,
            "transmitting": radio.transmitting,
            "requested_at": radio.requested_at,
            "keyed_at": radio.keyed_at,
            "unkeyed_at": radio.unkeyed_at,
            "lost_ms": 1000 * lost / RATE,
        }

    async def _networks(self, _request: Request) -> Answer:
        """Settings of every network, and who speaks and waits in its talkgroups."""
        networks: Answer = {}
        for name, network in self._twin.world.networks.items():
            calls = {group: network.call(group) for group in network.settings.groups}
            networks[name] = {
                "settings": asdict(network.settings),
                "talkgroups": {
                    str(group): {
                        "call": call is not None,
                        "talker": str(call.talk.talker) if call and call.talk else None,
                        "queue": len(call.queue) if call else 0,
                        "members": [str(who) for who in network.members(group)],
                    }
                    for group, call in calls.items()
                },
            }
        return {
            "networks": networks,
            "worst_late_ms": 1000 * self._twin.worst_late,
            "ticks_missed": self._twin.ticks_missed,
        }

    async def _set(self, request: Request) -> Answer:
        """``network values``: change settings of a network while it runs."""
        network = self._twin.world.networks[str(request["network"])]
        values = dict(request["values"])
        settings = asdict(network.settings)
        for name in values:
            if name not in settings or name in FIXED:
                msg = f"{name!r} cannot be set; what can: {', '.join(sorted(settings.keys() - FIXED))}"
                raise Cannot(msg)
        try:
            changed = TypeAdapter(TwinNetwork).validate_python({**settings, **values})
        except ValidationError as error:
            raise Cannot("; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())) from error
        network.change(changed, time.monotonic())
        return {"settings": asdict(network.settings)}

    async def _stop(self, _request: Request) -> Answer:
        """End the twin."""
        asyncio.get_running_loop().call_later(0.05, self._twin.stop)  # after the answer has left
        return {}

    def _talker(self, network: str, value: object) -> Identity:
        """An identity, or the SSI of one in that network."""
        if isinstance(value, int):
            return self._twin.world.networks[network].identity(value)
        return Identity.from_text(str(value))
