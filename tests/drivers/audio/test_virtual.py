"""The virtual cable delays, loses and drifts exactly as told, in nobody's time but that given to it."""

import numpy as np
import pytest

from crosspatch_drivers.audio.base import PortState
from crosspatch_drivers.audio.ring import Block
from crosspatch_drivers.audio.settings import VirtualSettings
from crosspatch_drivers.audio.virtual import Cables, VirtualPort

from .conftest import take

RATE, FRAME = 16000, 160


def end(cables: Cables, letter: str, **change: float) -> VirtualPort:
    port = cables.end(VirtualSettings(driver="virtual", cable="wire", end=letter, **change))
    port.open()
    return port


def run(a: VirtualPort, b: VirtualPort, sound: Block, seconds: float, start: float = 0.0) -> Block:
    """Feed ``sound`` to a as it asks for it; everything b hears in ``seconds``."""
    given, heard = 0, []
    for number in range(round(seconds / 0.01) + 1):
        a.pump(start + number * 0.01)
        b.pump(start + number * 0.01)
        room = max(0, 4 * FRAME - a.tx.fill)
        given += a.tx.write(sound[:, given : given + room])
        take(a)
        heard.append(take(b))
    return np.concatenate(heard, axis=1)


def noise(seconds: float) -> Block:
    return np.random.default_rng(5).uniform(-0.5, 0.5, (1, round(seconds * RATE))).astype(np.float32)


def first_of(heard: Block, sound: Block) -> int:
    """Where ``sound`` begins in ``heard``."""
    return int(np.flatnonzero(heard[0] == sound[0, 0])[0])


@pytest.mark.parametrize("start", [0.0, 123456.789])
@pytest.mark.parametrize("delay_ms", [0.0, 10.0, 33.0, 1234.5])
def test_the_delay_is_exact(delay_ms: float, start: float) -> None:
    plain, late = (
        first_of(run(end(cables, "a", delay_ms=ms), end(cables, "b"), noise(0.2), 2.0, start), noise(0.2))
        for ms, cables in ((0.0, Cables()), (delay_ms, Cables()))
    )
    assert late - plain == round(delay_ms * RATE / 1000)


def test_the_shortest_way_is_one_frame_after_the_frame_that_is_taken() -> None:
    cables = Cables()
    a, b = end(cables, "a"), end(cables, "b")
    sound = noise(0.01)
    a.pump(0.0)
    a.tx.write(sound)
    a.pump(0.01)
    assert np.array_equal(np.zeros_like(sound), take(b))
    b.pump(0.02)
    assert np.array_equal(sound, take(b))


def test_the_order_in_which_ends_are_pumped_makes_no_difference() -> None:
    heard = []
    for first in (True, False):
        cables = Cables()
        a, b = end(cables, "a"), end(cables, "b")
        a.pump(0.0)
        a.tx.write(noise(0.1))
        got = []
        for number in range(20):
            for port in (a, b) if first else (b, a):
                port.pump(number * 0.01)
            got.append(take(b))
        heard.append(np.concatenate(got, axis=1))
    assert np.array_equal(*heard)


def test_loss_takes_whole_frames_at_the_rate_asked_and_keeps_the_time() -> None:
    sound = noise(10.0)
    whole, lossy = Cables(), Cables()
    begin = first_of(run(end(whole, "a"), end(whole, "b"), sound, 0.5), sound)
    a, b = end(lossy, "a", loss=0.1, seed=7), end(lossy, "b")
    heard = run(a, b, sound, 10.3)
    frames = heard[:, begin : begin + sound.shape[1]].reshape(-1, FRAME)
    sent = sound.reshape(-1, FRAME)
    lost = [number for number, frame in enumerate(frames) if not frame.any()]
    assert 60 < len(lost) < 140
    assert len(lost) <= a.lost
    assert all(np.array_equal(frames[k], sent[k]) for k in range(len(sent)) if k not in lost)


def test_one_seed_gives_one_course_of_events() -> None:
    def course(seed: int) -> bytes:
        cables = Cables()
        a, b = end(cables, "a", loss=0.3, seed=seed, drift_ppm=100), end(cables, "b")
        return run(a, b, noise(1.0), 1.2).tobytes()

    assert course(1) == course(1)
    assert course(1) != course(2)


@pytest.mark.parametrize("ppm", [-1000.0, 1000.0])
def test_a_drifting_clock_captures_so_many_samples_more(ppm: float) -> None:
    cables = Cables()
    a, b = end(cables, "a"), end(cables, "b", drift_ppm=ppm)
    heard = run(a, b, noise(0.1), 20.0)
    assert heard.shape[1] == pytest.approx(20 * RATE * (1 + ppm * 1e-6), abs=FRAME)


def test_drift_keeps_the_sound_clean() -> None:
    """A 1 kHz tone taken with a clock 500 ppm off is a pure tone 500 ppm off: everything else is 60 dB down."""
    cables = Cables()
    a, b = end(cables, "a"), end(cables, "b", drift_ppm=500.0)
    tone = 0.5 * np.sin(2 * np.pi * 1000 / RATE * np.arange(RATE * 4))[None].astype(np.float32)
    heard = run(a, b, tone, 3.5)[0, RATE : 3 * RATE].astype(np.float64)
    phase = 2 * np.pi * 1000 / (RATE * (1 + 500e-6)) * np.arange(heard.size)
    basis = np.stack([np.sin(phase), np.cos(phase)])
    pure = np.linalg.lstsq(basis.T, heard, rcond=None)[0] @ basis
    assert np.mean(pure**2) > 0.1
    assert 10 * np.log10(np.mean((heard - pure) ** 2) / np.mean(pure**2)) < -60


def test_ends_of_different_frames_fit() -> None:
    cables = Cables()
    a, b = end(cables, "a", frame_ms=40), end(cables, "b", frame_ms=5)
    sound = noise(0.4)
    heard = run(a, b, sound, 1.0)
    begin = first_of(heard, sound)
    assert np.array_equal(sound, heard[:, begin : begin + sound.shape[1]])


@pytest.mark.parametrize("tick", [0.001, 0.013, 0.1])
def test_the_pace_of_pumping_does_not_matter(tick: float) -> None:
    cables = Cables()
    a, b = end(cables, "a"), end(cables, "b")
    a.pump(0.0)
    sound = noise(0.6)
    a.tx.write(sound)
    heard = []
    for number in range(1, round(0.9 / tick)):
        a.pump(number * tick)
        heard.append(take(b))
    whole = np.concatenate(heard, axis=1)
    begin = first_of(whole, sound)
    assert np.array_equal(sound, whole[:, begin : begin + sound.shape[1]])


def test_an_end_alone_hears_silence_at_its_clock() -> None:
    a = end(Cables(), "a")
    for number in range(11):
        a.pump(number * 0.01)
    assert np.array_equal(np.zeros((1, 10 * FRAME), np.float32), take(a))


def test_a_frozen_end_stalls_hears_nothing_and_goes_on_in_its_time() -> None:
    cables = Cables()
    a, b = end(cables, "a"), end(cables, "b")
    run(a, b, noise(0.1), 1.0)
    b.frozen = True
    assert run(a, b, noise(0.1), 0.5, start=1.0).shape[1] == 0
    assert b.state(1.5) is PortState.STALLED
    assert a.state(1.5) is PortState.OPEN
    b.frozen = False
    assert run(a, b, noise(0.1), 0.1, start=1.5).shape[1] == 10 * FRAME
    assert b.state(1.6) is PortState.OPEN


def test_a_long_pause_is_not_made_good_frame_by_frame() -> None:
    cables = Cables()
    a, b = end(cables, "a"), end(cables, "b")
    run(a, b, noise(0.1), 0.5)
    b.pump(86400.0)
    assert b.rx.fill <= b.rx.capacity
    sound = noise(0.2)
    heard = run(a, b, sound, 0.5, start=86400.01)
    begin = first_of(heard, sound)
    assert np.array_equal(sound, heard[:, begin : begin + sound.shape[1]])


def test_a_port_that_is_not_pumped_stalls() -> None:
    a = end(Cables(), "a")
    a.pump(5.0)
    assert a.state(5.19) is PortState.OPEN
    assert a.state(5.21) is PortState.STALLED


def test_cables_of_other_names_and_registries_are_apart() -> None:
    one, two = Cables(), Cables()
    a = end(one, "a")
    stranger = end(two, "b")
    run(a, stranger, noise(0.1), 0.5)
    assert not take(stranger).any()
