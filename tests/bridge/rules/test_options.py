"""What a rule may ask for beyond distance: who, from where, for how long, when, with whose approval."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from crosspatch.plan import Rule, Vehicle
from crosspatch.wish import Want

FAR = (4.76, 51.585)  # about 10 km north of the border
OPENING = (4.737, 51.510)  # about 2 km
INSIDE = (4.72, 51.45)  # in Belgium
WALL = 1_800_000_000.0
"""Wall clock at monotonic zero, as in `conftest`: Friday 15 January 2027, 09:00 in Brussels."""


def test_the_wall_clock_of_these_tests() -> None:
    assert datetime.fromtimestamp(WALL + 1000, ZoneInfo("Europe/Brussels")).isoformat() == "2027-01-15T09:16:40+01:00"


# ---- who --------------------------------------------------------------------------------------------------------


def test_a_rule_may_name_a_fleet_or_a_home_network(make_road, border_road) -> None:
    vehicles = {
        "v1": Vehicle(id="v1", network="c2000", fleet="k9"),
        "v2": Vehicle(id="v2", network="astrid"),
        "v3": Vehicle(id="v3", network="c2000"),
    }
    road = make_road(replace(border_road, vehicles=(), fleets=("k9",), homes=("astrid",)), vehicles=vehicles)
    for name in vehicles:
        road.report(*OPENING, vehicle=name)
    assert road.wishes[-1][1].vehicles == ("v1", "v2")


# ---- from where, for how long, how sure ---------------------------------------------------------------------------


def test_an_approach_from_another_side_does_not_count(make_road, border_road) -> None:
    road = make_road(replace(border_road, side="NL"))
    road.report(6.42, 50.36)  # in Germany, some 2 km east of Belgium
    assert road.want() is Want.NOTHING
    road.report(*OPENING, vehicle="v2")
    assert road.want() is Want.OPEN
    assert road.wishes[-1][1].vehicles == ("v2",)


def test_who_is_inside_counts_from_whatever_side_he_came(make_road, border_road) -> None:
    road = make_road(replace(border_road, side="NL"))
    road.report(6.30, 50.40)
    assert road.want() is Want.OPEN


def test_dwelling_opens_and_passing_by_does_not(make_road, border_road) -> None:
    road = make_road(replace(border_road, dwell_s=60.0))
    road.report(*OPENING, speed_kmh=0.0)
    assert road.want() is Want.ARMED
    road.wait(59.0)
    assert road.want() is Want.ARMED
    road.wait(1.2)
    assert road.want() is Want.OPEN


def test_dwelling_starts_anew_after_each_pass(make_road, border_road) -> None:
    road = make_road(replace(border_road, dwell_s=60.0, arm_s=0.0, open_s=0.0))
    for place in (OPENING, (4.737, 51.535), OPENING):
        road.report(*place)
        road.wait(50.0)
    assert road.wants() == [Want.ARMED]
    road.wait(15.0)
    assert road.want() is Want.OPEN


def test_who_may_be_near_still_has_not_left(make_road, border_road) -> None:
    road = make_road(replace(border_road, leave_m=8000.0, hold_s=0.0))
    road.report(*OPENING)
    road.wait(100.0)
    road.report(4.757, 51.579, accuracy_m=490.0)
    assert 8000 < road.vehicle().zones[0].metres < 8490
    assert road.want() is Want.OPEN
    road.wait(10.0)
    road.report(4.757, 51.579, accuracy_m=5.0)
    assert road.want() is Want.NOTHING


# ---- when ---------------------------------------------------------------------------------------------------------


def test_outside_its_schedule_nothing_is_wanted_until_it_begins(make_road, border_road) -> None:
    road = make_road(replace(border_road, schedule=("fri 09:17-09:18",)))
    road.report(*INSIDE)
    assert road.want() is Want.NOTHING
    road.wait(19.0)
    assert road.want() is Want.NOTHING
    road.wait(2.0)
    assert road.want() is Want.OPEN
    road.wait(60.0)
    assert road.want() is Want.NOTHING
    assert road.wishes[-1][1].reason == "outside its schedule (fri 09:17-09:18)"


def test_an_always_rule_keeps_its_schedule(make_road) -> None:
    road = make_road(Rule(id="to-be", talkgroups=("nl", "be"), always=True, schedule=("fri 09:17-09:18",)), wall=WALL)
    road.wait(10.0)
    assert road.wants() == []
    road.wait(11.0)
    assert road.wants() == [Want.OPEN]
    road.wait(60.0)
    assert road.wants() == [Want.OPEN, Want.NOTHING]


# ---- approval -----------------------------------------------------------------------------------------------------


def test_a_rule_that_needs_approval_is_armed_until_a_person_agrees(make_road, border_road) -> None:
    road = make_road(replace(border_road, approval="confirm"))
    road.report(*OPENING)
    assert road.want() is Want.ARMED
    assert road.wishes[-1][1].reason.endswith("; it waits for approval")
    road.keep(road.book.decide("to-be", True, "Jansen", road.now))
    assert road.want() is Want.OPEN
    assert road.wishes[-1][1].reason.endswith("; Jansen agreed")


def test_refused_it_stays_down_until_it_is_asked_for_anew(make_road, border_road) -> None:
    road = make_road(replace(border_road, approval="confirm", hold_s=0.0))
    road.report(*OPENING)
    road.keep(road.book.decide("to-be", False, "Jansen", road.now))
    assert road.want() is Want.NOTHING
    assert road.wishes[-1][1].reason == "Jansen refused it"
    road.wait(110.0)
    road.report(*FAR)
    road.wait(110.0)
    road.report(*OPENING)
    assert road.want() is Want.ARMED


def test_approval_in_advance_counts_for_nothing(make_road, border_road) -> None:
    road = make_road(replace(border_road, approval="confirm"))
    assert road.book.decide("to-be", True, "Jansen", road.now) == []
    road.report(*OPENING)
    assert road.want() is Want.ARMED
