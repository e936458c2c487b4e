"""How each zone stands: who is in it, whom its rules count beside them, what they want, and since when. Pure.

Worked out for all zones together once in a while, never with each report: a crowd that pours over a border costs no
more than one that stands still. Not for what a rule decides.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crosspatch.rules.crowd import Bools
from crosspatch.rules.standing import NAMED, Standing
from crosspatch.snapshot import ZoneRule, ZoneView

EVERY = 1.0
"""Seconds for which what was worked out is shown again."""

Said = Mapping[str, Collection[str]]
"""By rule: vehicles that it counts because another system says that they are there; some may not be of the site now."""


@dataclass(slots=True)
class _Stay:
    """``state`` as in `ZoneView`, ``since`` when (monotonic)."""

    state: str
    since: float


class ZoneBook:
    """All zones of a site, looked at from time to time."""

    def __init__(self, zones: Sequence[str], vehicles: Iterable[str], standings: Iterable[Standing]) -> None:
        """``zones`` and ``vehicles`` by their numbers in the crowd."""
        self._vehicles = tuple(vehicles)
        self._rows = {name: row for row, name in enumerate(self._vehicles)}
        self._standings: dict[str, list[Standing]] = {zone: [] for zone in zones}
        for standing in standings:
            if standing.rule.zone is not None:
                self._standings[standing.rule.zone].append(standing)
        self._stays: dict[str, _Stay] = {}
        self._looked: float | None = None
        self._found: dict[str, tuple[int, int, tuple[str, ...]]] = {}

    def due(self, now: float) -> bool:
        """Whether it is time to look again."""
        return self._looked is None or now - self._looked >= EVERY

    def look(self, inside: Bools, said: Said, now: float) -> None:
        """``inside`` (vehicles, zones): whom their own positions, not too old, put into which zone."""
        self._looked = now
        counts = np.count_nonzero(inside, axis=0).tolist()
        for column, (zone, standings) in enumerate(self._standings.items()):
            counted = {name for standing in standings for name in (*standing.holding, *said.get(standing.rule.id, ()))}
            beside = np.zeros(len(self._vehicles), np.bool_)
            beside[[self._rows[name] for name in counted if name in self._rows]] = True
            beside &= ~inside[:, column]
            near = int(np.count_nonzero(beside))
            first = [*np.flatnonzero(inside[:, column])[:NAMED].tolist(), *np.flatnonzero(beside)[:NAMED].tolist()]
            self._found[zone] = counts[column], near, tuple(self._vehicles[row] for row in first[:NAMED])
            state = "inside" if counts[column] else "near" if near else "empty"
            stay = self._stays.get(zone)
            if stay is None or stay.state != state:
                self._stays[zone] = _Stay(state, now)

    def views(self, now: float) -> tuple[ZoneView, ...]:
        """As last looked at; the rules' wants as they are now."""
        return tuple(self._view(zone, standings, now) for zone, standings in self._standings.items())

    def _view(self, zone: str, standings: Sequence[Standing], now: float) -> ZoneView:
        inside, near, vehicles = self._found[zone]
        stay = self._stays[zone]
        return ZoneView(
            id=zone,
            state=stay.state,
            inside=inside,
            near=near,
            vehicles=vehicles,
            rules=tuple(ZoneRule(rule=standing.rule.id, want=standing.told[0].value) for standing in standings),
            since_s=now - stay.since,
        )
