"""What people command by hand: done at once and written down with who and why, or refused with one clear sentence."""

import pytest
from tests.bridge.heart.box import THREE, Box, MakeBox, make_box

from crosspatch.commands import Close, Command, Extend, Hold, LegMode, Open, SetLeg, What
from crosspatch.orders import BeginOver, JoinOver
from crosspatch.plan import Limits, Rule, Talkgroup
from crosspatch.snapshot import PatchView
from crosspatch.wish import Want
from crosspatch_drivers.radio.base import Unfit, Unkey

NAME_WORDS = "a patch's name has lower-case letters, digits and hyphens, 64 at most"
TWO_RULES = {"border": ("nl", "be"), "other": ("be", "lu")}


def order(box: Box, what: What, patch: str = "border", by: str = "jansen", why: str = "a pursuit") -> str:
    """Why it was refused; empty when it was done."""
    command = Command(patch, what, by, why)
    refusal = box.heart.refusal(command, box.now)
    box.event(command)
    if not refusal:
        box.answer_selections()
    return refusal


def patches(box: Box) -> dict[str, PatchView]:
    return {patch.id: patch for patch in box.heart.snapshot(box.now).patches}


@pytest.fixture
def box() -> Box:
    box = make_box()
    box.fit()
    return box


@pytest.fixture
def up() -> Box:
    box = make_box(THREE)
    box.up()
    box.forget()
    return box


def test_a_patch_that_is_opened_goes_up_and_says_who_and_why(box: Box) -> None:
    assert order(box, Open(600.0)) == ""
    patch = box.patch()
    assert (patch.state, patch.reason) == ("up", "opened by jansen: a pursuit")
    assert (patch.owner, patch.authority, patch.expires_in_s) == ("jansen", "box", 600.0)
    assert box.records("command") == ["jansen opens for 600 s, patch border: a pursuit"]


def test_who_commands_over_mqtt_is_told_from_who_does_at_the_box(box: Box) -> None:
    box.event(Command("border", Open(600.0), "dispatch-1", "a pursuit", "mqtt"))
    assert (box.patch().owner, box.patch().authority) == ("dispatch-1", "mqtt")
    assert box.records("command") == ["dispatch-1 (over MQTT) opens for 600 s, patch border: a pursuit"]


def test_a_patch_opened_by_hand_expires_at_its_time(box: Box) -> None:
    order(box, Open(60.0))
    box.wait(59.9)
    assert box.patch().state == "up"
    box.wait(0.2)
    assert (box.patch().state, box.patch().reason) == ("down", "opened by jansen: a pursuit; its time is over")


def test_it_stays_up_when_its_rule_wants_it_by_then(box: Box) -> None:
    order(box, Open(60.0))
    box.wish(Want.OPEN)
    box.wait(61.0)
    assert (box.patch().state, box.patch().owner) == ("up", "rule border")
    box.wish(Want.NOTHING, reason="v1 has left")
    assert (box.patch().state, box.patch().reason) == ("down", "v1 has left")


def test_extended_by_hand_it_expires_later_and_not_too_late(make_box: MakeBox) -> None:
    box = make_box(limits=Limits(by_hand_s=100.0))
    box.fit()
    order(box, Open(60.0))
    assert order(box, Extend(41.0)) == "41 s is too long: at most 100 s from now (by_hand_s) (60 s are left)"
    assert order(box, Extend(40.0)) == ""
    box.wait(99.9)
    assert box.patch().state == "up"
    box.wait(0.2)
    assert box.patch().state == "down"


def test_what_a_rule_opened_may_be_extended_too(make_box: MakeBox) -> None:
    box = make_box(rule=Rule(id="short", talkgroups=("nl", "lu"), max_s=30.0))
    box.fit()
    box.wish(Want.OPEN, "short")
    box.answer_selections()
    order(box, Extend(20.0), "short")
    box.wait(49.9)
    assert box.patch("short").state == "up"
    box.wait(0.2)
    assert box.patch("short").reason == "expired 50 s after it came up; it comes back when it is asked for anew"


def test_a_closed_patch_comes_back_only_when_its_rule_asks_anew(up: Box) -> None:
    assert order(up, Close(), why="the pursuit is over") == ""
    assert (up.patch().state, up.patch().reason) == ("down", "closed by jansen: the pursuit is over")
    up.wish(Want.OPEN, reason="v2 is near, too")
    assert up.patch().state == "down"
    up.wish(Want.NOTHING)
    up.wish(Want.OPEN)
    up.answer_selections()
    assert up.patch().state == "up"


def test_a_closed_patch_lets_the_running_over_finish(up: Box) -> None:
    up.talk("r-nl")
    up.grant("r-be", "r-lu")
    order(up, Close())
    assert up.patch().state == "parting"
    up.stop("r-nl")
    up.drain("r-be", "r-lu")
    assert up.patch().state == "down"
    assert up.outcomes() == {"be": "delivered", "lu": "delivered"}


def test_a_held_patch_stays_though_its_rule_lets_go(up: Box) -> None:
    assert order(up, Hold(300.0), why="they come back") == ""
    up.wish(Want.NOTHING, reason="v1 has left")
    assert (up.patch().state, up.patch().reason) == ("up", "held by jansen: they come back")
    up.wait(300.1)
    assert up.patch().state == "down"


def test_a_patch_without_a_rule_is_made_and_gone_when_it_is_down(box: Box) -> None:
    assert order(box, Open(60.0, ("nl", "be", "lu")), "incident-7") == ""
    assert patches(box)["incident-7"].state == "up"
    box.talk("r-nl")
    assert [(over, source) for over, source, _ in box.begun()] == [(1, "r-nl")]
    box.grant("r-be", "r-lu")
    assert order(box, Close(), "incident-7") == ""
    box.stop("r-nl")
    box.drain("r-be", "r-lu")
    assert set(patches(box)) == {"border"}
    assert order(box, Open(60.0, ("nl", "be")), "incident-7") == ""
    assert patches(box)["incident-7"].state == "up"


def test_a_second_wish_for_a_talkgroup_is_refused_and_names_the_first(make_box: MakeBox) -> None:
    box = make_box(TWO_RULES)
    box.up()
    assert order(box, Open(60.0), "other") == (
        "talkgroup be is in patch border (v1 is near the border): close that, or force this"
    )
    assert box.patch("other").state == "down"


def test_force_closes_what_is_in_the_way_and_says_for_whom(make_box: MakeBox) -> None:
    box = make_box(TWO_RULES)
    box.up()
    box.talk("r-nl")
    box.grant("r-be")
    assert order(box, Open(60.0, force=True), "other") == ""
    assert box.patch().reason == "closed for patch other, which jansen forces: a pursuit"
    assert Unkey() in box.told("r-be")
    box.drain("r-be")
    box.answer_selections()
    box.wait(0.1)
    assert box.patch("other").state == "up"


def test_a_patch_made_by_hand_takes_all_it_waits_for_with_it(make_box: MakeBox) -> None:
    """One of its radios asks for the channel still when it is closed; another radio that could do it is free."""
    box = make_box({"border": ("nl", "be")}, radios={"r-nl": "c2000", "r-be": "astrid", "r-be-2": "astrid"})
    box.fit()
    assert order(box, Open(60.0, ("nl", "be")), "incident-7") == ""
    box.talk("r-nl")
    assert order(box, Open(60.0, force=True)) == ""
    assert set(patches(box)) == {"border"}
    assert [(record.over, record.ended_s is not None) for record in box.overs()] == [(1, True)]
    box.wait(20.0)
    assert box.overs()[-1].legs[0].outcome == "lost"


def test_a_forced_patch_gets_radios_before_those_of_rules(make_box: MakeBox) -> None:
    rules = {"border": ("nl", "be"), "other": ("nl-2", "lu")}
    box = make_box(rules, priorities={"border": 9})
    box.up()
    assert order(box, Open(60.0, force=True), "other") == ""
    box.wait(0.1)
    assert box.patch("other").state == "up"
    assert box.leg("nl").reason.startswith("its radio was taken for patch other")


@pytest.mark.parametrize("mode", [LegMode.LISTEN, LegMode.MUTED])
def test_a_leg_that_must_not_be_heard_is_not_until_it_is_an_emergency(up: Box, mode: LegMode) -> None:
    assert order(up, SetLeg("nl", mode), why="an open microphone") == ""
    assert (up.leg("nl").mode, up.leg("nl").mode_reason) == (mode.value, f"{mode.value} by jansen: an open microphone")
    up.talk("r-nl")
    assert up.orders(BeginOver) == []
    up.talk("r-nl", priority=3)
    assert [source for _, source, _ in up.begun()] == ["r-nl"]


def test_a_listen_only_leg_hears_the_others(up: Box) -> None:
    order(up, SetLeg("nl", LegMode.LISTEN))
    up.talk("r-be")
    assert up.begun() == [(1, "r-be", ("r-nl", "r-lu"))]


def test_a_leg_that_its_rule_lets_only_listen_does_so_again_after_a_person_changed_it_and_the_patch_was_down() -> None:
    rule = Rule(id="guests", talkgroups=("nl", "be"), listen_only=("be",))
    box = make_box({}, rule=rule)
    box.up("guests")
    leg = box.leg("be", "guests")
    assert (leg.mode, leg.mode_reason) == ("listen-only", "listen-only by its rule")
    box.talk("r-be")
    assert box.begun() == []
    box.stop("r-be")
    assert order(box, SetLeg("be", LegMode.BOTH), patch="guests") == ""
    box.talk("r-be")
    assert [source for _, source, _ in box.begun()] == ["r-be"]
    box.stop("r-be")
    box.wish(Want.NOTHING, "guests")
    box.wait(60.0)
    assert box.patch("guests").state == "down"
    box.wish(Want.OPEN, "guests")
    assert box.leg("be", "guests").mode == "listen-only"


def test_a_muted_leg_hears_nobody_but_an_emergency(up: Box) -> None:
    order(up, SetLeg("nl", LegMode.MUTED))
    up.talk("r-be")
    assert up.begun() == [(1, "r-be", ("r-lu",))]
    up.talk("r-be", priority=3)
    assert up.begun() == [(1, "r-be", ("r-lu", "r-nl"))]


def test_muting_ends_what_crosses_the_leg(up: Box) -> None:
    up.talk("r-be")
    up.grant("r-nl", "r-lu")
    order(up, SetLeg("nl", LegMode.MUTED))
    assert up.keyings("r-nl")[-1] == Unkey()
    assert up.outcomes() == {"nl": "released", "lu": "running"}
    order(up, SetLeg("be", LegMode.LISTEN))
    assert up.overs()[-1].reason == "be is listen-only by jansen: a pursuit"


def test_a_leg_that_is_joined_again_hears_nothing_from_before(up: Box) -> None:
    order(up, SetLeg("nl", LegMode.MUTED))
    up.talk("r-be")
    up.wait(5.0)
    order(up, SetLeg("nl", LegMode.BOTH))
    assert up.orders(JoinOver)[-1] == JoinOver(1, ("r-nl",), 0.0)


def test_modes_end_with_the_patch(up: Box) -> None:
    order(up, SetLeg("nl", LegMode.MUTED))
    up.wish(Want.NOTHING)
    up.wish(Want.OPEN)
    assert up.leg("nl").mode == "both"


@pytest.mark.parametrize(
    ("patch", "what", "refusal"),
    [
        ("bord", Close(), "no such patch: 'bord'; there is: border"),
        ("bord", Open(60.0), "no such patch: 'bord'; there is: border; or name the talkgroups to make one of"),
        ("A b", Open(60.0, ("nl", "be")), f"{NAME_WORDS}: not 'A b'"),
        ("new", Open(60.0, ("nl", "bx")), "no such talkgroup: 'bx'; there are: nl, nl-2, nl-3, be, be-2, lu"),
        ("new", Open(60.0, ("nl",)), "a patch has two to 8 talkgroups, each once: not nl"),
        ("new", Open(60.0, ("nl", "nl")), "a patch has two to 8 talkgroups, each once: not nl, nl"),
        ("new", Open(60.0, ("nl", "nl-2")), "the site has 1 radio of c2000, and 2 legs need one each"),
        ("border", Open(60.0, ("nl", "lu")), "patch border is there already, of nl, be, lu"),
        ("border", Open(0.0), "a time must be more than 0 s, not 0"),
        ("border", Open(float("nan")), "a time must be more than 0 s, not nan"),
        ("border", Open(43201.0), "43201 s is too long: at most 43200 s from now (by_hand_s)"),
        ("border", Hold(60.0), "patch border is down, there is nothing to hold: open it"),
        ("border", Extend(60.0), "patch border is down, there is nothing to extend: open it"),
        ("border", Close(), "patch border is down already"),
        ("border", SetLeg("nl", LegMode.MUTED), "patch border is down: there is nothing to set"),
        ("border", SetLeg("xx", LegMode.MUTED), "patch border has no leg 'xx'; its legs are nl, be, lu"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_changes_nothing(make_box, patch: str, what: What, refusal: str) -> None:
    box = make_box(THREE)
    box.fit()
    before = box.heart.snapshot(box.now).patches
    assert order(box, what, patch) == refusal
    assert box.heart.snapshot(box.now).patches == before
    assert box.records("refusal")[0].startswith(f"refused ({refusal}): jansen ")


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        (Open(60.0), "patch border is opened by jansen: a pursuit, for 600 s more: extend it"),
        (Hold(60.0), "patch border is opened by jansen: a pursuit: extend it"),
        (SetLeg("nl", LegMode.BOTH), "nl is both already"),
    ],
)
def test_what_is_the_case_already_is_said(box: Box, what: What, refusal: str) -> None:
    order(box, Open(600.0))
    assert order(box, what) == refusal


def test_who_and_why_are_mandatory(box: Box) -> None:
    assert order(box, Open(60.0), by=" ") == "by is missing: who commands it"
    assert order(box, Open(60.0), why="") == "why is missing: the reason"
    assert order(box, Open(60.0), why="x" * 201) == "why has more than 200 letters"
    assert box.patch().state == "down"


def test_what_must_never_be_joined_is_not_by_hand_either(make_box: MakeBox) -> None:
    groups = {
        "nl": Talkgroup(id="nl", network="c2000", gssi=2001, never_with=("be",)),
        "be": Talkgroup(id="be", network="astrid", gssi=3001),
        "lu": Talkgroup(id="lu", network="renita", gssi=4001),
    }
    box = make_box({"border": ("nl", "lu")}, talkgroups=groups)
    assert order(box, Open(60.0, ("be", "nl"), force=True), "new") == "be and nl must never be joined (never_with)"


def test_an_over_may_be_doubted_when_its_patch_is_gone_already(box: Box) -> None:
    order(box, Open(60.0, ("nl", "be")), "incident-7")
    box.talk("r-nl")
    box.grant("r-be")
    box.wait(2.0)
    box.stop("r-nl")
    box.drain("r-be")
    order(box, Close(), "incident-7")
    assert "incident-7" not in patches(box)
    box.say("r-be", Unfit("the radio has restarted"))
    assert [leg.outcome for leg in box.overs()[-1].legs] == ["doubtful"]


def test_patches_made_by_hand_are_bounded(make_box: MakeBox) -> None:
    groups = {
        f"{side}-{number}": Talkgroup(id=f"{side}-{number}", network=network, gssi=1000 + number)
        for number in range(65)
        for side, network in (("nl", "c2000"), ("be", "astrid"))
    }
    box = make_box({}, talkgroups=groups)
    made = [order(box, Open(60.0, (f"nl-{number}", f"be-{number}")), f"p-{number}") for number in range(65)]
    assert made == [""] * 64 + ["there are 64 patches made by hand already"]


def test_a_gateway_that_stops_obeys_nobody(box: Box) -> None:
    box.heart.shutdown(box.now)
    assert order(box, Open(60.0)) == "the gateway stops"
    assert box.patch().state == "down"


def test_a_patch_that_has_a_talkgroup_says_who_else_wants_it(make_box: MakeBox) -> None:
    box = make_box(TWO_RULES)
    box.up()
    box.wish(Want.OPEN, "other")
    assert box.patch().refused == ("other",)
    assert "- patch other wants its talkgroups, too, and is refused" in [
        f"{'+' if fact.holds else '-'} {fact.text}" for fact in box.heart.why("border", box.now)
    ]
    box.wish(Want.NOTHING, "other")
    assert box.patch().refused == ()
