"""Files with changed bytes: a site file is refused with a line or read as valid, a journal is set aside; no crash."""

import random
import time
from pathlib import Path

from tests.faults.conftest import Figures

from crosspatch.config import SiteError, load_site
from crosspatch.journal.chain import Content, Place, make
from crosspatch.journal.store import FILE, Store
from crosspatch.journal.writer import Journal
from crosspatch.orders import Record

EXAMPLE = Path(__file__).parents[2] / "config" / "examples" / "eijsden.toml"


def test_a_site_file_with_a_changed_byte_is_refused_in_words_or_valid(
    tmp_path: Path, figures: Figures, rounds: int
) -> None:
    sound = EXAMPLE.read_bytes()
    chance = random.Random(3)
    path = tmp_path / "site.toml"
    tries = 60 * rounds
    refused = valid = 0
    for attempt in range(tries):
        broken = bytearray(sound)
        if attempt % 4 == 0:
            del broken[chance.randrange(len(broken)) :]
        else:
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        path.write_bytes(broken)
        try:
            load_site(path)
        except SiteError as error:
            refused += bool(str(error).strip())
        else:
            valid += 1
    told = f"{refused} of {tries} refused in words, {valid} valid"
    figures.add("changed site files", told, f"{tries}", refused + valid == tries)


def test_a_journal_with_changed_bytes_is_gone_on_with_or_set_aside(
    tmp_path: Path, figures: Figures, rounds: int
) -> None:
    chance = random.Random(4)
    sound = a_journal(tmp_path / "sound")
    tries, wrote = 12 * rounds, 0
    for attempt in range(tries):
        directory = tmp_path / f"try-{attempt}"
        directory.mkdir()
        broken = bytearray(sound)
        if attempt % 3 == 0:
            del broken[chance.randrange(len(broken)) :]
        else:
            for _ in range(20):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
        (directory / FILE).write_bytes(broken)
        journal = Journal(directory, time.time)
        journal.start()
        journal.write(Record(kind="over", subject="patch", text="after the damage", facts={}))
        journal.stop(patience=20)
        wrote += journal.written == 1 and journal.lost == 0
    figures.add("changed journals", f"{wrote} of {tries} took the next record", f"{tries}", wrote == tries)


def a_journal(directory: Path) -> bytes:
    """The bytes of a journal with some records, closed in good order."""
    directory.mkdir()
    store = Store.create_or_open(directory / FILE)
    place = Place()
    for number in range(100):
        entry = make(place, number, "over", Content(f"patch-{number}", "an over of some length", '{"a":1}'))
        store.append([entry])
        place = Place(entry.seq, entry.hash)
    store.close()
    return (directory / FILE).read_bytes()
