"""The jitter buffer of datagrams holds what the network needs, and never more than the site allows."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from crosspatch.dsp.units import BLOCK, RATE, TICK
from crosspatch.engine.intake import Intake
from crosspatch.engine.ports import Ports
from crosspatch.engine.wire import Place, Wire
from crosspatch.process.messages import ChannelSetup
from crosspatch_drivers.audio.ring import Ring
from crosspatch_drivers.audio.settings import UdpSettings

EVEN, EACH, LATE = round(5.0 / TICK), round(3.0 / TICK), round(0.18 / TICK)
"""Ticks of even arrivals at first, then between two beginnings of blockages, and of a blockage."""


def held_ms_after_a_blockage(jitter_ms: int, blockages: int = 2) -> float:
    """What a buffer holds at most in the third second after datagrams of 20 ms were held up and came all at once."""
    wire = Wire(Ring(1, RATE), Ring(1, RATE), RATE, 1, clocked=False, up=True, jitter=jitter_ms / 1000)
    intake = Intake([wire], [Place(0, 0)])
    noise = np.random.default_rng(1).normal(0, 0.01, (1, 2 * BLOCK)).astype(np.float32)
    held, waiting = [], 0
    for tick in range(EVEN + blockages * EACH):
        since = (tick - EVEN) % EACH
        waiting += tick % 2 == 0
        if tick < EVEN or since >= LATE:
            for _ in range(waiting):
                wire.rx.write(noise)
            waiting = 0
        intake.pull()
        if tick > EVEN and since >= EACH - round(1.0 / TICK):
            held.append(1000 * float(intake.delay[0]))
    return max(held)


def test_what_was_late_is_waited_for_the_next_time() -> None:
    assert held_ms_after_a_blockage(200) > 100


@pytest.mark.parametrize("jitter_ms", [10, 40, 100])
def test_the_site_says_what_may_be_held_at_most(jitter_ms: int) -> None:
    pace, band, excess = 20, 10, 15  # a datagram, what is left alone, what is not yet worth leaving out
    assert held_ms_after_a_blockage(jitter_ms) <= jitter_ms + pace + band + excess


def test_every_port_has_its_own_bound() -> None:
    setups = [
        ChannelSetup(
            f"r{ms}",
            {"driver": "udp", "listen": f"127.0.0.1:{ms}", "send": "127.0.0.1:9", "jitter_ms": ms},
            None,
            0.0,
            0.0,
            0.0,
            0.0,
        )
        for ms in (30, 150)
    ]
    ports = Ports(setups, lambda *_: None)
    assert [wire.jitter for wire in ports.wires] == [0.03, 0.15]
    ports.close()


@pytest.mark.parametrize("jitter_ms", [9, 501, 20.5])
def test_a_bound_that_makes_no_sense_is_refused(jitter_ms: float) -> None:
    audio = {"driver": "udp", "listen": "127.0.0.1:1", "send": "127.0.0.1:9", "jitter_ms": jitter_ms}
    with pytest.raises(ValidationError, match="jitter_ms"):
        TypeAdapter(UdpSettings).validate_python(audio)
