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

from crosspatch.database import WILL_PASS, OpenFile, move_aside
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


class Memory:
    """Remembers the newest state. The daemon's loop calls `keep`; what takes time is the thread's."""

    def __init__(
        self,
        directory: Path,
        on_found: Callable[[Found], None],
        *,
        moment: Callable[[], Moment] = Moment.now,
        retry_s: float = RETRY_S,
    ) -> None:
        """``on_found`` is called once, by the thread, when the file was read or begun anew. Nothing is opened yet."""
        self.path = directory / FILE
        self._on_found, self._moment, self._retry_s = on_found, moment, retry_s
        self._condition = threading.Condition()
        self._newest: bytes | None = None
        self._stopping = False
        self._give_up_at = math.inf
        self._written: bytes | None = None
        self._read = False
        self._told = ""
        self._failing = False
        self._db: sqlite3.Connection | None = None
        self._file: OpenFile | None = None
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
        self.state = "not started"
        self.writes = 0

    def start(self) -> None:
        """Read, then write what is to be kept."""
        self._thread.start()

    def keep(self, kept: Kept) -> None:
        """Remember this instead of what was before; returns at once."""
        with self._condition:
            self._newest = msgspec.json.encode(kept)
            self._condition.notify()

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
            done = self._attempt()
            with self._condition:
                if self._stopping and (self._is_written() or time.monotonic() >= self._give_up_at):
                    break
                if done and self._is_written():
                    self._condition.wait(timeout=None if self._db is None else 1.0)
                elif not done:
                    self._condition.wait(0.05 if self._stopping else self._retry_s)
        self._close()
        if not self._is_written():
            log.error("the newest state of the patches is lost: the file cannot be written", path=str(self.path))

    def _is_written(self) -> bool:
        return self._read and self._newest in (None, self._written)

    def _attempt(self) -> bool:
        """Read if that was not done, write if there is something new; False when the file does not let us."""
        try:
            self._follow_the_file()
            if self._db is None:
                self._open()
            if not self._read:
                self._find()
            self._write()
        except sqlite3.Error as error:
            self._failed(error)
            return False
        except OSError as error:  # the directory is gone, or may not be written
            self._fail(f"{self.path}: {error.strerror or error}")
            return False
        if self._failing:
            self._failing = False
            log.info("the state of the patches is written again", path=str(self.path))
        self.state = "ok"
        return True

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
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
        self._db, self._file = db, OpenFile(self.path)

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
        assert self._db is not None
        with self._condition:
            newest = self._newest
        if newest is None or newest == self._written:
            return
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

    def _follow_the_file(self) -> None:
        """Somebody removed or replaced the file while it was open: what is to be kept goes into what is there now."""
        if self._file is None:
            return
        if self._file.replaced():
            log.warning("the file of the patches' state was removed or replaced", path=str(self.path))
            self._close()
            self._written = None
        else:
            self._file.check_size()

    # ---- when it fails --------------------------------------------------------------------------------------------

    def _failed(self, error: sqlite3.Error) -> None:
        """Locked, full or not to be opened: try again. Anything else is damage: set the file aside and begin anew."""
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in WILL_PASS:
            self._fail(f"{self.path}: {error}")
            return
        self._close()
        self._written = None
        try:
            aside = move_aside(self.path, self._moment().wall)
        except OSError as problem:
            self._fail(f"{self.path}: {error}; cannot be set aside: {problem.strerror or problem}")
            return
        self._told = f"what was kept of the patches was damaged ({error}) and is set aside as {aside}"
        log.error("state of the patches damaged, set aside, begun anew", path=str(self.path), aside=aside)

    def _fail(self, reason: str) -> None:
        self.state = f"failing: {reason}"
        if not self._failing:
            self._failing = True
            log.warning("the state of the patches cannot be read or written; tried again", reason=reason)

    def _close(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = self._file = None


def _whole(body: bytes, digest: str) -> Kept | None:
    """The state, unless it was damaged or is of another shape."""
    if hashlib.sha256(body).hexdigest() != digest:
        return None
    try:
        return msgspec.json.decode(body, type=Kept)
    except msgspec.DecodeError:
        return None
