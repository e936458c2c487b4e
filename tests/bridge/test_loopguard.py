"""Our own audio that comes back is known, these voices within a second; other people's speech never is."""

import numpy as np
import pytest
from tests.ways import PHRASES, SENTENCES, later, radio_band, vocoder, wire

from crosspatch.dsp.course import FRAME
from crosspatch.dsp.likeness import Rough, same
from crosspatch.dsp.units import BLOCK, RATE, TICK, Floats
from crosspatch.loopguard import AGAIN, FARTHEST, NEAREST, Echo, LoopGuard
from crosspatch_drivers.twin.wav import read_wav

HERE, THERE = 0, 1
BOTH = 2


@pytest.fixture(scope="module")
def woman() -> Floats:
    return np.tile(read_wav(SENTENCES / "harvard_F1_16k.wav"), 3)


@pytest.fixture(scope="module")
def man() -> Floats:
    return np.tile(read_wav(SENTENCES / "harvard_M1_16k.wav"), 3)


def listen(sent: Floats, received: Floats, sending_until: float = 1e9) -> list[tuple[float, Echo]]:
    """``sent`` goes out HERE, ``received`` comes in THERE; what is found, and when."""
    guard, found = LoopGuard(BOTH), []
    ticks = max(sent.size, received.size) // BLOCK
    sent, received = (np.pad(sound, (0, ticks * BLOCK + BLOCK - sound.size)) for sound in (sent, received))
    silence = np.zeros(BLOCK, np.float32)
    for tick in range(ticks):
        part = slice(tick * BLOCK, (tick + 1) * BLOCK)
        sending = np.array([tick * 0.01 < sending_until, False])
        echoes = guard.tick(np.stack([silence, received[part]]), np.stack([sent[part], silence]), sending)
        found += [((tick + 1) * 0.01, echo) for echo in echoes]
    return found


@pytest.mark.parametrize("delay_s", [0.15, 0.6, 1.9])
@pytest.mark.parametrize("way", [radio_band, vocoder, wire])
@pytest.mark.parametrize("talker", ["woman", "man"])
def test_what_was_sent_is_known_within_a_second_of_its_return(
    way, delay_s: float, talker: str, request: pytest.FixtureRequest
) -> None:
    sound = request.getfixturevalue(talker)
    sent = sound[: 4 * RATE]
    first = float(np.argmax(np.abs(sent) > 0.02)) / RATE  # the first word
    at, echo = listen(sent, later(way(sent), delay_s))[0]
    assert (echo.sent_on, echo.heard_on) == (HERE, THERE)
    assert echo.delay_s == pytest.approx(delay_s, abs=0.06)
    assert at - first - delay_s <= 1.0


def test_it_is_told_once_a_second_not_at_every_look(woman: Floats) -> None:
    found = listen(woman[: 4 * RATE], later(woman[: 4 * RATE], 0.5))
    times = [at for at, _ in found]
    assert 2 <= len(times) <= 4
    assert min(np.diff(times)) > AGAIN * FRAME * 0.01 - 0.001


@pytest.mark.parametrize("offset_s", [0.0, 1.3, 2.6])
def test_two_people_who_speak_at_the_same_time_are_no_loop(woman: Floats, man: Floats, offset_s: float) -> None:
    assert listen(woman, later(man, offset_s)) == []
    assert listen(man, later(woman, offset_s)) == []


def test_two_people_who_say_the_same_sentence_are_no_loop() -> None:
    one, other = (read_wav(PHRASES / f"mrt_{talker}_16k_20s.wav") for talker in ("F1", "M4"))
    assert listen(one, other) == []
    assert listen(other, later(one, 0.7)) == []


def test_noise_tones_and_silence_are_no_loop(man: Floats) -> None:
    noise = np.random.default_rng(2).standard_normal((2, man.size)).astype(np.float32) * 0.05
    tone = (0.1 * np.sin(2 * np.pi * 1000 * np.arange(man.size) / RATE)).astype(np.float32)
    assert listen(man, noise[0]) == []
    assert listen(noise[0], noise[1]) == []
    assert listen(man, tone) == []
    assert listen(tone, tone[: tone.size // 2]) == []
    assert listen(man, np.zeros_like(man)) == []


def test_a_channel_is_not_listened_to_while_it_sends(woman: Floats) -> None:
    guard, sound = LoopGuard(1), woman[: 3 * RATE]
    for at in range(0, sound.size - BLOCK, BLOCK):
        sidetone = sound[max(0, at - 3200) :][:BLOCK]
        assert guard.tick(sidetone[None], sound[None, at : at + BLOCK], np.ones(1, bool)) == []


def test_what_comes_back_on_the_same_channel_after_the_over_is_known(woman: Floats) -> None:
    guard, sound = LoopGuard(1), woman[: 2 * RATE]
    silence, found = np.zeros((1, BLOCK), np.float32), []
    for at in range(0, sound.size, BLOCK):
        found += guard.tick(silence, sound[None, at : at + BLOCK], np.ones(1, bool))
    for at in range(sound.size - RATE, sound.size, BLOCK):  # its last second again: one second late
        found += guard.tick(sound[None, at : at + BLOCK], silence, np.zeros(1, bool))
    assert [(echo.sent_on, echo.heard_on, echo.delay_s) for echo in found] == [(0, 0, pytest.approx(1.0, abs=0.04))]


def test_nothing_is_looked_at_while_nothing_is_sent(woman: Floats) -> None:
    sent = np.zeros(3 * RATE, np.float32)
    assert listen(sent, woman[: 3 * RATE], sending_until=0.0) == []


def test_the_same_piece_is_alike_and_a_short_one_says_nothing() -> None:
    piece = np.random.default_rng(3).standard_normal((40, 16)).astype(np.float32) * 10
    sounds, few, all_of_it = np.ones(40, bool), np.arange(40) >= 31, np.array([40])
    others = np.stack([0.5 * piece + 20, piece, piece[::-1]])
    value = same(piece, others, sounds, np.stack([sounds, few, sounds]), all_of_it)
    assert value[:, 0] == pytest.approx([1.0, 0.0, 0.0], abs=1e-3)


def test_the_rough_look_finds_the_pair_and_the_delay() -> None:
    dice = np.random.default_rng(4)
    courses, sounds = dice.standard_normal((190, 4, 16)).astype(np.float32) * 10, np.ones(4, bool)
    rough, rows = Rough(4, NEAREST, FARTHEST), np.arange(4)
    for frame in range(190):
        heard = courses[frame][::-1].copy()
        heard[1] = courses[frame - 60][3]
        rough.sent.step(courses[frame], sounds)
        rough.heard.step(heard, sounds)
        alike = rough.look(rows, rows, frame, np.ones(4, np.int64))
    assert divmod(int(alike.argmax()), 4) == (3, 1)
    assert rough.delays(3, 1, 1).tolist() == [60]


def test_a_loop_is_known_within_a_second_among_thirty_others_who_speak(woman: Floats, man: Floats) -> None:
    rows, ticks = 64, 300
    sent, received = np.zeros((2, rows, ticks * BLOCK), np.float32)
    for row in range(32):
        sent[row] = np.roll(woman, 7919 * row)[: ticks * BLOCK]
        received[32 + row] = np.roll(man, 7919 * row)[: ticks * BLOCK]
    received[40] = later(radio_band(sent[7]), 0.6)[: ticks * BLOCK]
    received[40, :RATE] = 0.0
    guard, found, sending = LoopGuard(rows), [], np.arange(rows) < 32
    for tick in range(ticks):
        part = slice(tick * BLOCK, (tick + 1) * BLOCK)
        found += [(tick * TICK, echo) for echo in guard.tick(received[:, part], sent[:, part], sending)]
    first = float(np.argmax(np.abs(received[40]) > 0.01)) / RATE
    assert {echo.heard_on for _, echo in found} == {40}  # the sentences of others are the same, some time apart
    assert found[0][0] - first <= 1.0
