"""One over through a patch, as crews and technicians would tell it."""

import pytest
from tests.bridge.heart.box import Box

from crosspatch.events import LegDrained, LegStarted, VoiceEnded, VoiceStarted
from crosspatch.orders import BeginOver, DropLeg, EndOver, ForgetOver, JoinOver, Record, StartLeg, TellRadio
from crosspatch.plan import Limits
from crosspatch.wish import Want
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Granted,
    Key,
    OverStarted,
    OwnIdentity,
    Queued,
    TalkerKnown,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)


def test_an_over_crosses_from_one_network_to_the_other(box) -> None:
    orders = [order for order in box.talk("r-nl") if isinstance(order, BeginOver | TellRadio)]
    assert [BeginOver(1, "r-nl", ("r-be",), 10.0), TellRadio("r-be", Key(1))] == orders
    assert (box.leg("nl").state, box.leg("be").state) == ("talking", "requested")
    box.wait(0.4)
    assert StartLeg(1, "r-be") in box.say("r-be", Granted())
    assert box.leg("be").state == "sending"
    box.event(LegStarted(1, "r-be", 460.0))
    box.wait(3.0)
    assert EndOver(1) in box.stop("r-nl")
    assert (box.patch().floor, box.leg("be").state) == ("draining", "draining")
    box.wait(0.3)
    assert [Key(1)] == box.keyings("r-be")  # still on the air: the last words are being played
    orders = box.event(LegDrained(1, "r-be", 310.0, 3400.0, 150.0, 0.0))
    assert TellRadio("r-be", Unkey()) in orders
    box.say("r-be", TransmitEnded(EndReason.RELEASED))
    assert box.patch().floor == "hanging"
    box.wait(0.32)
    assert box.patch().floor == "free"


def test_the_record_of_an_over_has_all_its_figures(box) -> None:
    box.talk("r-nl")
    box.wait(0.4)
    box.grant("r-be")
    box.event(LegStarted(1, "r-be", 460.0))
    box.wait(2.0)
    box.stop("r-nl")
    box.event(LegDrained(1, "r-be", 310.0, 2400.0, 150.0, 0.0))
    (over,) = box.overs()
    (leg,) = over.legs
    assert (
        over.patch,
        over.talkgroup,
        over.radio,
        over.talker,
        over.reason,
    ) == ("border", "nl", "r-nl", "204-00001-501", "")
    assert over.ended_s == pytest.approx(over.started_s + 2.4)
    assert (leg.talkgroup, leg.radio, leg.outcome) == ("be", "r-be", "delivered")
    assert leg.access_ms == pytest.approx(400)
    assert (
        leg.delay_start_ms,
        leg.delay_end_ms,
        leg.played_ms,
        leg.skipped_ms,
        leg.lost_ms,
    ) == (460.0, 310.0, 2400.0, 150.0, 0.0)
    assert "over 1 of 204-00001-501 from nl: delivered on be" in box.records("over")


def test_the_answer_goes_the_other_way(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.stop("r-nl")
    box.drain("r-be")
    box.wait(0.5)
    box.forget()
    box.talk("r-be", 777)
    assert box.begun() == [(2, "r-be", ("r-nl",))]
    box.grant("r-nl")
    box.stop("r-be")
    box.drain("r-nl")
    assert box.outcomes() == {"nl": "delivered"}


def test_a_third_country_hears_the_same_over(three) -> None:
    three.talk("r-be")
    assert three.begun() == [(1, "r-be", ("r-nl", "r-lu"))]
    three.grant("r-lu")
    three.wait(0.5)
    three.grant("r-nl")
    three.stop("r-be")
    three.drain("r-nl")
    assert three.patch().floor == "draining"
    three.drain("r-lu")
    assert three.patch().floor == "hanging"
    assert three.outcomes() == {"nl": "delivered", "lu": "delivered"}


def test_a_short_sentence_is_delivered_whole_though_the_grant_comes_after_its_end(box) -> None:
    box.talk("r-nl")
    box.wait(1.0)
    box.stop("r-nl")
    box.wait(1.0)
    assert box.patch().floor == "draining"
    assert StartLeg(1, "r-be") in box.say("r-be", Granted())
    box.wait(1.0)
    box.drain("r-be")
    assert box.outcomes() == {"be": "delivered"}


def test_a_leg_without_grant_times_out_and_the_others_go_on(three) -> None:
    three.talk("r-nl")
    three.grant("r-be")
    three.wait(5.1)
    assert [Key(1), Unkey()] == three.keyings("r-lu")
    assert DropLeg(1, "r-lu") in three.audio()
    assert three.outcomes() == {"be": "running", "lu": "timed out"}
    assert "no grant within 5.0 s" in three.overs()[-1].legs[1].detail
    assert three.patch().floor == "taken"
    assert three.leg("lu").reason.startswith("over 1: timed out")


def test_a_queued_request_is_waited_for_longer(box) -> None:
    box.talk("r-nl")
    box.say("r-be", Queued())
    box.wait(14.0)
    assert box.leg("be").state == "queued"
    box.grant("r-be")
    assert box.leg("be").state == "sending"


def test_a_queued_request_is_given_up_in_the_end(box) -> None:
    box.talk("r-nl")
    box.say("r-be", Queued())
    box.wait(15.1)
    assert [Key(1), Unkey()] == box.keyings("r-be")
    assert box.outcomes() == {"be": "timed out"}


def test_a_denied_request_is_made_three_times_more_and_then_given_up(box) -> None:
    box.talk("r-nl")
    for requests in (1, 2, 3):
        box.say("r-be", TransmitEnded(EndReason.DENIED))
        assert box.leg("be").state == "requested"
        assert DropLeg(1, "r-be") not in box.audio()  # what was recorded is still wanted
        box.wait(0.9)
        assert [Key(1)] * requests == box.keyings("r-be")
        box.wait(0.2)
        assert [Key(1)] * (requests + 1) == box.keyings("r-be")
    box.say("r-be", TransmitEnded(EndReason.DENIED, "network busy"))
    assert DropLeg(1, "r-be") in box.audio()
    assert box.outcomes() == {"be": "denied"}


def test_a_denied_leg_is_asked_again_though_the_talker_has_ended_and_gets_every_word(box) -> None:
    box.talk("r-nl")
    box.say("r-be", TransmitEnded(EndReason.DENIED))
    box.stop("r-nl")
    box.wait(1.1)
    assert [Key(1), Key(1)] == box.keyings("r-be")
    assert StartLeg(1, "r-be") in box.say("r-be", Granted())
    box.drain("r-be")
    assert box.outcomes() == {"be": "delivered"}


def test_while_somebody_speaks_on_the_far_side_a_denied_leg_waits_for_his_end(box) -> None:
    box.talk("r-nl")
    box.talk("r-be", 777)
    box.say("r-be", TransmitEnded(EndReason.DENIED))
    box.wait(9.0)
    assert [Key(1)] == box.keyings("r-be")
    box.stop("r-be")
    box.wait(0.02)
    assert [Key(1), Key(1)] == box.keyings("r-be")
    assert box.outcomes() == {"be": "running"}


def test_a_far_side_that_stays_busy_is_given_up_some_time_after_the_talker_has_ended(three) -> None:
    three.talk("r-nl")
    three.talk("r-be", 777)
    three.talk("r-lu", 888)
    for radio in ("r-be", "r-lu"):
        three.say(radio, TransmitEnded(EndReason.DENIED))
    three.wait(5.0)
    three.stop("r-nl")
    three.wait(14.9)
    assert three.outcomes() == {"be": "running", "lu": "running"}
    three.wait(1.2)
    assert three.outcomes(0) == {"be": "denied", "lu": "denied"}
    assert "somebody spoke on the far side for 15 s" in three.overs()[0].legs[0].detail


@pytest.mark.parametrize("reason", [EndReason.PREEMPTED, EndReason.LIMIT, EndReason.REFUSED])
def test_a_transmission_cut_by_the_far_side_is_dropped_and_recorded(box, reason: EndReason) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    assert DropLeg(1, "r-be") in box.say("r-be", TransmitEnded(reason))
    assert {"be": reason.value} == box.outcomes()
    assert box.patch().floor == "taken"
    box.stop("r-nl")
    assert box.patch().floor == "hanging"


def test_a_talker_over_the_limit_is_cut_and_not_heard_again_before_he_ends(make_box) -> None:
    box = make_box(limits=Limits(over_s=10.0))
    box.up()
    box.talk("r-nl")
    box.grant("r-be")
    box.wait(10.1)
    assert EndOver(1) in box.audio()
    assert box.overs()[-1].reason == "over limit of 10 s reached"
    box.drain("r-be")
    box.wait(5.0)
    box.talk("r-nl")  # the radio says it again: still the same over
    box.wait(1.0)
    assert len(box.begun()) == 1
    box.stop("r-nl")
    box.talk("r-nl")
    assert len(box.begun()) == 2


def test_of_two_who_start_together_the_second_is_recorded_and_both_reach_the_other_side(box) -> None:
    box.talk("r-nl")
    box.talk("r-be", 777)
    box.say("r-be", TransmitEnded(EndReason.DENIED))
    assert box.begun() == [(1, "r-nl", ("r-be",))]
    assert BeginOver(2, "r-be", (), 60.0) in box.audio()
    box.wait(2.0)
    box.stop("r-be")
    box.wait(0.1)
    box.grant("r-be")
    box.stop("r-nl")
    box.drain("r-be", over=1)
    box.wait(0.4)
    assert box.begun()[-1] == (2, "r-be", ("r-nl",))
    box.grant("r-nl")
    box.drain("r-nl", over=2)
    assert (box.outcomes(0), box.outcomes(1)) == ({"be": "delivered"}, {"nl": "delivered"})
    assert box.count("overs begun late") == 0


def test_a_talker_who_is_in_the_way_of_an_ended_over_has_the_floor_until_he_ends(box) -> None:
    box.talk("r-nl")
    box.talk("r-be", 777)
    box.say("r-be", TransmitEnded(EndReason.DENIED))
    box.wait(2.0)
    box.stop("r-nl")
    assert box.begun()[-1] == (2, "r-be", ("r-nl",))
    assert (box.patch().floor, box.patch().talker, box.patch().waiting) == (
        "taken",
        "206-00001-777",
        ("204-00001-501",),
    )
    box.grant("r-nl")
    box.wait(3.0)
    box.stop("r-be")
    box.drain("r-nl", over=2)
    box.wait(0.4)
    assert [Key(1), Key(1)] == box.keyings("r-be")  # the words of the first are not forgotten
    assert StartLeg(1, "r-be") in box.say("r-be", Granted())
    box.drain("r-be", over=1)
    assert (box.outcomes(0), box.outcomes(1)) == ({"be": "delivered"}, {"nl": "delivered"})


def test_who_waited_and_ended_is_heard_in_turn(box) -> None:
    box.talk("r-nl")
    box.talk("r-be", 777)
    box.wait(1.0)
    box.stop("r-be")
    box.grant("r-be")
    box.wait(3.0)
    box.stop("r-nl")
    box.drain("r-be", over=1)
    box.wait(0.1)
    assert [JoinOver(2, ("r-nl",))] == box.orders(JoinOver)
    assert box.patch().floor == "draining"
    box.wait(0.3)
    box.grant("r-nl")
    box.drain("r-nl", over=2)
    assert box.outcomes() == {"nl": "delivered"}
    assert box.overs()[-1].waited_ms == pytest.approx(4000, abs=30)


def test_who_waited_too_long_is_not_heard_and_told_so(box) -> None:
    box.talk("r-nl")
    box.talk("r-be", 777)
    box.stop("r-be")
    box.grant("r-be")
    box.wait(15.1)
    assert box.overs()[-1].reason == "it did not get the floor within 15 s"
    assert (box.overs()[-1].waited_ms, box.patch().waiting) == (None, ())
    assert [ForgetOver(2)] == box.orders(ForgetOver)


def test_a_waiting_talker_is_cut_at_the_limit_like_any_other(make_box) -> None:
    box = make_box(limits=Limits(over_s=10.0))
    box.up()
    box.talk("r-nl")
    box.say("r-be", Queued())
    box.wait(1.0)
    box.talk("r-be", 777)
    box.wait(9.1)
    assert (EndOver(1), 2) == (box.orders(EndOver)[-1], box.begun()[-1][0])  # he is in the way of the first
    assert box.patch().floor == "taken"
    box.wait(1.0)
    assert [EndOver(1), EndOver(2)] == box.orders(EndOver)
    assert box.overs()[-1].reason == "over limit of 10 s reached"


def test_a_talker_who_never_gets_the_floor_is_cut_at_the_limit_too(make_box) -> None:
    box = make_box({"border": ("nl", "be", "lu")}, limits=Limits(over_s=10.0))
    box.up()
    box.talk("r-nl")
    box.wait(1.0)
    box.talk("r-be", 777)
    box.grant("r-lu")
    box.wait(10.1)
    assert [EndOver(1), EndOver(2)] == box.orders(EndOver)
    assert box.begun() == [(1, "r-nl", ("r-be", "r-lu"))]


def test_only_so_many_overs_wait_and_the_oldest_that_ended_makes_room(box) -> None:
    box.talk("r-nl")
    for ssi in (701, 702, 703, 704, 705):
        box.wait(0.5)
        box.talk("r-be", ssi)
        box.stop("r-be")
    assert [f"206-00001-{ssi}" for ssi in (702, 703, 704, 705)] == list(box.patch().waiting)
    assert box.overs()[-1].reason == "too many others waited for the floor"


def test_a_reply_during_the_hang_is_recorded_at_once_and_keyed_when_the_hang_is_over(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.stop("r-nl")
    box.drain("r-be")
    box.wait(0.1)
    box.forget()
    box.talk("r-be", 777)
    assert box.begun() == [(2, "r-be", ("r-nl",))]
    assert box.keyings("r-nl") == []
    box.wait(0.22)
    assert [Key(1)] == box.keyings("r-nl")
    assert box.overs()[-1].reason == ""


def test_a_radio_that_still_un_keys_is_keyed_for_the_next_over_only_when_it_is_off(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.stop("r-nl")
    box.event(LegDrained(1, "r-be", 300.0, 2000.0, 0.0, 0.0))
    box.wait(1.0)
    box.talk("r-nl")
    assert [Key(1), Unkey()] == box.keyings("r-be")
    box.say("r-be", TransmitEnded(EndReason.RELEASED))
    assert [Key(1), Unkey(), Key(1)] == box.keyings("r-be")


def test_an_emergency_takes_the_floor(three) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.wait(1.0)
    three.forget()
    three.say("r-be", TransmitEnded(EndReason.PREEMPTED))
    three.talk("r-be", 112, priority=3)
    assert [
        DropLeg(1, "r-be"),
        EndOver(1),
        DropLeg(1, "r-lu"),
        BeginOver(2, "r-be", ("r-nl", "r-lu"), 60.0),
    ] == three.audio()
    assert three.overs()[0].reason == "pre-empted by an emergency on be"
    assert [Key(3)] == three.keyings("r-nl")
    assert [Unkey()] == three.keyings("r-lu")
    three.say("r-lu", TransmitEnded(EndReason.RELEASED))
    assert [Unkey(), Key(3)] == three.keyings("r-lu")


def test_an_emergency_does_not_take_the_floor_from_another_one(three) -> None:
    three.talk("r-nl", priority=3)
    three.talk("r-be", 112, priority=3)
    assert len(three.begun()) == 1


def test_a_vanished_talker_loses_the_floor_but_his_words_arrive(box) -> None:
    from crosspatch_drivers.radio.base import Unfit

    box.talk("r-nl")
    box.grant("r-be")
    box.wait(1.0)
    assert EndOver(1) in box.say("r-nl", Unfit("no answer on the port"))
    assert box.overs()[-1].reason == "the talker vanished: no answer on the port"
    box.drain("r-be")
    assert box.outcomes() == {"be": "delivered"}


def test_our_own_radios_are_never_forwarded(box) -> None:
    own = Identity(206, 1, 9001)
    box.say("r-be", OwnIdentity(own))
    box.say("r-nl", OverStarted(own))
    assert box.begun() == []
    assert box.count("own overs not forwarded") == 1
    assert box.records("safety") == ["r-nl hears 206-00001-9001, one of our own radios: not forwarded"]


def test_an_over_that_turns_out_to_be_our_own_is_cut(box) -> None:
    own = Identity(206, 1, 9001)
    box.say("r-be", OwnIdentity(own))
    box.talk("r-nl", None)
    box.grant("r-be")
    box.say("r-nl", TalkerKnown(own))
    assert [Key(1), Unkey()] == box.keyings("r-be")
    assert "a loop" in box.overs()[-1].reason


def test_a_talker_known_late_is_in_the_record(box) -> None:
    box.talk("r-nl", None)
    box.say("r-nl", TalkerKnown(Identity(204, 1, 501)))
    assert box.patch().talker == "204-00001-501"
    assert box.overs()[-1].talker == "204-00001-501"


def test_a_voice_keyed_radio_begins_overs_by_its_detector(make_box) -> None:
    box = make_box(voice=("r-be",))
    box.up()
    box.event(VoiceStarted("r-be"))
    assert box.begun() == [(1, "r-be", ("r-nl",))]
    assert EndOver(1) in box.event(VoiceEnded("r-be"))


def test_the_detector_of_a_radio_with_floor_signalling_is_not_believed(box) -> None:
    box.event(VoiceStarted("r-be"))
    assert box.begun() == []


def test_a_voice_keyed_radio_does_not_answer_its_own_transmission(make_box) -> None:
    box = make_box(voice=("r-be",))
    box.up()
    box.talk("r-nl")
    box.grant("r-be")
    box.event(VoiceStarted("r-be"))
    box.stop("r-nl")
    box.drain("r-be")
    box.event(VoiceStarted("r-be"))  # the tail of its own, while the floor hangs
    box.wait(0.1)
    box.event(VoiceEnded("r-be"))
    box.wait(1.0)
    assert len(box.begun()) == 1


def test_an_unnamed_over_heard_while_we_transmit_is_taken_for_our_own(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.talk("r-be", None)
    box.stop("r-nl")
    box.drain("r-be")
    box.wait(1.0)
    assert len(box.begun()) == 1


def test_an_unnamed_talker_who_pre_empted_us_waits_for_the_floor(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.talk("r-be", None)
    box.say("r-be", TransmitEnded(EndReason.PREEMPTED))
    box.stop("r-nl")
    box.wait(0.4)
    assert (2, "r-be", ("r-nl",)) in box.begun()


def test_a_second_talker_on_the_same_group_is_a_new_over(box) -> None:
    box.talk("r-nl", 501)
    box.grant("r-be")
    box.talk("r-nl", 502)
    assert box.overs()[0].reason == "another talker took over on its network"
    box.drain("r-be", over=1)
    box.wait(0.4)
    assert box.overs()[-1].talker == "204-00001-502"


def test_a_grant_nobody_asked_for_is_given_back(box) -> None:
    assert TellRadio("r-be", Unkey()) in box.say("r-be", Granted())
    assert box.count("grants nobody asked for") == 1


def test_a_late_grant_after_the_time_out_is_given_back_again(box) -> None:
    box.talk("r-nl")
    box.wait(5.1)
    box.say("r-be", Granted())
    assert [Key(1), Unkey(), Unkey()] == box.keyings("r-be")
    assert box.orders(StartLeg) == []


def test_the_last_fifty_overs_are_kept(box) -> None:
    for _ in range(60):
        box.talk("r-nl")
        box.grant("r-be")
        box.stop("r-nl")
        box.drain("r-be")
        box.wait(0.4)
    assert list(range(11, 61)) == [over.over for over in box.overs()]


def test_an_over_that_becomes_an_emergency_is_not_pre_empted_by_another_one(box) -> None:
    box.talk("r-nl")
    box.talk("r-nl", priority=3)
    box.talk("r-be", 112, priority=3)
    assert len(box.begun()) == 1
    assert box.overs()[-1].ended_s is None


def test_an_end_of_playing_reported_before_the_talker_ended_is_not_believed(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.event(LegDrained(1, "r-be", 300.0, 2000.0, 0.0, 0.0))
    assert [Key(1)] == box.keyings("r-be")
    assert box.count("drained legs nobody expected") == 1


def test_an_end_of_playing_of_an_earlier_over_is_not_believed(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.stop("r-nl")
    box.drain("r-be")
    box.wait(1.0)
    box.talk("r-nl")
    box.grant("r-be")
    box.stop("r-nl")
    box.event(LegDrained(1, "r-be", 300.0, 2000.0, 0.0, 0.0))
    assert box.outcomes() == {"be": "running"}


def test_a_leg_that_was_never_granted_misses_the_whole_over(box) -> None:
    box.talk("r-nl")
    box.say("r-be", TransmitEnded(EndReason.REFUSED, "CME 30"))
    assert box.overs()[-1].legs[0].lost_ms is None
    box.wait(4.0)
    box.stop("r-nl")
    (leg,) = box.overs()[-1].legs
    assert (leg.outcome, leg.lost_ms) == ("refused", pytest.approx(4000))


def test_a_leg_that_is_cut_short_misses_what_was_spoken_after_it_at_least(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.wait(3.0)
    box.say("r-be", TransmitEnded(EndReason.LIMIT))
    box.wait(2.0)
    box.stop("r-nl")
    (leg,) = box.overs()[-1].legs
    assert leg.outcome == "transmit limit"
    assert 2000 <= leg.lost_ms < 3000


def played(box: Box) -> None:
    """An over that the radio of be has played to its end, and is told to give back for."""
    box.talk("r-nl")
    box.grant("r-be")
    box.wait(3.0)
    box.stop("r-nl")
    box.event(LegDrained(1, "r-be", 300.0, 2400.0, 0.0, 0.0))


@pytest.mark.parametrize("confirmed", [True, False])
def test_an_over_is_doubtful_when_its_radio_turns_out_to_have_failed(box, confirmed) -> None:
    played(box)
    assert box.outcomes() == {"be": "delivered"}
    if confirmed:
        box.say("r-be", TransmitEnded(EndReason.RELEASED))
    box.wait(1.5)
    box.say("r-be", Unfit("the radio has restarted"))
    (leg,) = box.overs()[-1].legs
    assert (leg.outcome, leg.lost_ms) == ("doubtful", 2400.0)
    (what,) = [order for order in box.orders(Record) if "corrects" in order.facts]
    assert what.text == (
        "over 1 of 204-00001-501 from nl is put right: doubtful on be instead of delivered "
        "(up to 2400 ms may be missing: the radio has restarted)"
    )
    assert (what.facts["corrects"], what.facts["lost_at_most_ms"]) == (1, 2400)


@pytest.mark.parametrize("closing", [True, False], ids=["the-gateway-stops", "the-network-ends-it"])
def test_only_a_failure_of_the_radio_makes_an_over_doubtful(box, closing) -> None:
    played(box)
    if closing:
        box.heart.shutdown(box.now)
        box.say("r-be", TransmitEnded(EndReason.LOST, "the port was closed"))
        box.say("r-be", Unfit("the port was closed"))
    else:
        box.say("r-be", TransmitEnded(EndReason.PREEMPTED))
    assert box.outcomes() == {"be": "delivered"}


def test_a_patch_that_closes_right_after_an_over_does_not_make_it_doubtful(box) -> None:
    played(box)
    box.wish(Want.NOTHING)
    box.say("r-be", TransmitEnded(EndReason.RELEASED))
    box.say("r-be", TalkgroupSelected(0))
    assert box.outcomes() == {"be": "delivered"}


def test_an_over_is_not_doubted_for_a_radio_that_fails_later(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.stop("r-nl")
    box.drain("r-be")
    box.wait(3.1)
    box.say("r-be", Unfit("the radio has restarted"))
    assert box.outcomes() == {"be": "delivered"}


def test_an_over_that_nobody_can_carry_is_written_down_as_soon_as_it_has_ended(box) -> None:
    box.say("r-be", Unfit("its port is gone"))
    box.talk("r-nl")
    box.wait(2.0)
    box.stop("r-nl")
    (text,) = [text for text in box.records("over") if "reaches nobody now" in text]
    assert "its port is gone" in text
    box.wait(16.0)
    assert "did not get the floor within 15 s" in box.overs()[-1].reason


def test_a_radio_turned_to_another_group_on_the_air_says_so_and_sends_on_what_is_left(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.wait(2.0)
    box.say("r-be", TransmitEnded(EndReason.LIMIT, "the network ended the transmission"))
    box.say("r-be", TalkgroupSelected(0))
    assert "over 1 on be: lost (the radio left the talkgroup)" in box.records("over")
    assert "the radio of be went from its group by itself: sent back" in box.records("radio")
    box.wait(0.5)
    box.say("r-be", TalkgroupSelected(3001))
    box.grant("r-be")
    box.wait(1.0)
    box.stop("r-nl")
    box.event(LegDrained(1, "r-be", 300.0, 2000.0, 0.0, 0.0))
    assert [leg.outcome for leg in box.overs()[-1].legs] == ["lost", "delivered"]
