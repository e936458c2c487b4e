"""Control dies in the middle of a patch that a person opened: it comes back with its reason, owner and expiry."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.e2e.harness import Box
from tests.e2e.processes import until
from tests.e2e.site import BE, NL

from crosspatch.snapshot import PatchView

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def box() -> AsyncIterator[Box]:
    """No rule joins anything: a person has to."""
    async with Box((NL, BE), grant_ms=50, rules="", up=False) as box:
        await box.answers()
        yield box


async def the_patch(box: Box) -> PatchView | None:
    snapshot = await box.status()
    return next((patch for patch in snapshot.patches if patch.id == "incident-7"), None) if snapshot else None


async def is_up(box: Box) -> PatchView:
    """Wait for it."""
    found: list[PatchView] = []
    for _ in range(600):
        patch = await the_patch(box)
        if patch is not None and patch.state == "up":
            found.append(patch)
            break
        await asyncio.sleep(0.05)
    assert found, box.daemon.tail()
    return found[0]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
async def test_a_patch_survives_its_control_process(box: Box, number: int) -> None:
    opened = await box.command(
        do="open",
        patch="incident-7",
        talkgroups=[NL.talkgroup, BE.talkgroup],
        for_s=600,
        why="a fire",
        by="jansen",
    )
    assert "error" not in opened or opened["error"].startswith("patch incident-7 is opened by jansen")
    await is_up(box)
    await box.command(do="leg", patch="incident-7", talkgroup=NL.talkgroup, mode="listen-only", why="x", by="jansen")
    before = await is_up(box)
    await until((box.directory / "patches.sqlite").exists, "the state is kept")
    box.daemon.send(number)
    await box.daemon.ended()
    await box.revive()
    after = await is_up(box)
    assert (after.reason, after.owner, after.authority) == (before.reason, "jansen", "box")
    assert [leg.mode for leg in after.legs] == ["listen-only", "both"]
    assert before.expires_in_s is not None
    assert after.expires_in_s is not None
    assert before.expires_in_s - 120 < after.expires_in_s < before.expires_in_s
    assert "error" not in await box.command(
        do="leg", patch="incident-7", talkgroup=NL.talkgroup, mode="both", why="it is over", by="jansen"
    )
    (heard,) = await box.passes(NL, BE)
    assert heard.verdict.heard, str(heard)
