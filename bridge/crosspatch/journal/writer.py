"""Writes the journal without ever holding up who writes: a bounded queue, a thread, a file that may fail.

A file that is locked or a disk that is full is waited for, and what is to be written waits with it; a file that is
damaged or foreign is set aside and a new one begun. Each is said once, and so is its end. What the queue could not
hold is counted, and the journal itself tells of the gap.
"""

import contextlib
import math
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog

from crosspatch.database import Lasting
from crosspatch.journal.chain import JOURNAL, Content, Entry, Place, make
from crosspatch.journal.retention import CUT_AT, EVERY_S, RETENTION_DAYS, kept_days
from crosspatch.journal.store import FILE, Store
from crosspatch.orders import Record

WAITING = 20_000
"""Records that may wait for the file: hours of a busy box."""

BATCH = 500
"""Records that are written together at most; each batch costs one wait for the disk."""

STOP_SLACK = 1.0
"""Seconds more than its patience that the end may take: SQLite waits for locks by itself."""

RETRY_S = 1.0
"""Seconds between two attempts at a file that cannot be written."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record with its time, microseconds since the epoch."""

    at_us: int
    record: Record


class Journal(Lasting):
    """The journal of a running gateway. The daemon's loop calls `write`; what takes time is the thread's."""

    def __init__(
        self,
        directory: Path,
        clock: Callable[[], float],
        retention_days: Mapping[str, float] = RETENTION_DAYS,
        *,
        max_waiting: int = WAITING,
        retry_s: float = RETRY_S,
        retain_every_s: float = EVERY_S,
    ) -> None:
        """``clock`` is the wall clock, seconds since the epoch. Nothing is opened yet."""
        super().__init__(directory / FILE, "journal")
        self._clock = clock
        self._retention = retention_days
        self._retry_s = retry_s
        self._queue: queue.Queue[Waiting] = queue.Queue(max_waiting)
        self._stopping = threading.Event()
        self._give_up_at = math.inf
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._store: Store | None = None
        self._place = Place()
        self._pending: list[Waiting] = []
        self._lost_told = 0
        self._retain_at = time.monotonic() + retain_every_s  # by then the clock of a box that just booted is right
        self._retain_every_s = retain_every_s
        self._news: list[tuple[str, dict[str, object]]] = []
        self.written = 0
        self.lost = 0
        self.set_aside = 0

    @property
    def counters(self) -> dict[str, int]:
        """What happened so far, by name."""
        return {
            "journal records": self.written,
            "journal records lost": self.lost,
            "journal files set aside": self.set_aside,
        }

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def write(self, record: Record) -> None:
        """Keep this record; returns at once. When too many wait, the oldest is lost and counted."""
        waiting = Waiting(int(self._clock() * 1e6), record)
        while True:
            try:
                self._queue.put_nowait(waiting)
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    self._queue.get_nowait()
                    self.lost += 1
            else:
                return

    def stop(self, patience: float) -> None:
        """Write what waits, if that is possible within ``patience`` seconds."""
        self._give_up_at = time.monotonic() + patience
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience + STOP_SLACK)

    # ---- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            self._collect()
            done = self.attempt()
            if self._stopping.is_set() and self._finished(done):
                break
            if not done:
                time.sleep(0.05 if self._stopping.wait(self._retry_s) else 0)
        self.close()

    def _finished(self, done: bool) -> bool:
        """Nothing waits any more, or the patience with a file that cannot be written is at its end."""
        waiting = len(self._pending) + self._queue.qsize()
        if waiting and not done and time.monotonic() >= self._give_up_at:
            self.lost += waiting
            log.error("journal records lost: the file cannot be written", path=str(self.path), records=waiting)
            return True
        return not waiting

    def _collect(self) -> None:
        """Take what waits, and wait a little when nothing does."""
        if not self._pending:
            with contextlib.suppress(queue.Empty):
                self._pending.append(self._queue.get(timeout=0.05))
        while len(self._pending) < BATCH:
            try:
                self._pending.append(self._queue.get_nowait())
            except queue.Empty:
                return

    def _open(self) -> None:
        """Open the file, and make sure that it can be gone on with."""
        hollow = self.path.is_file() and self.path.stat().st_size == 0
        store = Store.create_or_open(self.path)
        try:
            if damage := store.damage():
                raise sqlite3.DatabaseError(damage)
            head, last = store.ends()
        except BaseException:
            store.close()
            raise
        if hollow:
            self._tell("begun anew: the file was empty")
        self._store = store
        self._place = max(head, last, key=lambda place: place.seq)
        if last != self._place or head != self._place:
            self._tell("the newest records are not those that were written last", noted=head.seq, found=last.seq)
        log.info("journal open", path=str(self.path), record=self._place.seq, hash=self._place.hash)

    def _write(self) -> None:
        self._write_pending()
        self._retain()

    def _write_pending(self) -> None:
        assert self._store is not None
        lost = self.lost - self._lost_told
        if lost:
            self._tell("records were lost: too many waited for the file", lost=lost)
            self._lost_told += lost
        if not self._pending and not self._news:
            return
        place, entries = self._place, []
        now_us = int(self._clock() * 1e6)
        for text, facts in self._news:
            entries.append(make(place, now_us, JOURNAL, Content(JOURNAL, text, _json(facts))))
            place = Place(entries[-1].seq, entries[-1].hash)
        for waiting in self._pending:
            record = waiting.record
            content = Content(record.subject, record.text, _json(record.facts))
            entries.append(make(place, waiting.at_us, record.kind, content))
            place = Place(entries[-1].seq, entries[-1].hash)
        self._store.append(entries)
        self.written += len(self._pending)
        self._place = place
        self._pending.clear()
        self._news.clear()

    def _retain(self) -> None:
        """Empty what has been kept for its time, now and then."""
        now = self._clock()
        if self._store is None or time.monotonic() < self._retain_at:
            return
        self._retain_at = time.monotonic() + self._retain_every_s
        for kind in self._store.kinds():
            before_us = int((now - kept_days(kind, self._retention) * 86400) * 1e6)
            count = self._store.expired(kind, before_us)
            if count:
                told = self._next(f"{count} records of kind {kind} emptied", emptied=kind, before_us=before_us)
                self._store.empty(kind, before_us, told)
                self._place = Place(told.seq, told.hash)
        longest = max([*self._retention.values(), kept_days("", self._retention)])
        idle = self._store.idle_beginning(int((now - longest * 86400) * 1e6))
        if idle is not None and idle.seq - self._store.place("anchor").seq >= CUT_AT:
            told = self._next(f"emptied records up to {idle.seq} cut off", cut_seq=idle.seq, cut_hash=idle.hash)
            self._store.cut(idle, told)
            self._place = Place(told.seq, told.hash)

    def _next(self, text: str, **facts: object) -> Entry:
        return make(self._place, int(self._clock() * 1e6), JOURNAL, Content(JOURNAL, text, _json(facts)))

    # ---- when it fails --------------------------------------------------------------------------------------------

    def _lost(self) -> None:
        self._tell("the file was removed or replaced while it was written", record=self._place.seq)

    def _began_anew(self, aside: str, error: sqlite3.Error) -> None:
        self.set_aside += 1
        self._tell(f"begun anew: the file before was damaged ({error})", set_aside=aside)

    def _wall(self) -> float:
        return self._clock()

    def _tell(self, text: str, **facts: object) -> None:
        """The journal's next record is about itself."""
        self._news.append((text, facts))

    def _close(self) -> None:
        if self._store is not None:
            log.info("journal closed", path=str(self.path), record=self._place.seq, hash=self._place.hash)
            store, self._store = self._store, None
            store.close()


def _json(facts: Mapping[str, object]) -> str:
    """Facts as they are kept; what is no JSON becomes text."""
    return msgspec.json.encode(facts, enc_hook=str).decode()
