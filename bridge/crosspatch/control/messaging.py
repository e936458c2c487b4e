"""MQTT as the control process sees it: positions in, states and overs out, and how the broker is.

Joins the connection (or the embedded broker and the connection to it) with the pure parts that understand and make
messages. Connection and broker live on a loop of their own; what arrives there waits in a bounded queue and is worked
off here in small portions, so that a flood holds up nothing.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVarTuple

from crosspatch.control.inbox import Answer, answer_to
from crosspatch.events import Event
from crosspatch.mqtt.access import Access
from crosspatch.mqtt.address import Address
from crosspatch.mqtt.arrived import Arrived
from crosspatch.mqtt.aside import Aside
from crosspatch.mqtt.connection import Connection, Link, Station
from crosspatch.mqtt.ear import Ear
from crosspatch.mqtt.keyring import own_signature
from crosspatch.mqtt.outbox import Outbox, Outgoing
from crosspatch.mqtt.publish import Board
from crosspatch.mqtt.requests import Reply
from crosspatch.plan import Plan
from crosspatch.snapshot import Snapshot

if TYPE_CHECKING:
    from crosspatch.mqtt.embedded import EmbeddedBroker

WAITING = 10_000
"""Messages that may wait to be understood; when more come, the oldest are dropped."""

PORTION = 100
"""Messages understood at a time before others get their turn: a few milliseconds."""

LINGER = 0.01
"""Seconds until the next look while messages come: many positions at once cost less than one after the other."""

FAREWELL = 2.0
"""Seconds in which the last words must have left when the gateway stops."""

Ts = TypeVarTuple("Ts")


class Messaging:
    """The gateway's ear and mouth on MQTT."""

    def __init__(
        self, plan: Plan, handle: Callable[[Event], None], answers: Mapping[str, Answer] | None = None
    ) -> None:
        """``handle`` takes positions and triggers, ``answers`` are for each ``do`` word of a request.

        ValueError when the plan's addresses cannot be read.
        """
        mqtt = plan.mqtt
        self._gateway = plan.gateway.id
        self._answers = answers or {}
        self._answering: set[asyncio.Future[bytes]] = set()
        self._ear = Ear(plan, handle=handle, ask=self._ask, send=self._send)
        self._board = Board(mqtt.prefix, plan.gateway.id, own_signature(mqtt, plan.gateway.id))
        self._outbox = Outbox()  # of the other loop: touched there only
        self._aside = Aside("mqtt")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._embedded = None if mqtt.broker else _embedded(Address.from_text(mqtt.embedded_listen))
        self._access = Access.of(mqtt)
        self._broker = Address.from_url(mqtt.broker) if mqtt.broker else None
        self._connection: Connection | None = None
        self._arrived: deque[Arrived] = deque(maxlen=WAITING)
        self._due = False  # whether a look at what arrived is due
        self._dropped = 0

    @property
    def state(self) -> str:
        """``connected``, or ``disconnected: …`` with the reason."""
        if self._connection is None:
            return "disconnected: not started"
        if self._connection.link is Link.CONNECTED:
            return "connected"
        return f"disconnected: {self._connection.reason or self._connection.link.value}"

    @property
    def address(self) -> Address | None:
        """Where the broker is; that of the embedded one is known once it listens."""
        return self._broker

    @property
    def counters(self) -> Mapping[str, int]:
        """What happened so far, by name."""
        counts = dict(self._ear.counters)
        if self._connection is not None:
            counts["mqtt connections"] = self._connection.connections
            counts["mqtt connections lost"] = self._connection.losses
            counts["mqtt messages published"] = self._connection.published
        counts["mqtt events dropped: broker away too long"] = self._outbox.dropped
        counts["mqtt messages dropped: too many at once"] = self._dropped
        counts["mqtt library errors"] = self._aside.strays
        return counts

    async def start(self) -> None:
        """Begin to connect; a broker that is away is no failure. `CannotListen` when the embedded one has no port."""
        self._loop = asyncio.get_running_loop()
        self._aside.start()
        if self._embedded is not None:
            await self._aside.do(self._embedded.start())
            self._broker = self._embedded.address
        assert self._broker is not None
        station = Station(
            address=self._broker,
            access=self._access,
            client_id=f"crosspatch-{self._gateway}",
            filters=self._ear.filters,
            will_topic=self._board.status_topic,
            will_payload=self._board.will(),
            mqtt5=self._embedded is None,
        )
        self._connection = Connection(
            station,
            self._outbox,
            on_message=self._message,
            on_connected=lambda: self._here(self._say_everything),
            on_defect=lambda error: self._here(self._defect, error),
        )
        await self._aside.do(self._connection.start())

    async def stop(self, snapshot: Snapshot) -> None:
        """Say how everything ended, say goodbye, disconnect. Nothing to do before `start`."""
        if self._loop is None:
            return
        if self._connection is not None:
            self.publish(snapshot)
            self._say(self._board.farewell("stopped", snapshot.at))
            await self._aside.do(self._connection.stop(FAREWELL))
        if self._embedded is not None:
            await self._aside.do(self._embedded.stop())
        await self._aside.stop()

    def publish(self, snapshot: Snapshot) -> None:
        """Say what changed since the snapshot before."""
        if changes := self._board.changes(snapshot):
            self._say(changes)
        for over in self._board.overs(snapshot):
            self._send(Outgoing(self._board.over_topic, over))

    def _say_everything(self) -> None:
        """The broker may have forgotten what it retained, or kept our last will."""
        self._say(self._board.everything())

    def _say(self, states: Mapping[str, bytes]) -> None:
        expires = self._board.expires_s
        self._send(*(Outgoing(topic, said, retain=True, expires_s=expires(topic)) for topic, said in states.items()))

    def _send(self, *messages: Outgoing) -> None:
        self._aside.soon(self._outbox.put, *messages)
        if self._connection is not None:
            self._aside.soon(self._connection.wake)

    # ---- from the other loop --------------------------------------------------------------------------------------

    def _here(self, callback: Callable[[*Ts], object], *arguments: *Ts) -> None:
        """Call on the daemon's loop, unless that has ended."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *arguments)

    def _defect(self, error: BaseException) -> None:
        assert self._loop is not None
        self._loop.call_exception_handler({"message": "mqtt connection", "exception": error})

    # ---- messages in ----------------------------------------------------------------------------------------------

    def _message(self, message: Arrived) -> None:
        """One arrived, on the other loop: keep it until its turn."""
        if len(self._arrived) == WAITING:
            self._dropped += 1
        self._arrived.append(message)
        if not self._due:
            self._due = True
            self._here(self._drain)

    def _drain(self) -> None:
        """Understand a portion, and look again: at once while more waits, else in a moment, until nothing came."""
        assert self._loop is not None
        portion = min(PORTION, len(self._arrived))
        self._ear.hear([self._arrived.popleft() for _ in range(portion)], time.time())
        if self._arrived:
            self._loop.call_soon(self._drain)
        elif portion:
            self._loop.call_later(LINGER, self._drain)
        else:
            self._due = False
            if self._arrived and not self._due:  # came between the two lines above
                self._due = True
                self._loop.call_soon(self._drain)

    def _ask(self, request: bytes, who: str, reply: Reply) -> None:
        """Answer at once, or when the answer is there; the loop goes on meanwhile."""
        answer = answer_to(self._answers, request, by=who)
        if isinstance(answer, bytes):
            reply(answer)
            return
        answering = asyncio.ensure_future(answer)
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)
        answering.add_done_callback(lambda done: None if done.cancelled() else reply(done.result()))


def _embedded(listen: Address) -> "EmbeddedBroker":
    from crosspatch.mqtt.embedded import EmbeddedBroker  # noqa: PLC0415 - a library that few sites need, and all would load

    return EmbeddedBroker(listen)
