"""ITU-T G.711 (11/88) A-law and µ-law: 64 kbit/s, one byte a sample at 8 kHz, by table. Not for Appendix I or II.

Input is taken with 16 bits; decision values belong to the interval above them on the number line, as in the ITU's
own software tools (G.191), so negative numbers are complemented, not negated, before their magnitude is cut.
"""

import numpy as np
import numpy.typing as npt

from crosspatch_codecs.base import Codec, Samples
from crosspatch_codecs.pcm import Linear, from_linear, to_linear

RATE = 8000
"""Hz (G.711 clause 2)."""

ALAW_EVEN_BITS = 0x55
"""Every second bit of an A-law character is sent inverted (G.711 table 1, note 2)."""

MULAW_BIAS = 33
"""In steps of the 14-bit scale: makes the µ-law segments powers of two (decision values 2^n - 33 of table 2)."""

Codes = npt.NDArray[np.uint8]


def _magnitude(linear: npt.NDArray[np.int32], shift: int) -> npt.NDArray[np.int32]:
    return np.where(linear < 0, ~linear, linear) >> shift


def _exponent(magnitude: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Position of the highest bit set, counted from 0; 0 for 0."""
    return np.asarray(np.frexp(magnitude)[1], np.int32).clip(1) - 1


def _alaw_encode_table() -> Codes:
    """The code of each 16-bit value, indexed by the value seen as unsigned."""
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = _magnitude(linear, 4)  # 11 bits: four of mantissa from the second segment on
    segment = np.maximum(_exponent(magnitude) - 3, 0)
    mantissa = (magnitude >> np.maximum(segment - 1, 0)) & 0x0F
    sign = np.where(linear >= 0, 0x80, 0)
    codes: Codes = ((sign | segment << 4 | mantissa) ^ ALAW_EVEN_BITS).astype(np.uint8)
    return codes


def _alaw_decode_table() -> Linear:
    code = np.arange(256, dtype=np.int32) ^ ALAW_EVEN_BITS
    segment, mantissa = code >> 4 & 0x07, code & 0x0F
    middle = (mantissa << 4) + 8 + np.where(segment > 0, 256, 0)
    value = middle << np.maximum(segment - 1, 0)
    levels: Linear = np.where(code & 0x80, value, -value).astype(np.int16)
    return levels


def _mulaw_encode_table() -> Codes:
    """The code of each 16-bit value, indexed by the value seen as unsigned."""
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(_magnitude(linear, 2) + MULAW_BIAS, 0x1FFF)  # 13 bits
    segment = _exponent(magnitude) - 5
    mantissa = (magnitude >> (segment + 1)) & 0x0F
    sign = np.where(linear >= 0, 0x80, 0)
    codes: Codes = (sign | (~(segment << 4 | mantissa) & 0x7F)).astype(np.uint8)
    return codes


def _mulaw_decode_table() -> Linear:
    code = ~np.arange(256, dtype=np.int32)
    segment, mantissa = code >> 4 & 0x07, code & 0x0F
    value = (((mantissa << 1) + MULAW_BIAS << segment) - MULAW_BIAS) << 2
    levels: Linear = np.where(code & 0x80, -value, value).astype(np.int16)
    return levels


class _G711(Codec):
    """What both laws share: two tables."""

    rate = RATE
    _codes: Codes
    _levels: Samples

    def encode(self, block: Samples) -> bytes:
        """One byte for each sample."""
        return self._codes[to_linear(block).view(np.uint16)].tobytes()

    def decode(self, data: bytes) -> Samples:
        """One sample for each byte; every byte is a valid code."""
        return self._levels[np.frombuffer(data, np.uint8)]


class Alaw(_G711):
    """PCMA, the law of Europe."""

    name = "pcma"
    _codes = _alaw_encode_table()
    _levels = from_linear(_alaw_decode_table())


class Mulaw(_G711):
    """PCMU, the law of North America and Japan. Character 0 is used (no zero-code suppression, table 2 note 4)."""

    name = "pcmu"
    _codes = _mulaw_encode_table()
    _levels = from_linear(_mulaw_decode_table())
