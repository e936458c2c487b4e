"""What the gateway's SQLite files share: what is done when one is locked, full, damaged or taken away.

A file that is locked or a disk that is full is waited for; a damaged or foreign file is set aside and a new one begun.
Each is said once, and so is its end. Not for what is in a file.
"""

import contextlib
import shutil
import sqlite3
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from pathlib import Path

import structlog

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


log = structlog.get_logger()


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


class Lasting(ABC):
    """A file that is written for as long as the gateway runs, whatever becomes of it. All of it is one thread's."""

    def __init__(self, path: Path, what: str) -> None:
        """``what`` it holds, in the log's words. Nothing is opened yet."""
        self.path, self._what = path, what
        self._file: OpenFile | None = None
        self._failing = False
        self.state = "not started"

    def attempt(self) -> bool:
        """Open the file if it is not, and write what waits; False when it does not let us, and is to be tried again."""
        try:
            self._follow()
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._open()
                self._file = OpenFile(self.path)
            self._write()
        except sqlite3.Error as error:
            self._failed(error)
            return False
        except OSError as error:  # the directory is gone, or may not be written
            self._fail(f"{self.path}: {error.strerror or error}")
            return False
        if self._failing:
            self._failing = False
            log.info(f"{self._what} written again", path=str(self.path))
        self.state = "ok"
        return True

    def close(self) -> None:
        """It is opened anew at the next attempt."""
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                self._close()
            self._file = None

    @abstractmethod
    def _open(self) -> None:
        """Open the file and make sure that it can be gone on with; whatever fails leaves nothing open."""

    @abstractmethod
    def _write(self) -> None:
        """Write what waits; it waits on if that fails."""

    @abstractmethod
    def _close(self) -> None:
        """Close what `_open` opened."""

    @abstractmethod
    def _lost(self) -> None:
        """The file is another one from now on: it was removed or replaced."""

    @abstractmethod
    def _began_anew(self, aside: str, error: sqlite3.Error) -> None:
        """The file was damaged and is set aside under this name."""

    @abstractmethod
    def _wall(self) -> float:
        """The wall clock."""

    def _follow(self) -> None:
        """Somebody removed or replaced the file while it was open: go on in what is there now."""
        if self._file is None:
            return
        if self._file.replaced():
            log.warning(f"file of the {self._what} removed or replaced", path=str(self.path))
            self._lost()
            self.close()
        else:
            self._file.check_size()

    def _failed(self, error: sqlite3.Error) -> None:
        """Locked, full or not to be opened: try again. Anything else is damage: set the file aside and begin anew."""
        passing = getattr(error, "sqlite_errorcode", 0) & 0xFF in WILL_PASS
        if passing or isinstance(error, sqlite3.IntegrityError):
            self._fail(f"{self.path}: {error}")
            if not passing:  # somebody else has written: look anew what there is
                self.close()
            return
        self.close()
        try:
            aside = move_aside(self.path, self._wall())
        except OSError as problem:
            self._fail(f"{self.path}: {error}; cannot be set aside: {problem.strerror or problem}")
            return
        self._began_anew(aside, error)
        log.error(f"{self._what} damaged, set aside, begun anew", path=str(self.path), aside=aside, reason=str(error))

    def _fail(self, reason: str) -> None:
        self.state = f"failing: {reason}"
        if not self._failing:
            self._failing = True
            log.warning(f"{self._what} cannot be written; what is to be kept waits", reason=reason)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
