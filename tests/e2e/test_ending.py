"""SIGTERM in the middle of an over: transmitters off, exit code 0, no process, socket or shared memory left."""

import signal
import time

import pytest
from tests.e2e.harness import Box
from tests.e2e.processes import children, is_alive
from tests.e2e.site import BE, NL

pytestmark = pytest.mark.e2e


async def test_a_daemon_that_is_asked_to_stop_leaves_no_transmitter_on_and_nothing_behind() -> None:
    async with Box() as box:
        await box.say(NL)
        await box.keyed(BE)
        pids = [box.daemon.pid, *children(box.daemon.pid)]
        asked_at = time.monotonic()
        box.daemon.send(signal.SIGTERM)
        assert await box.unkeyed(BE) >= asked_at
        assert await box.daemon.ended() == 0, box.daemon.tail()
        assert [pid for pid in pids if is_alive(pid)] == []
        assert not (box.directory / "control.sock").exists()
        assert not (await box.twin.radios())["be"]["transmitting"]
