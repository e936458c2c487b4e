"""What every codec is: blocks of one channel to bytes and back. Not for packets, timing or loss on the way."""

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""One channel of audio: shape (samples,), full scale ±1.0."""


class CodecError(ValueError):
    """A codec that cannot be had, or bytes it cannot read; the text names the codec and what is wrong."""


class Codec(ABC):
    """Turns one channel of audio into bytes and back. One object serves one direction of one stream."""

    name: str
    rate: int  # Hz

    @abstractmethod
    def encode(self, block: Samples) -> bytes:
        """``block`` (samples,) at `rate`, values beyond ±1.0 clipped, as bytes."""

    @abstractmethod
    def decode(self, data: bytes) -> Samples:
        """The audio in ``data``, shape (samples,). Raises `CodecError` on bytes that are none of this codec's."""
