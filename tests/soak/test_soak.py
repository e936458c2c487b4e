"""Thousands of overs with faults, commands and restarts: what keeps people safe holds at each order."""

import pytest
from tests.soak.__main__ import main
from tests.soak.world import Soak

OVERS = 2_000
"""Of each seed; `make soak-sim` runs a million."""


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_what_keeps_people_safe_holds_in_every_over(seed: int) -> None:
    world = Soak(seed)
    world.run(OVERS)
    counts = world.counters()
    assert counts["overs"] >= OVERS
    assert counts["legs delivered"] > counts["overs"] / 2


def test_the_same_seed_is_the_same_world() -> None:
    first, second = Soak(5), Soak(5)
    first.run(300)
    second.run(300)
    assert first.counters() == second.counters()
    assert first.box.now == second.box.now


def test_the_command_prints_its_figures_and_names_a_seed_that_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--overs", "60", "--each", "30", "--seed", "3"]) == 0
    assert "60 overs, seeds 3 to 4" in capsys.readouterr().out
    monkeypatch.setattr(Soak, "no_talker_holds_the_floor_beyond_the_limit", lambda _: 1 / 0)
    assert main(["--overs", "60", "--seed", "3"]) == 1
    assert "again: make soak-sim ARGS='--seed 3 --overs 60'" in capsys.readouterr().err
