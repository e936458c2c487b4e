"""The one form in which every bench tells what it measured, and how it is printed, for people or for programs."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``reach`` is the figure it should reach, where one was promised."""

    name: str
    value: str
    reach: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures were measured on."""

    cpu: str
    cores: int
    load: str
    python: str
    kernel: str
    realtime: bool  # whether real-time priority is permitted here

    @classmethod
    def here(cls) -> "Machine":
        """This machine, as it is now."""
        load = " ".join(f"{value:.2f}" for value in os.getloadavg())
        python = f"{platform.python_implementation()} {platform.python_version()}"
        return cls(_cpu_model(), os.cpu_count() or 0, load, python, platform.release(), _realtime())

    def words(self) -> str:
        """One line for a person."""
        realtime = "permitted" if self.realtime else "not permitted"
        return (
            f"{self.cpu}, {self.cores} cores, load {self.load}, {self.python}, "
            f"kernel {self.kernel}, real-time priority {realtime}"
        )


def share(values: Sequence[float], part: float) -> float:
    """The value that ``part`` (0…1) of ``values`` do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def ms(seconds: float, digits: int = 1) -> str:
    """A time as text in milliseconds."""
    return f"{seconds * 1e3:.{digits}f} ms"


def print_table(machine: Machine, rows: Sequence[Row], console: Console) -> None:
    """The machine's figures, then one line for each row."""
    console.print(machine.words(), highlight=False)
    table = Table("measured", "value", "to reach", "how", box=None, padding=(0, 2))
    for row in rows:
        table.add_row(row.name, row.value, row.reach, row.note)
    console.print(table)


def print_json(machine: Machine, rows: Sequence[Row]) -> None:
    """The same for programs."""
    Console(soft_wrap=True).out(
        json.dumps({"machine": asdict(machine), "rows": [asdict(row) for row in rows]}, indent=2)
    )


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _realtime() -> bool:
    """Whether this process could get real-time priority; it is given back at once."""
    try:
        before, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        os.sched_setscheduler(0, before, parameter)
    except OSError:
        return False
    return True
