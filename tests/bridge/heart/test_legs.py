"""Legs that come late, lose their radio in an over, or cannot deliver: nothing said is lost quietly."""

import pytest

from crosspatch.events import PortChanged, VoiceEnded, VoiceStarted
from crosspatch.orders import BeginOver, DropLeg, ForgetOver, HoldLeg, JoinOver, StartLeg, Tone, ToneOver
from crosspatch.plan import Limits
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    Pausing,
    RadioState,
    Resumed,
    SelectTalkgroup,
    StateChanged,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)

POOL = {"r-nl": "c2000", "r-be": "astrid", "s-be": "astrid"}


def test_a_radio_lost_in_an_over_is_replaced_and_the_over_goes_on_where_it_fell_silent(make_box) -> None:
    box = make_box(radios=POOL)
    box.up()
    box.talk("r-nl")
    box.wait(0.4)
    box.grant("r-be")
    box.wait(3.0)
    box.say("r-be", Unfit("not registered"))
    assert SelectTalkgroup(3001) == box.told("s-be")[-1]
    box.wait(1.0)
    box.say("s-be", TalkgroupSelected(3001))
    (joined,) = box.orders(JoinOver)
    assert joined.legs == ("s-be",)
    assert joined.back_s == pytest.approx(1.0 + 0.4 + 1.0, abs=0.03)  # away, behind, and a little again
    box.grant("s-be")
    box.stop("r-nl")
    box.drain("s-be")
    assert [leg.outcome for leg in box.overs()[-1].legs] == ["lost", "delivered"]
    assert box.orders(ToneOver) == []


def test_a_radio_lost_before_it_was_granted_is_replaced_from_the_first_word(make_box) -> None:
    box = make_box(radios=POOL)
    box.up()
    box.talk("r-nl")
    box.event(PortChanged("r-be", False, "card gone"))
    box.wait(0.5)
    box.say("s-be", TalkgroupSelected(3001))
    assert [JoinOver(1, ("s-be",), None)] == box.orders(JoinOver)


def test_a_talker_who_ends_while_a_radio_is_replaced_is_still_heard(make_box) -> None:
    box = make_box(radios=POOL)
    box.up()
    box.talk("r-nl")
    box.say("r-be", Unfit("not registered"))
    box.stop("r-nl")
    assert box.patch().floor == "draining"
    box.wait(2.0)
    box.say("s-be", TalkgroupSelected(3001))
    assert StartLeg(1, "s-be") in box.say("s-be", Granted())
    box.drain("s-be")
    assert [leg.outcome for leg in box.overs()[-1].legs] == ["lost", "delivered"]


def test_an_over_does_not_wait_for_ever_for_a_radio_that_does_not_come(make_box) -> None:
    box = make_box(radios=POOL)
    box.up()
    box.talk("r-nl")
    box.say("r-be", Unfit("not registered"))
    box.stop("r-nl")
    box.wait(5.6)
    assert (box.patch().floor, ForgetOver(1) in box.orders(ForgetOver)) == ("hanging", True)


def test_a_call_that_is_lost_is_set_up_again(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.wait(2.0)
    box.say("r-be", TransmitEnded(EndReason.LOST, "call released"))
    assert [Key(1), Key(1)] == box.keyings("r-be")
    assert [JoinOver(1, ("r-be",), pytest.approx(1.0))] == box.orders(JoinOver)


def test_a_call_that_is_lost_again_and_again_is_given_up(box) -> None:
    box.talk("r-nl")
    for _ in range(3):
        box.grant("r-be")
        box.say("r-be", TransmitEnded(EndReason.LOST, "call released"))
    assert [Key(1)] * 3 == box.keyings("r-be")


def test_a_talker_who_was_not_heard_everywhere_gets_a_tone_when_the_floor_is_free(three) -> None:
    three.talk("r-nl")
    three.grant("r-lu")
    three.wait(5.1)  # no grant for be
    three.say("r-be", TransmitEnded(EndReason.RELEASED))
    three.stop("r-nl")
    three.drain("r-lu")
    assert three.keyings("r-nl") == []
    three.wait(0.34)
    assert [ToneOver(2, "r-nl", Tone.NOT_DELIVERED)] == three.orders(ToneOver)
    assert [Key(0)] == three.keyings("r-nl")
    assert StartLeg(2, "r-nl") in three.say("r-nl", Granted())
    three.drain("r-nl", over=2)
    assert [Key(0), Unkey()] == three.keyings("r-nl")
    assert (three.count("tones played"), [over.over for over in three.overs()]) == (1, [1])
    three.wait(5.0)
    assert len(three.orders(ToneOver)) == 1


def test_an_over_that_reached_everybody_is_followed_by_no_tone(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.stop("r-nl")
    box.drain("r-be")
    box.wait(6.0)
    assert box.orders(ToneOver) == []


def lose_an_over(box) -> None:
    box.talk("r-nl")
    box.stop("r-nl")
    box.say("r-be", TransmitEnded(EndReason.REFUSED))


def test_a_tone_gives_way_to_whoever_speaks(box) -> None:
    lose_an_over(box)
    box.wait(0.34)
    assert len(box.orders(ToneOver)) == 1
    box.talk("r-be", 777)
    assert [Key(0), Unkey()] == box.keyings("r-nl")
    assert DropLeg(2, "r-nl") in box.audio()
    box.say("r-nl", TransmitEnded(EndReason.RELEASED))
    assert [Key(0), Unkey(), Key(1)] == box.keyings("r-nl")
    assert box.begun()[-1] == (3, "r-be", ("r-nl",))


def test_a_tone_waits_for_silence_on_its_own_group_and_not_for_long(box) -> None:
    lose_an_over(box)
    box.talk("r-nl")
    box.wait(0.34)
    box.grant("r-be")
    box.wait(6.0)
    box.stop("r-nl")
    box.drain("r-be")
    box.wait(1.0)
    assert box.orders(ToneOver) == []
    assert box.count("tones not played") == 1


def test_a_site_that_wants_no_tones_has_none(make_box) -> None:
    box = make_box(limits=Limits(tones=False))
    box.up()
    lose_an_over(box)
    box.wait(1.0)
    assert box.keyings("r-nl") == []


def test_a_radio_that_hears_nobody_any_more_has_no_talker(box) -> None:
    box.talk("r-nl")
    box.say("r-nl", StateChanged(RadioState.RECEIVING))
    box.grant("r-be")
    box.say("r-nl", StateChanged(RadioState.IDLE))
    assert box.overs()[-1].reason == "the talker vanished: the radio hears nobody any more"


# ---- the tail of our own transmission ----


@pytest.fixture
def voice(make_box):
    """Two legs, one with a radio whose talkers are known by its voice detector only; we have just un-keyed it."""
    box = make_box(voice=("r-be",))
    box.up()
    box.talk("r-nl")
    box.grant("r-be")
    box.stop("r-nl")
    box.drain("r-be")
    box.forget()
    return box


def sound(box, after: float, length: float) -> None:
    """The detector opens ``after`` seconds and closes ``length`` seconds later."""
    box.wait(after)
    box.event(VoiceStarted("r-be"))
    box.wait(length)
    box.event(VoiceEnded("r-be"))


def test_a_short_sound_right_after_the_un_key_is_our_own_tail_and_goes_nowhere(voice) -> None:
    sound(voice, 0.04, 0.2)
    voice.wait(1.0)
    assert voice.begun() == []
    assert voice.count("own tails not forwarded") == 1


def test_an_answer_right_after_the_un_key_is_heard_from_its_first_word(voice) -> None:
    sound(voice, 0.1, 2.0)
    assert [BeginOver(2, "r-be", (), 10.0), JoinOver(2, ("r-nl",))] == voice.orders(BeginOver, JoinOver)
    began, joined = (at for at, order in voice.log if isinstance(order, BeginOver | JoinOver))
    assert joined - began == pytest.approx(0.2, abs=0.03)


def test_an_answer_after_a_breath_waits_for_nothing(voice) -> None:
    voice.wait(0.35)
    voice.event(VoiceStarted("r-be"))
    assert voice.begun() == [(2, "r-be", ("r-nl",))]


def test_a_tail_that_was_longer_than_the_hold_off_is_believed_once(voice) -> None:
    sound(voice, 0.0, 0.6)
    assert len(voice.begun()) == 1  # 0.3 s were not enough for this radio
    voice.grant("r-nl")
    voice.drain("r-nl")
    voice.wait(1.0)
    for _ in range(5):
        voice.talk("r-nl")
        voice.grant("r-be")
        voice.stop("r-nl")
        voice.drain("r-be")
        voice.forget()
        sound(voice, 0.0, 0.6)
        voice.wait(1.0)
        assert voice.begun() == []


def test_a_detector_that_is_open_all_through_the_un_key_hears_the_answer_too(make_box) -> None:
    box = make_box(voice=("r-be",))
    box.up()
    box.talk("r-nl")
    box.grant("r-be")
    box.stop("r-nl")
    box.event(VoiceStarted("r-be"))
    box.drain("r-be")
    box.wait(0.34)
    assert box.begun()[-1] == (2, "r-be", ("r-nl",))
    box.say("r-be", Fit())


def test_a_leg_whose_transmission_pauses_is_held_and_goes_on_and_its_deadline_waits(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.wait(2.0)
    box.stop("r-nl")
    box.say("r-be", Pausing())
    assert [HoldLeg(1, "r-be")] == box.orders(HoldLeg)
    box.say("r-be", Pausing())
    box.wait(8.0)  # longer than playing it takes
    assert box.orders(DropLeg) == []
    box.say("r-be", Resumed())
    assert box.orders(StartLeg) == [StartLeg(1, "r-be")] * 2
    box.wait(1.0)
    box.drain("r-be")
    assert [leg.outcome for leg in box.overs()[-1].legs] == ["delivered"]
    assert len(box.orders(HoldLeg)) == 1


def test_a_leg_that_is_held_and_never_heard_again_ends(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.say("r-be", Pausing())
    box.stop("r-nl")
    box.wait(60.0)
    assert [leg.outcome for leg in box.overs()[-1].legs] == ["timed out"]


def test_pausing_of_a_radio_that_sends_nothing_means_nothing(box) -> None:
    box.say("r-be", Pausing())
    box.say("r-be", Resumed())
    assert box.orders(HoldLeg) + box.orders(StartLeg) == []
