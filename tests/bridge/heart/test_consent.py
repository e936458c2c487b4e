"""Two-party consent: where a network wants to be asked, a patch waits, visible, until one of its owners accepts."""

from dataclasses import replace

import pytest
from tests.bridge.heart.box import NETWORKS, Box, make_box
from tests.bridge.heart.test_commands import order

from crosspatch.commands import Consent, Hold, Open
from crosspatch.orders import BeginOver
from crosspatch.plan import Limits
from crosspatch.wish import Want
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import OverStarted


def box_asking(policy: str, **limits: float) -> Box:
    """ASTRID wants to be asked; its owner is astrid-control."""
    astrid = replace(NETWORKS["astrid"], consent=policy, owners=("astrid-control",))
    box = make_box(networks={**NETWORKS, "astrid": astrid}, limits=Limits(**limits))
    box.fit()
    return box


def accept(box: Box, by: str = "astrid-control", *, agreed: bool = True) -> str:
    return order(box, Consent("astrid", agreed), by=by, why="as agreed")


@pytest.mark.parametrize("policy", ["by-hand", "always"])
def test_a_patch_opened_by_hand_waits_as_proposed_until_it_is_accepted(policy: str) -> None:
    box = box_asking(policy)
    order(box, Open(600.0))
    patch = box.patch()
    assert (patch.state, patch.consents) == ("proposed", {"astrid": ""})
    assert patch.reason == "opened by jansen: a pursuit; it waits for the consent of astrid"
    assert accept(box) == ""
    assert (box.patch().state, box.patch().consents) == ("up", {"astrid": "astrid-control"})
    assert box.records("command")[-1] == "astrid-control accepts for astrid, patch border: as agreed"


def test_what_a_rule_wants_waits_only_where_that_is_always_asked() -> None:
    for policy, state in (("by-hand", "up"), ("always", "proposed")):
        box = box_asking(policy)
        box.wish(Want.OPEN)
        box.answer_selections()
        assert box.patch().state == state


def test_what_was_said_before_the_consent_does_not_cross() -> None:
    box = box_asking("always")
    box.wish(Want.OPEN)
    box.answer_selections()
    box.talk("r-nl")
    box.wait(1.0)
    assert box.orders(BeginOver) == []
    accept(box)
    assert [source for _, source, _ in box.begun()] == ["r-nl"]
    assert box.overs()[-1].reason == "begun late: up to 800 ms were spoken before what is played"


def test_nobody_accepts_for_a_network_but_its_owners() -> None:
    box = box_asking("always")
    box.wish(Want.OPEN)
    assert accept(box, "jansen") == "jansen does not speak for astrid; who does: astrid-control"
    assert order(box, Consent("c2000", True)) == "patch border does not wait for 'c2000'; asked are: astrid"
    assert box.patch().state == "proposed"
    accept(box)
    assert accept(box) == "astrid-control has accepted for astrid already"


def test_an_owner_who_opens_has_accepted() -> None:
    box = box_asking("always")
    order(box, Open(600.0), by="astrid-control")
    assert box.patch().state == "up"


def test_a_refused_patch_goes_down_and_its_rule_has_to_ask_anew() -> None:
    box = box_asking("always")
    box.wish(Want.OPEN)
    accept(box, agreed=False)
    assert (box.patch().state, box.patch().reason) == ("down", "refused for astrid by astrid-control: as agreed")
    box.wish(Want.NOTHING)
    box.wish(Want.OPEN)
    assert (box.patch().state, box.patch().consents) == ("proposed", {"astrid": ""})


def test_an_owner_may_take_his_word_back() -> None:
    box = box_asking("always")
    box.wish(Want.OPEN)
    accept(box)
    box.answer_selections()
    assert box.patch().state == "up"
    accept(box, agreed=False)
    assert box.patch().state == "down"


def test_without_an_answer_it_is_let_go_of_in_time() -> None:
    box = box_asking("by-hand", consent_s=30.0)
    order(box, Open(600.0))
    box.wait(29.9)
    assert box.patch().state == "proposed"
    box.wait(0.2)
    assert (box.patch().state, box.patch().reason) == ("down", "nobody accepted it for astrid within 30 s")
    assert box.count("patches without consent") == 1


def test_a_held_patch_asks_at_once_and_stays_up_meanwhile() -> None:
    box = box_asking("by-hand", consent_s=30.0)
    box.wish(Want.OPEN)
    box.answer_selections()
    order(box, Hold(600.0))
    assert (box.patch().state, box.patch().consents) == ("up", {"astrid": ""})
    box.wait(31.0)
    assert (box.patch().state, box.patch().owner) == ("up", "rule border")


def test_an_accepted_patch_is_kept_when_its_rule_lets_go() -> None:
    box = box_asking("by-hand")
    box.wish(Want.OPEN)
    box.answer_selections()
    order(box, Hold(600.0))
    accept(box)
    box.wish(Want.NOTHING)
    assert box.patch().state == "up"


def test_without_consent_a_running_over_may_finish_and_no_other_begins() -> None:
    box = box_asking("by-hand")
    box.wish(Want.OPEN)
    box.answer_selections()
    order(box, Hold(600.0))
    box.talk("r-nl")
    box.grant("r-be")
    box.wish(Want.NOTHING)
    assert box.patch().state == "up"
    box.stop("r-nl")
    box.drain("r-be")
    box.wait(1.0)
    assert box.patch().state == "proposed"
    box.say("r-nl", OverStarted(Identity(204, 1, 7), 0))
    assert len(box.begun()) == 1


def test_force_does_not_do_without_consent() -> None:
    box = box_asking("by-hand")
    order(box, Open(600.0, force=True))
    assert box.patch().state == "proposed"
