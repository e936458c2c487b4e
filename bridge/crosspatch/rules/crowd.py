"""A whole fleet's positions at once: who is within reach of which zone, as one array operation for each step.

For systems that hand over thousands of positions together. It answers for a vehicle and a zone what `claim.reach`
answers, and measures a pair again only when the vehicle has driven so far that the answer may be another one. Not for
trust, hold times and wishes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crosspatch.approach import ASIDE, SLOWEST_KMH
from crosspatch.geofence import Geofence
from crosspatch.geofence.plane import Floats, all_convergences_deg, all_to_plane
from crosspatch.plan import Rule

NOTHING, ARMED, OPEN = 0, 1, 2
"""As `Want`, ready for arrays."""

BAND = 10.0
"""Metres per second, and seconds of age: within a band what matters is taken to be that of its upper end."""

Reaches = NDArray[np.int8]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Moves:
    """One report of every vehicle, (n,) each; nan where speed or course is unknown."""

    lon: Floats
    lat: Floats
    speed_kmh: Floats
    course_deg: Floats
    age_s: Floats


class Crowd:
    """``count`` vehicles, by number."""

    def __init__(self, geofence: Geofence, rules: Sequence[Rule], count: int) -> None:
        """``rules`` each have a zone of the geofence."""
        self._geofence, self._rules = geofence, list(rules)
        self.reach: Reaches = np.zeros((len(self._rules), count), np.int8)
        self._slack = np.full((len(self._rules), count), -1.0, np.float32)  # metres to drive until it may change
        self._x, self._y = np.full(count, np.nan), np.full(count, np.nan)
        self._steepest = [geofence.steepest(str(rule.zone)) for rule in self._rules]
        self._fastest, self._oldest = np.full(count, -1.0), np.full(count, -1.0)  # upper ends of their bands
        self.measured = 0

    def look(self, moves: Moves) -> Reaches:
        """All vehicles moved: how far each brings each rule's patch, (rules, vehicles)."""
        x, y = all_to_plane(moves.lon, moves.lat)
        fastest = np.ceil(np.nan_to_num(moves.speed_kmh) / 3.6 / BAND) * BAND
        oldest = np.ceil(moves.age_s / BAND) * BAND
        driven = np.hypot(x - self._x, y - self._y)
        driven[np.isnan(driven) | (fastest > self._fastest) | (oldest > self._oldest)] = np.inf
        self._x, self._y = x, y
        self._fastest, self._oldest = np.maximum(fastest, self._fastest), np.maximum(oldest, self._oldest)
        self._slack -= driven.astype(np.float32)
        for number, rule in enumerate(self._rules):
            rows = np.flatnonzero(self._slack[number] < 1.0)  # a metre for what float32 does not hold
            if rows.size:
                self._measure(number, rule, rows, moves)
        return self.reach

    def _measure(self, number: int, rule: Rule, rows: Rows, moves: Moves) -> None:
        x, y = self._x[rows], self._y[rows]
        spots = self._geofence.measure(str(rule.zone), x, y)
        self.measured += rows.size
        seconds = self._seconds(rows, spots.metres, np.arctan2(spots.x - x, spots.y - y), moves)
        is_open = (spots.metres <= rule.open_m) | (seconds <= rule.open_s)
        is_armed = (spots.metres <= rule.arm_m) | (seconds <= rule.arm_s)
        self.reach[number, rows] = np.where(is_open, OPEN, np.where(is_armed, ARMED, NOTHING))
        free = self._free(rule, spots.metres, self._fastest[rows], self._oldest[rows])
        self._slack[number, rows] = free / self._steepest[number]

    @staticmethod
    def _seconds(rows: Rows, metres: Floats, towards: Floats, moves: Moves) -> Floats:
        """Time to the border as in `Approach`; infinite where there is none."""
        turned = np.radians(all_convergences_deg(moves.lon[rows], moves.lat[rows]))
        speed = moves.speed_kmh[rows]
        ahead = np.cos(np.radians(moves.course_deg[rows]) - (towards - turned))
        comes = (metres > 0) & (speed >= SLOWEST_KMH) & (ahead >= ASIDE)
        seconds = np.full(len(rows), np.inf)
        seconds[comes] = metres[comes] / (speed[comes] / 3.6 * ahead[comes]) - moves.age_s[rows][comes]
        return seconds

    @staticmethod
    def _free(rule: Rule, metres: Floats, fastest: Floats, oldest: Floats) -> Floats:
        """Metres that a vehicle may drive before its answer can be another one; 0: look again each time."""
        arms, opens = fastest * (rule.arm_s + oldest), fastest * (rule.open_s + oldest)
        limit = np.maximum(rule.arm_m, arms)
        by_time = (opens > rule.open_m) | (arms > rule.arm_m)
        near = np.minimum(np.abs(metres - rule.open_m), np.abs(metres - rule.arm_m))
        sure = np.where(metres <= min(rule.open_m, rule.arm_m), rule.open_m - metres, near)
        within = np.where(by_time & (metres > rule.open_m), 0.0, sure)
        return np.where(metres > limit, metres - limit, within)
