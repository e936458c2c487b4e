"""The memory keeps the newest state whatever happens to its file, and says what it could not."""

import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from crosspatch.kept import Kept, KeptPatch
from crosspatch.memory import FILE, STATES, Found, Memory, Moment

PATIENCE = 30.0


def state(number: int) -> Kept:
    return Kept(patches=(KeptPatch(id=f"p{number}", state="up"),))


class Box:
    """A state directory and the memories that use it, one after the other."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / FILE
        self.moment = Moment("boot-1", 100.0, 1_794_990_000.0)
        self.memories: list[Memory] = []
        self.found: list[Found] = []

    def memory(self) -> Memory:
        memory = Memory(self.directory, self.found.append, moment=lambda: self.moment, retry_s=0.02)
        self.memories.append(memory)
        memory.start()
        return memory

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, [memory.state for memory in self.memories]
            time.sleep(0.005)

    def keep(self, *numbers: int) -> Memory:
        """One run of a gateway."""
        memory = self.memory()
        for number in numbers:
            before = memory.writes
            memory.keep(state(number))
            self.until(lambda: memory.writes > before)  # noqa: B023
        memory.stop(PATIENCE)
        return memory

    def read(self) -> Found:
        """What the next run finds."""
        count = len(self.found)
        memory = self.memory()
        self.until(lambda: len(self.found) > count)
        memory.stop(PATIENCE)
        return self.found[-1]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path / "state")
    yield box
    for memory in box.memories:
        memory.stop(0.0)


def test_the_newest_state_is_found_again_with_its_moment(box: Box) -> None:
    assert box.read() == Found()
    box.keep(1, 2)
    assert box.read() == Found(state(2), box.moment)


def test_only_the_newest_few_states_are_in_the_file(box: Box) -> None:
    box.keep(*range(STATES + 5))
    db = sqlite3.connect(box.path)
    assert db.execute("SELECT count(*) FROM states").fetchone() == (STATES,)
    db.close()


def test_what_is_kept_at_the_very_end_is_written(box: Box) -> None:
    memory = box.memory()
    memory.keep(state(7))
    memory.stop(PATIENCE)
    assert box.read().kept == state(7)


def test_a_locked_file_is_waited_for_and_the_newest_state_with_it(box: Box) -> None:
    box.keep(1)
    db = sqlite3.connect(box.path, isolation_level=None)
    memory = box.memory()
    box.until(lambda: memory.state == "ok")
    db.execute("BEGIN EXCLUSIVE")
    memory.keep(state(2))
    memory.keep(state(3))
    box.until(lambda: memory.state.startswith("failing: "))
    assert memory.state == f"failing: {box.path}: database is locked"
    db.execute("ROLLBACK")
    db.close()
    box.until(lambda: memory.state == "ok")
    memory.stop(PATIENCE)
    assert box.read().kept == state(3)


def test_a_file_that_cannot_be_read_yet_is_not_written_before_it_was(box: Box) -> None:
    box.keep(1)
    db = sqlite3.connect(box.path, isolation_level=None)
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("BEGIN EXCLUSIVE")
    count = len(box.found)
    memory = box.memory()
    memory.keep(state(2))
    box.until(lambda: memory.state.startswith("failing: "))
    assert len(box.found) == count
    db.execute("ROLLBACK")
    db.close()
    box.until(lambda: memory.writes == 1)
    assert box.found[-1].kept == state(1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:4096]),
        lambda path: path.write_bytes(b"not a database at all, whatever its name says" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:2000] + b"\xff" * 5000 + path.read_bytes()[7000:]),
    ],
    ids=["truncated", "foreign", "overwritten"],
)
def test_a_damaged_file_is_set_aside_said_and_begun_anew(box: Box, damage: Callable[[Path], object]) -> None:
    box.keep(*range(STATES))
    damage(box.path)
    with structlog.testing.capture_logs() as logs:
        found = box.read()
    assert found.kept is None
    assert found.told.startswith("what was kept of the patches was damaged (")
    assert [path.name for path in box.directory.glob("patches-damaged-*.sqlite")] == [found.told.rpartition(" ")[2]]
    assert "state of the patches damaged, set aside, begun anew" in [line["event"] for line in logs]
    box.keep(9)
    assert box.read().kept == state(9)


def test_where_only_the_newest_state_is_damaged_an_older_one_helps(box: Box) -> None:
    box.keep(1, 2)
    db = sqlite3.connect(box.path, isolation_level=None)
    db.execute("UPDATE states SET body = X'7b7d' WHERE seq = (SELECT max(seq) FROM states)")
    db.close()
    assert box.read() == Found(state(1), box.moment, "the newest state was damaged, an older one is used")


def test_a_file_that_is_truncated_while_it_is_used_is_begun_anew_with_the_newest_state(box: Box) -> None:
    memory = box.memory()
    memory.keep(state(1))
    box.until(lambda: memory.writes == 1)
    db = sqlite3.connect(box.path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    box.until(lambda: memory._file is not None and memory._file.size > 4096)
    with box.path.open("r+b") as file:
        file.truncate(1000)
    box.until(lambda: memory.writes == 2)
    memory.stop(PATIENCE)
    assert box.read().kept == state(1)


def test_a_file_that_somebody_removes_is_written_again(box: Box) -> None:
    memory = box.memory()
    memory.keep(state(1))
    box.until(lambda: memory.writes == 1)
    for path in box.directory.iterdir():
        path.unlink()
    box.until(lambda: memory.writes == 2)
    memory.stop(PATIENCE)
    assert box.read().kept == state(1)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a small tmpfs can be mounted by root only")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_waited_for_and_the_newest_state_written_then(box: Box, small_disk: Path) -> None:
    box.directory, box.path = small_disk, small_disk / FILE
    memory = box.memory()
    memory.keep(state(1))
    box.until(lambda: memory.writes == 1)
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    big = Kept(patches=tuple(KeptPatch(id="x" * 500, state="up") for _ in range(100)))
    memory.keep(big)
    box.until(lambda: memory.state.startswith("failing: "))
    assert "full" in memory.state
    filler.unlink()
    box.until(lambda: memory.state == "ok")
    memory.stop(PATIENCE)
    assert box.read().kept == big


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    box = Box(tmp_path / "file")
    memory = box.memory()
    box.until(lambda: memory.state.startswith("failing: "))
    assert str(box.path) in memory.state
    threading.Thread(target=memory.stop, args=(0.0,)).start()
    box.until(lambda: not memory._thread.is_alive())


def test_times_of_the_same_boot_are_as_they_were() -> None:
    then = Moment("a", 100.0, 5000.0)
    assert Moment("a", 160.0, 1000.0).shift(then) == 0.0  # whatever the wall clock says


def test_times_of_another_boot_are_moved_by_the_wall_clock() -> None:
    then, now = Moment("a", 100.0, 5000.0), Moment("b", 10.0, 5060.0)
    shift = now.shift(then)
    assert shift is not None
    assert now.monotonic - (then.monotonic + shift) == 60.0


def test_of_a_state_from_the_future_nobody_knows_how_old_it_is() -> None:
    assert Moment("b", 10.0, 4000.0).shift(Moment("a", 100.0, 5000.0)) is None
