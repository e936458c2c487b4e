"""The control process goes before ordinary work where it may, and does without where it may not."""

import os
import subprocess
import sys

import pytest

SAY = "import os; from crosspatch.process.prompt import be_prompt; print(be_prompt(), os.sched_getscheduler(0))"
REFUSE = "import os\ndef no(*_): raise PermissionError\nos.sched_setscheduler = no\n"
"""Real time is not permitted."""

WITHOUT_THE_RIGHT = ["setpriv", "--bounding-set", "-sys_nice", "--inh-caps", "-sys_nice"]


def said(code: str, *before: str) -> str:
    """What a child says."""
    command = [*before, sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


@pytest.fixture(autouse=True)
def root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root surely has the right, and can lose it")


def test_it_is_real_time_where_that_is_permitted() -> None:
    assert said(SAY) == f"real-time priority 10 {os.SCHED_RR}"


def test_it_goes_before_ordinary_work_where_real_time_is_not_permitted() -> None:
    assert said(REFUSE + SAY) == f"niceness -15 {os.SCHED_OTHER}"


def test_it_goes_on_without_any_right() -> None:
    assert said(SAY, *WITHOUT_THE_RIGHT) == f"no precedence {os.SCHED_OTHER}"
