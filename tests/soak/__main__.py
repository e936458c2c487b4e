"""``make soak-sim``: a million overs in virtual time, seed after seed, with the notebook beside them.

Each seed is a world of its own of so many overs. One that fails is named, with how to run it again by itself.
"""

import argparse
import sys
import time
import traceback
from collections import Counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from tests.soak.world import Soak

SHOWN = ("overs", "legs delivered", "legs denied", "legs lost", "legs pre-empted", "legs timed out", "legs safety",
         "legs released", "overs that never had the floor", "overs cut at the limit", "commands obeyed",
         "commands refused", "patches expired", "patches without consent", "radios taken for another patch",
         "un-keys told again", "transmitters cut by the watch")  # fmt: skip
"""What the hearts counted that tells whether everything happened."""


def main(words: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="make soak-sim", description=__doc__)
    parser.add_argument("--overs", type=int, default=1_000_000, help="in all (default: a million)")
    parser.add_argument("--each", type=int, default=10_000, help="overs of one seed (default: 10 000)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: 1)")
    asked = parser.parse_args(words)
    console = Console(stderr=True)
    counts: Counter[str] = Counter()
    worked_ns = steps = done = 0
    seed, began = asked.seed, time.process_time()
    columns = (TextColumn("seed {task.fields[seed]}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("overs", total=asked.overs, seed=seed)
        while done < asked.overs:
            world = Soak(seed)
            each = min(asked.each, asked.overs - done)
            try:
                world.run(each)
            except Exception:  # noqa: BLE001 - boundary: one world, whose failure is told with its seed
                progress.stop()
                traceback.print_exc()
                again = f"make soak-sim ARGS='--seed {seed} --overs {each}'"
                sys.stderr.write(f"seed {seed} failed; again: {again}\n")
                return 1
            counts += world.counters() + world.counts
            worked_ns += world.box.worked_ns
            steps += world.box.steps
            done += each
            seed += 1
            progress.update(task, completed=done, seed=seed)
    taken = time.process_time() - began
    table = Table("what", "figure", title=f"{done} overs, seeds {asked.seed} to {seed - 1}", title_justify="left")
    for name in (*SHOWN, *sorted(name for name in counts if name.startswith("fault ")), "restarts"):
        table.add_row(name, f"{counts[name]}")
    table.add_row("processor time", f"{taken:.1f} s, {done / taken:.0f} overs/s")
    table.add_row("of it the heart", f"{worked_ns / 1e9:.1f} s, {done / (worked_ns / 1e9):.0f} overs/s")
    table.add_row("steps of the heart", f"{steps}, {worked_ns / 1e3 / steps:.1f} µs each")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
