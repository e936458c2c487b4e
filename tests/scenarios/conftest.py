"""The example site "benelux" in virtual time, over drives past the places and through the incidents of the border."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from tests.scenarios.roads import BEGIN

from crosspatch.config import load_geofence, load_site
from crosspatch.replay.run import run
from crosspatch.replay.story import Story
from crosspatch.replay.tracks import Point, read_track
from crosspatch.replay.traffic import Press

HOUSE = Path(__file__).parents[2]
SITE = HOUSE / "config" / "examples" / "benelux.toml"
TRACKS = HOUSE / "tests" / "data" / "tracks"


def end_of(points: Sequence[Point]) -> float:
    """Seconds after the scenario's beginning at which a drive ends."""
    return points[-1].at - BEGIN


def talk(group: str, at: float, seconds: float = 4.0) -> Press:
    """Somebody speaks."""
    return Press(BEGIN + at, group, seconds, 9_000_001 if group.startswith("nl") else 9_000_002)


@dataclass(frozen=True, slots=True)
class Run:
    """A story, and what tests ask of it."""

    story: Story

    def states(self, rule: str) -> list[str]:
        """How the patch went, without the steps between."""
        states: list[str] = []
        for change in self.story.patches[rule]:
            if change.state in ("armed", "up", "down") and change.state not in states[-1:]:
                states.append(change.state)
        return states

    def ups(self, rule: str) -> int:
        """How often it came up."""
        return self.states(rule).count("up")

    def leads(self, rule: str) -> list[float]:
        """Seconds it was up before each entry into its zone; -1: it was not."""
        return [-1.0 if lead.seconds is None else lead.seconds for lead in self.story.leads if lead.rule == rule]

    def touched(self) -> set[str]:
        """Rules whose patch was ever wanted."""
        return {rule for rule, changes in self.story.patches.items() if changes}

    def errors(self) -> list[str]:
        return [f"{finding.kind}: {finding.text}" for finding in self.story.findings if finding.error]

    def crossings(self, zone: str) -> int:
        return sum(crossing.zone == zone for crossing in self.story.crossings)


Replay = Callable[..., Run]


@pytest.fixture(scope="session")
def replay() -> Replay:
    """Run the site over these tracks, by vehicle, and this traffic."""
    plan = load_site(SITE)
    begin = partial(run, SITE.name, plan, load_geofence(plan, SITE))

    def replay(tracks: Mapping[str, Sequence[Point]], presses: Sequence[Press] = ()) -> Run:
        return Run(begin(tracks, presses=presses))

    return replay


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], list[Point]]:
    """A track of tests/data/tracks."""
    return lambda name: read_track((TRACKS / f"{name}.gpx").read_text(), "gpx")
