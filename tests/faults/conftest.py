"""Faults put into a running box, and the figures it reached: one file a fault, one line of the table a figure.

``make faults`` runs all of them, with more rounds, and prints the table. In the whole suite only those run that are
quick and do not mind a busy machine. A box is shared by the tests that leave it whole.
"""

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from rich.console import Console
from rich.table import Table
from tests.e2e.broker import MOSQUITTO, Broker
from tests.e2e.harness import Box, Heard, settled
from tests.e2e.site import SIDES

FIGURES = pytest.StashKey[list["Figure"]]()

THOROUGH = 10
"""Rounds of each with ``--thorough``."""


IN_EVERY_RUN = {"test_corrupt_files.py", "test_journal_cut.py"}
"""What the whole suite puts in; the rest takes minutes, or measures what a busy machine cannot keep."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was reached under one fault."""

    fault: str
    figure: str
    value: str
    reach: str
    kept: bool


class Figures:
    """Takes the figures of one test; a figure that is not kept fails the test when it has told all of them."""

    def __init__(self, fault: str, into: list[Figure]) -> None:
        """``fault`` is what was put in, in words."""
        self._fault, self._into = fault, into
        self.missed: list[Figure] = []

    def add(self, figure: str, value: str, reach: str, kept: bool) -> None:
        """One figure: what it is, what it was, what it should be, and whether that was kept."""
        told = Figure(self._fault, figure, value, reach, kept)
        self._into.append(told)
        if not kept:
            self.missed.append(told)

    def seconds(self, figure: str, values: list[float], reach: float) -> None:
        """Times in seconds, of which the largest counts."""
        digits = 0 if reach < 1 else 2
        unit, factor = ("ms", 1e3) if reach < 1 else ("s", 1.0)
        text = f"{max(values) * factor:.{digits}f} {unit}"
        more = f" (largest of {len(values)})" if len(values) > 1 else ""
        self.add(figure, text + more, f"≤ {reach * factor:g} {unit}", max(values) <= reach)

    def whole(self, figure: str, heard: Heard) -> None:
        """An over that nothing may be missing of."""
        verdict = heard.verdict
        lost = (verdict.lost_start_ms, verdict.lost_middle_ms, verdict.lost_end_ms)
        kept = verdict.heard and not any(lost)
        self.add(figure, "{:g}/{:g}/{:g} ms".format(*lost) if verdict.heard else "not heard", "0 ms", kept)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="faults: put each in more often")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what is not for every run, unless it is asked for."""
    if collection_path.suffix != ".py" or collection_path.name in IN_EVERY_RUN:
        return None
    asked = any("tests/faults" in argument for argument in config.args)
    return None if asked or config.getoption("--thorough", default=False) else True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table, where figures were taken."""
    figures = config.stash[FIGURES]
    if not figures:
        return
    terminalreporter.section("faults and the figures reached")
    table = Table("fault", "figure", "reached", "to reach", "", box=None, padding=(0, 1))
    for one in figures:
        table.add_row(one.fault, one.figure, one.value, one.reach, "" if one.kept else "MISSED")
    Console(width=150, file=terminalreporter._tw._file, highlight=False).print(table)


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often to put the fault in: once, or with ``--thorough`` many."""
    return THOROUGH if request.config.getoption("--thorough", default=False) else 1


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    """The test's figures, under the first line of its module's docstring."""
    fault = (request.module.__doc__ or request.module.__name__).partition(":")[0]
    taken = Figures(fault, request.config.stash[FIGURES])
    yield taken
    assert taken.missed == []


@pytest.fixture(scope="session")
def broker_directory() -> Iterator[Path]:
    """Where the shared broker keeps its files."""
    with tempfile.TemporaryDirectory(prefix="xp-broker-") as directory:
        yield Path(directory)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker(broker_directory: Path) -> AsyncIterator[Broker]:
    """The shared box's broker; a test that stops it starts it again."""
    if not MOSQUITTO.exists():
        pytest.skip("Mosquitto is not installed")
    broker = Broker(broker_directory)
    broker.start()
    yield broker
    await broker.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_box(broker: Broker) -> AsyncIterator[Box]:
    """Three networks joined at all times, on a broker."""
    async with Box(joined=SIDES, grant_ms=50, mqtt={"broker": broker.address}) as box:
        yield box


@pytest_asyncio.fixture(loop_scope="session")
async def box(shared_box: Box) -> AsyncIterator[Box]:
    """The shared box, serving, before the test and after it."""
    await shared_box.serves()
    await settled(shared_box)
    yield shared_box
    await shared_box.serves()
