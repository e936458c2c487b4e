"""A loop outside of the box, heard by the engine: what goes out on one radio comes in on another one."""

import numpy as np
import pytest
from tests.bridge.engine.conftest import RATE, Gateway
from tests.ways import radio_band

from crosspatch.events import EchoHeard
from crosspatch.orders import BeginOver, StartLeg
from crosspatch_drivers.twin.judge import Samples

DELAY_S = 0.5


def speak(gateway: Gateway, clip: Samples, seconds: float, *, looped: bool) -> list[EchoHeard]:
    """An over from a to b; ``looped``: whatever b hears is said on c half a second later, as another bridge would."""
    gateway.run(0.5)
    gateway.radios["c"].say(np.zeros(round(DELAY_S * RATE), np.float32))
    gateway.radios["a"].say(clip)
    gateway.order(BeginOver(1, "a", ("b",), 10.0), StartLeg(1, "b"))
    passed_on = gateway.radios["b"].recording().size
    for _ in range(round(seconds * 10)):
        gateway.run(0.1)
        heard = gateway.radios["b"].recording()
        if looped and heard.size > passed_on:
            gateway.radios["c"].say(radio_band(heard[passed_on:]))
        passed_on = heard.size
    return [event for event in gateway.events(EchoHeard) if isinstance(event, EchoHeard)]


def test_what_comes_back_is_told_with_both_radios_and_its_delay(man: Samples) -> None:
    gateway = Gateway("abc")
    echo, *_ = speak(gateway, man, 3.0, looped=True)
    assert (echo.radio, echo.sent_on) == ("c", "b")
    assert echo.delay_ms == pytest.approx(1000 * DELAY_S + 100, abs=150)
    assert echo.likeness > 0.5


def test_an_over_that_does_not_come_back_is_no_echo(man: Samples, woman: Samples) -> None:
    gateway = Gateway("abc")
    gateway.radios["c"].say(np.tile(woman, 2))
    assert speak(gateway, man, 5.0, looped=False) == []
