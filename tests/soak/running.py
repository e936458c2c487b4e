"""Worlds run to their end, in this process or in several: what becomes of each, or why it failed."""

import multiprocessing
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.soak.world import Soak


@dataclass(frozen=True, slots=True)
class Done:
    """One seed's world after its overs; ``failure`` is the traceback of what did not hold."""

    seed: int
    overs: int
    failure: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    virtual_s: float = 0.0
    worked_s: float = 0.0

    @property
    def again(self) -> str:
        """How to run it by itself."""
        return f"make soak-sim ARGS='--seed {self.seed} --overs {self.overs} --each {self.overs} --jobs 1'"


def run(task: tuple[int, int]) -> Done:
    """A seed and its overs, in whatever process."""
    seed, overs = task
    began = time.process_time()
    try:
        world = Soak(seed)
        began_at = world.box.now
        world.run(overs)
    except Exception:  # noqa: BLE001 - boundary: one world, whose failure is told with its seed
        return Done(seed, overs, traceback.format_exc())
    counts = world.counters() + world.counts
    return Done(seed, overs, "", counts, world.box.steps, world.box.now - began_at, time.process_time() - began)


def split(overs: int, each: int, first: int) -> list[tuple[int, int]]:
    """So many overs as seeds, each of so many at most."""
    return [(first + at // each, min(each, overs - at)) for at in range(0, overs, each)]


@contextmanager
def worlds(tasks: list[tuple[int, int]], jobs: int) -> Iterator[Iterator[Done]]:
    """The worlds as they end, so many at a time; leaving it ends those that still run."""
    if jobs == 1:
        yield map(run, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield pool.imap_unordered(run, tasks)
