"""A process is killed, or hangs, while nobody speaks: the patch is up again soon, and the next over is whole."""

import os
import signal
import time

import pytest
from tests.e2e.harness import Box, settled
from tests.e2e.processes import until
from tests.e2e.site import BE, NL
from tests.faults.conftest import Figures

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["SIGKILL", "SIGSTOP"])
@pytest.mark.parametrize("process", ["engine", "keeper"])
async def test_service_is_right_again(
    box: Box, figures: Figures, rounds: int, process: str, number: signal.Signals
) -> None:
    away: list[float] = []
    for _ in range(rounds):
        before = box.pids_of(process)
        failed = time.monotonic()
        os.kill(before[0], number)
        await until(lambda: set(box.pids_of(process)).isdisjoint(before) and box.pids_of(process), f"another {process}")  # noqa: B023
        await box.serves()
        away.append(time.monotonic() - failed)
        (heard,) = await box.passes(NL, BE)
        figures.whole(f"{process} {number.name}: lost of the next over", heard)
        await settled(box)
    figures.seconds(f"{process} {number.name}: serves after", away, 3.0)
