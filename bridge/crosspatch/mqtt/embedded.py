"""The broker in the daemon itself, for a site that names none: one command is enough to try everything.

MQTT 3.1.1, no identities, in memory: for a bench or a demo, not for the field, where Mosquitto belongs.
"""

import asyncio
import errno

import structlog
from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType

from crosspatch.mqtt.address import Address, CannotListen

MAX_CLIENTS = 64
"""Connections at a time; more are closed at once."""

MAX_MESSAGE = 256 * 1024
"""Bytes of one packet; a client that announces more is cut off."""

LISTENER = "default"
PLUGINS = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}

log = structlog.get_logger()


class EmbeddedBroker:
    """A broker on the loop that runs `start`, until `stop`."""

    def __init__(self, listen: Address) -> None:
        """Nothing is opened yet. Port 0 takes any free port: see `address` after `start`."""
        self._listen = listen
        self._broker: Broker | None = None
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self.address = listen

    async def start(self) -> None:
        """Listen; `CannotListen` names the address and why it cannot be had."""
        try:
            self._server = await asyncio.start_server(self._serve, self._listen.host, self._listen.port)
        except OSError as error:
            raise CannotListen(_advice(self._listen, error)) from None
        host, port = self._server.sockets[0].getsockname()[:2]
        self.address = Address(host, port)
        listener = ListenerConfig(type=ListenerType.EXTERNAL, bind=str(self.address))
        broker = Broker(BrokerConfig(listeners={LISTENER: listener}, plugins=PLUGINS))
        await broker.start()
        self._broker = broker
        if host not in ("127.0.0.1", "::1"):
            log.warning("embedded broker is open to the network, and asks nobody who he is", listen=str(self.address))

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        if self._broker is not None:
            await self._broker.shutdown()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until it leaves."""
        if self._broker is None or len(self._clients) >= MAX_CLIENTS:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            await self._broker.external_connected(_Bounded(reader), StreamWriterAdapter(writer), LISTENER)
        except Exception as error:  # noqa: BLE001 - one client must not end the others; the library raises many things
            log.debug("embedded broker: client cut off", error=repr(error))
        finally:
            self._clients.discard(task)
            writer.close()


class _Bounded(StreamReaderAdapter):  # type: ignore[misc]
    """Reads from a client, refusing what would fill the memory."""

    async def read(self, n: int = -1) -> bytes:
        if n > MAX_MESSAGE:
            msg = f"a packet of {n} bytes"
            raise ConnectionError(msg)
        data: bytes = await super().read(n)
        return data


def _advice(listen: Address, error: OSError) -> str:
    what = "the port is taken" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
    return (
        f"embedded broker: cannot listen on {listen}: {what}. If a broker runs there, name it in the site file "
        f'([mqtt] broker = "mqtt://{listen}"); else choose another embedded_listen.'
    )
