"""Where all vehicles are, to all zones: what was measured, and what must be measured again because it matters.

Thousands of reports are worked off in a few array operations. A pair of vehicle and zone is measured only when the
vehicle has driven so far that a rule could answer otherwise, or that the distance that is shown would be too wrong.
Not for trust, hold times and wishes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crosspatch.geofence import Geofence, Nearness
from crosspatch.geofence.outline import Here
from crosspatch.geofence.plane import Floats, all_convergences_deg, all_to_plane, convergence_deg
from crosspatch.plan import Rule

BAND = 10.0
"""Metres per second, and seconds of age: within a band what matters is taken to be that of its upper end."""

ROUGHLY = 0.5
"""Share of a distance by which the one that was measured last may differ from the true one where no rule cares."""

FEW = 8
"""Up to so many points are measured one by one: that costs each ten times more, but the array operations cost more."""

PART = 2048
"""Vehicles worked off together: what is written and read again then lies still in the processor's nearest caches."""

Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Moves:
    """One report of each of some vehicles, (n,) each; nan where the speed is unknown."""

    rows: Rows
    lon: Floats
    lat: Floats
    speed_kmh: Floats
    age_s: Floats
    at: Floats  # monotonic: when they were there


@dataclass(frozen=True, slots=True)
class Found:
    """What a look told of each of those vehicles, (n,)."""

    measured: Bools  # its distance to some zone, so that a rule may answer otherwise
    quiet_s: Floats  # no rule can answer otherwise sooner if it goes on so and says nothing


class Crowd:
    """``count`` vehicles, by number."""

    def __init__(self, geofence: Geofence, rules: Sequence[Rule], count: int, roughly: float = ROUGHLY) -> None:
        """``rules`` that name no zone have no part in it; ``roughly`` as `ROUGHLY`."""
        self._roughly = roughly
        self._geofence = geofence
        self._column = {zone: column for column, zone in enumerate(geofence.zones)}
        self._rules = [[rule for rule in rules if rule.zone == zone] for zone in geofence.zones]
        self._reach_s = np.array(
            [max((max(rule.arm_s, rule.open_s) for rule in own), default=-np.inf) for own in self._rules],
            np.float32,
        )
        self._steepest = [geofence.steepest(zone) for zone in geofence.zones]
        shape = (count, len(geofence.zones))
        self._metres = np.full(shape, np.nan, np.float32)
        self._border_deg = np.zeros(shape, np.float32)
        self._slack = np.full(shape, -1.0, np.float32)  # metres to drive until it is measured again
        self._x, self._y = np.full(count, np.nan), np.full(count, np.nan)
        self._at = np.full(count, -np.inf)
        self._fastest, self._oldest = np.full(count, -1.0), np.full(count, -1.0)  # upper ends of their bands
        self.measured = 0  # pairs so far

    def nearness(self, row: int) -> dict[str, Nearness]:
        """How a vehicle lay to each zone when that was measured; empty before its first report."""
        if np.isnan(self._x[row]):
            return {}
        pairs = zip(self._column, self._metres[row].tolist(), self._border_deg[row].tolist(), strict=True)
        return {zone: Nearness(metres, border_deg) for zone, metres, border_deg in pairs}

    def near(self, row: int, zone: str) -> Nearness | None:
        """The same for one zone."""
        column = self._column.get(zone)
        if column is None or np.isnan(self._x[row]):
            return None
        return Nearness(float(self._metres[row, column]), float(self._border_deg[row, column]))

    def inside(self, since: float) -> Bools:
        """Who is in which zone, (vehicles, zones), of those that reported from a moment after ``since``.

        It never is another answer than now measured: a vehicle is measured anew before it can have reached a border.
        """
        inside: Bools = self._metres <= 0.0
        inside &= (self._at > since)[:, np.newaxis]
        return inside

    def look(self, moves: Moves, watched: Bools) -> Found:
        """Some vehicles moved, none of them twice.

        Pairs that are ``watched``, (n, zones) or (n, 1), are measured exactly while the vehicle is outside of the zone.
        """
        driven = self._move(moves)
        pairs = [self._wear(part, moves.rows[part], driven[part], watched[part]) for part in _parts(len(moves.rows))]
        due: Rows = np.concatenate(pairs) if pairs else np.zeros(0, np.intp)
        number, column = np.divmod(due, max(1, len(self._column)))
        self.measured += due.size
        known: dict[int, Here] = {}
        for zone in np.flatnonzero(np.bincount(column)).tolist():
            picked = number[column == zone]
            if picked.size > FEW:
                self._measure(zone, picked, moves)
            else:
                for each in picked.tolist():
                    self._measure_one(zone, each, moves, known)
        measured = np.zeros(len(moves.rows), np.bool_)
        measured[number] = True
        return Found(measured, self._quiet(moves))

    def _wear(self, part: slice, rows: Rows, driven: NDArray[np.float32], watched: Bools) -> Rows:
        """Use up the slack of these moves; which pairs are due to be measured: move times zones plus zone."""
        slack = self._slack.take(rows, axis=0)  # which is quicker than [rows]
        slack -= driven[:, np.newaxis]
        if watched.any():
            slack[watched & (self._metres.take(rows, axis=0) > 0)] = -1.0
        self._slack[rows] = slack
        due = np.flatnonzero(slack < 1.0)  # a metre for what float32 does not hold
        due += part.start * len(self._column)
        return due

    def _move(self, moves: Moves) -> NDArray[np.float32]:
        """Metres driven since the last look; without end for those of whom what was measured no longer holds."""
        rows = moves.rows
        x, y = all_to_plane(moves.lon, moves.lat)
        fastest = np.ceil(np.where(np.isnan(moves.speed_kmh), 0.0, moves.speed_kmh) / 3.6 / BAND) * BAND
        oldest = np.ceil(moves.age_s / BAND) * BAND
        driven: Floats = np.hypot(x - self._x[rows], y - self._y[rows])
        driven[np.isnan(driven) | (fastest > self._fastest[rows]) | (oldest > self._oldest[rows])] = np.inf
        self._x[rows], self._y[rows], self._at[rows] = x, y, moves.at
        self._fastest[rows] = np.maximum(fastest, self._fastest[rows])
        self._oldest[rows] = np.maximum(oldest, self._oldest[rows])
        return driven.astype(np.float32)

    def _measure(self, column: int, picked: Rows, moves: Moves) -> None:
        """One zone, to those of the moves that are ``picked``."""
        rows = moves.rows[picked]
        x, y = self._x[rows], self._y[rows]
        spots = self._geofence.measure(self._geofence.zones[column], x, y)
        turned = all_convergences_deg(moves.lon[picked], moves.lat[picked])
        metres = spots.metres
        self._metres[rows, column] = metres
        self._border_deg[rows, column] = (np.degrees(np.arctan2(spots.x - x, spots.y - y)) - turned) % 360
        free = self._roughly * np.abs(metres)
        for rule in self._rules[column]:
            free = np.minimum(free, all_free(rule, metres, self._fastest[rows], self._oldest[rows]))
        self._slack[rows, column] = free / self._steepest[column]

    def _measure_one(self, column: int, number: int, moves: Moves, known: dict[int, Here]) -> None:
        """The same for one of the moves; ``known`` keeps what was found out of its place."""
        row = int(moves.rows[number])
        here = known.get(row)
        if here is None:
            here = known[row] = Here.at(float(self._x[row]), float(self._y[row]))
        spot = self._geofence.measure_one(self._geofence.zones[column], here)
        course = math.degrees(math.atan2(spot.x - here.x, spot.y - here.y))
        turned = convergence_deg(float(moves.lon[number]), float(moves.lat[number]))
        self._metres[row, column] = spot.metres
        self._border_deg[row, column] = (course - turned) % 360
        fastest, oldest = float(self._fastest[row]), float(self._oldest[row])
        frees = [free(rule, spot.metres, fastest, oldest) for rule in self._rules[column]]
        self._slack[row, column] = min(self._roughly * abs(spot.metres), *frees, math.inf) / self._steepest[column]

    def _quiet(self, moves: Moves) -> Floats:
        """Seconds until one who goes straight to a zone's border is so near in time that a rule cares."""
        if not self._reach_s.size:
            return np.full(len(moves.rows), np.inf)
        quiet = np.empty(len(moves.rows))
        for part in _parts(len(moves.rows)):
            metres = self._metres.take(moves.rows[part], axis=0)
            with np.errstate(divide="ignore", invalid="ignore"):
                # What it may have driven towards the zone since that was measured is at most a share of the distance.
                pace = ((1.0 - self._roughly) * 3.6 / moves.speed_kmh[part]).astype(np.float32)
                np.copyto(metres, np.float32(np.inf), where=metres <= 0)
                metres *= pace[:, np.newaxis]
                metres -= self._reach_s
                quiet[part] = metres.min(axis=1) - moves.age_s[part]
        quiet[np.isnan(quiet)] = np.inf
        return np.maximum(quiet, 0.0)


def _parts(count: int) -> list[slice]:
    """Slices of at most `PART` that make up the whole."""
    return [slice(begin, min(begin + PART, count)) for begin in range(0, count, PART)]


def free(rule: Rule, metres: float, fastest: float, oldest: float) -> float:
    """Metres that a vehicle may drive before its answer can be another one; 0: look again each time."""
    arms, opens = fastest * (rule.arm_s + oldest), fastest * (rule.open_s + oldest)
    limit = max(rule.arm_m, arms)
    if metres > limit:
        return metres - limit
    if metres > rule.open_m and (opens > rule.open_m or arms > rule.arm_m):
        return 0.0
    if metres <= min(rule.open_m, rule.arm_m):
        return rule.open_m - metres
    return min(abs(metres - rule.open_m), abs(metres - rule.arm_m))


def all_free(rule: Rule, metres: Floats, fastest: Floats, oldest: Floats) -> Floats:
    """The same for many, (n,) each."""
    arms, opens = fastest * (rule.arm_s + oldest), fastest * (rule.open_s + oldest)
    limit = np.maximum(rule.arm_m, arms)
    by_time = (opens > rule.open_m) | (arms > rule.arm_m)
    near = np.minimum(np.abs(metres - rule.open_m), np.abs(metres - rule.arm_m))
    sure = np.where(metres <= min(rule.open_m, rule.arm_m), rule.open_m - metres, near)
    within = np.where(by_time & (metres > rule.open_m), 0.0, sure)
    return np.where(metres > limit, metres - limit, within)
