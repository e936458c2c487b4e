"""Radios as a scarce resource: who gets one, who waits where in the line, who gives one up and is told why."""

from crosspatch.orders import Record
from crosspatch.patch.desk import Desk
from crosspatch.patch.line import Line
from crosspatch.wish import Want
from crosspatch_drivers.radio.base import Alarm, EndReason, Fit, SelectTalkgroup, TransmitEnded, Unfit

RULES = {"border": ("nl", "be"), "chase": ("nl-2", "lu"), "third": ("nl-3", "be-2")}
ONE_NL = {"r-nl": "c2000", "r-be": "astrid", "s-be": "astrid", "r-lu": "renita"}


def test_the_higher_priority_takes_the_radio_and_the_lower_one_is_told_why(make_box) -> None:
    box = make_box(RULES, ONE_NL, priorities={"chase": 5})
    box.up("border")
    box.wish(Want.OPEN, "chase")
    assert (box.leg("nl-2", "chase").radio, box.leg("nl", "border").radio) == ("r-nl", None)
    assert SelectTalkgroup(2002) == box.told("r-nl")[-1]
    assert box.patch("border").state == "failed"
    reason = box.leg("nl", "border").reason
    assert reason.startswith(
        "its radio was taken for patch chase; no radio of c2000 is free (r-nl: serves patch chase)"
    )
    assert "r-nl was taken from patch border for patch chase (priority 5 before 0)" in box.records("radio")
    box.answer_selections()
    assert box.patch("chase").state == "up"


def test_the_lower_one_gets_the_radio_back_when_the_higher_one_parts(make_box) -> None:
    box = make_box(RULES, ONE_NL, priorities={"chase": 5})
    box.up("border")
    box.wish(Want.OPEN, "chase")
    box.answer_selections()
    box.wish(Want.NOTHING, "chase")
    box.answer_selections()
    assert (box.patch("chase").state, box.patch("border").state) == ("down", "up")


def test_a_running_over_is_not_cut_for_a_higher_patch_but_the_next_one_does_not_begin(make_box) -> None:
    box = make_box(RULES, ONE_NL, priorities={"chase": 5})
    box.up("border")
    box.talk("r-be", 777)
    box.grant("r-nl")
    box.wish(Want.OPEN, "chase")
    assert box.outcomes() == {"nl": "running"}
    assert box.leg("nl-2", "chase").place == 1
    box.stop("r-be")
    box.drain("r-nl")
    assert box.leg("nl-2", "chase").radio == "r-nl"
    assert box.outcomes() == {"nl": "delivered"}


def test_of_equal_patches_the_one_that_has_the_radio_keeps_it(make_box) -> None:
    box = make_box(RULES, ONE_NL, priorities={"border": 3, "chase": 3})
    box.up("border")
    box.wish(Want.OPEN, "chase")
    box.wait(1.0)
    assert (box.leg("nl", "border").radio, box.leg("nl-2", "chase").radio) == ("r-nl", None)


def test_a_radio_that_is_on_the_air_changes_hands_only_when_it_is_off(make_box) -> None:
    box = make_box(RULES, ONE_NL, priorities={"chase": 5})
    box.up("border")
    box.talk("r-be", 777)
    box.wait(5.1)  # no grant: un-keyed, not confirmed
    box.stop("r-be")
    box.wish(Want.OPEN, "chase")
    box.wait(1.0)
    assert box.leg("nl-2", "chase").radio is None
    box.say("r-nl", TransmitEnded(EndReason.RELEASED))
    assert box.leg("nl-2", "chase").radio == "r-nl"


def test_everybody_in_the_line_sees_his_place(make_box) -> None:
    box = make_box(RULES, {"r-nl": "c2000"}, priorities={"third": 1})
    for rule in ("border", "chase", "third"):
        box.wish(Want.OPEN, rule)
    places = {rule: box.patch(rule).legs[0].place for rule in RULES}
    assert places == {"third": 1, "border": 2, "chase": 3}
    assert box.leg("nl-2", "chase").reason.endswith("number 3 in line")
    box.wish(Want.NOTHING, "third")
    assert {rule: box.patch(rule).legs[0].place for rule in RULES} == {"third": None, "border": 1, "chase": 2}
    box.fit("r-nl")
    assert {rule: box.patch(rule).legs[0].place for rule in RULES} == {"third": None, "border": None, "chase": 1}


def test_a_free_radio_goes_to_the_first_in_line_and_not_to_who_asks_just_then(make_box) -> None:
    box = make_box(RULES, ONE_NL)
    box.fit("r-be", "s-be", "r-lu")
    box.wish(Want.OPEN, "border")
    box.wish(Want.OPEN, "chase")
    box.fit("r-nl")
    assert (box.leg("nl", "border").radio, box.leg("nl-2", "chase").radio) == ("r-nl", None)


def test_two_patches_that_block_each_other_do_not_do_so_for_ever(make_box) -> None:
    box = make_box({"border": ("nl", "be"), "third": ("nl-2", "be-2")}, {"r-nl": "c2000", "r-be": "astrid"})
    box.fit("r-nl")
    box.wish(Want.OPEN, "border")
    box.say("r-nl", Unfit("gone"))
    box.fit("r-be")
    assert box.leg("be", "border").radio == "r-be"
    box.wish(Want.OPEN, "third")
    box.say("r-nl", Fit())
    box.answer_selections()
    assert (box.patch("border").state, box.patch("third").state) == ("up", "failed")


def test_half_a_patch_gives_its_radio_to_an_earlier_one_that_needs_just_that(make_box) -> None:
    box = make_box({"border": ("nl", "be"), "third": ("nl-2", "be-2")}, {"r-nl": "c2000", "r-be": "astrid"})
    box.wish(Want.OPEN, "border")
    box.wish(Want.OPEN, "third")
    box.fit("r-nl")
    assert box.leg("nl", "border").radio == "r-nl"
    box.say("r-nl", Unfit("gone"))
    box.fit("r-be")
    box.say("r-nl", Fit())
    box.answer_selections()
    assert box.patch("border").state == "up"


def test_the_line_tells_those_whose_place_changes_and_nobody_else() -> None:
    desk = Desk()
    line = Line(desk)
    assert [line.join("a", "x", 0), line.join("b", "x", 0), line.join("c", "x", 0)] == [1, 2, 3]
    assert desk.next_touched() is None
    assert line.join("d", "x", 1) == 1
    assert [desk.next_touched() for _ in range(4)] == [("a", True), ("b", True), ("c", True), None]
    line.leave("b", "x")
    assert [desk.next_touched() for _ in range(2)] == [("c", True), None]
    assert [line.ahead("c", "x", 0), line.ahead("new", "x", 0), line.ahead("new", "x", 1)] == [2, 3, 1]
    assert line.first is not None
    assert line.first.patch == "d"


def test_an_alarm_is_shown_and_recorded_once_until_it_is_over(box) -> None:
    for text in ("its signal is weak: -109 dBm", "its signal is weak: -109 dBm", "", ""):
        box.say("r-be", Alarm("signal", text))
        assert box.radio("r-be").alarms == ((text,) if text else ())
        assert box.radio("r-be").fit
    told = [record.text for record in box.orders(Record) if "alarm" in record.text]
    assert told == [
        "alarm of r-be: its signal is weak: -109 dBm",
        "alarm of r-be is over: its signal is weak: -109 dBm",
    ]
