"""systemd finds nothing wrong with the unit, and its sandbox keeps its score."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "systemd" / "crosspatch.service"
ANALYZE = shutil.which("systemd-analyze")

HIGHEST_EXPOSURE = 20
"""Tenths of systemd-analyze's exposure level (0 best, 100 worst) that the unit may reach."""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with its program and user replaced by ones that exist on this machine."""
    text = UNIT.read_text().replace("/opt/crosspatch/bin/crosspatch", "/bin/true")
    text = text.replace("User=crosspatch", "User=daemon").replace("Group=crosspatch", "Group=daemon")
    text = re.sub(r"^Documentation=.*\n", "", text, flags=re.M)
    path = tmp_path / "crosspatch.service"
    path.write_text(text)
    return path


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    about_us = [line for line in done.stderr.splitlines() if "crosspatch" in line]
    assert about_us == []
    assert done.returncode == 0


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_the_sandbox_keeps_its_score(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={HIGHEST_EXPOSURE}", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-400:]


def test_the_unit_unkeys_whatever_ended_the_daemon() -> None:
    assert "ExecStopPost=/opt/crosspatch/bin/crosspatch unkey --all /etc/crosspatch/site.toml" in UNIT.read_text()


def test_nothing_is_done_before_the_start_while_nobody_is_patched() -> None:
    assert "ExecStartPre" not in UNIT.read_text()
