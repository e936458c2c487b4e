"""What tests of several rooms need: a private sound server, how hypothesis looks for examples, who runs beside whom.

The same examples every time, so that a run says something about the change; ``HYPOTHESIS_PROFILE=search`` looks for
new ones. No deadlines: a busy machine is no defect.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from crosspatch_drivers.twin.pulse import PulseTwin

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("search", parent=settings.get_profile("house"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # our matrices are small: helpers would only be waited for

CABLES = ("one", "two")
"""Cables of the shared server: a test takes what it needs; tests of one process run one after the other."""

REAL_TIME = (
    "tests/bridge/demo/",
    "tests/bridge/engine/test_process.py",
    "tests/bridge/process/",
    "tests/bridge/test_card.py",
    "tests/drivers/audio/",
    "tests/e2e/",
    "tests/faults/",
)
"""What plays audio as time passes. On several processors (`pytest -n 2`, as `make test` has it) these run one after the
other, and the others beside them."""

YIELDING = 10
"""How nice what only computes is to what must keep time."""


class Scheduling(LoadScopeScheduling):
    """A file at a time; what keeps time as if it were one file."""

    def _split_scope(self, nodeid: str) -> str:
        return "real time" if nodeid.startswith(REAL_TIME) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what keeps time."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not item.nodeid.startswith(REAL_TIME))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ and not item.nodeid.startswith(REAL_TIME):
        os.setpriority(os.PRIO_PROCESS, 0, max(YIELDING, os.getpriority(os.PRIO_PROCESS, 0)))


@contextlib.contextmanager
def pulse_server(*cables: str) -> Iterator[PulseTwin]:
    """A server in a short directory of its own (a socket's path has at most 107 bytes)."""
    directory = Path(tempfile.mkdtemp(prefix="xp-pulse-"))
    try:
        with PulseTwin(directory, cables) as twin:
            yield twin
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(autouse=True)
def _ordinary_priority() -> Iterator[None]:
    """A command that runs in the test's own process and asks for real time does not keep it for the tests after it."""
    before = os.sched_getscheduler(0)
    yield
    if os.sched_getscheduler(0) != before:
        os.sched_setscheduler(0, before, os.sched_param(0))


@pytest.fixture(scope="session")
def pulse_session() -> Iterator[PulseTwin]:
    """One server for all tests that do not stop it."""
    with pulse_server(*CABLES) as twin:
        yield twin


@pytest.fixture
def pulse(pulse_session: PulseTwin, monkeypatch: pytest.MonkeyPatch) -> PulseTwin:
    """The shared server, which PortAudio in this process finds too; children get `environment` by inheritance."""
    for name, value in pulse_session.environment.items():
        monkeypatch.setenv(name, value)
    return pulse_session


@pytest.fixture
def own_pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[PulseTwin]:
    """A server for one test, which may stop and start it."""
    with pulse_server(*CABLES) as twin:
        for name, value in twin.environment.items():
            monkeypatch.setenv(name, value)
        yield twin
