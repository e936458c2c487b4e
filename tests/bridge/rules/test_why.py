"""Why a patch is wanted, and what is missing."""

from dataclasses import replace

import pytest

from crosspatch.plan import Rule
from crosspatch.rules import Fact

FAR = (4.76, 51.585)
ARMING = (4.737, 51.535)
OPENING = (4.737, 51.510)


def test_a_rule_that_opens_says_who_opens_it_and_who_does_not(road) -> None:
    road.report(*OPENING, speed_kmh=118.0, course_deg=180.0)
    road.wait(4.0)
    assert road.book.why("to-be", road.now) == (
        Fact(True, "rule to-be wants its patch open: v1 is 1.6 km before BE, 67 s at 118 km/h"),
        Fact(True, "v1 is 1.6 km before BE, 63 s at 118 km/h, reported 4 s ago: near enough to open"),
        Fact(False, "v2 has not reported yet"),
    )


@pytest.mark.parametrize(
    ("place", "missing"),
    [
        (FAR, "v1 is 8.9 km before BE, reported 0 s ago: it arms within 6.0 km or 180 s"),
        (ARMING, "v1 is 4.0 km before BE, reported 0 s ago: armed; it opens within 3.0 km or 90 s"),
    ],
)
def test_a_rule_that_does_not_open_says_what_is_missing(road, place, missing) -> None:
    road.report(*place)
    facts = road.book.why("to-be", road.now)
    assert not facts[0].holds
    assert Fact(False, missing) in facts


def test_a_vehicle_knows_its_reports_and_its_rules(road) -> None:
    road.report(*FAR)
    road.report(*FAR)
    assert road.book.why("v1", road.now) == (
        Fact(True, "v1 reported 0 s ago: 51.58500, 4.76000"),
        Fact(False, "1 of its reports were refused: duplicate"),
        Fact(False, "rule to-be: v1 is 8.9 km before BE, reported 0 s ago: it arms within 6.0 km or 180 s"),
    )


def test_age_hold_side_schedule_approval_and_dwell_are_told(make_road, border_road) -> None:
    road = make_road(
        replace(border_road, side="LU", schedule=("sat 00:00-24:00",), approval="confirm"),
        replace(border_road, id="slow", dwell_s=60.0),
        Rule(id="fixed", talkgroups=("nl", "lu"), always=True),
        replace(border_road, id="nobody", vehicles=()),
    )
    road.report(*OPENING)
    texts = {name: [fact.text for fact in road.book.why(name, road.now)] for name in ("to-be", "slow", "nobody")}
    assert texts["to-be"] == [
        "rule to-be wants nothing",
        "outside its schedule: sat 00:00-24:00",
        "nobody has approved it",
        "v1 is 1.6 km before BE, reported 0 s ago: it does not come from LU",
        "v2 has not reported yet",
    ]
    assert "near enough to open when it has been so for 60 s" in texts["slow"][1]
    assert texts["nobody"][1] == "no vehicle of the site belongs to the rule"
    road.wait(130.0)
    assert road.book.why("slow", road.now)[1].text.endswith("it left and is held for 110 s more")
    assert road.book.why("to-be", road.now)[3].text.endswith("that is too old")
    assert road.book.why("fixed", road.now)[:2] == (
        Fact(True, "rule fixed wants its patch open: the site wants it at all times"),
        Fact(True, "it is wanted at all times"),
    )


def test_nothing_is_known_of_an_unknown_name(road) -> None:
    assert road.book.why("x", road.now) == ()
