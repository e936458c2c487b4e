"""What all of the gateway's SQLite files share: which errors pass by themselves, and where a damaged file goes."""

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
