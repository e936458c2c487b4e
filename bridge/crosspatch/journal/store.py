"""The journal's file: SQLite, write-ahead log, append-only by triggers in the file itself.

One `Store` is used by one thread. Errors of SQLite come out as they are: the writer decides what they mean.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from crosspatch.journal.chain import JOURNAL, Entry, Place

FILE = "journal.sqlite"
"""Its name in the state directory."""

FILE_MODE = 0o640
"""At most: its owner writes, its group reads."""

FORMAT = 1
"""Version of the tables below (``PRAGMA user_version``)."""

APPLICATION = 0x58504A4C
"""``PRAGMA application_id``: whose file this is."""

BUSY_S = 0.5
"""Seconds to wait for another process that holds the file before it counts as locked."""

TABLES = (
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {FORMAT}",
    """CREATE TABLE records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT,
    text TEXT,
    facts TEXT,
    digest TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT""",
    "CREATE INDEX by_kind ON records (kind, at_us)",
    "CREATE INDEX by_subject ON records (subject, seq)",
    "CREATE TABLE places (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL) STRICT",
    """CREATE TRIGGER no_change BEFORE UPDATE ON records
WHEN NEW.subject IS NOT NULL OR NEW.text IS NOT NULL OR NEW.facts IS NOT NULL OR NEW.seq <> OLD.seq
  OR NEW.at_us <> OLD.at_us OR NEW.kind <> OLD.kind OR NEW.digest <> OLD.digest OR NEW.hash <> OLD.hash
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TRIGGER no_removal BEFORE DELETE ON records WHEN OLD.subject IS NOT NULL AND OLD.kind <> 'journal'
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
)
"""What an empty file is made into."""

COLUMNS = "seq, at_us, kind, subject, text, facts, digest, hash"


class NotAJournal(sqlite3.DatabaseError):
    """A file that SQLite can read, but that is not a journal of this format."""


def _for_few(path: Path) -> None:
    """Who spoke when and where is nobody else's; SQLite gives the files beside it the same mode."""
    with contextlib.suppress(OSError):  # SQLite tells what is wrong with such a place, in its own words
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, FILE_MODE))
        path.chmod(FILE_MODE & path.stat().st_mode)


class Store:
    """An open journal file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use `create_or_open` or `open_to_read`."""
        self._db = connection

    @classmethod
    def create_or_open(cls, path: Path) -> "Store":
        """Open for writing; a file that is not there yet is made, for its owner and group alone."""
        _for_few(path)
        db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            with _Transaction(db):
                if db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
                    for statement in TABLES:
                        db.execute(statement)
            return cls._checked(db)
        except BaseException:
            db.close()
            raise

    @classmethod
    def open_to_read(cls, path: Path) -> "Store":
        """Open for reading beside the daemon; FileNotFoundError when there is no file."""
        if not path.is_file():
            raise FileNotFoundError(path)
        for mode in ("mode=ro", "immutable=1"):  # the second where even the lock files cannot be made
            db = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=BUSY_S, isolation_level=None)
            try:
                return cls._checked(db)
            except sqlite3.OperationalError:
                db.close()
                if mode != "mode=ro":
                    raise
            except BaseException:
                db.close()
                raise
        raise AssertionError

    @classmethod
    def _checked(cls, db: sqlite3.Connection) -> "Store":
        found = db.execute("PRAGMA application_id").fetchone()[0], db.execute("PRAGMA user_version").fetchone()[0]
        if found != (APPLICATION, FORMAT):
            msg = f"not a journal of this program (application {found[0]:#x}, format {found[1]})"
            raise NotAJournal(msg)
        return cls(db)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # ---- reading --------------------------------------------------------------------------------------------------

    def damage(self) -> str:
        """What SQLite finds wrong with the file's structure; empty when nothing."""
        found = str(self._db.execute("PRAGMA quick_check(1)").fetchone()[0])
        return "" if found == "ok" else found

    def place(self, name: str) -> Place:
        """``anchor`` (where the chain begins) or ``head`` (the newest record when it was written)."""
        row = self._db.execute("SELECT seq, hash FROM places WHERE name = ?", (name,)).fetchone()
        return Place(*row) if row else Place()

    def ends(self) -> tuple[Place, Place]:
        """The newest record that was noted, and the newest that is there, of one moment."""
        with self._transaction():
            row = self._db.execute("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1").fetchone()
            return self.place("head"), Place(*row) if row else self.place("anchor")

    def newest(self) -> int:
        """The number of the newest record."""
        return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()[0])

    def highest(self) -> int:
        """The highest number that any record ever had."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'records'").fetchone()
        return int(row[0]) if row else 0

    def entries(
        self, after: int = 0, where: str = "", values: Iterable[object] = (), last: int | None = None
    ) -> Iterator[Entry]:
        """Records in the order of their numbers, only the newest ``last`` of them if that is given.

        ``where`` is SQL of this package, never of a caller's text.
        """
        sql = f"SELECT {COLUMNS} FROM records WHERE seq > ?{' AND ' + where if where else ''} ORDER BY seq"
        given = [after, *values]
        if last is not None:
            sql = f"SELECT * FROM ({sql} DESC LIMIT ?) ORDER BY seq"
            given.append(last)
        for row in self._db.execute(sql, given):
            yield Entry(*row)

    # ---- writing --------------------------------------------------------------------------------------------------

    def append(self, entries: Iterable[Entry]) -> None:
        """Add records, all or none; they are on the disk when this returns."""
        with self._transaction():
            for entry in entries:
                self._insert(entry)

    def expired(self, kind: str, before_us: int) -> int:
        """How many records of this kind, older than that, still have their content."""
        sql = "SELECT count(*) FROM records WHERE kind = ? AND at_us < ? AND subject IS NOT NULL"
        return int(self._db.execute(sql, (kind, before_us)).fetchone()[0])

    def kinds(self) -> list[str]:
        """The kinds of records that are kept for a time only."""
        rows = self._db.execute("SELECT DISTINCT kind FROM records WHERE kind <> ?", (JOURNAL,))
        return [str(row[0]) for row in rows]

    def empty(self, kind: str, before_us: int, told: Entry) -> None:
        """Remove the contents of expired records, and add the record that tells of it."""
        with self._transaction():
            self._db.execute(
                "UPDATE records SET subject = NULL, text = NULL, facts = NULL"
                " WHERE kind = ? AND at_us < ? AND subject IS NOT NULL",
                (kind, before_us),
            )
            self._insert(told)

    def idle_beginning(self, before_us: int) -> Place | None:
        """The last record of a beginning that holds nothing any more: all emptied, or of the journal and that old."""
        sql = "SELECT min(seq) FROM records WHERE subject IS NOT NULL AND (kind <> ? OR at_us >= ?)"
        first = self._db.execute(sql, (JOURNAL, before_us)).fetchone()[0]
        if first is None:
            return None
        found = self._db.execute("SELECT seq, hash FROM records WHERE seq = ?", (first - 1,)).fetchone()
        return Place(*found) if found else None

    def cut(self, anchor: Place, told: Entry) -> None:
        """Remove the records up to ``anchor``, and add the record that tells of it."""
        with self._transaction():
            self._db.execute("DELETE FROM records WHERE seq <= ?", (anchor.seq,))
            self._set("anchor", anchor)
            self._insert(told)

    def _insert(self, entry: Entry) -> None:
        row = (
            entry.seq, entry.at_us, entry.kind, entry.subject, entry.text, entry.facts, entry.digest, entry.hash,
        )  # fmt: skip
        self._db.execute(f"INSERT INTO records ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._set("head", Place(entry.seq, entry.hash))

    def _set(self, name: str, place: Place) -> None:
        self._db.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", (name, place.seq, place.hash))

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)


class _Transaction:
    """All or nothing; what failed is rolled back even where SQLite has done so already."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            try:
                self._db.execute("COMMIT")
            except sqlite3.Error:
                self._roll_back()
                raise
        else:
            self._roll_back()

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
