"""A transmission longer than the radio's limit is renewed on the way, and nobody's words fall into the gap.

The engine's overs, a radio's session and its twin in one virtual time; between engine and radio lies what sound cards
and cables hold. Every sample has a number, so that each one that is not heard is found.
"""

from collections import deque
from dataclasses import replace

import numpy as np
import pytest
from tests.drivers.radio.conftest import Rig

from crosspatch.dsp.units import BLOCK, TICK
from crosspatch.engine.overs import Overs
from crosspatch_drivers.radio.base import Granted, Key, Pausing, RadioEvent, Resumed, TransmitEnded, Unkey
from crosspatch_drivers.radio.pei.profile import GENERIC
from crosspatch_drivers.radio.pei.session import Session

A, B = 0, 1

ON_ITS_WAY = 12
"""Blocks between the engine and the radio: 120 ms, more than a card and its rings hold."""

SETTLE_S = 0.06


def heard_of(seconds: float, limit_s: float) -> tuple[np.ndarray, int]:
    """What a listener hears of an over of ``seconds``: numbers of samples, in order; and how often it was renewed."""
    rig = Rig()
    profile = replace(GENERIC, transmit_limit_s=limit_s)
    rig.session = Session(rig.session._parts.book.home, profile)
    rig.ready()
    overs = Overs([0, 0], [0, 0], [1.0, 1.0])
    overs.begin(1, A, [B], rig.now)
    renewals = 0

    def react(event: RadioEvent) -> None:
        nonlocal renewals
        match event:
            case Granted() | Resumed():
                overs.start(1, B, rig.now + SETTLE_S)
            case Pausing():
                renewals += 1
                overs.hold(1, B)

    rig.react = react
    rig.order(Key())
    way = deque([np.zeros(BLOCK)] * ON_ITS_WAY)
    heard: list[np.ndarray] = []
    blocks, number, finished = round(seconds / TICK), 1, False
    while not (finished and not any(block.any() for block in way)):
        rig.run(TICK)
        if blocks:
            sound = np.arange(number, number + BLOCK, dtype=np.float32)
            number += BLOCK
            overs.record(np.stack([sound, sound]), np.zeros(2, bool), [rig.now, rig.now].__getitem__)
            blocks -= 1
            if not blocks:
                overs.end(1)
        else:
            overs.record(np.zeros((2, BLOCK), np.float32), np.ones(2, bool), [rig.now, rig.now].__getitem__)
        before = overs.playing[B]
        out, began, done = overs.play(rig.now)
        finished = finished or bool(done)
        fading = before and not overs.playing[B] and not done
        silent = fading or not (before or began or overs.playing[B])
        way.append(np.zeros(BLOCK) if silent else out[B].astype(np.float64))
        arrives = way.popleft()
        if rig.radio.transmitting:
            heard.append(arrives[arrives > 0])
    rig.order(Unkey())
    rig.wait_for(TransmitEnded)
    return np.concatenate(heard), renewals


@pytest.mark.parametrize(("seconds", "limit_s", "renewals"), [(25.0, 11.0, 2), (4.0, 1.0, 4)])
def test_an_over_longer_than_the_limit_of_a_transmission_is_heard_to_the_last_sample(
    seconds: float, limit_s: float, renewals: int
) -> None:
    heard, renewed = heard_of(seconds, limit_s)
    assert renewals <= renewed
    lost = set(range(1, round(seconds / TICK) * BLOCK + 1)) - set(heard.astype(int).tolist())
    assert len(lost) == 0, f"{1000 * len(lost) / 16000:.0f} ms lost"
    assert np.all(np.diff(heard) > 0), "in order, none twice"
