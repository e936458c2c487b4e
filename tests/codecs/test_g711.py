"""G.711 is bit-exact: every 16-bit input and every code against decision values built from the standard's tables."""

from bisect import bisect_right
from itertools import accumulate, pairwise

import numpy as np
import pytest

from crosspatch_codecs.base import Codec
from crosspatch_codecs.g711 import Alaw, Mulaw

ALAW_STEPS = [2] * 32 + [4] * 16 + [8] * 16 + [16] * 16 + [32] * 16 + [64] * 16 + [128] * 16
"""Widths of the 128 positive intervals of table 1a, on its scale of ±4096."""

MULAW_STEPS = [1] + [2] * 15 + [4] * 16 + [8] * 16 + [16] * 16 + [32] * 16 + [64] * 16 + [128] * 16 + [256] * 16
"""Widths of the 128 positive intervals of table 2a, on its scale of ±8159."""

ALAW_SCALE, MULAW_SCALE = 8, 4
"""What one step of each table is in 16 bit."""


def alaw_character(interval: int, positive: bool) -> int:
    """Table 1: sign, then the interval's number, then every even bit inverted."""
    return ((0x80 if positive else 0) + interval) ^ 0x55


def mulaw_character(interval: int, positive: bool) -> int:
    """Table 2: sign, then the interval's number counted down from 127."""
    return (0x80 if positive else 0) + 127 - interval


def reference(steps: list[int], scale: int, character) -> tuple[list[int], dict[int, int]]:
    """The code of each of the 65536 inputs from -32768 on, and the value each code stands for."""
    edges = [0, *accumulate(steps)]
    line = sorted({-edge * scale for edge in edges} | {edge * scale for edge in edges})
    codes = []
    for value in range(-32768, 32768):
        place = bisect_right(line, value) - 129  # interval on the whole number line; 0 begins at zero
        interval = min(127, place if place >= 0 else -1 - place)
        codes.append(character(interval, place >= 0))
    values = {}
    for interval, (low, high) in enumerate(pairwise(edges)):
        middle = 0 if high == 1 else (low + high) * scale // 2  # µ-law's first interval stands for zero
        values[character(interval, True)] = middle
        values[character(interval, False)] = -middle
    return codes, values


LAWS = [
    pytest.param(Alaw(), ALAW_STEPS, ALAW_SCALE, alaw_character, id="alaw"),
    pytest.param(Mulaw(), MULAW_STEPS, MULAW_SCALE, mulaw_character, id="mulaw"),
]


@pytest.mark.parametrize(("codec", "steps", "scale", "character"), LAWS)
def test_every_16_bit_input_gets_the_code_of_its_interval(codec: Codec, steps, scale, character) -> None:
    audio = (np.arange(-32768, 32768) / 32768).astype(np.float32)
    expected, _ = reference(steps, scale, character)
    assert bytes(expected) == codec.encode(audio)


@pytest.mark.parametrize(("codec", "steps", "scale", "character"), LAWS)
def test_every_code_stands_for_the_middle_of_its_interval(codec: Codec, steps, scale, character) -> None:
    _, values = reference(steps, scale, character)
    decoded = codec.decode(bytes(range(256)))
    assert [values[code] for code in range(256)] == (decoded * 32768).tolist()
    assert decoded.dtype == np.float32


@pytest.mark.parametrize("codec", [Alaw(), Mulaw()])
def test_what_was_decoded_encodes_to_the_same_code(codec: Codec) -> None:
    codes = bytes(code for code in range(256) if not (codec.name == "pcmu" and code == 0x7F))  # µ-law's second zero
    assert codes == codec.encode(codec.decode(codes))


@pytest.mark.parametrize(
    ("codec", "linear", "code"),
    [
        (Alaw(), 0, 0xD5),
        (Alaw(), -1, 0x55),
        (Alaw(), 32767, 0xAA),
        (Alaw(), -32768, 0x2A),
        (Mulaw(), 0, 0xFF),
        (Mulaw(), -1, 0x7F),
        (Mulaw(), 32767, 0x80),
        (Mulaw(), -32768, 0x00),
    ],
)
def test_known_characters(codec: Codec, linear: int, code: int) -> None:
    assert bytes([code]) == codec.encode(np.array([linear / 32768], np.float32))


@pytest.mark.parametrize(
    ("codec", "period"),
    [
        (Alaw(), [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4]),  # G.711 table 5
        (Mulaw(), [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E]),  # G.711 table 6
    ],
)
def test_the_standards_tone_of_1_khz_is_0_dbm0(codec: Codec, period: list[int]) -> None:
    """Tables 5 and 6 define 0 dBm0 by a 1 kHz sine; full load is +3.14 dBm0 for A-law and +3.17 dBm0 for µ-law."""
    full_load = {"pcma": (3.14, 4096 * ALAW_SCALE), "pcmu": (3.17, 8159 * MULAW_SCALE)}[codec.name]
    tone = codec.decode(bytes(period * 100)).astype(np.float64) * 32768
    level = 20 * np.log10(np.sqrt(np.mean(tone**2)) * np.sqrt(2) / full_load[1]) + full_load[0]
    assert level == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("codec", [Alaw(), Mulaw()])
def test_too_loud_is_clipped_and_not_a_number_is_silence(codec: Codec) -> None:
    loud, full = np.array([9.0, -9.0, np.nan], np.float32), np.array([1.0, -1.0, 0.0], np.float32)
    assert codec.encode(full) == codec.encode(loud)


@pytest.mark.parametrize("codec", [Alaw(), Mulaw()])
def test_nothing_gives_nothing(codec: Codec) -> None:
    assert codec.encode(np.zeros(0, np.float32)) == b""
    assert codec.decode(b"").shape == (0,)
