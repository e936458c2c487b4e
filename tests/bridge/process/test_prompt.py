"""The control process goes before ordinary work where it may, and does without where it may not."""

import os
import subprocess
import sys

import pytest

ASK = (
    "import os; from crosspatch.process.prompt import be_prompt; print(be_prompt(), os.getpriority(os.PRIO_PROCESS, 0))"
)
LIMITED = f"import resource; resource.setrlimit(resource.RLIMIT_NICE, (0, 0)); {ASK}"


def said(code: str, *, plain_user: bool = False) -> str:
    command = [sys.executable, "-c", code]
    if plain_user:
        command = ["setpriv", "--bounding-set", "-sys_nice", "--inh-caps", "-sys_nice", *command]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_it_goes_before_ordinary_work_or_says_that_it_may_not() -> None:
    assert said(ASK) in ("True -15", f"False {os.getpriority(os.PRIO_PROCESS, 0)}")


def test_without_the_right_it_says_so_and_goes_on() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has the right to lose")
    assert said(LIMITED, plain_user=True) == f"False {os.getpriority(os.PRIO_PROCESS, 0)}"
