"""After a restart what still has its cause comes back, with the owner, reason and expiry it had; the rest does not."""

import msgspec
import pytest
from tests.bridge.heart.box import THREE, Box, make_box
from tests.bridge.heart.test_commands import order, patches
from tests.bridge.heart.test_consent import accept, box_asking

from crosspatch.commands import Close, LegMode, Open, SetLeg
from crosspatch.events import EchoHeard
from crosspatch.heart import Heart
from crosspatch.kept import Kept
from crosspatch.orders import BeginOver, TellRadio
from crosspatch.plan import Rule
from crosspatch.wish import Want, Wish
from crosspatch_drivers.radio.base import Key


def restarted(box: Box, away_s: float = 2.0, shift: float = 0.0, rules: tuple[Wish, ...] = ()) -> Box:
    """The same box with a new heart that was given what the old one wanted kept; ``rules`` is what they want now."""
    kept = msgspec.json.decode(msgspec.json.encode(box.heart.kept()), type=Kept)
    anew = Box(box.plan)
    anew.heart = Heart(anew.plan, anew.rules)
    anew.now = box.now + away_s + shift
    anew.rules.next = list(rules)
    anew.keep(anew.heart.restore(kept, shift, anew.now))
    anew.fit()
    anew.answer_selections()
    return anew


WISH = Wish("border", Want.OPEN, ("v1",), "v1 is near the border")


@pytest.mark.parametrize("shift", [0.0, -5000.0], ids=["same boot", "another boot"])
def test_a_patch_opened_by_hand_comes_back_with_its_owner_reason_and_expiry(shift: float) -> None:
    box = make_box()
    box.fit()
    order(box, Open(600.0))
    box.wait(100.0)
    anew = restarted(box, 20.0, shift)
    patch = anew.patch()
    assert (patch.state, patch.reason, patch.owner) == ("up", "opened by jansen: a pursuit", "jansen")
    assert patch.expires_in_s == pytest.approx(480.0)
    assert anew.records("patch")[0] == (
        "patch border is brought back after a restart, as jansen wants it: opened by jansen: a pursuit"
    )
    anew.wait(480.1)
    assert anew.patch().state == "down"


def test_one_whose_time_is_over_meanwhile_does_not() -> None:
    box = make_box()
    box.fit()
    order(box, Open(600.0))
    anew = restarted(box, 601.0)
    assert anew.patch().state == "down"
    assert anew.records("patch") == ["patch border is not brought back: what jansen wanted is over"]


def test_one_that_no_rule_has_comes_back_too() -> None:
    box = make_box()
    box.fit()
    order(box, Open(600.0, ("nl", "be", "lu")), "incident-7")
    anew = restarted(box)
    assert patches(anew)["incident-7"].state == "up"
    assert [leg.talkgroup for leg in patches(anew)["incident-7"].legs] == ["nl", "be", "lu"]


def test_one_whose_talkgroups_the_site_does_not_have_any_more_does_not() -> None:
    box = make_box()
    order(box, Open(600.0, ("nl", "be-2")), "incident-7")
    kept = box.heart.kept()
    anew = make_box(talkgroups={name: group for name, group in box.plan.talkgroups.items() if name != "be-2"})
    anew.keep(anew.heart.restore(kept, 0.0, anew.now))
    assert set(patches(anew)) == {"border"}
    assert anew.records("patch")[0].startswith("patch incident-7 is not brought back: no such talkgroup: 'be-2'")


def test_what_a_rule_wants_comes_back_only_if_it_still_does() -> None:
    box = make_box(rule=Rule(id="border", talkgroups=("nl", "be"), max_s=600.0))
    box.up()
    box.wait(100.0)
    anew = restarted(box, rules=(WISH,))
    assert (anew.patch().state, anew.patch().reason) == ("up", "v1 is near the border")
    assert anew.patch().expires_in_s == pytest.approx(498.0)
    gone = restarted(box)
    assert gone.patch().state == "down"
    assert gone.records("patch") == ["patch border is not brought back: its rule does not want it any more"]


def test_a_patch_that_was_closed_by_hand_stays_closed_while_its_rule_wants_it() -> None:
    box = make_box()
    box.up()
    order(box, Close())
    anew = restarted(box, rules=(WISH,))
    assert anew.patch().state == "down"
    anew.wish(Want.NOTHING)
    anew.wish(Want.OPEN)
    anew.answer_selections()
    assert anew.patch().state == "up"


def test_muted_legs_stay_muted() -> None:
    box = make_box(THREE)
    box.up()
    order(box, SetLeg("nl", LegMode.MUTED), why="an open microphone")
    anew = restarted(box, rules=(WISH,))
    assert (anew.leg("nl").mode, anew.leg("nl").mode_reason) == ("muted", "muted by jansen: an open microphone")


def test_a_consent_that_was_given_holds_and_one_that_was_not_is_waited_for_no_longer_than_before() -> None:
    box = box_asking("always", consent_s=30.0)
    box.wish(Want.OPEN)
    box.wait(20.0)
    waiting = restarted(box, rules=(WISH,))
    assert (waiting.patch().state, waiting.patch().consents) == ("proposed", {"astrid": ""})
    waiting.wait(8.5)
    assert waiting.patch().state == "down"
    accept(box)
    anew = restarted(box, rules=(WISH,))
    assert (anew.patch().state, anew.patch().consents) == ("up", {"astrid": "astrid-control"})


def test_a_patch_that_was_broken_because_of_a_loop_stays_broken_for_its_time() -> None:
    box = make_box()
    box.up()
    box.event(EchoHeard("r-nl", "r-be", 300.0, 0.9))
    anew = restarted(box, rules=(WISH,))
    assert anew.patch().state == "failed"
    anew.wait(60.0)
    assert anew.patch().state == "up"


def test_no_transmitter_is_keyed_for_what_was_said_before() -> None:
    box = make_box()
    box.up()
    box.talk("r-nl")
    box.grant("r-be")
    anew = restarted(box, rules=(WISH,))
    assert anew.orders(BeginOver) == []
    assert [order for order in anew.orders(TellRadio) if isinstance(order.order, Key)] == []


def test_what_is_kept_is_the_same_as_long_as_nothing_changes() -> None:
    box = make_box()
    box.up()
    kept = box.heart.kept()
    box.wait(5.0)
    assert kept == box.heart.kept()
    box.talk("r-nl")
    assert kept == box.heart.kept()


def test_nothing_of_a_patch_that_is_down_is_kept() -> None:
    assert make_box().heart.kept() == Kept()


def test_who_was_faster_than_the_memory_keeps_his_word() -> None:
    box = make_box()
    order(box, Open(600.0))
    kept = box.heart.kept()
    anew = make_box()
    order(anew, Open(60.0), by="peeters")
    anew.keep(anew.heart.restore(kept, 0.0, anew.now))
    assert anew.patch().owner == "peeters"
