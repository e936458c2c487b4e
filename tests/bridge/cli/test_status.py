"""`crosspatch status` shows what a daemon tells, and says so when there is none or it is of another version."""

import asyncio
import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from crosspatch.cli.app import app
from crosspatch.cli.common import Exit
from crosspatch.control.inbox import Inbox
from crosspatch.snapshot import PatchView, Snapshot

SNAPSHOT = Snapshot(
    gateway="eijsden",
    version="1",
    at=1.0,
    uptime_s=2.0,
    patches=(PatchView(id="to-belgium", rule="to-belgium", state="up", reason="v4101 is near", legs=()),),
)


@pytest.fixture
def run_dir() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="xp-status-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def serve(run_dir: Path) -> Iterator[Callable[[bytes], None]]:
    """A daemon's door, in a thread, that answers `status` with these bytes."""
    loop = asyncio.new_event_loop()
    threads: list[threading.Thread] = []
    inboxes: list[Inbox] = []

    def start(answer: bytes) -> None:
        inbox = Inbox(run_dir, {"status": lambda _: answer})
        inboxes.append(inbox)
        loop.run_until_complete(inbox.open())
        threads.append(threading.Thread(target=loop.run_forever))
        threads[0].start()

    yield start
    for inbox in inboxes:
        asyncio.run_coroutine_threadsafe(inbox.close(), loop).result()
    for thread in threads:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
    loop.close()


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["status", *map(str, words)])


def test_the_snapshot_is_shown_as_tables(serve: Callable[[bytes], None], run_dir: Path) -> None:
    serve(msgspec.json.encode(SNAPSHOT))
    result = run("--run-dir", run_dir)
    assert result.exit_code == Exit.DONE
    assert "v4101 is near" in result.output


def test_json_is_the_snapshot_as_it_is(serve: Callable[[bytes], None], run_dir: Path) -> None:
    serve(msgspec.json.encode(SNAPSHOT))
    result = run("--run-dir", run_dir, "--json")
    assert json.loads(msgspec.json.encode(SNAPSHOT)) == json.loads(result.stdout)


def test_where_no_daemon_answers_the_exit_code_says_so(run_dir: Path) -> None:
    result = run("--run-dir", run_dir)
    assert result.exit_code == Exit.NO_DAEMON
    assert "no daemon answers at " in result.output


@pytest.mark.parametrize("answer", [b'{"error": "unknown request"}', b'{"gateway": 7}', b"[]"])
def test_a_daemon_of_another_version_is_told_apart(
    serve: Callable[[bytes], None], run_dir: Path, answer: bytes
) -> None:
    serve(answer)
    result = run("--run-dir", run_dir)
    assert result.exit_code == Exit.FAILED
    assert "is not understood" in result.output
