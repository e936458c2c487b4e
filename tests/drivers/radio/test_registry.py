"""The right driver for each way of keying, and one clear error where there is none."""

import pytest

from crosspatch_drivers.errors import Cannot
from crosspatch_drivers.radio.base import NoGuard, Radio
from crosspatch_drivers.radio.registry import make_radio


def make(keying: str, url: str | None) -> Radio:
    return make_radio(keying, name="r1", url=url, baud=38400, mcc=206, mnc=1, sink=lambda *_: None, guard=NoGuard())


async def test_each_keying_has_its_driver() -> None:
    assert type(make("pei", "/dev/ttyUSB0")).__name__ == "PeiRadio"
    assert type(make("voice", None)).__name__ == "VoiceRadio"
    assert make("voice", None).name == "r1"


def test_a_radio_on_a_port_needs_one() -> None:
    with pytest.raises(Cannot, match="radio r1: keyed by PEI, but no port is given"):
        make("pei", None)


def test_an_unknown_keying_is_refused_by_name() -> None:
    with pytest.raises(Cannot, match="there is no keying 'smoke'; there are pei, voice"):
        make("smoke", None)
