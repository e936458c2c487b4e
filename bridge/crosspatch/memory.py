"""The file in which the heart's state outlives the process: SQLite, write-ahead log, the newest few states.

Each state is whole and has a digest, so only the newest is ever needed and an older one helps where that is damaged.
Reading and writing are a thread's: a file that is locked or a disk that is full is waited for, the newest state with
it; a damaged or foreign file is set aside and a new one begun. Each is said once. What comes back is the heart's to
judge; here is only found out how much time went by.
"""

import contextlib
import hashlib
import math
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog

from crosspatch.database import Lasting
from crosspatch.kept import Kept

FILE = "patches.sqlite"
"""Its name in the state directory."""

APPLICATION, FORMAT = 0x58505354, 1
"""``PRAGMA application_id`` and ``user_version``: whose file this is, and of which shape."""

STATES = 8
"""The newest states that the file holds."""

BUSY_S = 0.5
"""Seconds to wait for another process that holds the file before it counts as locked."""

RETRY_S = 0.5
"""Seconds between two attempts at a file that cannot be read or written."""

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Another one after each start of the machine: within one, the monotonic clock goes on."""

TABLE = """CREATE TABLE IF NOT EXISTS states (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    boot TEXT NOT NULL,
    monotonic REAL NOT NULL,
    wall REAL NOT NULL,
    body BLOB NOT NULL,
    digest TEXT NOT NULL
) STRICT"""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment by all clocks there are."""

    boot: str
    monotonic: float
    wall: float

    @classmethod
    def now(cls) -> "Moment":
        """This one."""
        with contextlib.suppress(OSError):
            return cls(BOOT_ID.read_text().strip(), time.monotonic(), time.time())
        return cls("", time.monotonic(), time.time())

    def shift(self, then: "Moment") -> float | None:
        """What to add to monotonic times of ``then``; None where nobody knows how much time went by."""
        if self.boot and self.boot == then.boot:
            return 0.0
        if self.wall < then.wall:  # a clock that is wrong, now or then
            return None
        return self.monotonic - then.monotonic - (self.wall - then.wall)


@dataclass(frozen=True, slots=True)
class Found:
    """What the file held: the newest state that is whole, and when it was written; and what a person should know."""

    kept: Kept | None = None
    written: Moment | None = None
    told: str = ""


class Memory(Lasting):
    """Remembers the newest state. The daemon's loop calls `keep`; what takes time is the thread's."""

    def __init__(
        self,
        directory: Path,
        on_found: Callable[[Found], None],
        *,
        on_written: Callable[[int], None] = lambda _: None,
        moment: Callable[[], Moment] = Moment.now,
        retry_s: float = RETRY_S,
    ) -> None:
        """``on_found`` is called once, by the thread, when the file was read or begun anew. Nothing is opened yet.

        ``on_written`` is called by the thread with the number of the state that is on disk now.
        """
        super().__init__(directory / FILE, "state of the patches")
        self._on_written = on_written
        self._on_found, self._moment, self._retry_s = on_found, moment, retry_s
        self._condition = threading.Condition()
        self._newest: bytes | None = None
        self._number = 0
        self._stopping = False
        self._give_up_at = math.inf
        self._written: bytes | None = None
        self._read = False
        self._told_of = 0
        self._told = ""
        self._db: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
        self.writes = 0

    def start(self) -> None:
        """Read, then write what is to be kept."""
        self._thread.start()

    def keep(self, kept: Kept) -> int:
        """Remember this instead of what was before; returns its number at once."""
        with self._condition:
            self._newest = msgspec.json.encode(kept)
            self._number += 1
            self._condition.notify()
            return self._number

    def stop(self, patience: float) -> None:
        """Write what is to be kept, if that is possible within ``patience`` seconds."""
        with self._condition:
            self._stopping, self._give_up_at = True, time.monotonic() + patience
            self._condition.notify()
        if self._thread.is_alive():
            self._thread.join(patience + 2 * BUSY_S)

    # ---- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            done = self.attempt()
            with self._condition:
                if self._stopping and (self._is_written() or time.monotonic() >= self._give_up_at):
                    break
                if done and self._is_written():
                    self._condition.wait(timeout=None if self._db is None else 1.0)
                elif not done:
                    self._condition.wait(0.05 if self._stopping else self._retry_s)
        self.close()
        if not self._is_written():
            log.error("the newest state of the patches is lost: the file cannot be written", path=str(self.path))

    def _is_written(self) -> bool:
        return self._read and self._newest in (None, self._written)

    def _open(self) -> None:
        db = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            if db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
                db.execute(f"PRAGMA application_id = {APPLICATION}")
                db.execute(f"PRAGMA user_version = {FORMAT}")
                db.execute(TABLE)
            marks = tuple(db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
            if marks != (APPLICATION, FORMAT):
                msg = f"not of this program (application {marks[0]:#x}, format {marks[1]})"
                raise sqlite3.DatabaseError(msg)
            damage = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
            if damage != "ok":
                raise sqlite3.DatabaseError(damage)
        except BaseException:
            db.close()
            raise
        self._db = db

    def _find(self) -> None:
        """Hand on the newest state that is whole."""
        assert self._db is not None
        told = self._told
        rows = self._db.execute("SELECT boot, monotonic, wall, body, digest FROM states ORDER BY seq DESC").fetchall()
        found = Found(told=told)
        for boot, monotonic, wall, body, digest in rows:
            kept = _whole(body, digest)
            if kept is not None:
                found = Found(kept, Moment(boot, monotonic, wall), told)
                break
            told = "the newest state was damaged, an older one is used"
        self._read = True
        self._on_found(found)

    def _write(self) -> None:
        """Read if that was not done, write if there is something new."""
        if not self._read:
            self._find()
        with self._condition:
            newest, number = self._newest, self._number
        if newest is None:
            return
        if newest != self._written:
            self._insert(newest)
        if number != self._told_of:
            self._told_of = number
            self._on_written(number)

    def _insert(self, newest: bytes) -> None:
        assert self._db is not None
        now = self._moment()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute(
                "INSERT INTO states (boot, monotonic, wall, body, digest) VALUES (?, ?, ?, ?, ?)",
                (now.boot, now.monotonic, now.wall, newest, hashlib.sha256(newest).hexdigest()),
            )
            self._db.execute("DELETE FROM states WHERE seq <= (SELECT max(seq) FROM states) - ?", (STATES,))
            self._db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        self._written = newest
        self.writes += 1

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _lost(self) -> None:
        self._written = None

    def _began_anew(self, aside: str, error: sqlite3.Error) -> None:
        self._written = None
        self._told = f"what was kept of the patches was damaged ({error}) and is set aside as {aside}"

    def _wall(self) -> float:
        return self._moment().wall


def _whole(body: bytes, digest: str) -> Kept | None:
    """The state, unless it was damaged or is of another shape."""
    if hashlib.sha256(body).hexdigest() != digest:
        return None
    try:
        return msgspec.json.decode(body, type=Kept)
    except msgspec.DecodeError:
        return None
