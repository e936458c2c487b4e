"""Comparing what was spoken with what was received, in a process of its own at low priority: the audio goes first.

The process reads lines of JSON, ``[spoken, received]``, and answers each with a line of JSON, the fields of a verdict.
It ends when its input does.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections import deque
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from crosspatch_drivers.twin.judge import Verdict
from crosspatch_drivers.twin.squeezed import judge_over
from crosspatch_drivers.twin.wav import read_wav

SPEED = 1.25
"""The fastest that a leg which is behind may play (its radio's ``catch_up``)."""

STEPS_BACK = 10
"""How much nicer than others the process is while there is audio to be carried."""


class Judge:
    """The process and its questions. Use it as a context: it is gone afterwards, and so are open questions."""

    def __init__(self) -> None:
        """Not started."""
        self._open: deque[asyncio.Future[Verdict]] = deque()

    async def __aenter__(self) -> "Judge":
        """Start it."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "crosspatch.demo.judging"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            process_group=0,  # Ctrl-C is for the demonstration
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading

    def ask(self, spoken: Path, received: Path) -> "asyncio.Future[Verdict]":
        """The verdict on two WAV files, in its turn. Cancelled when the process ends before."""
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._open.append(future)
        assert self._process.stdin
        self._process.stdin.write(json.dumps([str(spoken), str(received)]).encode() + b"\n")
        return future

    def hurry(self) -> None:
        """Nothing else is going on any more: be as important as others, where that is permitted."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, 0)

    async def _read(self) -> None:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            future = self._open.popleft()
            if not future.cancelled():
                future.set_result(Verdict(**json.loads(line)))
        for future in self._open:
            future.cancel()


def main() -> None:
    """Entry point of the process."""
    os.nice(STEPS_BACK)
    for line in sys.stdin:
        spoken, received = json.loads(line)
        verdict = judge_over(read_wav(Path(spoken)), read_wav(Path(received)), SPEED)
        sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
