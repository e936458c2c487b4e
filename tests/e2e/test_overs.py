"""An officer's sentence arrives whole in every other network, in both directions, however long the grant takes."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.e2e.harness import Box
from tests.e2e.site import BE, LU, NL, SIDES, Side

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def box() -> AsyncIterator[Box]:
    async with Box(joined=SIDES) as box:
        yield box


@pytest.mark.parametrize(("grant_ms", "source"), [(100, NL), (500, BE), (2000, LU)])
async def test_nothing_of_a_sentence_is_lost_however_long_the_grant_takes(
    box: Box, grant_ms: float, source: Side
) -> None:
    for side in SIDES:
        await box.twin.set(side.network, {"grant_ms": grant_ms})
    others = [side for side in SIDES if side is not source]
    for heard in await box.passes(source, *others):
        verdict = heard.verdict
        assert (verdict.heard, verdict.lost_start_ms, verdict.lost_end_ms) == (True, 0, 0), str(heard)
    snapshot = await box.status()
    assert snapshot is not None
    assert [leg.outcome for leg in snapshot.overs[-1].legs] == ["delivered"] * 2
    assert [leg.lost_ms for leg in snapshot.overs[-1].legs] == [0.0] * 2


async def test_the_talker_is_named_in_full(box: Box) -> None:
    snapshot = await box.status()
    assert snapshot is not None
    assert {"204-00001-501", "206-00001-501", "270-00001-501"} == {over.talker for over in snapshot.overs}
