"""How zones stand: who is in them, whom their rules count beside them, since when; cheap, however many there are."""

from dataclasses import replace

from crosspatch.plan import Vehicle
from crosspatch.rules.zones import EVERY
from crosspatch.snapshot import ZoneRule, ZoneView

NORTH, NEAR, BELGIUM = (5.85, 50.95), (5.695, 50.77), (5.69, 50.70)
"""Beek in the Netherlands; less than the rule's arming distance before Belgium; in it."""


def zone(road, name: str = "BE", said: tuple[str, ...] = ()) -> ZoneView:
    return next(view for view in road.book.zones(road.now, {"to-be": said}) if view.id == name)


def test_a_zone_is_empty_before_anybody_reported(road) -> None:
    view = zone(road)
    assert (view.state, view.inside, view.near, view.vehicles) == ("empty", 0, 0, ())
    assert view.rules == (ZoneRule(rule="to-be", want="nothing"),)


def test_who_comes_near_is_counted_then_who_is_inside_and_since_when(road) -> None:
    road.report(*NEAR, "v1")
    road.wait(EVERY)
    view = zone(road)
    assert (view.state, view.inside, view.near, view.vehicles) == ("near", 0, 1, ("v1",))
    road.report(*BELGIUM, "v2")
    road.wait(EVERY)
    view = zone(road)
    assert (view.state, view.inside, view.near, view.vehicles) == ("inside", 1, 1, ("v2", "v1"))
    assert view.rules == (ZoneRule(rule="to-be", want="open"),)
    road.wait(30.0)
    assert 29.9 <= zone(road).since_s <= 30.1 + EVERY


def test_who_is_silent_is_no_longer_inside_but_counted_for_the_hold_time(road) -> None:
    road.report(*BELGIUM, "v1")
    road.wait(road.plan.limits.position_age_s + EVERY)
    assert (zone(road).inside, zone(road).near) == (0, 1)
    road.wait(road.plan.rules["to-be"].hold_s + EVERY)
    assert zone(road).state == "empty"


def test_a_zone_that_no_rule_names_tells_who_is_in_it(road) -> None:
    road.report(*BELGIUM, "v1")
    road.report(*NORTH, "v2")
    assert (zone(road, "NL").vehicles, zone(road, "NL").rules) == (("v2",), ())


def test_whom_another_system_puts_there_is_counted_once(road) -> None:
    road.report(*BELGIUM, "v1")
    view = zone(road, said=("v1", "v2", "of an older site file"))
    assert (view.inside, view.near, view.vehicles) == (1, 1, ("v1", "v2"))


def test_a_crowd_is_counted_and_a_bounded_number_named(make_road, border_road) -> None:
    crowd = {f"v{number}": Vehicle(id=f"v{number}", network="c2000") for number in range(200)}
    road = make_road(replace(border_road, vehicles=tuple(crowd)), vehicles=crowd)
    for name in crowd:
        road.report(*BELGIUM, name)
    view = zone(road)
    assert (view.inside, len(view.vehicles)) == (200, 50)
