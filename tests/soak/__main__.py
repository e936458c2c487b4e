"""``make soak-sim``: a million overs in virtual time, seed after seed on all processors, with the notebook beside them.

Each seed is a world of its own of so many overs. One that fails is named, with how to run it again by itself.
"""

import argparse
import os
import sys
import time
from collections import Counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from tests.soak.running import split, worlds

SHOWN = ("overs", "legs delivered", "legs denied", "legs lost", "legs doubtful", "legs pre-empted", "legs timed out",
         "legs safety", "legs released", "overs that never had the floor", "overs cut at the limit", "commands obeyed",
         "commands refused", "patches expired", "patches without consent", "radios taken for another patch",
         "un-keys told again", "transmitters cut by the watch")  # fmt: skip
"""What the hearts counted that tells whether everything happened."""


def main(words: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="make soak-sim", description=__doc__)
    parser.add_argument("--overs", type=int, default=1_000_000, help="in all (default: a million)")
    parser.add_argument("--each", type=int, default=5_000, help="overs of one seed (default: 5 000)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: 1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worlds at a time (default: processors)")
    asked = parser.parse_args(words)
    console = Console(stderr=True)
    tasks = split(asked.overs, asked.each, asked.seed)
    counts: Counter[str] = Counter()
    done, began = 0, time.perf_counter()
    steps, worked_s, virtual_s = 0, 0.0, 0.0
    columns = (TextColumn("overs"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress, worlds(tasks, asked.jobs) as ended:
        bar = progress.add_task("overs", total=asked.overs)
        for world in ended:
            if world.failure:
                progress.stop()
                sys.stderr.write(f"{world.failure}seed {world.seed} failed; again: {world.again}\n")
                return 1
            counts += world.counts
            done, steps = done + world.overs, steps + world.steps
            worked_s, virtual_s = worked_s + world.worked_s, virtual_s + world.virtual_s
            progress.update(bar, completed=done)
            if not console.is_terminal and done * 10 // asked.overs > (done - world.overs) * 10 // asked.overs:
                console.print(f"{done} of {asked.overs} overs")
    taken = time.perf_counter() - began
    table = Table("what", "figure", title=f"{done} overs, seeds {tasks[0][0]} to {tasks[-1][0]}", title_justify="left")
    for name in (*SHOWN, *sorted(name for name in counts if name.startswith("fault ")), "restarts"):
        table.add_row(name, f"{counts[name]}")
    table.add_row("virtual time", f"{virtual_s / 3600:.0f} h")
    table.add_row("time", f"{taken:.0f} s, {done / taken:.0f} overs/s, {min(asked.jobs, len(tasks))} at a time")
    table.add_row("processor time", f"{worked_s:.0f} s, {done / worked_s:.0f} overs/s of one processor")
    table.add_row("steps of the heart", f"{steps}, {worked_s * 1e6 / steps:.0f} µs each with the world around it")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
