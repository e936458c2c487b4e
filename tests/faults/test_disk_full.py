"""The disk is full: voice goes on, the box says so, and writes again by itself when there is room."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.harness import Box, settled
from tests.e2e.site import BE, NL
from tests.faults.conftest import Figures
from tests.faults.watching import when

from crosspatch.journal.chain import facts_of
from crosspatch.journal.reading import select, verify_store
from crosspatch.journal.store import FILE, Store

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    where = tmp_path / "disk"
    where.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(where)], capture_output=True, text=True, check=False
    )
    if mount.returncode:
        pytest.skip(f"no file system can be mounted here: {mount.stderr.strip()}")
    yield where
    subprocess.run(["umount", "--lazy", str(where)], check=True)


class SmallDisk(Box):
    """A box that keeps its journal on a disk of its own."""

    state_dir: Path

    def run_options(self) -> list[str]:
        return [*super().run_options(), "--state-dir", str(self.state_dir)]


async def test_voice_goes_on_and_nothing_written_is_lost(small_disk: Path, figures: Figures) -> None:
    box = SmallDisk(grant_ms=50)
    box.state_dir = small_disk
    async with box:
        ballast = small_disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        for _ in range(2):
            (heard,) = await box.passes(NL, BE)
            figures.whole("lost", heard)
            await settled(box)
        await when(box, lambda now: now.journal.startswith("failing"), "the box says that it cannot write")
        ballast.unlink()
        await when(box, lambda now: now.journal == "ok", "it writes again")
        await box.serves()
    store = Store.open_to_read(small_disk / FILE)
    try:
        broken = verify_store(store).found
        overs = len({facts_of(entry)["over"] for entry in select(store, kind="over", subject=None, last=1000)})
    finally:
        store.close()
    figures.add("overs in the journal", f"{overs} of 2", "2", overs == 2)
    figures.add("breaks in its chain", str(broken), "0", not broken)
