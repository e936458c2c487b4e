"""Triggers of other systems and the rules' own wishes: the farther counts, neither undoes the other, all end."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch.events import PatchTrigger, PositionReport, ZoneTrigger
from crosspatch.plan import Gateway, Plan, Rule, Vehicle, Zone
from crosspatch.rules.zones import Said
from crosspatch.snapshot import ZoneRule, ZoneView
from crosspatch.triggers import TriggerBook
from crosspatch.wish import Want, Wish

WALL = 1_800_000_000.0
"""Wall clock at monotonic zero of the test."""

PLAN = Plan(
    gateway=Gateway(id="box"),
    networks={},
    radios={},
    talkgroups={},
    vehicles={name: Vehicle(id=name, network="nl") for name in ("v1", "v2")},
    zones={"be": Zone(id="be", country="BE")},
    rules={
        "liege": Rule(id="liege", talkgroups=("a", "b"), zone="be", vehicles=("v1", "v2"), hold_s=120, max_s=7200),
        "other": Rule(id="other", talkgroups=("c", "d"), zone="be", vehicles=("v2",)),
    },
)
REPORT = PositionReport("v1", 5.7, 50.7, WALL, WALL)


class Rules:
    """Rules that wish what the test says."""

    def __init__(self) -> None:
        self.next: list[Wish] = []

    def report(self, reports: Iterable[PositionReport], now: float) -> list[Wish]:
        wishes, self.next = self.next, []
        return wishes

    def tick(self, now: float) -> list[Wish]:
        return self.report([REPORT], now)

    @property
    def counters(self) -> dict[str, int]:
        return {}

    def vehicles(self, now: float) -> tuple[()]:
        return ()

    def zones(self, now: float, said: Said) -> tuple[ZoneView, ...]:
        named = tuple(name for names in said.values() for name in names)
        return (ZoneView(id="be", state="near", vehicles=named, rules=(ZoneRule("liege", "nothing"),)),)


class Bench:
    """The trigger book with its rules played."""

    def __init__(self) -> None:
        self.rules = Rules()
        self.book = TriggerBook(PLAN, self.rules)

    def ruled(self, want: Want, *vehicles: str, now: float = 0.0) -> list[Wish]:
        self.rules.next = [Wish("liege", want, vehicles, "by position")]
        return self.book.report([REPORT], now)

    def zone(self, inside: bool, vehicle: str = "v1", now: float = 0.0, source: str = "cad") -> list[Wish]:
        return self.book.trigger(ZoneTrigger(vehicle, "be", inside, WALL + now, WALL + now, source), now)

    def patch(self, want: str, *, for_s: float = 600.0, now: float = 0.0) -> list[Wish]:
        at = WALL + now
        return self.book.trigger(PatchTrigger("liege", want, at + for_s, at, at, "cad", "exercise"), now)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_without_triggers_the_rules_wishes_pass_as_they_are(bench: Bench) -> None:
    wish = Wish("liege", Want.ARMED, ("v1",), "by position")
    assert bench.ruled(Want.ARMED, "v1") == [wish]


def test_a_vehicle_that_enters_opens_what_the_rules_have_for_it_there(bench: Bench) -> None:
    assert bench.zone(True) == [Wish("liege", Want.OPEN, ("v1",), "v1 is inside be, says cad")]
    assert [wish.rule for wish in bench.zone(True, "v2")] == ["liege", "other"]


def test_after_the_last_has_left_it_is_held_and_then_let_go(bench: Bench) -> None:
    bench.zone(True)
    assert bench.zone(False, now=10.0) == []
    assert bench.book.tick(129.9) == []
    (wish,) = bench.book.tick(130.0)
    assert wish == Wish("liege", Want.NOTHING, (), "v1 left be, says cad; held for 120 s; that is over")


def test_one_that_left_does_not_end_what_another_holds(bench: Bench) -> None:
    bench.zone(True)
    bench.zone(True, "v2")
    bench.zone(False, now=10.0)
    (wish,) = bench.book.tick(200.0)
    assert (wish.want, wish.vehicles) == (Want.OPEN, ("v2",))


def test_leaving_without_having_entered_wants_nothing(bench: Bench) -> None:
    assert bench.zone(False) == []
    assert bench.book.tick(1.0) == []


def test_one_that_never_leaves_lets_go_with_the_rules_maximum(bench: Bench) -> None:
    bench.zone(True)
    assert bench.book.tick(7199.0) == []
    assert [wish.want for wish in bench.book.tick(7200.0)] == [Want.NOTHING]


def test_a_wanted_patch_is_wanted_for_its_time(bench: Bench) -> None:
    assert bench.patch("open") == [Wish("liege", Want.OPEN, (), "cad wants it: exercise")]
    assert bench.book.tick(599.0) == []
    assert [wish.want for wish in bench.book.tick(600.0)] == [Want.NOTHING]


def test_a_wanted_patch_is_let_go_when_its_source_says_so(bench: Bench) -> None:
    bench.patch("armed")
    (wish,) = bench.patch("nothing", now=5.0)
    assert wish == Wish("liege", Want.NOTHING, (), "cad no longer wants it: exercise")
    assert bench.patch("nothing", now=6.0) == []


def test_what_was_wanted_until_a_moment_ago_opens_nothing(bench: Bench) -> None:
    late = PatchTrigger("liege", "open", WALL - 1, WALL - 100, WALL, "cad")
    assert bench.book.trigger(late, 0.0) == []


def test_the_farther_wish_counts_and_neither_undoes_the_other(bench: Bench) -> None:
    bench.ruled(Want.ARMED, "v1")
    assert [wish.want for wish in bench.patch("open")] == [Want.OPEN]
    assert bench.ruled(Want.NOTHING) != []  # v1 is gone from the list of holders
    (wish,) = bench.patch("nothing")
    assert wish.want is Want.NOTHING

    bench.patch("open")
    bench.ruled(Want.OPEN, "v1")
    assert bench.patch("nothing") == []  # the vehicle still holds it


def test_a_rule_that_is_unknown_is_nothing_to_it(bench: Bench) -> None:
    assert bench.book.trigger(PatchTrigger("nowhere", "open", WALL + 9, WALL, WALL, "cad"), 0.0) == []


def test_a_zone_is_told_of_those_whom_other_systems_put_there_and_of_the_joint_want(bench: Bench) -> None:
    bench.ruled(Want.ARMED, "v1")
    bench.zone(True, "v2")
    (zone,) = bench.book.zones(0.0)
    assert (zone.vehicles, zone.rules) == (("v2", "v2"), (ZoneRule("liege", "open"),))


wants = st.sampled_from(list(Want))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("ruled"), wants, st.sampled_from([("v1",), ("v1", "v2"), ()])),
        st.tuples(st.just("zone"), st.booleans(), st.sampled_from(["v1", "v2"])),
        st.tuples(st.just("patch"), wants, st.sampled_from([5.0, 50.0])),
        st.tuples(st.just("wait"), st.sampled_from([1.0, 30.0, 200.0]), st.just(None)),
    ),
    max_size=30,
)


@given(steps)
def test_whatever_comes_each_wish_is_news_and_in_the_end_only_the_rules_count(events) -> None:
    bench, now, told = Bench(), 0.0, {}
    last_ruled = Want.NOTHING
    do: dict[str, Callable[..., list[Wish]]] = {
        "zone": lambda inside, vehicle: bench.zone(inside, vehicle, now),
        "patch": lambda want, seconds: bench.patch(want.value, for_s=seconds, now=now),
        "wait": lambda *_: bench.book.tick(now),
    }
    for kind, first, second in [*events, ("wait", 8000.0, None)]:
        if kind == "wait":
            now += first
        if kind == "ruled":
            last_ruled = first
            wishes = bench.ruled(first, *second, now=now)
        else:
            wishes = do[kind](first, second)
            assert all(told.get(wish.rule) != (wish.want, wish.vehicles) for wish in wishes)
        told |= {wish.rule: (wish.want, wish.vehicles) for wish in wishes}
    assert told.get("liege", (Want.NOTHING, ()))[0] is last_ruled
