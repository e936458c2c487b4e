"""Patches proposed, armed, up, parting and down; radios found, lost and found again."""

import pytest

from crosspatch.events import PortChanged
from crosspatch.orders import BeginOver, DropLeg, EndOver, ForgetOver, JoinOver, PatchChanged, TellRadio
from crosspatch.patch.life import START_S
from crosspatch.plan import Limits, Rule
from crosspatch.wish import Want
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Key,
    RadioState,
    SelectTalkgroup,
    Signal,
    StateChanged,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)


def test_a_patch_is_armed_when_every_radio_was_read_back_on_its_talkgroup(make_box) -> None:
    box = make_box()
    box.fit()
    box.wish(Want.ARMED)
    assert box.patch().state == "proposed"
    assert [SelectTalkgroup(2001)] == box.told("r-nl")
    box.say("r-nl", TalkgroupSelected(2001))
    assert (box.leg("nl").state, box.leg("be").state) == ("ready", "selecting")
    assert PatchChanged("border") in box.say("r-be", TalkgroupSelected(3001))
    assert box.patch().state == "armed"
    assert (box.radio("r-nl").talkgroup, box.radio("r-nl").patch) == ("nl", "border")


def test_an_armed_patch_joins_no_audio(make_box) -> None:
    box = make_box()
    box.fit()
    box.wish(Want.ARMED)
    box.answer_selections()
    box.talk("r-nl")
    box.wait(1.0)
    assert box.begun() == []
    assert box.keyings("r-be") == []
    assert (box.patch().floor, box.patch().waiting) == ("free", ("204-00001-501",))
    box.stop("r-nl")
    assert ForgetOver(1) in box.orders(ForgetOver)
    assert box.patch().waiting == ()


def test_a_patch_that_comes_up_takes_in_who_speaks_already_from_his_first_word(make_box) -> None:
    box = make_box()
    box.fit()
    box.wish(Want.ARMED)
    box.answer_selections()
    box.talk("r-nl")
    box.wait(1.0)
    box.wish(Want.OPEN)
    assert [BeginOver(1, "r-nl", (), 10.0), JoinOver(1, ("r-be",))] == box.orders(BeginOver, JoinOver)
    assert box.count("overs begun late") == 0
    assert box.overs()[-1].started_s == pytest.approx(box.now - 1.0)


def test_of_a_talker_who_spoke_long_before_the_patch_came_up_the_last_ten_seconds_are_played(make_box) -> None:
    box = make_box()
    box.fit()
    box.wish(Want.ARMED)
    box.answer_selections()
    box.talk("r-nl")
    box.wait(25.0)
    box.wish(Want.OPEN)
    assert box.count("overs begun late") == 1
    assert box.overs()[-1].reason == "begun late: up to 15000 ms were spoken before what is played"
    assert box.overs()[-1].started_s == pytest.approx(box.now - 10.0)
    box.wait(50.1)
    assert "over limit of 60 s reached" in box.overs()[-1].reason


def test_a_radio_that_is_on_the_group_already_is_taken_first(make_box) -> None:
    box = make_box(radios={"a-nl": "c2000", "b-nl": "c2000", "r-be": "astrid"})
    box.fit()
    box.say("b-nl", TalkgroupSelected(2001))
    box.wish(Want.ARMED)
    assert box.leg("nl").radio == "b-nl"


def test_an_audio_port_that_never_came_up_serves_no_leg(make_box) -> None:
    box = make_box()
    box.fit("r-nl")
    box.say("r-be", Fit())
    box.wish(Want.OPEN)
    box.wait(START_S + 0.1)
    assert (box.patch().state, box.leg("be").state) == ("failed", "waiting")
    assert "r-be: no audio: the audio port is not open yet" in box.leg("be").reason
    box.event(PortChanged("r-be", True))
    box.answer_selections()
    assert box.patch().state == "up"


def test_while_the_box_starts_a_patch_waits_for_its_radios_and_fails_only_then(make_box) -> None:
    box = make_box()
    box.wish(Want.OPEN)
    words = "it waits for its radios: nl (no radio of c2000 is free (r-nl: nothing heard from it yet)"
    assert box.patch().state == "proposed"
    assert box.patch().reason.startswith(words)
    box.fit("r-nl")
    box.wait(START_S - 0.1)
    assert box.patch().state == "proposed"
    box.wait(0.2)
    assert box.patch().state == "failed"
    assert [text[13:].partition(":")[0] for text in box.records("patch")] == ["is proposed", "is failed"]
    box.fit("r-be")
    box.answer_selections()
    assert box.patch().state == "up"
    box.say("r-be", Unfit("pulled"))
    box.wait(1.0)
    assert box.patch().state == "failed"


def test_where_no_radio_can_come_up_a_patch_fails_at_once(make_box) -> None:
    box = make_box(radios={"r-nl": "c2000"})
    box.fit()
    box.wish(Want.OPEN)
    assert box.patch().state == "failed"


def test_a_patch_goes_up_with_two_legs_after_three_seconds_and_says_who_is_missing(make_box) -> None:
    box = make_box({"border": ("nl", "be", "lu")})
    box.fit("r-nl", "r-be")
    box.wish(Want.OPEN)
    box.answer_selections()
    box.wait(2.9)
    assert box.patch().state == "proposed"
    box.wait(0.2)
    assert box.patch().state == "up"
    assert (
        "without lu (no radio of renita is free (r-lu: nothing heard from it yet), number 1 in line)"
        in box.patch().reason
    )
    assert any("without lu" in text for text in box.records("patch"))


def test_a_leg_that_is_late_joins_the_running_over(make_box) -> None:
    box = make_box({"border": ("nl", "be", "lu")})
    box.fit("r-nl", "r-be")
    box.wish(Want.OPEN)
    box.answer_selections()
    box.wait(3.1)
    box.talk("r-nl")
    box.fit("r-lu")
    box.say("r-lu", TalkgroupSelected(4001))
    assert [JoinOver(1, ("r-lu",))] == box.orders(JoinOver)
    assert [Key(1)] == box.keyings("r-lu")
    box.grant("r-be", "r-lu")
    box.stop("r-nl")
    box.drain("r-be", "r-lu")
    assert box.outcomes() == {"be": "delivered", "lu": "delivered"}


def test_a_leg_that_comes_when_the_talker_has_ended_joins_at_the_next_over(make_box) -> None:
    box = make_box({"border": ("nl", "be", "lu")})
    box.fit("r-nl", "r-be")
    box.wish(Want.OPEN)
    box.answer_selections()
    box.wait(3.1)
    box.talk("r-nl")
    box.grant("r-be")
    box.stop("r-nl")
    box.fit("r-lu")
    box.say("r-lu", TalkgroupSelected(4001))
    assert box.keyings("r-lu") == []
    box.drain("r-be")
    box.talk("r-nl")
    assert box.begun() == [(1, "r-nl", ("r-be",)), (2, "r-nl", ("r-be", "r-lu"))]


def test_a_wish_for_nothing_takes_an_idle_patch_down_and_frees_its_radios(box) -> None:
    box.wish(Want.NOTHING, reason="v1 has left")
    assert (box.patch().state, box.patch().reason) == ("down", "v1 has left")
    assert [leg.radio for leg in box.patch().legs] == [None, None]
    assert box.radio("r-nl").patch is None


def test_a_parting_patch_lets_the_running_over_finish(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.wish(Want.NOTHING, reason="v1 has left")
    assert box.patch().state == "parting"
    box.wait(5.0)
    box.stop("r-nl")
    box.drain("r-be")
    assert box.patch().state == "down"
    assert box.outcomes() == {"be": "delivered"}


def test_a_parting_patch_begins_no_new_over(three) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.wish(Want.NOTHING)
    three.talk("r-be", 112, priority=3)
    assert len(three.begun()) == 1


def test_a_parting_patch_waits_no_longer_than_an_over_may_last(make_box) -> None:
    box = make_box(limits=Limits(over_s=10.0))
    box.up()
    box.talk("r-nl")
    box.wait(5.0)
    box.wish(Want.NOTHING)
    box.grant("r-be")
    box.wait(10.1)
    assert box.patch().state == "down"
    assert [Key(1), Unkey()] == box.keyings("r-be")


def test_a_patch_wanted_again_while_parting_stays(box) -> None:
    box.talk("r-nl")
    box.wish(Want.NOTHING)
    box.wish(Want.OPEN)
    assert box.patch().state == "up"
    assert len(box.begun()) == 1


def test_a_patch_only_wanted_armed_again_closes_after_the_running_over(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.wish(Want.ARMED)
    assert box.patch().state == "up"
    box.stop("r-nl")
    box.drain("r-be")
    assert box.patch().state == "armed"


def test_a_patch_expires_and_comes_back_only_when_asked_anew(make_box) -> None:
    box = make_box({}, rule=Rule(id="border", talkgroups=("nl", "be"), max_s=30.0))
    box.up()
    assert box.patch().expires_in_s == 30.0
    box.wait(30.1)
    assert box.patch().state == "down"
    assert "expired 30 s after it came up" in box.patch().reason
    box.wish(Want.OPEN)
    box.wait(1.0)
    assert box.patch().state == "down"
    box.wish(Want.NOTHING)
    box.wish(Want.OPEN)
    box.answer_selections()
    assert box.patch().state == "up"


def test_a_patch_that_expires_in_an_over_parts_first(make_box) -> None:
    box = make_box({}, rule=Rule(id="border", talkgroups=("nl", "be"), max_s=5.0))
    box.up()
    box.wait(4.0)
    box.talk("r-nl")
    box.grant("r-be")
    box.wait(2.0)
    assert box.patch().state == "parting"
    box.stop("r-nl")
    box.drain("r-be")
    assert box.patch().state == "down"


def test_a_patch_that_is_always_wanted_does_not_expire(make_box) -> None:
    box = make_box({}, rule=Rule(id="border", talkgroups=("nl", "be"), max_s=5.0, always=True))
    box.up()
    box.wait(6.0)
    assert (box.patch().state, box.patch().expires_in_s) == ("up", None)


def test_a_talkgroup_is_in_one_patch_at_most(make_box) -> None:
    box = make_box(
        {"border": ("nl", "be"), "other": ("nl", "lu")},
        radios={"a": "c2000", "b": "c2000", "c": "astrid", "d": "renita"},
    )
    box.up("border")
    box.wish(Want.OPEN, "other")
    assert (box.patch("other").state, box.patch("other").reason) == ("failed", "talkgroup nl is in patch border")
    box.wish(Want.NOTHING, "border")
    assert box.patch("other").state == "proposed"
    box.answer_selections()
    assert box.patch("other").state == "up"


def test_a_patch_that_was_refused_and_let_go_is_down(make_box) -> None:
    box = make_box({"border": ("nl", "be"), "other": ("nl", "lu")})
    box.up("border")
    box.wish(Want.OPEN, "other")
    box.wish(Want.NOTHING, "other")
    box.wish(Want.NOTHING, "border")
    assert (box.patch("border").state, box.patch("other").state) == ("down", "down")


def test_a_radio_is_in_one_patch_at_most_and_goes_to_who_waits_longest(make_box) -> None:
    box = make_box({"border": ("nl", "be"), "other": ("nl-2", "lu")})
    box.up("border")
    box.wish(Want.OPEN, "other")
    assert (box.patch("other").state, box.leg("nl-2", "other").radio) == ("failed", None)
    assert "r-nl: serves patch border" in box.leg("nl-2", "other").reason
    box.wish(Want.NOTHING, "border")
    assert box.leg("nl-2", "other").radio == "r-nl"
    assert SelectTalkgroup(2002) == box.told("r-nl")[-1]


def test_a_lost_radio_is_replaced_from_the_pool(make_box) -> None:
    box = make_box(radios={"a-nl": "c2000", "r-be": "astrid", "s-be": "astrid"})
    box.up()
    box.say("r-be", Unfit("not registered"))
    assert (box.leg("be").radio, box.leg("be").state, box.patch().state) == ("s-be", "selecting", "proposed")
    box.say("s-be", TalkgroupSelected(3001))
    assert box.patch().state == "up"
    assert box.radio("r-be").patch is None


def test_a_patch_with_one_working_leg_is_failed_and_recovers(box) -> None:
    box.say("r-be", Unfit("not registered"))
    assert (box.patch().state, box.leg("be").state) == ("failed", "failed")
    assert "be (r-be: not registered)" in box.patch().reason
    box.say("r-be", Fit())
    assert SelectTalkgroup(3001) == box.told("r-be")[-1]
    box.say("r-be", TalkgroupSelected(3001))
    assert box.patch().state == "up"


def test_the_other_legs_go_on_when_one_radio_is_lost_in_an_over(three) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.say("r-lu", StateChanged(RadioState.OFFLINE, "cable pulled"))
    assert three.outcomes() == {"be": "running", "lu": "lost"}
    assert [Key(1), Unkey()] == three.keyings("r-lu")
    assert (three.patch().state, three.leg("be").state, three.leg("lu").state) == ("up", "sending", "failed")
    three.stop("r-nl")
    three.drain("r-be")
    assert three.outcomes() == {"be": "delivered", "lu": "lost"}


def test_a_radio_turned_to_another_group_by_hand_is_sent_back(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    orders = box.say("r-be", TalkgroupSelected(9999))
    assert DropLeg(1, "r-be") in orders
    assert [TellRadio("r-be", Unkey()), TellRadio("r-be", SelectTalkgroup(3001))] == [
        order for order in orders if isinstance(order, TellRadio)
    ]
    assert box.patch().state == "proposed"


def test_a_selection_without_read_back_is_ordered_again(make_box) -> None:
    box = make_box()
    box.fit()
    box.wish(Want.ARMED)
    box.wait(5.1)
    assert [SelectTalkgroup(2001)] * 2 == box.told("r-nl")


def test_a_radio_that_is_unfit_while_it_selects_is_given_its_time(make_box) -> None:
    box = make_box()
    box.fit()
    box.wish(Want.ARMED)
    box.say("r-nl", Unfit("changing the talkgroup"))
    assert box.leg("nl").state == "selecting"
    box.say("r-nl", TalkgroupSelected(2001))
    box.say("r-nl", Fit())
    assert box.leg("nl").state == "ready"
    assert [SelectTalkgroup(2001)] == box.told("r-nl")


def test_a_talker_whose_audio_port_fails_loses_the_floor(box) -> None:
    box.talk("r-nl")
    assert EndOver(1) in box.event(PortChanged("r-nl", False, "card gone"))
    assert box.patch().state == "failed"
    assert box.leg("nl").reason == "r-nl: no audio: card gone"
    box.event(PortChanged("r-nl", True))
    assert box.patch().state == "up"  # still on its talkgroup


def test_the_state_of_a_patch_is_recorded_once_with_its_reason(box) -> None:
    box.wish(Want.NOTHING, reason="v1 has left")
    box.wish(Want.NOTHING, reason="v1 has left")
    assert box.records("patch") == ["patch border is down: v1 has left"]


def test_nothing_is_published_when_nothing_changed(box) -> None:
    assert box.say("r-nl", Signal(-71)) == []
    assert box.wish(Want.OPEN) == []
    assert box.radio("r-nl").dbm == -71


def test_a_wish_of_an_unknown_rule_and_an_event_of_an_unknown_radio_are_counted(box) -> None:
    box.wish(Want.OPEN, "nowhere")
    box.say("nobody", Fit())
    assert (box.count("wishes of unknown rules"), box.count("events of unknown radios")) == (1, 1)


@pytest.mark.parametrize("legs", [("nl", "be"), ("nl", "nl-2"), ("nl", "nl-2", "be", "lu")])
def test_any_two_or_more_talkgroups_make_a_patch(make_box, legs: tuple[str, ...]) -> None:
    box = make_box({"border": legs}, radios={"a": "c2000", "b": "c2000", "c": "astrid", "d": "renita"})
    box.up()
    source, *others = [leg.radio for leg in box.patch().legs]
    box.talk(source)
    assert [(1, source, tuple(others))] == box.begun()


def test_a_freed_radio_serves_again_only_when_its_transmitter_is_off(make_box) -> None:
    box = make_box({"border": ("nl", "be"), "other": ("be", "lu")})
    box.up("border")
    box.talk("r-nl")
    box.wish(Want.OPEN, "other")
    box.wish(Want.NOTHING, "border")
    box.say("r-nl", Unfit("gone"))
    box.grant("r-be")
    box.wait(5.0)
    assert box.patch("border").state == "down"
    assert box.leg("be", "other").radio is None
    box.say("r-be", TransmitEnded(EndReason.RELEASED))
    assert box.leg("be", "other").radio == "r-be"


def test_a_patch_that_was_refused_waits_its_three_seconds_from_when_it_got_its_talkgroups(make_box) -> None:
    box = make_box({"border": ("nl", "be"), "other": ("nl-2", "be", "lu")}, {"a": "c2000", "b": "c2000", "c": "astrid"})
    box.up("border")
    box.wish(Want.OPEN, "other")
    box.wait(10.0)
    box.wish(Want.NOTHING, "border")
    box.answer_selections()
    assert box.patch("other").state == "proposed"
    box.wait(3.1)
    assert box.patch("other").state == "up"
