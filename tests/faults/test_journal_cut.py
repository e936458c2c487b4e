"""The power fails while the journal is written: what is found is a whole chain up to some record, never a mixture."""

import random
import shutil
from pathlib import Path

from tests.faults.conftest import Figures

from crosspatch.journal.chain import Content, Place, make
from crosspatch.journal.reading import select, verify_store
from crosspatch.journal.store import FILE, Store

RECORDS = 60


def test_every_cut_leaves_a_whole_chain(tmp_path: Path, figures: Figures, rounds: int) -> None:
    """The file and its write-ahead log as they were when the log had been written up to some byte."""
    source = tmp_path / "whole"
    source.mkdir()
    store = Store.create_or_open(source / FILE)
    place = Place()
    for number in range(RECORDS):
        entry = make(place, 1_000_000 + number, "over", Content(f"patch-{number}", "an over", '{"a":1}'))
        store.append([entry])
        place = Place(entry.seq, entry.hash)
    log = source / f"{FILE}-wal"
    size = log.stat().st_size
    chance = random.Random(7)
    cuts = 100 * rounds
    whole = 0
    for cut in range(cuts):
        copy = tmp_path / f"cut-{cut}"
        copy.mkdir()
        shutil.copy(source / FILE, copy / FILE)
        (copy / log.name).write_bytes(log.read_bytes()[: chance.randrange(size + 1)])
        whole += goes_on(copy)
        shutil.rmtree(copy)
    store.close()
    figures.add("cuts that left a whole chain", f"{whole} of {cuts}", f"{cuts}", whole == cuts)


def goes_on(directory: Path) -> bool:
    """Whether the journal can be read, is whole, and takes another record."""
    store = Store.create_or_open(directory / FILE)
    try:
        if store.damage() or verify_store(store).found:
            return False
        head, last = store.ends()
        place = max(head, last, key=lambda one: one.seq)
        if place.seq:
            store.append([make(place, 2_000_000, "over", Content("after", "", "{}"))])
        return (
            len(select(store, kind="over", subject=None, last=1000)) == place.seq + bool(place.seq)
            and not verify_store(store).found
        )
    finally:
        store.close()
