"""Linear PCM keeps every bit of 16, clips what is louder, and keeps channels apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosspatch_codecs.base import CodecError
from crosspatch_codecs.pcm import Pcm, deinterleave, interleave


def test_every_16_bit_value_survives() -> None:
    data = np.arange(-32768, 32768).astype("<i2").tobytes()
    codec = Pcm(16000)
    assert data == codec.encode(codec.decode(data))


def test_bytes_are_little_endian_and_full_scale_is_one() -> None:
    assert Pcm(8000).encode(np.array([0.5, -0.5, -1.0], np.float32)) == b"\x00\x40\x00\xc0\x00\x80"


def test_too_loud_is_clipped_not_wrapped() -> None:
    loud = np.array([1.0, 5.0, np.inf, -5.0, -np.inf, np.nan], np.float32)
    expected = np.array([32767, 32767, 32767, -32768, -32768, 0], "<i2").tobytes()
    assert expected == Pcm(8000).encode(loud)


def test_half_a_sample_is_refused_by_name() -> None:
    with pytest.raises(CodecError, match="s16le: 3 bytes"):
        Pcm(8000).decode(b"\0\0\0")
    with pytest.raises(CodecError, match="6 bytes are no whole number of 2 x"):
        deinterleave(bytes(6), 2)


@settings(max_examples=50)
@given(st.integers(1, 8), st.lists(st.integers(-32768, 32767), max_size=40))
def test_channels_come_back_as_they_were(channels: int, values: list[int]) -> None:
    linear = np.array(values[: len(values) // channels * channels], np.float32).reshape(channels, -1)
    block = (linear / 32768).astype(np.float32)
    assert np.array_equal(block, deinterleave(interleave(block), channels))


def test_channels_take_turns() -> None:
    block = np.array([[1, 2], [3, 4]], np.float32) / np.float32(32768)
    assert np.array([1, 3, 2, 4], "<i2").tobytes() == interleave(block)
