"""What the gateway's SQLite files share: which errors pass, where a damaged one goes, what others do to an open one."""

import contextlib
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

WILL_PASS = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_INTERRUPT,
    }
)
"""Primary result codes of what may pass by itself, or when somebody makes room."""


def move_aside(path: Path, now: float) -> str:
    """Rename a damaged file and its companions (``now``: wall clock); the name of the new place."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.stem}-damaged-{stamp}{path.suffix}")
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            shutil.move(f"{path}{ending}", f"{aside}{ending}")
    return aside.name


class OpenFile:
    """A file that is open, watched from outside: SQLite does not notice what others do to it."""

    def __init__(self, path: Path) -> None:
        """As it is now; its size is taken at the first `check_size`."""
        self._path, self._identity = path, _identity(path)
        self.size = 0

    def replaced(self) -> bool:
        """Whether it was removed, or another file stands in its place."""
        return _identity(self._path) != self._identity

    def check_size(self) -> None:
        """`sqlite3.DatabaseError` when it became shorter than it was."""
        size = self._path.stat().st_size
        if size < self.size:
            msg = f"the file shrank from {self.size} to {size} bytes"
            raise sqlite3.DatabaseError(msg)
        self.size = size


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
