"""Complaint 8: the talker's identity is lost across the patch."""

from dataclasses import replace

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import TalkerKnown


def test_who_speaks_is_known_in_full_while_he_speaks_and_afterwards(make_box) -> None:
    networks = make_box().plan.networks
    networks = networks | {"c2000": replace(networks["c2000"], aliases={501: "Unit 12.01"})}
    box = make_box(networks=networks)
    box.up()
    box.talk("r-nl", 501)
    assert (box.patch().talker, box.patch().talker_alias, box.patch().talking_leg) == (
        "204-00001-501",
        "Unit 12.01",
        "nl",
    )
    box.grant("r-be")
    box.stop("r-nl")
    box.drain("r-be")
    assert (box.overs()[0].talker, box.overs()[0].talker_alias) == ("204-00001-501", "Unit 12.01")


def test_an_identity_that_comes_late_is_not_lost(box) -> None:
    box.talk("r-nl", None)
    box.grant("r-be")
    box.say("r-nl", TalkerKnown(Identity(204, 1, 501)))
    box.stop("r-nl")
    box.drain("r-be")
    assert box.overs()[0].talker == "204-00001-501"


def test_equal_numbers_of_two_networks_are_two_people(box) -> None:
    box.talk("r-nl", 501)
    box.stop("r-nl")
    box.grant("r-be")
    box.drain("r-be")
    box.wait(0.5)
    box.talk("r-be", 501)
    assert [over.talker for over in box.overs()] == ["204-00001-501", "206-00001-501"]
