"""The raw logs of radios' serial ports, as far as the site file asks for them: written by a thread of their own.

A disk that takes its time must never hold up who keys and un-keys. Not for reading (see `crosspatch radio replay`).
"""

import queue
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import structlog

from crosspatch.plan import RadioPlan
from crosspatch_drivers.radio.pei_log import Entry, LogFile

FOLDER = "pei"
"""Below the state directory; each radio has a file ``<id>.log`` and an older one ``<id>.log.1``."""

MOST_WAITING = 4096
"""Entries that may wait for the disk; when more come, the newest are dropped and counted."""

PATIENCE = 1.0
"""Seconds in which what waits must have been written when the gateway stops."""

log = structlog.get_logger()


class RawLogs:
    """All raw logs of the site."""

    def __init__(self, state_dir: Path | None) -> None:
        """Nothing is opened before something is to be written. Without ``state_dir`` nothing is recorded."""
        self._folder = None if state_dir is None else state_dir / FOLDER
        self._waiting: queue.Queue[tuple[str, Entry] | None] = queue.Queue(MOST_WAITING)
        self._limits: dict[str, int] = {}
        self._files: dict[str, LogFile] = {}
        self._thread: threading.Thread | None = None
        self.counters: Counter[str] = Counter()

    def recorder(self, radio: RadioPlan) -> Callable[[Entry], None] | None:
        """What takes the entries of this radio, never waiting; None when they are not to be kept."""
        if self._folder is None or not radio.raw_log_mb:
            return None
        name = radio.id
        self._limits[name] = round(radio.raw_log_mb * 1e6 / 2)  # a file and its older one

        def record(entry: Entry) -> None:
            try:
                self._waiting.put_nowait((name, entry))
            except queue.Full:
                self.counters["raw log entries dropped"] += 1

        return record

    def start(self) -> None:
        """Begin to write, if there is anything to be written."""
        if self._limits:
            self._thread = threading.Thread(target=self._write_all, name="raw logs", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what waits and close the files; blocks for at most `PATIENCE` twice."""
        if self._thread is not None:
            try:
                self._waiting.put(None, timeout=PATIENCE)
            except queue.Full:
                log.warning("raw logs: the disk takes nothing, what waits is lost")
                return
            self._thread.join(PATIENCE)
            self._thread = None

    def _write_all(self) -> None:
        while (item := self._waiting.get()) is not None:
            name, entry = item
            if name not in self._limits:
                continue
            try:
                self._file(name).write(entry)
            except OSError as error:
                log.warning("raw log: ended", radio=name, path=str(self._path(name)), reason=error.strerror)
                self.counters["raw logs ended"] += 1
                del self._limits[name]
        for file in self._files.values():
            file.close()

    def _file(self, name: str) -> LogFile:
        if name not in self._files:
            self._path(name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._files[name] = LogFile(self._path(name), self._limits[name])
            log.info("raw log: kept", radio=name, path=str(self._path(name)))
        return self._files[name]

    def _path(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{name}.log"
