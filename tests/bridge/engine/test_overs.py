"""What overs do that takes long, or is not seen from outside."""

import numpy as np

from crosspatch.dsp.tape import SECONDS
from crosspatch.dsp.units import BLOCK, TICK
from crosspatch.engine.overs import Overs

SOUND = np.full((2, BLOCK), 0.1, np.float32)
LOUD = np.zeros(2, bool)
A, B = 0, 1


def record(overs: Overs, seconds: float, start: float = 0.0) -> float:
    """Let time pass without playing; the time then."""
    for tick in range(round(seconds / TICK)):
        now = start + tick * TICK
        overs.record(SOUND, LOUD, np.full(2, now))
        overs.play(now)
    return start + seconds


def test_an_over_nobody_was_granted_for_longer_than_the_tape_counts_what_is_lost() -> None:
    overs = Overs(2, [0, 0], [0, 0])
    overs.begin(1, A, [B], 0.0)
    now = record(overs, SECONDS + 5.0)
    overs.end(1)
    part = overs.part(1, B)
    assert part is not None
    overs.start(1, B, now)
    record(overs, SECONDS + 1.0, now)
    assert part.lost == round((5.0 + TICK) / TICK) * BLOCK
    assert part.played == SECONDS * 16000
    assert overs.part(1, B) is None


def test_a_track_is_free_again_when_its_over_is_done() -> None:
    overs = Overs(2, [0, 0], [2, 2])
    for number in range(20):
        overs.begin(number, A, [B], 0.0)
        overs.start(number, B, 0.0)
        record(overs, 0.1)
        overs.end(number)
        record(overs, 0.1)
    assert overs.refused == 0
    assert not overs.playing.any()


def test_an_over_without_legs_is_recorded_for_nobody_and_forgotten() -> None:
    overs = Overs(2, [0, 0], [0, 0])
    for number in range(5):
        overs.begin(number, A, [], 0.0)
        record(overs, 0.05)
        overs.end(number)
        record(overs, 0.05)
    assert overs.refused == 0


def test_a_leg_that_a_new_over_takes_leaves_the_old_one() -> None:
    overs = Overs(3, [0, 0, 0], [0, 0, 0])
    overs.begin(1, A, [B], 0.0)
    overs.begin(2, 2, [B], 0.0)
    assert overs.part(1, B) is None
    assert overs.part(2, B) is not None


def test_more_overs_than_tracks_are_refused_and_counted() -> None:
    overs = Overs(2, [0, 0], [0, 0])
    for number in range(3):
        overs.begin(number, A, [B], 0.0)
    assert overs.refused == 1
    overs.begin(0, A, [B], 0.0)
    assert overs.refused == 2
