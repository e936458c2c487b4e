"""Everything that is compiled, compiled before the first tick: on a new machine that takes some ten seconds, once.

``python -m crosspatch.engine.warm`` does it ahead of time, the engine's process before it says that it is ready; what
was compiled before is only loaded.
"""

import numpy as np

from crosspatch.dsp.between import filters, read
from crosspatch.dsp.course import BANDS
from crosspatch.dsp.likeness import same
from crosspatch.dsp.squeeze import NEEDED, seams
from crosspatch.dsp.tape import Tape
from crosspatch.dsp.units import BLOCK, TICK
from crosspatch.engine.core import Channel, Core
from crosspatch.engine.wire import Place, Wire
from crosspatch.loopguard import CHOICES, LONGEST, SPANS
from crosspatch.orders import BeginOver, EndOver, StartLeg
from crosspatch_drivers.audio.datagrams import Datagrams
from crosspatch_drivers.audio.ring import Ring

TICKS = 40
"""As many as it takes until every loop has had something to do."""


def warm() -> None:
    """Run an engine in memory that hears a noise and sends it on, and look closely at a piece of nothing."""
    Datagrams([(Ring(1, 4000), Ring(1, 4000))], [BLOCK])
    wires = [Wire(Ring(1, 4000), Ring(1, 4000), 16000, 1, clocked=clocked, up=True) for clocked in (False, True)]
    core = Core(wires, [Channel(name, Place(wire, 0), 0.0, 50.0, 50.0, 0.0, 1.25) for wire, name in enumerate("ab")])
    noise = np.random.default_rng(1).normal(0, 0.1, (1, BLOCK)).astype(np.float32)
    core.order(BeginOver(1, "a", ("b",)), 0.0)
    core.order(StartLeg(1, "b"), 0.0)
    for tick in range(TICKS):
        for wire in wires:
            wire.rx.write(noise)
            wire.tx.skip(BLOCK)
        core.tick(tick * TICK)
    core.order(EndOver(1), TICKS * TICK)
    core.tick(TICKS * TICK)
    core.levels()
    frames, sounds = np.zeros((1 + CHOICES, LONGEST, BANDS), np.float32), np.ones((1 + CHOICES, LONGEST), bool)
    read(frames[0], np.zeros(LONGEST, np.int64), np.zeros(1), np.zeros(1), np.zeros(1, bool), filters(), BLOCK)
    Tape(1).read(np.zeros(1, np.int64), np.zeros(1, np.int64))
    seams(np.zeros((1, NEEDED), np.float32), np.zeros(1, np.float32))
    same(frames[0], frames[1:], sounds[0], sounds[1:], SPANS)


if __name__ == "__main__":
    warm()
