"""Tones on the legs of a patch: that it came up, that it closes soon, an emergency; when the site wants them."""

import pytest

from crosspatch.orders import StartLeg, Tone, ToneOver
from crosspatch.plan import Limits, Rule
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import EndReason, Granted, Key, StatusReceived, TransmitEnded, Unkey

OFFICER, NL = Identity(204, 1, 501), Identity(204, 1, 2001)
LEGS = ("r-nl", "r-be", "r-lu")


@pytest.fixture
def box(make_box):
    rule = Rule(id="border", talkgroups=("nl", "be", "lu"), relay=("status",), max_s=100.0)
    return make_box(rule=rule, limits=Limits(patch_tones=True))


def played(box) -> list[tuple[str, Tone]]:
    return [(order.leg, order.tone) for order in box.orders(ToneOver)]


def hear_out(box) -> None:
    """Every leg is granted, plays the tone and is given back."""
    number = box.orders(ToneOver)[-1].over
    for leg in [order.leg for order in box.orders(ToneOver) if order.over == number]:
        assert StartLeg(number, leg) in box.say(leg, Granted())
        box.drain(leg, over=number)
        assert box.keyings(leg)[-1] == Unkey()
        box.say(leg, TransmitEnded(EndReason.RELEASED))


def test_every_leg_hears_that_the_patch_came_up_in_one_go(box) -> None:
    box.up()
    box.wait(0.1)
    assert [(leg, Tone.PATCH_UP) for leg in LEGS] == played(box)
    assert len({order.over for order in box.orders(ToneOver)}) == 1
    assert [[Key(0)]] * 3 == [box.keyings(leg) for leg in LEGS]
    hear_out(box)
    box.wait(1.0)
    assert (box.count("tones played"), len(box.overs())) == (1, 0)
    box.talk("r-nl")
    assert box.begun()[-1][1:] == ("r-nl", ("r-be", "r-lu"))


def test_every_leg_hears_that_the_patch_closes_soon(box) -> None:
    box.up()
    box.wait(0.1)
    hear_out(box)
    box.wait(100.0 - 30.0 + 0.5)
    assert [(leg, Tone.PATCH_CLOSING) for leg in LEGS] == played(box)[3:]


def test_the_others_hear_that_somebody_pressed_the_emergency_button(box) -> None:
    box.up()
    box.wait(0.1)
    hear_out(box)
    box.wait(1.0)
    box.say("r-nl", StatusReceived(OFFICER, NL, 0, group=True))
    box.wait(0.1)
    assert played(box)[3:] == [("r-be", Tone.EMERGENCY), ("r-lu", Tone.EMERGENCY)]


def test_a_tone_waits_for_whoever_speaks_and_not_for_long(box) -> None:
    box.up()
    box.talk("r-nl")
    box.wait(6.0)
    box.stop("r-nl")
    box.wait(1.0)
    assert Tone.PATCH_UP not in {tone for _, tone in played(box)[3:]}
    assert box.count("tones not played") >= 1


@pytest.mark.parametrize("limits", [Limits(), Limits(tones=False)])
def test_nobody_hears_of_patches_unless_the_site_wants_it(make_box, limits: Limits) -> None:
    box = make_box(limits=limits)
    box.up()
    box.wait(2.0)
    assert played(box) == []


def test_no_emergency_is_heard_where_the_site_wants_no_tones(make_box) -> None:
    rule = Rule(id="border", talkgroups=("nl", "be", "lu"), relay=("status",))
    box = make_box(rule=rule, limits=Limits(tones=False))
    box.up()
    box.say("r-nl", StatusReceived(OFFICER, NL, 0, group=True))
    box.wait(1.0)
    assert played(box) == []
