"""Many vehicles at once get the answers that each would get alone, and are measured no more often than needed."""

import numpy as np
import pytest

from crosspatch.approach import Approach
from crosspatch.geofence import Nearness
from crosspatch.plan import Rule
from crosspatch.positions import Fix
from crosspatch.rules.claim import Sight, reach
from crosspatch.rules.crowd import ROUGHLY, Crowd, Moves, all_free, free
from crosspatch.wish import Want

COUNT, ROUNDS = 120, 6
RULES = [Rule(id=zone, talkgroups=("nl", "be"), zone=zone) for zone in ("BE", "NL", "LU")]
EVERYBODY = np.arange(COUNT)
NOBODY = np.zeros((COUNT, 1), np.bool_)
DEGREE = 111_195.0
"""Metres in a degree of latitude."""


class Drive:
    """Vehicles that report together, and what a crowd is told of them."""

    def __init__(self, dice: np.random.Generator, fastest: float) -> None:
        around = np.array([(4.74, 51.50), (5.72, 50.80), (5.74, 49.84), (5.90, 49.65), (4.93, 51.44), (3.85, 51.45)])
        at = around[dice.integers(0, len(around), COUNT)] + dice.normal(0, 0.08, (COUNT, 2))
        self._dice, self._fastest = dice, fastest
        self.lon, self.lat = at[:, 0], at[:, 1]

    def next(self, oldest: float) -> tuple[Moves, np.ndarray]:
        """They drive on and report; also their courses."""
        dice = self._dice
        self.lon, self.lat = self.lon + dice.normal(0, 0.003, COUNT), self.lat + dice.normal(0, 0.002, COUNT)
        speed, course = dice.uniform(0, self._fastest, COUNT), dice.uniform(0, 360, COUNT)
        speed[::7], course[::5] = np.nan, np.nan
        return Moves(EVERYBODY, self.lon, self.lat, speed, dice.uniform(0, oldest, COUNT), np.zeros(COUNT)), course


def answer(near: Nearness, rule: Rule, moves: Moves, course: np.ndarray, row: int) -> Want:
    """What the rule says of one vehicle that lies so to its zone."""
    known = [None if np.isnan(value) else float(value) for value in (moves.speed_kmh[row], course[row])]
    fix = Fix(float(moves.lon[row]), float(moves.lat[row]), -float(moves.age_s[row]), 0.0, 0.0, *known)
    return reach(rule, Sight(fix, Approach.of(near, fix), None, 1e9), 0.0)


@pytest.mark.parametrize("fastest", [110.0, 250.0])
def test_a_crowd_is_judged_as_each_would_be_alone_on_every_step_of_the_way(geofence, fastest) -> None:
    drive = Drive(np.random.default_rng(int(fastest)), fastest)
    crowd = Crowd(geofence, RULES, COUNT)
    for step in range(ROUNDS):
        moves, course = drive.next(3 + 20 * (step == 4))
        crowd.look(moves, NOBODY)
        for row in range(COUNT):
            true = geofence.locate(float(moves.lon[row]), float(moves.lat[row]))
            for rule in RULES:
                near = crowd.near(row, str(rule.zone))
                assert near is not None
                expected = answer(true[rule.zone], rule, moves, course, row)
                assert answer(near, rule, moves, course, row) is expected, (step, rule.id, row)


def test_a_distance_is_never_more_wrong_than_it_may_be_and_exact_for_who_is_watched(geofence) -> None:
    drive = Drive(np.random.default_rng(1), 100.0)
    crowd = Crowd(geofence, RULES, COUNT)
    watched = (EVERYBODY % 2 == 0)[:, np.newaxis]
    for _ in range(ROUNDS):
        moves, _ = drive.next(3.0)
        crowd.look(moves, watched)
        for row in range(COUNT):
            true = geofence.locate(float(moves.lon[row]), float(moves.lat[row]))
            for zone, near in crowd.nearness(row).items():
                metres = true[zone].metres
                exact = watched[row] and metres > 0
                allowed = 1.0 if exact else ROUGHLY * abs(near.metres) + 2.0
                assert abs(near.metres - metres) <= allowed


def test_who_hardly_moves_far_from_everything_is_not_measured_again(geofence) -> None:
    crowd = Crowd(geofence, RULES, COUNT)
    dice = np.random.default_rng(3)
    lon, lat = dice.uniform(5.0, 5.4, COUNT), dice.uniform(52.0, 52.3, COUNT)  # around Utrecht
    still = np.zeros(COUNT)
    for step in range(10):
        crowd.look(Moves(EVERYBODY, lon + step * 1e-4, lat, still, still, still), NOBODY)
    assert crowd.measured == 3 * COUNT


def test_only_those_who_report_are_looked_at(geofence) -> None:
    crowd = Crowd(geofence, RULES, COUNT)
    few = np.array([3, 70])
    one = np.ones(2)
    found = crowd.look(Moves(few, 5.0 * one, 52.0 * one, 0 * one, 0 * one, one), np.zeros((2, 1), np.bool_))
    assert found.measured.tolist() == [True, True]
    assert [row for row in range(COUNT) if crowd.nearness(row)] == [3, 70]
    assert crowd.near(4, "BE") is None
    assert crowd.near(3, "nowhere") is None


def test_it_says_for_how_long_nothing_can_happen(geofence) -> None:
    crowd = Crowd(geofence, RULES, 1)
    one = np.ones(1)
    # 50 km/h towards Belgium, 20 km away: 1440 s, less the 180 s of arming and the report's age.
    lat = 51.495 + 20_000 / DEGREE
    found = crowd.look(
        Moves(np.array([0]), 4.737 * one, lat * one, 50 * one, 10 * one, one), np.zeros((1, 1), np.bool_)
    )
    metres = geofence.locate(4.737, lat)["BE"].metres
    assert found.quiet_s[0] == pytest.approx((1 - ROUGHLY) * metres / (50 / 3.6) - 190.0, rel=1e-3)


def test_a_site_without_zones_has_nothing_to_measure(geofence) -> None:
    crowd = Crowd(type(geofence)({}), [], 1)
    one = np.ones(1)
    found = crowd.look(Moves(np.array([0]), 5 * one, 52 * one, one, one, one), np.ones((1, 1), np.bool_))
    assert (found.measured.tolist(), found.quiet_s.tolist()) == ([False], [np.inf])
    assert crowd.nearness(0) == {}


def test_how_far_one_may_drive_is_the_same_for_one_and_for_many() -> None:
    dice = np.random.default_rng(5)
    metres, fastest, oldest = dice.uniform(-20_000, 20_000, 400), dice.integers(-1, 7, 400) * 10.0, np.full(400, 10.0)
    by_distance = Rule(id="r", talkgroups=("a", "b"), zone="z", open_m=5000.0, arm_m=5000.0, arm_s=0.0, open_s=0.0)
    for rule in (RULES[0], by_distance):
        many = all_free(rule, metres, fastest, oldest)
        one = [free(rule, *each) for each in zip(metres.tolist(), fastest.tolist(), oldest.tolist(), strict=True)]
        assert many.tolist() == one
