"""The main job, end to end with real processes: a position opens the patch, and every over arrives whole everywhere."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crosspatch.demo.report import LegResult
from crosspatch.demo.scene import COUNTRIES, RULE

from .conftest import SHORT, Performed

pytestmark = pytest.mark.e2e

PATIENCE = 150.0
"""Seconds in which processes have started or ended, on a busy machine."""


def legs(performed: Performed) -> list[LegResult]:
    return [leg for over in performed.report.overs for leg in over.legs]


def test_every_over_arrives_whole_in_every_other_network(performed: Performed) -> None:
    assert performed.report.failures == []
    assert len(performed.report.overs) == len(SHORT)
    for over in performed.report.overs:
        heard = {leg.network for leg in over.legs}
        assert heard == {country.network for country in COUNTRIES} - {over.network}


def test_nothing_is_lost_at_the_start_or_at_the_end_whatever_the_grant_takes(performed: Performed) -> None:
    for leg in legs(performed):
        assert (leg.lost_start_ms, leg.lost_middle_ms, leg.lost_end_ms) == (0, 0, 0), leg


def test_each_network_took_the_time_to_grant_that_it_was_told_to(performed: Performed) -> None:
    for over, line in zip(performed.report.overs, SHORT, strict=True):
        for leg in over.legs:
            assert leg.access_ms == pytest.approx(line.grant_ms, abs=1.0)
            assert leg.delay_start_ms is not None
            assert leg.delay_start_ms > line.grant_ms - 250 - 200  # the talker's own pause, and look-back


def test_the_patch_opens_before_the_border_although_the_broker_was_away_meanwhile(performed: Performed) -> None:
    assert performed.report.opened_at_m is not None
    assert performed.report.opened_at_m > 0
    assert "the vehicle lost the broker" in performed.said
    assert f"patch {RULE} is up" in performed.said


def test_what_was_received_lies_where_the_report_says(performed: Performed) -> None:
    for leg in legs(performed):
        assert Path(leg.wav).stat().st_size > 16000


def test_nothing_is_left_running(performed: Performed) -> None:
    assert len(performed.children) >= 4  # broker twice, networks, gateway
    assert [pid for pid in performed.children if Path(f"/proc/{pid}").exists()] == []


def demo(folder: Path, **environment: str) -> subprocess.Popen[str]:
    """The command itself."""
    heeding = ("env", "--default-signal=INT")  # a shell that runs the tests in the background ignores Ctrl-C for them
    options = ("--broker", "mosquitto", "--out", str(folder / "out"))
    command = [*heeding, sys.executable, "-m", "crosspatch", "demo", *options]
    variables = {**os.environ, **environment}
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_what_cannot_start_is_named_with_its_reason_and_its_log(tmp_path: Path) -> None:
    broker = tmp_path / "mosquitto"
    broker.write_text("#!/bin/sh\necho the disk is full\nexit 7\n")
    broker.chmod(0o755)
    _, errors = (process := demo(tmp_path, PATH=f"{tmp_path}:{os.environ['PATH']}")).communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "broker ended with exit code 7" in errors
    assert str(tmp_path / "out" / "broker.log") in errors
    assert "the disk is full" in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_everything_it_started(tmp_path: Path, number: signal.Signals) -> None:
    process = demo(tmp_path)
    assert process.stdout
    try:
        while "networks up" not in process.stdout.readline():
            assert process.poll() is None, process.stderr and process.stderr.read()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(children) >= 3  # judge, broker, networks
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "everything that was started has been ended" in errors
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
