"""``python -m tests.bench.quality [--quick] [--json] [--page FILE] [NAME …]``: what the bridge does to speech.

Prints each figure beside what was asked of it, and writes a page with pictures. The exit code is 1 when a figure is
not reached.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from tests.bench.quality import backlog, clocks, jitter, laws, listening, vocoded
from tests.bench.quality.figures import Figure, Finding, Measurement
from tests.bench.quality.page import page
from tests.bench.table import Machine

MEASUREMENTS = {part.MEASUREMENT.name: part.MEASUREMENT for part in (vocoded, listening, backlog, clocks, jitter, laws)}

PAPER = 170
"""Columns of the table where no terminal says how many there are."""

PAGE = Path("build/quality.html")


def measured(parts: list[Measurement], quick: bool) -> list[Finding]:
    """Every part in turn, with a bar that shows how far it is."""
    columns = TextColumn("{task.description:40}"), BarColumn(), TimeElapsedColumn()
    findings = []
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=sum(part.steps for part in parts))
        for part in parts:
            begun = 0

            def step(what: str, name: str = part.name) -> None:
                nonlocal begun
                progress.update(task, description=f"{name}: {what}", advance=1 if begun else 0)
                begun += 1

            findings.append(part.run(quick, step))
            progress.update(task, advance=part.steps - max(0, begun - 1))
    return findings


def print_table(machine: Machine, figures: list[Figure], console: Console) -> None:
    """For people."""
    console.print(machine.words(), highlight=False)
    table = Table("measured", "value", "asked", "", "how", box=None, padding=(0, 2))
    for figure in figures:
        reached = {True: "[green]yes[/]", False: "[bold red]no[/]", None: ""}[figure.ok]
        table.add_row(figure.name, figure.measured, figure.asked, reached, figure.note)
    console.print(table)


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.quality", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(MEASUREMENTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="less material: the figures are rough")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE", help=f"where the page goes ({PAGE})")
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - set(MEASUREMENTS))
    if unknown:
        parser.error(f"there is no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    parts = [MEASUREMENTS[name] for name in asked.names or MEASUREMENTS]
    machine = Machine.here()
    findings = measured(parts, asked.quick)
    figures = [figure for finding in findings for figure in finding.figures]
    asked.page.parent.mkdir(parents=True, exist_ok=True)
    asked.page.write_text(page(machine.words(), findings), "utf-8")
    if asked.json:
        Console(soft_wrap=True).out(
            json.dumps({"machine": asdict(machine), "figures": [asdict(figure) for figure in figures]}, indent=2)
        )
    else:
        console = Console()
        print_table(machine, figures, console if console.is_terminal else Console(width=PAPER))
        console.print(f"Pictures and figures: {asked.page.resolve()}", highlight=False, soft_wrap=True)
    return 1 if any(figure.ok is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
