"""Waiting for what a box says of itself, and looking at what it uses."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tests.e2e.harness import Box, Heard
from tests.e2e.site import BE, LU, NL, Side
from tests.faults.conftest import Figures

from crosspatch.journal.reading import select
from crosspatch.journal.store import FILE, Store
from crosspatch.snapshot import RadioView, Snapshot
from crosspatch_drivers.twin.squeezed import judge_over
from crosspatch_drivers.twin.wav import read_wav


async def when(box: Box, condition: Callable[[Snapshot], object], what: str, within: float = 60.0) -> float:
    """Wait until the box's snapshot fulfils a condition; the time (monotonic) at which it was asked for."""
    try:
        async with asyncio.timeout(within):
            while True:
                now = time.monotonic()
                snapshot = await box.status()
                if snapshot and condition(snapshot):
                    return now
                await asyncio.sleep(0.02)
    except TimeoutError:
        msg = f"not within {within:g} s: {what}\n{box.daemon.tail()}"
        raise TimeoutError(msg) from None


async def when_fit(box: Box, radio: str, fit: bool, within: float = 60.0) -> float:
    """Wait until the box says so of a radio; the time (monotonic)."""
    return await when(
        box, lambda now: radio_of(now, radio).fit is fit, f"{radio} is {'' if fit else 'not '}fit", within
    )


def radio_of(snapshot: Snapshot, name: str) -> RadioView:
    """One radio of a snapshot."""
    return next(radio for radio in snapshot.radios if radio.id == name)


async def heard_by(box: Box, side: Side, after: int, clip: Path | None = None) -> Heard:
    """The first over of a side's network numbered above ``after``, judged against what was said."""
    over = await box.twin.wait_over(side.network, side.gssi, after=after)
    verdict = await asyncio.to_thread(judge_over, read_wav(clip or box.clip()), read_wav(Path(over["wav"])), 1.25)
    return Heard(over, verdict)


@contextlib.asynccontextmanager
async def in_an_over(box: Box, figures: Figures) -> AsyncIterator[None]:
    """While somebody of C2000 speaks and ASTRID's radio is on the air; RENITA's leg must lose nothing of it."""
    before = (await box.counts()).get(LU.network, 0)
    speech = await box.say(NL)
    await box.keyed(BE)
    yield
    await box.twin.said(speech)
    figures.whole("lost on the other leg", await heard_by(box, LU, before))
    await box.serves()


def journal_end(box: Box) -> int:
    """The number of the newest record of the box's journal."""
    store = Store.open_to_read(box.directory / FILE)
    try:
        return store.newest()
    finally:
        store.close()


async def journaled(box: Box, after: int, *sentences: str, within: float = 10.0) -> tuple[str, str, bool]:
    """Wait for these sentences in the journal behind record ``after``; a figure: how many there are, of how many."""
    end = time.monotonic() + within
    while True:
        store = Store.open_to_read(box.directory / FILE)
        texts = [entry.text or "" for entry in select(store, kind=None, subject=None, after=after)]
        store.close()
        found = [sentence for sentence in sentences if any(sentence in text for text in texts)]
        if len(found) == len(sentences) or time.monotonic() > end:
            return f"{len(found)} of {len(sentences)}", f"{len(sentences)}", len(found) == len(sentences)
        await asyncio.sleep(0.1)


def open_files(box: Box) -> int:
    """File descriptors of the daemon's own process."""
    return len(list(Path(f"/proc/{box.daemon.pid}/fd").iterdir()))


def memory(box: Box) -> int:
    """Bytes of memory of the daemon's own process."""
    pages = int(Path(f"/proc/{box.daemon.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
