"""Linear PCM: signed 16-bit little-endian, one channel as a codec, several channels interleaved as two functions.

Full scale ±1.0 is ±32768: every 16-bit sample survives float32 and back bit for bit.
"""

import numpy as np
import numpy.typing as npt

from crosspatch_codecs.base import Codec, CodecError, Samples

FULL_SCALE = 32768.0
"""The 16-bit value of 1.0; +1.0 itself is one step too large and becomes 32767."""

Linear = npt.NDArray[np.int16]


def to_linear(audio: npt.NDArray[np.float32]) -> Linear:
    """Float audio of any shape to 16 bit: rounded to nearest, clipped, not-a-number as silence."""
    scaled = audio * np.float32(FULL_SCALE)
    odd = np.isnan(scaled)
    if odd.any():
        scaled[odd] = 0.0
    np.rint(scaled, out=scaled)
    np.minimum(scaled, np.float32(32767), out=scaled)
    np.maximum(scaled, np.float32(-32768), out=scaled)
    linear: Linear = scaled.astype(np.int16)
    return linear


def from_linear(linear: Linear) -> npt.NDArray[np.float32]:
    """16-bit audio of any shape to float32, exactly."""
    return np.multiply(linear, np.float32(1 / FULL_SCALE), dtype=np.float32)


def interleave(block: npt.NDArray[np.float32]) -> bytes:
    """``block`` (channels, samples) as interleaved 16-bit little-endian bytes."""
    return to_linear(block).T.astype("<i2").tobytes()


def deinterleave(data: bytes | memoryview, channels: int) -> npt.NDArray[np.float32]:
    """Interleaved 16-bit little-endian bytes as (channels, samples); `CodecError` when the size is no whole number."""
    if len(data) % (2 * channels):
        msg = f"s16le: {len(data)} bytes are no whole number of {channels} x 16-bit samples"
        raise CodecError(msg)
    return from_linear(np.frombuffer(data, "<i2").reshape(-1, channels).T)


class Pcm(Codec):
    """One channel of signed 16-bit little-endian samples at any rate."""

    name = "s16le"

    def __init__(self, rate: int) -> None:
        """``rate`` in Hz; linear PCM has no preference."""
        self.rate = rate

    def encode(self, block: Samples) -> bytes:
        """Two bytes for each sample."""
        return to_linear(block).astype("<i2").tobytes()

    def decode(self, data: bytes) -> Samples:
        """One sample for each two bytes; an odd number is an error."""
        samples: Samples = deinterleave(data, 1)[0]
        return samples
