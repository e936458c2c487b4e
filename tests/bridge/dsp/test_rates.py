"""Rates and clocks: nothing is dropped or repeated, levels stay where they should, no click, no alias."""

import numpy as np
import pytest
from tests.bridge.dsp.conftest import residue_db, sine

from crosspatch.dsp import servo as servo_module
from crosspatch.dsp.between import BEFORE, TAPS, between
from crosspatch.dsp.convert import Converter
from crosspatch.dsp.servo import MOST, WINDOW, Servo
from crosspatch.dsp.units import BLOCK, RATE

RATES = [8000, 16000, 32000, 44100, 48000]


def tone(rate: int, hertz: float, seconds: float = 1.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)[None]


def converted(sound: np.ndarray, rate_in: int, rate_out: int, sizes: list[int]) -> np.ndarray:
    """``sound`` through a converter in pieces of these sizes, in turn."""
    convert, out, at, turn = Converter(1, rate_in, rate_out), [], 0, 0
    while at < sound.shape[1]:
        size = sizes[turn % len(sizes)]
        out.append(convert(sound[:, at : at + size]))
        at, turn = at + size, turn + 1
    return np.concatenate(out, axis=1)[0]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("inward", [True, False])
def test_a_tone_keeps_its_pitch_and_level_at_any_rate_and_in_any_pieces(rate: int, inward: bool) -> None:
    rate_in, rate_out = (rate, RATE) if inward else (RATE, rate)
    sound = tone(rate_in, 1000.0)
    whole = converted(sound, rate_in, rate_out, [rate_in // 100])
    pieces = converted(sound, rate_in, rate_out, [1, 7, 159, 161, 333])
    size = min(whole.size, pieces.size)
    assert np.array_equal(whole[:size], pieces[:size]) or np.abs(whole[:size] - pieces[:size]).max() < 1e-6
    assert whole.size == pytest.approx(rate_out, abs=rate_out // 80)
    time = np.arange(size) / rate_out
    middle = slice(size // 10, -size // 10)
    basis = np.stack([np.cos(2 * np.pi * 1000 * time), np.sin(2 * np.pi * 1000 * time)], axis=1)[middle]
    fit = np.linalg.lstsq(basis, whole[:size][middle].astype(float), rcond=None)[0]
    assert np.hypot(*fit) == pytest.approx(0.5, rel=0.005)
    assert np.sqrt(np.mean((whole[:size][middle] - basis @ fit) ** 2)) < 0.5 * 10 ** (-65 / 20)


@pytest.mark.parametrize(("rate", "hertz"), [(48000, 12000.0), (44100, 10000.0), (32000, 11000.0)])
def test_what_the_core_cannot_hold_is_gone_and_not_folded_back(rate: int, hertz: float) -> None:
    out = converted(tone(rate, hertz), rate, RATE, [rate // 100])
    assert np.abs(out[200:]).max() < 0.5 * 10 ** (-60 / 20)


@pytest.mark.parametrize("hertz", [300.0, 1000.0, 3400.0])
@pytest.mark.parametrize("ppm", [-200.0, 200.0, 300.0])
def test_a_tone_read_at_another_pace_is_as_pure_as_before(hertz: float, ppm: float) -> None:
    sound = sine(hertz, 2.2)
    ratio, at, out = ppm * 1e-6, 20.0, []
    while at + BLOCK + TAPS < sound.size:
        whole = int(at)
        places = (at - whole) + ratio * np.arange(BLOCK)
        window = sound[None, whole - BEFORE : whole - BEFORE + BLOCK + TAPS - 1]
        out.append(between(window, places[None].astype(np.float32))[0])
        at += BLOCK * (1 + ratio)
    assert residue_db(np.concatenate(out)[: 2 * RATE], hertz * (1 + ratio)) < -70.0


def test_levels_stay_in_their_band_for_hours_whatever_the_clocks_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servo_module, "WINDOW", 1)  # one level, the least of half a second, at a time
    monkeypatch.setattr(servo_module, "TICK", 0.5)
    drift = np.array([-300e-6, -100e-6, 0.0, 20e-6, 300e-6])
    servo, low, live = Servo(drift.size, 160.0), np.full(drift.size, 192.0), np.ones(drift.size, bool)
    true, seen, ratios = np.full(drift.size, 360.0), [], []
    for window in range(2 * 3600 * 2):
        true += (drift - servo.ratio) * RATE * 0.5
        seen.append(true - (window * 0.5 * drift * RATE) % 160)  # where in a tick a frame comes slides with the drift
        servo.step(seen[-1], low, live)
        ratios.append(servo.ratio)
    settled, levels = 2000, np.array(seen)
    assert levels.min() > 0
    assert levels[settled:].max() < 192 + 3 * 160
    assert np.abs(np.array(ratios)[-5000:] - drift).max() < 250e-6
    assert np.abs(np.array(ratios)[-5000:].mean(axis=0) - drift).max() < 5e-6


def test_a_level_within_the_band_is_left_alone() -> None:
    servo = Servo(1, 160.0)
    for _ in range(10 * WINDOW):
        servo.step(np.array([100.0]), np.array([32.0]), np.ones(1, bool))
    assert servo.ratio[0] == 0.0


def test_a_level_below_the_band_is_raised_faster_than_one_above_is_lowered_and_never_too_fast() -> None:
    servo = Servo(3, 160.0)
    for _ in range(8 * WINDOW):
        servo.step(np.array([-80.0, 272.0, 1e6]), np.full(3, 32.0), np.ones(3, bool))
    assert servo.ratio[0] == pytest.approx(-MOST, rel=0.01)
    assert 0 < servo.ratio[1] < -servo.ratio[0] / 2
    assert MOST / 2 < servo.ratio[2] <= MOST


def test_a_port_that_does_not_flow_teaches_nothing() -> None:
    servo = Servo(1, 160.0)
    for _ in range(4 * WINDOW):
        least = servo.step(np.array([1e5]), np.array([32.0]), np.zeros(1, bool))
    assert servo.ratio[0] == 0.0
    assert least is not None
    assert not np.isfinite(least[0])
