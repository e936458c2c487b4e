"""Complaint 11: levels do not match, and an automatic gain that rides makes it worse."""

import numpy as np
import pytest
from tests.bridge.dsp.conftest import active_level, at_level, blocks, pink

from crosspatch.demo import __file__ as demo
from crosspatch.dsp.stages import Stages
from crosspatch.dsp.strips import ReceiveStrip
from crosspatch.dsp.units import RATE
from crosspatch_drivers.twin.wav import read_wav


@pytest.fixture(scope="module")
def talkers() -> tuple[np.ndarray, np.ndarray]:
    """A man and a woman."""
    man, woman = (read_wav(demo.replace("__init__.py", f"data/harvard_{name}_16k.wav")) for name in ("M1", "F1"))
    length = min(man.size, woman.size, 8 * RATE)
    return man[:length], woman[:length]


def received(sounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What several radios deliver, (channels, samples), after the receive strip; the gain at each block, in dB."""
    strip = ReceiveStrip((Stages(),) * len(sounds))
    every = np.ones(len(sounds), bool)
    out, gains = [], []
    for block in blocks(sounds):
        out.append(strip(block, np.mean(block**2, axis=1), every))
        gains.append(strip.gain.gain_db.copy())
    return np.concatenate(out, axis=1), np.array(gains)


def test_a_loud_network_and_a_soft_one_are_equally_loud_on_the_other_side(talkers) -> None:
    man, woman = talkers
    out, _ = received(np.stack([at_level(man, -18.0), at_level(woman, -38.0)]))
    loud, soft = (active_level(channel[2 * RATE :]) for channel in out)
    assert abs(loud - soft) < 2.0


def test_once_it_knows_a_talker_the_gain_moves_little(talkers) -> None:
    """Some two decibels either way, his pauses included; between his words and his silence lie more than thirty."""
    man, _ = talkers
    _, gains = received(np.tile(at_level(man, -30.0), 3)[np.newaxis])
    assert np.ptp(gains[3 * 100 :, 0]) < 4.5


def test_noise_between_two_overs_is_not_lifted(talkers) -> None:
    man, _ = talkers
    noise = 0.001 * pink(4 * RATE)
    sound = np.concatenate([at_level(man, -30.0), noise])
    _, gains = received(sound[np.newaxis].astype(np.float32))
    assert gains[-1, 0] == gains[-3 * 100, 0]
