"""What outlives the control process: read at the start and judged by the heart, kept whenever it is another one.

The file and its failures are `crosspatch.memory`'s. Nothing is kept before the file was read, so that a file that could
not be read at once is not overwritten; and nothing after the patches were taken down because the gateway stops.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from crosspatch.heart import Heart
from crosspatch.kept import Kept
from crosspatch.memory import Found, Memory, Moment
from crosspatch.orders import Order

KEPT_S = 1.0
"""Seconds that who commands something waits at most for the disk; SQLite needs some milliseconds."""

KEEP = 5.0
"""Seconds between looks at what is to outlive a restart, besides those after each change of a patch."""


class Remembering:
    """The heart's memory."""

    def __init__(
        self,
        state_dir: Path,
        heart: Heart,
        carry_out: Callable[[Sequence[Order]], None],
        record: Callable[[str], None],
    ) -> None:
        """``carry_out`` takes what the heart orders when it has its state back, ``record`` a sentence for people."""
        self._heart, self._carry_out, self._record = heart, carry_out, record
        self._memory = Memory(state_dir, self._found, on_written=self._wrote)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last: Kept | None = None  # what was kept last; None: it is not the time to keep anything
        self._ended = False
        self._at = 0.0
        self._asked = self._written = 0  # which state was kept last, and which is on disk
        self._news = asyncio.Event()  # the file was read, or another state is on disk
        self.changed = False  # whether a patch did since the last look

    @property
    def state(self) -> str:
        """``ok``, or ``failing: …`` with the reason."""
        return self._memory.state

    def start(self) -> None:
        """Read what was kept; it comes back in a moment."""
        self._loop = asyncio.get_running_loop()
        self._memory.start()

    def look(self, now: float) -> None:
        """Keep what is to be kept, if a patch changed, and now and then in any case."""
        if self.changed or now - self._at >= KEEP:
            self.keep(now)

    def keep(self, now: float) -> None:
        """Keep what is to be kept now, if it is not what was kept last."""
        if self._last is None:
            return
        self.changed, self._at = False, now
        kept = self._heart.kept()
        if kept != self._last:
            self._last = kept
            self._asked = self._memory.keep(kept)

    async def kept(self) -> str:
        """Wait until what there is now is on disk, `KEPT_S` at most; empty when it is, else why not."""
        try:
            async with asyncio.timeout(KEPT_S):
                while self._last is None:  # the file is not read yet
                    await self._news.wait()
                wanted = self._asked
                while self._written < wanted:
                    await self._news.wait()
        except TimeoutError:
            return self.state if self.state != "ok" else f"it takes longer than {KEPT_S:g} s"
        return ""

    def end(self, now: float) -> None:
        """The gateway is about to take everything down: what there is now is what comes back."""
        self.keep(now)
        self._last, self._ended = None, True

    async def stop(self, patience: float) -> None:
        """Write what waits."""
        await asyncio.to_thread(self._memory.stop, patience)

    def _found(self, found: Found) -> None:
        """From the memory's thread."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the daemon's loop has ended
            self._loop.call_soon_threadsafe(self._restore, found)

    def _wrote(self, number: int) -> None:
        """From the memory's thread."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._on_disk, number)

    def _on_disk(self, number: int) -> None:
        self._written = number
        self._tell_news()

    def _tell_news(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _restore(self, found: Found) -> None:
        """Bring back what still has its cause; from now on there is something to keep."""
        if self._ended:
            return
        if found.told:
            self._record(found.told)
        if found.kept is not None and found.written is not None:
            now = Moment.now()
            shift = now.shift(found.written)
            if shift is None:
                self._record("no patch is brought back: by this clock they were kept in the future")
            else:
                self._carry_out(self._heart.restore(found.kept, shift, now.monotonic))
        self._last = Kept()
        self.keep(Moment.now().monotonic)
        self._tell_news()
