"""The bridge's own code as it is measured: the core between its wires, faster than real time, many overs at once.

What a radio receives is written to its wire as it comes; what the other radio's transmitter would get is read from that
one's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from tests.bench.quality.material import Sound

from crosspatch.dsp.stages import Stages
from crosspatch.dsp.units import BLOCK, RATE, TICK
from crosspatch.engine.core import Channel, Core
from crosspatch.engine.wire import Place, Wire
from crosspatch.orders import BeginOver, EndOver, StartLeg
from crosspatch_drivers.audio.ring import Ring

PLAIN = Stages(band_pass=False, noise_reduction=False, gain=False, limiter=False)
"""Nothing done: what a cable does."""

AFTER = 1.0
"""Seconds that a rig runs on after the last over has ended."""


@dataclass(slots=True)
class Carried:
    """What came out of one over, and what was seen of the core meanwhile."""

    blocks: list[Sound] = field(default_factory=list)
    behind: list[float] = field(default_factory=list)  # seconds recorded and not played, after each tick of the over
    places: list[int] = field(default_factory=list)  # samples of the recording that were done with after each block

    @property
    def sound(self) -> Sound:
        """From the first sample sent to the last."""
        return np.concatenate([np.zeros(0, np.float32), *self.blocks])


class Rig:
    """A core with a pair of radios for each over."""

    def __init__(self, stages: Sequence[Stages], catch_up: float = 1.0) -> None:
        """``stages``: of each pair's both radios."""
        self.pairs = len(stages)
        self.wires = [Wire(Ring(1, RATE), Ring(1, RATE), RATE, 1, False, True) for _ in range(2 * self.pairs)]
        channels = [
            Channel(f"{side}{pair}", Place(2 * pair + number, 0), 0.0, 200.0, 0.0, 0.0, catch_up, stages[pair])
            for pair in range(self.pairs)
            for number, side in enumerate("ab")
        ]
        self.core = Core(self.wires, channels)
        self.ticks = 0
        self._sink = np.zeros((1, BLOCK), np.float32)

    def carry(self, sounds: Sequence[Sound], grant: float = 0.0) -> list[Carried]:
        """An over of each sound, all at once; each has its transmitter ``grant`` seconds after it began."""
        carried = [Carried() for _ in sounds]
        longest = max(sound.size for sound in sounds) // BLOCK
        begin = self.ticks
        for pair in range(self.pairs):
            self.core.order(BeginOver(pair + 1, f"a{pair}", (f"b{pair}",)), begin * TICK)
        for number in range(longest + round((AFTER + grant) / TICK)):
            for pair, sound in enumerate(sounds):
                self._order(pair, number, round(grant / TICK), sound.size // BLOCK)
                block = sound[number * BLOCK : (number + 1) * BLOCK]
                self.wires[2 * pair].rx.write(np.pad(block, (0, BLOCK - block.size))[None])
            self.core.tick(self.ticks * TICK)
            self.ticks += 1
            for pair, over in enumerate(carried):
                self._look(pair, over)
        return carried

    def _order(self, pair: int, number: int, start: int, end: int) -> None:
        now = self.ticks * TICK
        if number == start:
            self.core.order(StartLeg(pair + 1, f"b{pair}"), now)
        if number == end:
            self.core.order(EndOver(pair + 1), now)

    def _look(self, pair: int, carried: Carried) -> None:
        row, tx = 2 * pair + 1, self.wires[2 * pair + 1].tx
        while tx.fill >= BLOCK:
            tx.read(self._sink)
            carried.blocks.append(self._sink[0].copy())
        overs = self.core.overs
        part = overs.part(pair + 1, row)
        if part is not None:
            written = int(overs._tape.written[part.over.track])
            done = int(overs._place[row]) if part.started else 0
            carried.behind.append((written - done) / RATE)
            if part.started:
                carried.places.append(done)


def carried(sounds: Sequence[Sound], stages: Stages | None = None) -> list[Sound]:
    """What the far transmitters get of overs of these sounds, without any delay but the strips' own."""
    rig = Rig([stages or Stages()] * len(sounds))
    return [over.sound for over in rig.carry(sounds)]
