"""The far vocoder: AMR narrow-band at 4.75 kbit/s, an ACELP coder of the kind and rate of TETRA's, there and back.

TETRA's own codec (ETSI EN 300 395-2) may not be shipped; both code 8 kHz speech in 20 to 30 ms frames at about 4.6
kbit/s, and both are hurt by the same things: hum, noise and wrong levels.
"""

from fractions import Fraction

import av
import numpy as np
from scipy.signal import resample_poly
from tests.bench.quality.material import Sound

RATE = 8000
"""Hz of the vocoder, and of what it gives back."""

FRAME = 160
"""Samples of its frames: 20 ms."""

BITS = 4750
"""Bits per second."""


def narrow(sound: Sound) -> Sound:
    """16 kHz to 8 kHz."""
    return np.asarray(resample_poly(sound, 1, 2), np.float32)


def spoken(sound: Sound) -> Sound:
    """``sound`` (16 kHz) as it is heard behind the vocoder, at 8 kHz and as long."""
    encoder = av.CodecContext.create("libopencore_amrnb", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE, "mono", "s16", BITS
    encoder.time_base = Fraction(1, RATE)
    decoder = av.CodecContext.create("amrnb", "r")
    decoder.sample_rate, decoder.layout = RATE, "mono"
    plain = narrow(sound)
    samples = np.round(np.clip(np.pad(plain, (0, -plain.size % FRAME)), -1, 1) * 32767).astype(np.int16)
    heard = []
    for start in [*range(0, samples.size, FRAME), None]:
        frame = None
        if start is not None:
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + FRAME], format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        for packet in encoder.encode(frame):
            heard += [piece.to_ndarray()[0] for piece in decoder.decode(packet)]
    return np.asarray(np.concatenate(heard)[: plain.size], np.float32)
