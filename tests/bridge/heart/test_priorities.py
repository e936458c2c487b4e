"""Who goes before whom: pre-emption, emergencies, and how far a network lets the talkers of another one go."""

from dataclasses import replace

from crosspatch.orders import BeginOver
from crosspatch.plan import Network
from crosspatch_drivers.radio.base import EndReason, Key, TransmitEnded, Unkey

THREE = {"border": ("nl", "be", "lu")}


def capped(networks: dict[str, Network], network: str, **caps) -> dict[str, Network]:
    return networks | {network: replace(networks[network], **caps)}


def test_a_pre_emptive_talker_takes_the_floor_and_the_journal_tells_who_lost_it(three) -> None:
    three.talk("r-nl", priority=1)
    three.grant("r-be", "r-lu")
    three.wait(1.0)
    three.say("r-be", TransmitEnded(EndReason.PREEMPTED))
    three.talk("r-be", 777, priority=2)
    assert three.begun() == [(1, "r-nl", ("r-be", "r-lu")), (2, "r-be", ("r-nl", "r-lu"))]
    assert three.overs()[0].reason == "pre-empted by a higher priority on be"
    assert three.outcomes(0) == {"be": "pre-empted", "lu": "pre-empted"}
    assert three.count("overs not delivered to everybody") == 1


def test_a_high_priority_does_not_interrupt(three) -> None:
    three.talk("r-nl", priority=0)
    three.talk("r-be", 777, priority=1)
    assert len(three.begun()) == 1
    assert three.patch().waiting == ("206-00001-777",)


def test_a_pre_emptive_talker_lets_recorded_words_be_played_first(three) -> None:
    three.talk("r-nl")
    three.grant("r-be", "r-lu")
    three.stop("r-nl")
    three.talk("r-nl", 502, priority=2)
    assert len(three.begun()) == 1
    three.drain("r-be", "r-lu", over=1)
    three.wait(0.02)
    assert three.outcomes(0) == {"be": "delivered", "lu": "delivered"}
    assert three.begun()[-1] == (2, "r-nl", ("r-be", "r-lu"))


def test_those_who_wait_are_served_by_priority_then_by_age(three) -> None:
    three.talk("r-nl")
    three.talk("r-be", 777)
    three.wait(0.1)
    three.stop("r-be")
    three.talk("r-lu", 888, priority=1)
    three.wait(0.1)
    three.stop("r-lu")
    assert three.patch().waiting == ("206-00001-777", "270-00001-888")
    three.grant("r-be", "r-lu")
    three.stop("r-nl")
    three.drain("r-be", "r-lu", over=1)
    three.wait(0.4)
    assert [over for over, _, _ in three.begun()] == [1, 3]


def test_a_network_may_forbid_foreign_talkers_to_interrupt_its_own(make_box) -> None:
    box = make_box(THREE)
    box = make_box(THREE, networks=capped(box.plan.networks, "renita", foreign_priority=1))
    box.up()
    box.talk("r-lu", 31)
    box.talk("r-nl", 112, priority=3)
    assert len(box.begun()) == 1
    box.grant("r-be")
    box.stop("r-lu")
    box.drain("r-be", over=1)
    box.wait(0.4)
    assert box.begun()[-1] == (2, "r-nl", ("r-be", "r-lu"))  # between overs he is first in line
    assert Key(3) in box.keyings("r-be")
    assert Key(3) not in box.keyings("r-lu")


def test_an_emergency_passes_within_the_cap_of_each_network_it_goes_to(make_box) -> None:
    box = make_box(THREE)
    caps = {"foreign_priority": 3, "foreign_priorities": {"c2000": 2}}
    box = make_box(THREE, networks=capped(box.plan.networks, "renita", **caps))
    box.up()
    box.talk("r-nl", 112, priority=3)
    assert ([Key(3)], [Key(2)]) == (box.keyings("r-be"), box.keyings("r-lu"))


def test_a_cap_is_for_one_direction(make_box) -> None:
    box = make_box(THREE)
    box = make_box(THREE, networks=capped(box.plan.networks, "renita", foreign_priority=0))
    box.up()
    box.talk("r-nl")
    box.talk("r-lu", 31, priority=3)
    assert box.begun()[-1] == (2, "r-lu", ("r-nl", "r-be"))
    box.say("r-be", TransmitEnded(EndReason.RELEASED))
    assert [Key(1), Unkey(), Key(3)] == box.keyings("r-be")
    assert [Key(0), Unkey()] == box.keyings("r-lu")


def test_talkers_of_one_network_are_no_foreigners_to_each_other(make_box) -> None:
    box = make_box({"border": ("nl", "nl-2")}, {"a": "c2000", "b": "c2000"})
    box = make_box(
        {"border": ("nl", "nl-2")},
        {"a": "c2000", "b": "c2000"},
        networks=capped(box.plan.networks, "c2000", foreign_priority=0),
    )
    box.up()
    box.talk("a", 501)
    box.talk("b", 502, priority=3)
    assert [order.over for order in box.orders(BeginOver)] == [1, 2]
    assert box.begun()[-1] == (2, "b", ("a",))
