"""A virtual officer of a network: presses the key, waits for the permission, says a clip, lets go.

Pure: told what the network says, asked for samples. Not for choosing what to say.
"""

from enum import Enum

import numpy as np
import numpy.typing as npt

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin import told as net

Samples = npt.NDArray[np.float32]
"""Mono audio, shape (samples,), at `RATE`, full scale ±1."""

RATE = 16000
"""Samples per second of all audio inside a twin."""


class SpeechState(Enum):
    """How far an officer has come."""

    ASKING = "asking"
    QUEUED = "queued"
    SPEAKING = "speaking"
    SAID = "said"  # all of it
    FAILED = "failed"  # not, or not all of it; see the reason


class Officer:
    """One talker with one clip. The over he gives is ``gap_s`` of silence, the clip, ``tail_s`` of silence."""

    def __init__(self, identity: Identity, clip: Samples, gap_s: float = 0.25, tail_s: float = 0.1) -> None:
        """``gap_s``: from the permission to the first sample of the clip; ``tail_s``: from the last one to key-up."""
        self.identity = identity
        self.call: int | None = None  # the call he asked to speak in; what is told of others does not concern him
        self.state = SpeechState.ASKING
        self.reason = ""
        self.gap = round(gap_s * RATE)
        silence = np.zeros(self.gap, np.float32), np.zeros(round(tail_s * RATE), np.float32)
        self._over: Samples = np.concatenate([silence[0], clip, silence[1]])

    @property
    def finished(self) -> bool:
        """Nothing more will be said."""
        return self.state in (SpeechState.SAID, SpeechState.FAILED)

    def told(self, told: net.Told) -> None:
        """The network told the officer something."""
        if self.finished or not isinstance(told, net.CallTold) or told.call != self.call:
            return
        match told:
            case net.Granted():
                self.state = SpeechState.SPEAKING
            case net.Queued():
                self.state = SpeechState.QUEUED
            case net.Denied():
                self._fail("denied")
            case net.Interrupted():
                self._fail("pre-empted")
            case net.Ceased() if self.state is SpeechState.SPEAKING:
                self._fail("transmit time-out")
            case net.Released(_, cause):
                self._fail(f"call released, cause {cause.value}")

    def said_all(self, samples: int) -> bool:
        """Whether ``samples`` from the grant on are the whole over; then it is over."""
        if self.state is SpeechState.SPEAKING and samples >= self._over.size:
            self.state = SpeechState.SAID
            return True
        return False

    def samples(self, start: int, stop: int) -> Samples:
        """What is said from ``start`` to ``stop``, counted from the grant."""
        out = np.zeros(max(0, stop - start), np.float32)
        part = self._over[start:stop]
        out[: part.size] = part
        return out

    def _fail(self, reason: str) -> None:
        self.state, self.reason = SpeechState.FAILED, reason
