"""What overs do that takes long, or is not seen from outside."""

import numpy as np
import pytest

from crosspatch.dsp import tape
from crosspatch.dsp.squeeze import LONGEST, SAVED
from crosspatch.dsp.tones import sound_of
from crosspatch.dsp.units import BLOCK, RATE, TICK
from crosspatch.engine.overs import LEFT, UNNOTICED, Overs
from crosspatch.orders import Tone

SOUND = np.full((2, BLOCK), 0.1, np.float32)
LOUD = np.zeros(2, bool)
A, B = 0, 1


def record(overs: Overs, seconds: float, start: float = 0.0) -> float:
    """Let time pass without playing; the time then."""
    for tick in range(round(seconds / TICK)):
        now = start + tick * TICK
        overs.record(SOUND, LOUD, [now, now].__getitem__)
        overs.play(now)
    return start + seconds


def test_an_over_nobody_was_granted_for_longer_than_the_tape_counts_what_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = 6  # a shorter tape, for a shorter test
    monkeypatch.setattr(tape, "CAPACITY", seconds * RATE)
    monkeypatch.setattr(tape, "BLOCKS", seconds * RATE // BLOCK)
    overs = Overs([0, 0], [0, 0], [1.0, 1.0])
    overs.begin(1, A, [B], 0.0)
    now = record(overs, seconds + 5.0)
    overs.end(1)
    part = overs.part(1, B)
    assert part is not None
    overs.start(1, B, now)
    record(overs, seconds + 1.0, now)
    blocks = round((seconds + 5.0) / TICK) + 1  # one of them after its end
    assert part.lost == blocks * BLOCK - seconds * RATE
    assert part.played == seconds * RATE
    assert overs.part(1, B) is None


def test_a_track_is_free_again_when_its_over_is_done() -> None:
    overs = Overs([0, 0], [2, 2], [1.0, 1.0])
    for number in range(20):
        overs.begin(number, A, [B], 0.0)
        overs.start(number, B, 0.0)
        record(overs, 0.1)
        overs.end(number)
        record(overs, 0.1)
    assert overs.refused == 0
    assert not overs.playing.any()


def test_an_over_without_legs_is_recorded_for_nobody_and_forgotten() -> None:
    overs = Overs([0, 0], [0, 0], [1.0, 1.0])
    for number in range(5):
        overs.begin(number, A, [], 0.0)
        record(overs, 0.05)
        overs.end(number)
        record(overs, 0.05)
    assert overs.refused == 0


def test_a_leg_that_a_new_over_takes_leaves_the_old_one() -> None:
    overs = Overs([0, 0, 0], [0, 0, 0], [1.0, 1.0, 1.0])
    overs.begin(1, A, [B], 0.0)
    overs.begin(2, 2, [B], 0.0)
    assert overs.part(1, B) is None
    assert overs.part(2, B) is not None


def first_sample_heard(overs: Overs, number: int, row: int, now: float) -> float:
    """Grant the leg, let it play a block; its first sample."""
    overs.start(number, row, now)
    out, began, _ = overs.play(now)
    assert [part.row for part in began] == [row]
    return float(out[row, 0])


def ramp(overs: Overs, blocks: int, first: int = 0) -> None:
    """Record blocks whose samples all say which block it is, in thousandths."""
    for block in range(first, first + blocks):
        overs.record(np.full((2, BLOCK), block / 1000, np.float32), LOUD, [block * TICK, block * TICK].__getitem__)


def test_an_over_that_waits_without_legs_is_whole_for_the_leg_that_joins_after_its_end() -> None:
    overs = Overs([0, 0], [1, 1], [1.0, 1.0])
    overs.begin(1, A, [], 0.0, keep_s=60.0)
    ramp(overs, 300)
    overs.end(1)
    ramp(overs, 50, 300)
    overs.join(1, [B], None)
    part = overs.part(1, B)
    assert part is not None
    assert first_sample_heard(overs, 1, B, 5.0) == 0.0
    assert part.delay_start_ms == 5000.0
    record(overs, 3.1, 5.01)
    assert (part.played, part.lost, overs.part(1, B)) == (301 * BLOCK, 0, None)


def test_who_joins_later_begins_where_he_is_told_but_not_before_what_is_kept() -> None:
    overs = Overs([0, 0], [1, 1], [1.0, 1.0])
    overs.begin(1, A, [], 0.0, keep_s=1.0)
    ramp(overs, 300)
    overs.join(1, [B], 0.5)
    assert first_sample_heard(overs, 1, B, 3.0) == np.float32(0.250)
    overs.drop(1, B)
    overs.join(1, [B], None)
    assert first_sample_heard(overs, 1, B, 3.0) == np.float32(0.200)
    overs.drop(1, B)
    overs.join(1, [B], 9.0)
    assert first_sample_heard(overs, 1, B, 3.0) == np.float32(0.200)


def test_who_joins_at_the_very_end_of_an_over_hears_a_block_and_is_done() -> None:
    overs = Overs([0, 0], [1, 1], [1.0, 1.0])
    overs.begin(1, A, [], 0.0, keep_s=1.0)
    ramp(overs, 10)
    overs.end(1)
    ramp(overs, 1, 10)
    overs.join(1, [B], 0.0)
    assert first_sample_heard(overs, 1, B, 1.0) == np.float32(0.010)
    assert overs.part(1, B) is None


def test_an_over_is_kept_until_it_is_forgotten_and_its_track_is_free_then() -> None:
    overs = Overs([0, 0], [1, 1], [1.0, 1.0], spare=1)
    for number in range(9):
        overs.begin(number, A, [B], 0.0, keep_s=1.0)
        overs.start(number, B, 0.0)
        record(overs, 0.1)
        overs.end(number)
        record(overs, 0.1)
        overs.join(number, [B], None)
        assert overs.part(number, B) is not None
        overs.drop(number, B)
        overs.forget(number)
        overs.forget(number)
    assert overs.refused == 0
    overs.join(8, [B], None)
    assert (overs.refused, overs.part(8, B)) == (1, None)


def test_nobody_joins_an_over_that_is_not_kept() -> None:
    overs = Overs([0, 0], [1, 1], [1.0, 1.0])
    overs.begin(1, A, [], 0.0)
    overs.join(1, [B], None)
    assert (overs.refused, overs.part(1, B)) == (1, None)


def test_more_overs_than_tracks_are_refused_and_counted() -> None:
    overs = Overs([0, 0], [0, 0], [1.0, 1.0])
    for number in range(3):
        overs.begin(number, A, [B], 0.0)
    assert overs.refused == 1
    overs.begin(0, A, [B], 0.0)
    assert overs.refused == 2


def played(overs: Overs, late: float, seconds: float, speaking: float) -> np.ndarray:
    """Places of the samples (blocks, 160) that B plays of an over whose samples tell their place, from its grant on."""
    heard, end = [], round(speaking / TICK)
    for tick in range(round((late + seconds) / TICK)):
        numbers = np.arange(tick * BLOCK, (tick + 1) * BLOCK, dtype=np.float32)
        if tick == round(late / TICK):
            overs.start(1, B, tick * TICK)
        if tick == end:
            overs.end(1)
        overs.record(np.stack([numbers, numbers]), LOUD, [tick * TICK, tick * TICK].__getitem__)
        heard.append(overs.play(tick * TICK)[0][B])
    return np.array(heard[round(late / TICK) :])


def test_what_a_leg_plays_while_it_catches_up_is_in_order_and_only_seams_are_left_out() -> None:
    overs = Overs([0, 0], [1, 1], [1.0, 1.25])
    overs.begin(1, A, [B], 0.0)
    part = overs.part(1, B)
    assert part is not None
    blocks = played(overs, late=1.0, seconds=7.0, speaking=6.0)
    blocks = blocks[: 1 + int(np.argmax(blocks[:, -1]))]
    firsts, lasts = blocks[:-1, 0].astype(int), blocks[:-1, -1].astype(int)  # of the last one not all is real
    assert lasts[0] < BLOCK + LONGEST
    left_out = lasts - np.concatenate([[-1], lasts[:-1]]) - BLOCK
    assert left_out.min() == 0
    assert left_out.max() <= LONGEST
    assert np.abs(firsts[1:] - lasts[:-1] - 1).max() <= LONGEST // BLOCK  # goes on where it was
    assert (np.diff(blocks, axis=1) > 0).all()
    earned = 0.25 * BLOCK * np.arange(1, lasts.size + 1)
    assert (np.cumsum(left_out) <= earned + SAVED).all()
    recorded = 601 * BLOCK
    assert (part.lost, part.played + part.skipped) == (0, recorded)
    assert RATE - UNNOTICED <= part.skipped <= RATE - LEFT


@pytest.mark.parametrize("late", [0.0, 0.02, 0.04])
def test_words_are_not_squeezed_for_a_delay_that_nobody_notices(late: float) -> None:
    overs = Overs([0, 0], [1, 1], [1.0, 1.25])
    overs.begin(1, A, [B], 0.0)
    blocks = played(overs, late, seconds=3.0, speaking=2.0)
    assert np.array_equal(blocks.ravel()[: 2 * RATE], np.arange(2 * RATE))


def test_a_tone_keeps_its_length_on_a_leg_that_may_catch_up() -> None:
    overs = Overs([0, 0], [1, 1], [1.25, 1.25])
    sound = sound_of(Tone.PATCH_UP)
    overs.tone(1, B, sound, 0.0)
    overs.start(1, B, 0.0)
    heard = [overs.play(tick * TICK)[0][B] for tick in range(sound.size // BLOCK)]
    assert np.array_equal(np.concatenate(heard), sound)
