"""``python -m tests.bench [--quick] [--json] [NAME …]``: measure, and print one table.

Every module ``bench_NAME.py`` beside this one has ``rows(quick: bool) -> list[Row]``. One that fails is named, the
others go on, and the exit code is 1.
"""

import argparse
import importlib
import sys
import traceback
from pathlib import Path

from rich.console import Console
from tests.bench.table import Machine, Row, print_json, print_table

HERE = Path(__file__).parent

PAPER = 150
"""Columns of the table where no terminal says how many there are."""


def names() -> list[str]:
    """What there is to measure."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def measure(name: str, quick: bool, progress: Console) -> list[Row] | None:
    """The rows of one bench; None when it failed, which is told at once."""
    with progress.status(f"measuring {name}"):
        try:
            rows: list[Row] = importlib.import_module(f"tests.bench.bench_{name}").rows(quick)
        except Exception:  # boundary: one bench must not cost the others their figures  # noqa: BLE001
            progress.print(f"{name}: failed", style="bold red", highlight=False)
            progress.print(traceback.format_exc(), highlight=False, markup=False)
            return None
    progress.print(f"{name}: {len(rows)} figures", highlight=False)
    return rows


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure Crosspatch on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(names())} (default: all)")
    parser.add_argument("--quick", action="store_true", help="short runs: the figures are rough")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - set(names()))
    if unknown:
        parser.error(f"there is no bench {', '.join(unknown)}; there are {', '.join(names())}")
    machine = Machine.here()
    progress = Console(stderr=True)
    found = {name: measure(name, asked.quick, progress) for name in asked.names or names()}
    rows = [row for part in found.values() for row in part or []]
    if asked.json:
        print_json(machine, rows)
    else:
        console = Console()
        print_table(machine, rows, console if console.is_terminal else Console(width=PAPER))
    return 1 if None in found.values() else 0


if __name__ == "__main__":
    sys.exit(main())
