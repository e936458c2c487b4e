"""A rule book that is restarted judges its causes anew: who is there still opens, who is silent or left does not."""

import msgspec
import pytest
from tests.bridge.rules.conftest import WALL, Road
from tests.bridge.rules.test_book import ARMING, INSIDE, OPENING, WAITING

from crosspatch.events import PatchTrigger
from crosspatch.kept import KeptRules
from crosspatch.plan import Rule
from crosspatch.rules import RuleBook
from crosspatch.triggers import TriggerBook
from crosspatch.wish import Want


def restarted(road: Road, geofence, away_s: float) -> Road:
    kept = msgspec.json.decode(msgspec.json.encode(road.book.keep()), type=KeptRules)
    anew = Road(road.plan, geofence, WALL)
    anew.now = road.now + away_s
    anew.keep(anew.book.restore(kept, 0.0, anew.now))
    anew.wait(0.1)
    return anew


def test_a_vehicle_that_was_there_a_moment_ago_holds_its_patch(road, geofence) -> None:
    road.report(*INSIDE)
    anew = restarted(road, geofence, 10.0)
    (_, wish), *_ = anew.wishes
    assert (wish.want, wish.vehicles) == (Want.OPEN, ("v1",))
    assert wish.reason == "v1 is 1.8 km inside BE"


def test_one_that_is_farther_than_where_it_opens_still_holds_what_it_had(road, geofence) -> None:
    road.report(*OPENING)
    road.wait(60.0)
    road.report(*WAITING, speed_kmh=10.0, course_deg=0.0)
    assert road.want() is Want.OPEN
    assert restarted(road, geofence, 5.0).want() is Want.OPEN
    fresh = Road(road.plan, geofence, WALL)
    fresh.report(*WAITING, speed_kmh=10.0, course_deg=0.0)
    assert fresh.want() is Want.NOTHING


def test_one_that_is_silent_for_too_long_is_held_for_the_rest_of_its_hold_time(road, geofence) -> None:
    road.report(*INSIDE)
    anew = restarted(road, geofence, 150.0)  # too old since 30 s, of 120 s of holding
    assert anew.want() is Want.OPEN
    anew.wait(91.0)
    assert anew.want() is Want.NOTHING
    assert restarted(road, geofence, 241.0).want() is Want.NOTHING


def test_a_hold_time_that_runs_goes_on(road, geofence) -> None:
    road.report(*OPENING)
    road.wait(100.0)
    road.report(4.76, 51.585)  # far: it has left
    road.wait(100.0)
    anew = restarted(road, geofence, 10.0)
    assert anew.want() is Want.OPEN
    anew.wait(10.5)
    assert anew.want() is Want.NOTHING


def test_what_a_person_said_of_a_rule_holds(make_road, geofence) -> None:
    road = make_road(Rule(id="to-be", talkgroups=("nl", "be"), zone="BE", vehicles=("v1",), approval="confirm"))
    road.report(*OPENING)
    road.keep(road.book.decide("to-be", True, "jansen", road.now))
    assert restarted(road, geofence, 10.0).want() is Want.OPEN


def test_who_only_armed_arms(road, geofence) -> None:
    road.report(*ARMING)
    assert restarted(road, geofence, 10.0).wants() == [Want.ARMED]


def test_the_position_that_was_kept_is_a_repetition_when_it_is_told_again(road, geofence) -> None:
    road.report(*INSIDE)
    anew = restarted(road, geofence, 0.0)
    anew.report(*INSIDE, sent_at=WALL + road.now)
    assert anew.vehicle().refused == {"duplicate": 1}


def test_vehicles_and_rules_that_the_site_does_not_have_any_more_are_left_out(road, geofence, make_road) -> None:
    road.report(*INSIDE)
    anew = make_road(Rule(id="other", talkgroups=("nl", "be"), zone="BE", vehicles=("v2",)))
    assert anew.book.restore(road.book.keep(), 0.0, road.now) == []


@pytest.mark.parametrize(("away_s", "want"), [(50.0, Want.OPEN), (61.0, None)])
def test_what_another_system_wanted_holds_until_its_time(road, geofence, away_s: float, want: Want | None) -> None:
    book = TriggerBook(road.plan, road.book)
    wall = WALL + road.now
    book.trigger(PatchTrigger("to-be", "open", wall + 60.0, wall, wall, "cad"), road.now)
    anew = TriggerBook(road.plan, RuleBook(road.plan, geofence, WALL))
    wishes = anew.restore(book.keep(), 0.0, road.now + away_s)
    assert [wish.want for wish in wishes] == ([] if want is None else [want])
