"""Who commands something is told that it was done when it would outlive a restart, or why it would not."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import msgspec
import pytest
from tests.bridge.heart.box import Box, make_box

from crosspatch.commands import Command
from crosspatch.control.asking import patch_answers
from crosspatch.control.remembering import Remembering
from crosspatch.kept import Kept
from crosspatch.memory import FILE

OPEN = {"do": "open", "patch": "border", "for_s": 600, "why": "a pursuit", "by": "jansen"}


class Gateway:
    """A heart with a memory on disk, and the door where people command."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE
        self.box: Box = make_box()
        self.box.now = time.monotonic()
        self.box.fit()
        self.remembering = Remembering(directory, self.box.heart, lambda _: None, lambda _: None)
        self._answers = patch_answers(self.box.heart, self._handle, self.remembering.kept)

    def _handle(self, command: Command) -> None:
        self.box.event(command)
        self.remembering.keep(time.monotonic())

    async def ask(self, **request: object) -> dict[str, object]:
        answer = self._answers[str(request["do"])](request)
        return msgspec.json.decode(await answer if isinstance(answer, Awaitable) else answer)

    def on_disk(self) -> list[str]:
        """Who wants the patches that the newest state on disk has."""
        with sqlite3.connect(self.path) as db:
            (body,) = db.execute("SELECT body FROM states ORDER BY seq DESC LIMIT 1").fetchone()
        return [patch.hand.by for patch in msgspec.json.decode(body, type=Kept).patches if patch.hand is not None]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    gateway = Gateway(tmp_path)
    yield gateway
    await gateway.remembering.stop(1.0)


@pytest.mark.parametrize("read_before", [True, False])
async def test_a_command_is_answered_when_it_would_outlive_a_restart(gateway: Gateway, read_before: bool) -> None:
    gateway.remembering.start()
    if read_before:
        assert await gateway.remembering.kept() == ""
    answer = await gateway.ask(**OPEN)
    assert gateway.on_disk() == ["jansen"]
    assert "unkept" not in answer
    assert answer["patch"]["by_hand"] == "opened by jansen: a pursuit"


async def test_the_loop_goes_on_while_a_command_waits_for_the_disk(gateway: Gateway) -> None:
    asked = asyncio.ensure_future(gateway.ask(**OPEN))
    await asyncio.sleep(0)
    assert not asked.done()  # nothing was read yet, so nothing is written
    gateway.remembering.start()
    assert "patch" in await asked


async def test_where_the_file_cannot_be_written_the_answer_says_so(gateway: Gateway) -> None:
    gateway.remembering.start()
    assert await gateway.remembering.kept() == ""
    with sqlite3.connect(gateway.path, isolation_level=None) as db:
        db.execute("BEGIN EXCLUSIVE")
        answer = await gateway.ask(**OPEN)
        assert "database is locked" in str(answer["unkept"])
        assert answer["patch"]["by_hand"] == "opened by jansen: a pursuit"  # it was done all the same
        db.execute("ROLLBACK")


async def test_a_refusal_waits_for_nothing(gateway: Gateway) -> None:
    assert await gateway.ask(do="close", patch="border", why="x", by="jansen") == {
        "error": "patch border is down already"
    }
