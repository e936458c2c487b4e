"""What tests of several rooms need: a private sound server, and how hypothesis looks for examples.

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

from crosspatch_drivers.twin.pulse import PulseTwin

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("search", parent=settings.get_profile("house"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # our matrices are small: helpers would only be waited for

CABLES = ("one", "two")
"""Cables of the shared server: a test takes what it needs; tests of one process run one after the other."""


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
