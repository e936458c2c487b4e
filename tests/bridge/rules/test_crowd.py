"""Many vehicles at once get the answers that each would get alone."""

import numpy as np
import pytest

from crosspatch.approach import Approach
from crosspatch.plan import Rule
from crosspatch.positions import Fix
from crosspatch.rules.claim import Sight, reach
from crosspatch.rules.crowd import Crowd, Moves
from crosspatch.wish import Want

COUNT, ROUNDS = 120, 6
WANTS = [Want.NOTHING, Want.ARMED, Want.OPEN]
RULES = [Rule(id=zone, talkgroups=("nl", "be"), zone=zone) for zone in ("BE", "NL", "LU")]


def alone(geofence, moves: Moves, vehicle: int, rule: Rule) -> Want:
    """What the rules' room says of one vehicle."""
    lon, lat = float(moves.lon[vehicle]), float(moves.lat[vehicle])
    known = [float(values[vehicle]) for values in (moves.speed_kmh, moves.course_deg)]
    speed, course = (None if np.isnan(value) else value for value in known)
    fix = Fix(lon, lat, -float(moves.age_s[vehicle]), 0.0, 0.0, speed, course)
    near = geofence.locate(lon, lat)[str(rule.zone)]
    return reach(rule, Sight(fix, Approach.of(near, fix), None, 100.0), 0.0)


def borderland(dice: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Most of them near a border, some far."""
    around = np.array([(4.74, 51.50), (5.72, 50.80), (5.74, 49.84), (5.90, 49.65), (4.93, 51.44), (3.85, 51.45)])
    at = around[dice.integers(0, len(around), COUNT)] + dice.normal(0, 0.08, (COUNT, 2))
    return at[:, 0], at[:, 1]


@pytest.mark.parametrize("fastest", [110.0, 250.0])
def test_a_crowd_is_judged_as_each_would_be_alone_on_every_step_of_the_way(geofence, fastest) -> None:
    dice = np.random.default_rng(int(fastest))
    lon, lat = borderland(dice)
    crowd = Crowd(geofence, RULES, COUNT)
    for step in range(ROUNDS):
        speed, course = dice.uniform(0, fastest, COUNT), dice.uniform(0, 360, COUNT)
        speed[::7], course[::5] = np.nan, np.nan
        moves = Moves(lon, lat, speed, course, dice.uniform(0, 3 + 20 * (step == 4), COUNT))
        found = crowd.look(moves)
        for number, rule in enumerate(RULES):
            expected = [alone(geofence, moves, vehicle, rule) for vehicle in range(COUNT)]
            assert [WANTS[value] for value in found[number]] == expected, (step, rule.id)
        lon, lat = lon + dice.normal(0, 0.003, COUNT), lat + dice.normal(0, 0.002, COUNT)


def test_who_hardly_moves_far_from_everything_is_not_measured_again(geofence) -> None:
    crowd = Crowd(geofence, RULES, 100)
    dice = np.random.default_rng(3)
    lon, lat = dice.uniform(5.0, 5.4, 100), dice.uniform(52.0, 52.3, 100)  # around Utrecht
    still = np.zeros(100)
    for step in range(10):
        crowd.look(Moves(lon + step * 1e-4, lat, still, still, still))
    assert crowd.measured == 300
