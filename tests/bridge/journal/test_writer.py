"""The writer keeps everything in order, never holds up who writes, and goes on whatever happens to the file."""

import contextlib
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from crosspatch.journal.writer import Journal
from crosspatch.orders import Record


def numbered(number: int, kind: str = "patch") -> Record:
    return Record(kind, f"p{number % 3}", f"step {number}", {"number": number})


def steps(*numbers: int) -> list[str]:
    return [f"step {number}" for number in numbers]


def test_records_are_kept_in_their_order_and_the_chain_holds(box) -> None:
    box.write(*map(numbered, range(1200)))
    assert box.texts() == steps(*range(1200))
    assert (box.verdict().records, box.verdict().found) == (1200, 0)


def test_a_second_run_goes_on_where_the_first_ended(box) -> None:
    box.write(numbered(1))
    box.write(numbered(2))
    assert box.texts() == steps(1, 2)
    assert box.verdict().found == 0


def test_facts_of_any_kind_are_kept(box) -> None:
    box.write(Record("over", "p", "x", {"list": [1, None, "ü"], "path": Path("/a"), "number": 1.5}))
    with box.store() as store:
        (entry,) = store.entries()
    assert entry.facts == '{"list":[1,null,"ü"],"path":"/a","number":1.5}'
    assert entry.at_us == int(box.now * 1e6)


def test_the_file_refuses_changes_and_removals(box) -> None:
    box.write(numbered(1), numbered(2))
    db = sqlite3.connect(box.path)
    for statement in (
        "UPDATE records SET text = 'x'",
        "DELETE FROM records",
        "UPDATE records SET seq = 7 WHERE seq = 2",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)
    db.close()


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE records SET text = 'another' WHERE seq = 3", 3),
        ("UPDATE records SET at_us = at_us + 1 WHERE seq = 3", 3),
        ("DELETE FROM records WHERE seq = 3", 3),
        ("DELETE FROM records WHERE seq = 1", 1),
        ("DELETE FROM records WHERE seq = 5", 5),
        ("UPDATE records SET subject = NULL, text = NULL, facts = NULL WHERE seq = 3", 3),
    ],
)
def test_what_somebody_does_to_the_file_is_found(box, statement: str, seq: int) -> None:
    box.write(*map(numbered, range(1, 6)))
    box.tamper(statement)
    assert [fault.seq for fault in box.verdict().faults] == [seq]


def test_newest_records_removed_with_their_note_are_found(box) -> None:
    box.write(*map(numbered, range(1, 6)))
    with box.store() as store:
        fourth = list(store.entries())[3]
    box.tamper("DELETE FROM records WHERE seq = 5", f"UPDATE places SET seq = 4, hash = '{fourth.hash}'")
    assert [fault.text for fault in box.verdict().faults] == ["record 5 is missing"]


def test_newest_records_that_are_missing_at_the_start_are_told_and_stay_found(box) -> None:
    box.write(*map(numbered, range(1, 6)))
    box.tamper("DELETE FROM records WHERE seq = 5")
    box.write(numbered(6))
    assert box.texts()[-2:] == ["the newest records are not those that were written last", "step 6"]
    assert [fault.text for fault in box.verdict().faults] == ["record 5 is missing"]


def test_writing_never_waits_and_what_is_lost_is_counted_and_told(box) -> None:
    journal = box.journal(max_waiting=10)
    box.until(lambda: journal.state == "ok")
    lock = sqlite3.connect(box.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    began = time.perf_counter()
    for number in range(2000):
        journal.write(numbered(number))
    took = time.perf_counter() - began
    lock.execute("ROLLBACK")
    lock.close()
    box.until(lambda: journal.written + journal.lost == 2000)
    journal.stop(30)
    assert took < 15, "2000 records, while nobody could write"
    assert journal.lost >= 2000 - 10 - 500 - 10  # what waits in the queue, and what the thread had taken
    texts = box.texts()
    assert texts[-1] == "step 1999"
    assert "records were lost: too many waited for the file" in texts
    with box.store() as store:
        lost = [entry.facts for entry in store.entries() if entry.kind == "journal"]
    assert sum(int(facts.partition(":")[2][:-1]) for facts in lost) == journal.lost
    assert box.verdict().found == 0


def test_a_locked_file_is_waited_for_and_said_once(box) -> None:
    with structlog.testing.capture_logs() as lines:
        journal = box.journal()
        box.until(lambda: journal.state == "ok")
        lock = sqlite3.connect(box.path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        journal.write(numbered(1))
        box.until(lambda: "locked" in journal.state)
        journal.write(numbered(2))
        lock.execute("ROLLBACK")
        lock.close()
        box.until(lambda: journal.written == 2)
        journal.stop(30)
    assert box.texts() == steps(1, 2)
    warnings = [line["event"] for line in lines if line["log_level"] == "warning"]
    assert warnings == ["journal cannot be written; what is to be kept waits"]
    assert [line["event"] for line in lines].count("journal written again") == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    mounted = subprocess.run(command, check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("a small tmpfs can be mounted by root only")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_waited_for_and_nothing_is_lost(box, small_disk: Path) -> None:
    box.directory = small_disk
    box.path = small_disk / box.path.name
    journal = box.journal()
    filler = small_disk / "filler"
    number = 0
    box.until(lambda: journal.state == "ok")
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    while journal.state == "ok":
        number += 1
        journal.write(numbered(number))
        time.sleep(0.001)
    assert "full" in journal.state
    filler.unlink()
    box.until(lambda: journal.written == number)
    assert journal.state == "ok"
    journal.stop(30)
    assert box.texts() == steps(*range(1, number + 1))
    assert box.verdict().found == 0


def damage_header(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 + 100)


def garble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:12288] = b"\xa5" * 8192
    path.write_bytes(content)


def foreign(path: Path) -> None:
    path.unlink()
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE songs (title)")
    db.close()


@pytest.mark.parametrize("harm", [damage_header, truncate, garble, foreign])
def test_a_damaged_file_is_set_aside_and_a_new_one_says_so(box, harm) -> None:
    box.write(*map(numbered, range(300)))
    harm(box.path)
    with structlog.testing.capture_logs() as lines:
        box.write(numbered(1000))
    first, second = box.texts()
    assert first is not None
    assert first.startswith("begun anew: the file before was damaged (")
    assert second == "step 1000"
    assert box.verdict().found == 0
    (aside,) = box.directory.glob("journal-damaged-*.sqlite")
    assert [line["aside"] for line in lines if line["log_level"] == "error"] == [aside.name]


@pytest.mark.parametrize("harm", [truncate, lambda path: os.truncate(path, 0)], ids=["half", "empty"])
def test_a_file_that_is_truncated_under_our_hands_is_set_aside(box, harm) -> None:
    journal = box.journal()
    for number in range(300):
        journal.write(numbered(number))
    box.until(lambda: journal.written == 300)
    db = sqlite3.connect(box.path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    journal.write(numbered(300))
    box.until(lambda: journal.written == 301)
    harm(box.path)
    journal.write(numbered(301))
    box.until(lambda: journal.written == 302)
    journal.stop(30)
    assert journal.set_aside == 1
    assert box.texts()[-1] == "step 301"
    assert box.verdict().found == 0


def test_an_empty_file_is_begun_anew_and_says_so(box) -> None:
    box.directory.mkdir()
    box.path.touch()
    box.write(numbered(1))
    assert box.texts() == ["begun anew: the file was empty", "step 1"]


def test_a_file_that_is_removed_under_our_hands_is_made_again(box) -> None:
    journal = box.journal()
    journal.write(numbered(1))
    box.until(lambda: journal.written == 1)
    for path in box.directory.iterdir():
        path.unlink()
    journal.write(numbered(2))
    box.until(lambda: journal.written == 2)
    journal.stop(30)
    assert box.texts() == ["the file was removed or replaced while it was written", "step 2"]


def test_a_directory_that_cannot_be_made_is_said_and_writing_goes_on_when_it_can(box) -> None:
    box.directory.write_text("in the way")
    journal = box.journal()
    journal.write(numbered(1))
    box.until(lambda: journal.state.startswith("failing: "))
    box.directory.unlink()
    box.until(lambda: journal.written == 1)
    journal.stop(30)
    assert box.texts() == steps(1)


def test_two_writers_by_mistake_still_make_one_chain(box) -> None:
    one, other = box.journal(), box.journal()
    for number in range(100):
        (one if number % 2 else other).write(numbered(number))
        time.sleep(0.001)
    box.until(lambda: one.written + other.written == 100)
    one.stop(30)
    other.stop(30)
    assert sorted(text for text in box.texts() if text and text.startswith("step")) == sorted(steps(*range(100)))
    assert box.verdict().found == 0


def test_an_end_without_room_for_what_waits_is_said(box) -> None:
    journal = box.journal()
    box.until(lambda: journal.state == "ok")
    lock = sqlite3.connect(box.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    journal.write(numbered(1))
    with structlog.testing.capture_logs() as lines:
        journal.stop(0.1)
    lock.close()
    assert journal.lost == 1
    assert [line["records"] for line in lines if line["log_level"] == "error"] == [1]


def _write_for_ever(directory: str, ready: object) -> None:
    journal = Journal(Path(directory), time.time)
    journal.start()
    number = 0
    while True:
        number += 1
        journal.write(numbered(number))
        time.sleep(0.0002)
        if journal.written > 200:
            ready.set()  # type: ignore[attr-defined]


def test_a_process_killed_while_it_writes_leaves_a_whole_journal(box) -> None:
    box.directory.mkdir()
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    child = context.Process(target=_write_for_ever, args=(str(box.directory), ready), daemon=True)
    child.start()
    assert ready.wait(30)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert box.verdict().records > 200
    assert box.verdict().found == 0
    box.write(Record("patch", "p", "after", {}))
    assert box.texts()[-1] == "after"
    assert box.verdict().found == 0


def test_contents_are_removed_when_their_time_is_over_and_the_chain_holds(box) -> None:
    days = {"position": 1.0, "patch": 365.0}
    box.write(numbered(1, "position"), numbered(2, "patch"))
    box.now += 2 * 86400
    journal = box.journal(retention_days=days, retain_every_s=0.0)
    journal.write(numbered(3, "position"))
    box.until(lambda: len(box.texts()) == 4)
    journal.stop(30)
    assert box.texts() == [None, "step 2", "step 3", "1 records of kind position emptied"]
    verdict = box.verdict()
    assert (verdict.found, verdict.emptied) == (0, 1)


def test_a_long_beginning_without_contents_is_cut_off_and_the_chain_holds(box, monkeypatch) -> None:
    monkeypatch.setattr("crosspatch.journal.writer.CUT_AT", 10)
    box.write(*(numbered(number, "over") for number in range(20)))
    box.now += 400 * 86400
    journal = box.journal(retention_days={"over": 1.0}, retain_every_s=0.0)
    box.until(lambda: any("cut off" in (text or "") for text in box.texts()))
    journal.write(numbered(99, "over"))
    journal.stop(30)
    assert box.texts() == ["20 records of kind over emptied", "emptied records up to 20 cut off", "step 99"]
    verdict = box.verdict()
    assert (verdict.found, verdict.first, verdict.last.seq) == (0, 21, 23)


def test_the_file_is_for_its_owner_and_group_alone(box) -> None:
    box.write(numbered(1))
    assert (box.path.stat().st_mode & 0o137) == 0
