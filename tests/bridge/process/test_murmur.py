"""What a child writes on its standard error is in our log, and never holds the child up."""

import asyncio
import os
import subprocess
import sys
import time

from structlog.testing import capture_logs

from crosspatch.process.murmur import MOST_A_SECOND, Murmur

PATIENCE = 20.0


def start(code: str, murmur: Murmur) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code], stderr=murmur.theirs)


async def said(code: str) -> list[str]:
    """The lines in the log of a child that runs this."""
    murmur = Murmur("card 1")
    child = start(code, murmur)
    with capture_logs() as told:
        murmur.begin()
        end = time.monotonic() + PATIENCE
        while child.poll() is None and time.monotonic() < end:  # noqa: ASYNC110 - a process is no event
            await asyncio.sleep(0.01)
        murmur.end()
    assert child.wait(PATIENCE) == 0
    assert {"card 1"} >= {line["process"] for line in told}
    return [line["line"] for line in told if "line" in line]


async def test_each_line_is_logged_with_who_wrote_it_the_unfinished_one_too() -> None:
    assert await said("import os; os.write(2, b'ALSA underrun\\n\\xff and\\nso on')") == [
        *("ALSA underrun", "\ufffd and", "so on")
    ]


async def test_a_flood_costs_a_few_lines_and_no_time() -> None:
    flood = """
import os
for _ in range(20000):
    try:
        os.write(2, b"underrun occurred\\n")
    except BlockingIOError:
        pass
"""
    assert len(await said(flood)) < 20 * MOST_A_SECOND


async def test_a_child_that_nobody_listens_to_any_more_goes_on() -> None:
    murmur = Murmur("engine")
    code = "import os\nfor _ in range(9999):\n try: os.write(2, b'x' * 99)\n except BlockingIOError: pass"
    child = start(code, murmur)
    assert await asyncio.to_thread(child.wait, PATIENCE) == 0
    os.close(murmur.theirs)
    os.close(murmur._ours)
