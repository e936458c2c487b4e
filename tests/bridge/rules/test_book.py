"""The rule book: who arms, opens, holds and lets go, and why it says so."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosspatch.events import PositionReport
from crosspatch.heart import Heart
from crosspatch.plan import Limits, Rule, Vehicle
from crosspatch.rules.book import SHOWN
from crosspatch.wish import Want, Wish

# On the A16 north of Hazeldonk the border of Belgium lies due south.
FAR = (4.76, 51.585)  # about 10 km
ARMING = (4.737, 51.535)  # about 4 km
OPENING = (4.737, 51.510)  # about 2 km
WAITING = (4.737, 51.557)  # between 6 and 8 km
INSIDE = (4.72, 51.45)  # in Belgium


def test_far_away_nothing_is_wanted(road) -> None:
    assert road.report(*FAR) == []
    assert road.wishes == []


def test_nearer_arms_then_opens_then_holds_inside(make_road) -> None:
    road = make_road(limits=Limits(position_age_s=600.0))
    road.report(*FAR)
    road.wait(300.0)
    road.report(*ARMING)
    road.wait(300.0)
    road.report(*OPENING)
    road.wait(300.0)
    road.report(*INSIDE)
    assert road.wants() == [Want.ARMED, Want.OPEN]


def test_a_wish_says_in_one_sentence_why(road) -> None:
    (wish,) = road.report(*OPENING, speed_kmh=118.0, course_deg=180.0)
    assert (wish.rule, wish.want, wish.vehicles) == ("to-be", Want.OPEN, ("v1",))
    assert wish.reason.startswith("v1 is 1.6 km before BE, ")
    assert wish.reason.endswith(" s at 118 km/h")


def test_time_to_the_border_opens_from_further_away_than_distance(road) -> None:
    (wish,) = road.report(*ARMING, speed_kmh=200.0, course_deg=160.0)
    assert wish.want is Want.OPEN


def test_the_age_of_a_report_counts(road) -> None:
    # 4 km at 80 km/h are 180 s: not yet to be opened; sent 100 s ago they are.
    (wish,) = road.report(*ARMING, speed_kmh=80.0, course_deg=160.0, age=110.0)
    assert wish.want is Want.OPEN


def test_who_drives_away_is_not_expected(road) -> None:
    (wish,) = road.report(*ARMING, speed_kmh=200.0, course_deg=340.0)
    assert wish.want is Want.ARMED


def test_a_vehicle_between_arming_and_leaving_keeps_what_it_has(road) -> None:
    road.report(*OPENING)
    road.wait(60.0)
    road.report(*WAITING)
    assert 6000 < road.vehicle().zones[0].metres < 8000
    road.wait(100.0)
    assert road.wants() == [Want.OPEN]


def test_after_the_last_vehicle_has_left_the_patch_is_held(road) -> None:
    road.report(*OPENING)
    road.wait(100.0)
    road.report(*FAR)
    road.wait(119.0)
    assert road.want() is Want.OPEN
    road.wait(1.1)
    assert road.want() is Want.NOTHING
    assert road.wishes[-1][1].vehicles == ()
    assert "120 s of holding are over" in road.wishes[-1][1].reason


def test_who_comes_back_while_it_is_held_keeps_it(road) -> None:
    road.report(*OPENING)
    road.wait(100.0)
    road.report(*FAR)
    road.wait(100.0)
    road.report(*OPENING)
    road.wait(110.0)
    assert road.wants() == [Want.OPEN]


def test_several_vehicles_hold_one_patch(road) -> None:
    road.report(*OPENING)
    road.report(*OPENING, vehicle="v2")
    assert road.wishes[-1][1].vehicles == ("v1", "v2")
    for _ in range(4):
        road.wait(60.0)
        road.report(*FAR)
        road.report(*INSIDE, vehicle="v2")
    assert road.want() is Want.OPEN
    assert road.wishes[-1][1].vehicles == ("v2",)


def test_a_vehicle_that_stops_reporting_ages_out_then_its_hold_runs(make_road) -> None:
    road = make_road(limits=Limits(position_age_s=100.0))
    road.report(*INSIDE)
    road.wait(219.0)
    assert road.want() is Want.OPEN
    road.wait(1.2)
    assert road.want() is Want.NOTHING
    assert "v1 is silent" in road.wishes[-1][1].reason


def test_a_rule_without_hold_time_lets_go_at_once(make_road, border_road) -> None:
    road = make_road(replace(border_road, hold_s=0.0))
    road.report(*OPENING)
    road.wait(100.0)
    road.report(*FAR)
    assert road.want() is Want.NOTHING


def test_an_always_rule_is_wanted_at_the_first_tick_and_never_again(make_road, border_road) -> None:
    road = make_road(border_road, Rule(id="fixed", talkgroups=("nl", "lu"), always=True))
    road.wait(10.0)
    assert [wish for _, wish in road.wishes] == [Wish("fixed", Want.OPEN, (), "the site wants it at all times")]


def test_a_rule_hears_its_own_vehicles_only(make_road, border_road) -> None:
    road = make_road(replace(border_road, vehicles=("v2",)))
    road.report(*OPENING)
    assert road.want() is Want.NOTHING
    road.report(*OPENING, vehicle="v2")
    assert road.want() is Want.OPEN


def test_an_unknown_vehicle_is_counted_and_not_obeyed(road) -> None:
    assert road.report(*OPENING, vehicle="stranger") == []
    assert road.book.counters["positions of unknown vehicles"] == 1


def test_the_view_shows_place_age_and_distances(road) -> None:
    road.report(*OPENING, speed_kmh=100.0, course_deg=180.0, age=5.0)
    road.wait(10.0)
    view = road.vehicle()
    assert (view.lon, view.lat, view.speed_kmh) == (*OPENING, 100.0)
    assert view.age_s is not None
    assert abs(view.age_s - 15.0) < 0.01
    zones = {zone.zone: zone for zone in view.zones}
    assert 1000 < zones["BE"].metres < 3000
    assert zones["NL"].metres < -1000
    assert zones["BE"].seconds is not None
    assert road.vehicle("v2").lon is None


def refusals(road) -> int:
    return sum(sum(view.refused.values()) for view in road.book.vehicles(road.now))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["v1", "v2", "stranger"]),
        st.sampled_from([FAR, ARMING, OPENING, INSIDE, (0.0, 0.0), (float("nan"), 51.0), (5.0, 20.0)]),
        st.floats(0.0, 90.0),  # wait before
        st.sampled_from([0.0, 0.0, 30.0, 500.0, -100.0]),  # age
        st.sampled_from([None, 5.0, 5000.0]),  # accuracy
        st.sampled_from([None, 0.0, 120.0, 5000.0, float("nan")]),  # speed
        st.sampled_from([None, 0.0, 180.0]),
    ),
    max_size=20,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_refused_reports_open_nothing_and_silence_ends_everything(make_road, steps) -> None:
    road = make_road(limits=Limits(position_age_s=60.0))
    for vehicle, place, wait, age, accuracy, speed, course in steps:
        road.wait(min(wait, 5.0))
        before = refusals(road)
        wishes = road.report(*place, vehicle=vehicle, age=age, accuracy_m=accuracy, speed_kmh=speed, course_deg=course)
        refused = refusals(road)
        if vehicle == "stranger" or refused > before:
            assert wishes == []
    road.wait(60.0 + 120.0 + 1.0)
    assert road.want() is Want.NOTHING
    held = [name for _, wish in road.wishes[-1:] for name in wish.vehicles]
    assert held == []


def test_the_heart_shows_what_was_believed_and_what_was_not(road) -> None:
    heart = Heart(road.plan, road.book)
    for report in (PositionReport("v1", *OPENING, 1.0, 1.0), PositionReport("x", *OPENING, 1.0, 1.0)):
        heart.handle(report, 10.0)
    heart.handle(PositionReport("v1", 0.0, 0.0, 2.0, 2.0), 11.0)
    counters = heart.snapshot(11.0).counters
    assert {name: count for name, count in counters.items() if name.startswith("positions")} == {
        "positions": 1,
        "positions refused": 1,
        "positions of unknown vehicles": 1,
    }


def test_news_are_those_who_reported_since_and_who_holds_something_comes_first(road) -> None:
    road.report(*FAR)
    road.report(*OPENING, vehicle="v2")
    assert [view.id for view in road.book.news(1, road.now)] == ["v2"]
    assert [view.id for view in road.book.news(5, road.now)] == ["v1"]
    assert road.book.news(5, road.now) == ()
    road.report(0.0, 0.0)  # refused, which is news too
    assert [view.refused for view in road.book.news(5, road.now)] == [{"null island": 1}]


def test_of_several_reports_of_a_vehicle_that_come_together_the_newest_counts(road) -> None:
    wall = 1_800_000_000.0 + road.now
    reports = [PositionReport("v1", *place, wall + at, wall + 2.0) for at, place in ((0.0, OPENING), (1.0, OPENING))]
    far = PositionReport("v2", *FAR, wall, wall + 2.0)
    (wish,) = road.book.report([*reports, far], road.now)
    assert (wish.want, wish.vehicles) == (Want.OPEN, ("v1",))
    assert road.book.counters["positions"] == 3


def test_where_there_are_too_many_vehicles_those_that_reported_last_are_shown(make_road) -> None:
    names = [f"v{i}" for i in range(SHOWN + 3)]
    road = make_road(vehicles={name: Vehicle(id=name, network="c2000") for name in names})
    road.report(*FAR, vehicle="v2")
    road.report(*FAR, vehicle="v0")
    shown = [view.id for view in road.book.vehicles(road.now)]
    assert len(shown) == SHOWN
    assert shown[:2] == ["v0", "v2"]
    assert "v1" not in shown
