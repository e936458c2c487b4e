"""A patch takes a free talkgroup from its pool, never one that another has, and gives it back."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bridge.heart import box as boxes
from tests.bridge.heart.box import Box

from crosspatch.orders import Record, TellRadio
from crosspatch.plan import Rule
from crosspatch.rules.facts import about_patch
from crosspatch.wish import Want
from crosspatch_drivers.radio.base import SelectTalkgroup

RADIOS = {f"r-{network}-{number}": network for network in ("c2000", "astrid") for number in range(3)}
POOL = ("be", "be-2")


def pooled(*fixed: tuple[str, ...]) -> Box:
    """A rule for each, with its own talkgroups and the pool."""
    rules = {f"rule-{number}": names for number, names in enumerate(fixed)}
    plan = boxes.make_plan(rules, RADIOS, limits=boxes.LIMITS, voice=(), rule=None, priorities={}, also={})
    wanted = {name: replace(rule, pool=POOL) for name, rule in plan.rules.items()}
    box = Box(replace(plan, rules=wanted))
    box.fit()
    return box


def groups(box: Box, rule: str) -> list[str]:
    return [leg.talkgroup for leg in box.patch(rule).legs]


def test_each_patch_takes_another_one_and_says_which() -> None:
    box = pooled(("nl",), ("nl-2",))
    for rule in ("rule-0", "rule-1"):
        box.wish(Want.OPEN, rule)
        box.answer_selections()
        assert box.patch(rule).state == "up"
    assert (groups(box, "rule-0"), groups(box, "rule-1")) == (["nl", "be"], ["nl-2", "be-2"])
    told = [order.order for _, order in box.log if isinstance(order, TellRadio)]
    assert {3001, 3002} <= {what.gssi for what in told if isinstance(what, SelectTalkgroup)}
    texts = [order.text for _, order in box.log if isinstance(order, Record)]
    assert "patch rule-1 takes be-2 from its pool" in texts
    assert any("be-2 (of its pool be, be-2) on" in fact.text for fact in about_patch(box.patch("rule-1")))


def test_where_none_is_free_it_fails_says_who_has_them_and_takes_the_first_that_is_given_back() -> None:
    box = pooled(("nl",), ("nl-2",), ("nl-3",))
    for rule in ("rule-0", "rule-1", "rule-2"):
        box.wish(Want.OPEN, rule)
        box.answer_selections()
    assert box.patch("rule-2").state == "failed"
    assert box.patch("rule-2").reason == (
        "no talkgroup of its pool is free: be is in patch rule-0, be-2 is in patch rule-1"
    )
    assert box.patch("rule-0").refused == box.patch("rule-1").refused == ("rule-2",)
    box.wish(Want.NOTHING, "rule-1")
    box.answer_selections()
    box.wait(0.1)
    assert (box.patch("rule-2").state, groups(box, "rule-2")) == ("up", ["nl-3", "be-2"])
    assert box.patch("rule-0").refused == ()


def test_a_talkgroup_that_is_somebodys_own_is_not_taken_from_him() -> None:
    own = {"own": ("nl", "be")}
    plan = boxes.make_plan(own, RADIOS, limits=boxes.LIMITS, voice=(), rule=None, priorities={}, also={})
    guest = Rule(id="guest", talkgroups=("nl-2",), pool=POOL, always=True)
    box = Box(replace(plan, rules={**plan.rules, "guest": guest}))
    box.fit()
    box.wish(Want.OPEN, "own")
    box.wish(Want.OPEN, "guest")
    box.answer_selections()
    assert (groups(box, "own"), groups(box, "guest")) == (["nl", "be"], ["nl-2", "be-2"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(list(Want))), max_size=15))
def test_no_talkgroup_is_ever_in_two_patches(steps) -> None:
    box = pooled(("nl",), ("nl-2",), ("nl-3",))
    for number, want in steps:
        box.wish(want, f"rule-{number}")
        box.answer_selections()
        held = [
            leg.talkgroup
            for rule in box.plan.rules
            for leg in box.patch(rule).legs
            if box.patch(rule).state in ("armed", "up", "proposed", "parting")
        ]
        assert len(held) == len(set(held))
