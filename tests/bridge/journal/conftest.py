"""Journals of the test: written by the real writer, changed by hands that should not."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crosspatch.journal.chain import Verdict
from crosspatch.journal.reading import verify_store
from crosspatch.journal.store import FILE, Store
from crosspatch.journal.writer import Journal
from crosspatch.orders import Record

PATIENCE = 30.0


def numbered(number: int, kind: str = "patch") -> Record:
    return Record(kind, f"p{number % 3}", f"step {number}", {"number": number})


class Box:
    """A state directory and what happens to the journal in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / FILE
        self.now = 1_794_990_000.0
        self.journals: list[Journal] = []

    def journal(self, **settings: object) -> Journal:
        journal = Journal(self.directory, lambda: self.now, **{"retry_s": 0.02, **settings})
        self.journals.append(journal)
        journal.start()
        return journal

    def write(self, *records: Record, **settings: object) -> None:
        """One run of a gateway."""
        journal = self.journal(**settings)
        for record in records:
            journal.write(record)
        journal.stop(PATIENCE)

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, [journal.state for journal in self.journals]
            time.sleep(0.005)

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        store = Store.open_to_read(self.path)
        try:
            yield store
        finally:
            store.close()

    def texts(self) -> list[str | None]:
        with self.store() as store:
            return [entry.text for entry in store.entries()]

    def verdict(self) -> Verdict:
        with self.store() as store:
            return verify_store(store)

    def tamper(self, *statements: str) -> None:
        """What somebody does who may write the file and knows SQLite."""
        db = sqlite3.connect(self.path, isolation_level=None)
        db.execute("DROP TRIGGER IF EXISTS no_change")
        db.execute("DROP TRIGGER IF EXISTS no_removal")
        for statement in statements:
            db.execute(statement)
        db.close()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path / "state")
    yield box
    for journal in box.journals:
        journal.stop(0.0)
