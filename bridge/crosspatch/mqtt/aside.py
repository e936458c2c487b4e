"""An event loop on a thread of its own, beside the daemon's: what happens on it cannot hold up or end the daemon.

The MQTT libraries live there. A flood keeps only that loop busy, and what such a library leaves behind when a
connection breaks at an unlucky moment (a callback on a closed socket) is counted here instead of ending the gateway.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, TypeVarTuple

import structlog

PATIENCE = 5.0
"""Seconds for the loop to end its tasks and itself."""

log = structlog.get_logger()

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Aside:
    """A loop on a thread, from `start` to `stop`."""

    def __init__(self, name: str) -> None:
        """``name`` of the thread, for whoever looks at the process."""
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._strayed)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.strays = 0  # exceptions that nobody waited for

    def start(self) -> None:
        """Begin to run."""
        self._thread.start()

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` there and wait for its result here."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def soon(self, callback: Callable[[*Ts], object], *arguments: *Ts) -> None:
        """Call there, in the order of these calls; after `stop` nothing is called any more."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(callback, *arguments)

    async def stop(self) -> None:
        """Cancel what runs there and end the thread."""
        if not self._thread.is_alive():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self.do(_cancel_others())
        self.soon(self._loop.stop)
        await asyncio.to_thread(self._thread.join, PATIENCE)
        if not self._thread.is_alive():
            self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _strayed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.strays += 1
        log.debug("stray exception", thread=self._thread.name, what=context["message"], error=context.get("exception"))


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
