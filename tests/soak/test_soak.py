"""Hundreds of thousands of overs with faults, commands and restarts: what keeps people safe holds at each order."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.soak.__main__ import main
from tests.soak.running import split, worlds
from tests.soak.world import Soak

OVERS = 200_000
"""In all; `make soak-sim` runs a million, of other seeds."""

EACH = 5_000
"""Overs of one seed."""

FIRST = 1_000_001
"""The first seed: another one than that of `make soak-sim`."""

ROOT = Path(__file__).parents[2]

TELLS = """
import hashlib
from tests.soak.world import QuietBox, Soak

told = hashlib.sha256()
event, tick = QuietBox.event, QuietBox.tick


def note(box, orders):
    told.update(repr((box.now, orders)).encode())
    return orders


QuietBox.event = lambda box, what: note(box, event(box, what))
QuietBox.tick = lambda box: note(box, tick(box))
Soak(5).run(300)
print(told.hexdigest())
"""
"""Prints what stands for every order of a seed and its time."""


def test_what_keeps_people_safe_holds_in_every_over_of_many_worlds() -> None:
    counts: Counter[str] = Counter()
    with worlds(split(OVERS, EACH, FIRST), os.cpu_count() or 1) as ended:
        for world in ended:
            assert not world.failure, f"{world.failure}again: {world.again}"
            counts += world.counts
    assert counts["overs"] >= OVERS
    assert counts["legs delivered"] > counts["overs"] / 2


def test_the_same_seed_is_the_same_world() -> None:
    first, second = Soak(5), Soak(5)
    first.run(300)
    second.run(300)
    assert first.counters() == second.counters()
    assert first.box.now == second.box.now


def test_a_seed_is_the_same_world_however_sets_are_ordered() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", TELLS],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


def test_the_program_runs_worlds_in_processes_of_their_own() -> None:
    command = [sys.executable, "-m", "tests.soak", "--overs", "20", "--each", "10", "--jobs", "2"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert "20 overs, seeds 1 to 2" in done.stdout


def test_the_command_prints_its_figures_and_names_a_seed_that_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--overs", "70", "--each", "30", "--seed", "3", "--jobs", "2"]) == 0
    assert "70 overs, seeds 3 to 5" in capsys.readouterr().out
    monkeypatch.setattr(Soak, "no_talker_holds_the_floor_beyond_the_limit", lambda _: 1 / 0)
    assert main(["--overs", "60", "--each", "30", "--seed", "3", "--jobs", "1"]) == 1
    assert "again: make soak-sim ARGS='--seed 3 --overs 30 --each 30 --jobs 1'" in capsys.readouterr().err
