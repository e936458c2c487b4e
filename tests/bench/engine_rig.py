"""What the benches of the engine share: speech, a control that feeds a real process, real-time priority for a while."""

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np

from crosspatch.events import PortChanged
from crosspatch.process.link import Link
from crosspatch.process.messages import Beat, ChannelSetup, EngineSetup, FromEngine, Stop
from crosspatch_drivers.twin.officer import Samples
from crosspatch_drivers.twin.wav import read_wav

BENCH_PRIORITY = 28
"""Real-time priority of what is measured in this process, and of a feeder: below the engine's."""

PATIENCE = 30.0


def speech(seconds: float) -> Samples:
    """A woman's sentences again and again, over a little noise."""
    clip = read_wav(Path(str(files("crosspatch.demo"))) / "data" / "harvard_F1_16k.wav")
    sound = np.resize(clip, round(seconds * 16000))
    return np.asarray(sound + np.random.default_rng(1).normal(0, 3e-4, sound.size), np.float32)


@contextlib.contextmanager
def realtime() -> Iterator[bool]:
    """Real-time priority for this thread and what it starts, where permitted; whether it is."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(BENCH_PRIORITY))
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


class Engine:
    """A real engine process on datagram ports, and what it says. Call `step` at least every 0.1 s."""

    def __init__(self, channels: Sequence[ChannelSetup]) -> None:
        ours, theirs = Link.pair()
        command = [sys.executable, "-m", "crosspatch.engine", "--link", str(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(command, pass_fds=(theirs.fileno(),))
        self.link: Link[msgspec.Struct, msgspec.Struct] = Link(ours, FromEngine)
        self.link.send(EngineSetup(tuple(channels)))
        self.said: list[msgspec.Struct] = []
        self._beat_at = 0.0
        self.until(lambda: sum(isinstance(message, PortChanged) for message in self.said) == len(channels))

    def step(self, seconds: float = 0.0) -> None:
        """Listen for so long, and beat when it is time."""
        select.select([self.link], [], [], seconds)
        self.said += self.link.receive()
        now = time.monotonic()
        if now >= self._beat_at:
            self._beat_at = now + 0.05
            self.link.send(Beat(0))

    def until(self, condition: Callable[[], bool]) -> None:
        """Listen until it is so."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                msg = f"the engine did not do what was waited for; it said {self.said[-3:]}"
                raise TimeoutError(msg)
            self.step(0.01)

    def close(self) -> None:
        """Tell it to leave."""
        self.link.send(Stop())
        self.process.wait(10)
        self.link.close()
