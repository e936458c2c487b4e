"""Codecs are found by name; a wrong name is told with the right ones."""

import pytest

from crosspatch_codecs.base import CodecError
from crosspatch_codecs.registry import NAMES, make_codec


@pytest.mark.parametrize("name", NAMES)
def test_every_name_makes_the_codec_of_that_name(name: str) -> None:
    codec = make_codec(name, 8000)
    assert name == codec.name
    assert codec.rate == 8000


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(CodecError, match="no codec is named 'gsm'; known: s16le, pcma, pcmu, opus"):
        make_codec("gsm", 8000)


@pytest.mark.parametrize(("name", "rate"), [("pcma", 16000), ("pcmu", 48000), ("opus", 32000)])
def test_a_rate_the_codec_lacks_is_refused(name: str, rate: int) -> None:
    with pytest.raises(CodecError, match=f"{name}: .*{rate}"):
        make_codec(name, rate)
