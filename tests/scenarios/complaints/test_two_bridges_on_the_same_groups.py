"""Complaint 4: two bridges on the same pair of groups loop and amplify each other."""

import pytest
from tests.bridge.heart.box import Box, box_up

from crosspatch.events import EchoHeard, ForeignIdentities
from crosspatch.orders import TellRadio
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import EndReason, Granted, Key, OverStarted, OwnIdentity, TransmitEnded

RADIOS = {
    1: {"r-nl": Identity(204, 1, 9001), "r-be": Identity(206, 1, 9001)},
    2: {"r-nl": Identity(204, 1, 9002), "r-be": Identity(206, 1, 9002)},
}


@pytest.fixture
def boxes() -> dict[int, Box]:
    """Two boxes that both patch the Dutch group to the Belgian one."""
    boxes = {1: box_up(), 2: box_up()}
    for number, box in boxes.items():
        for radio, identity in RADIOS[number].items():
            box.say(radio, OwnIdentity(identity))
    return boxes


def one_over(boxes: dict[int, Box]) -> None:
    """A Dutch officer speaks; box 1's Belgian radio is granted, box 2's denied and hears it instead."""
    for box in boxes.values():
        box.talk("r-nl", 501)
        box.wait(0.3)
    boxes[1].say("r-be", Granted())
    boxes[2].say("r-be", TransmitEnded(EndReason.DENIED))
    boxes[2].say("r-be", OverStarted(RADIOS[1]["r-be"]))


def test_boxes_that_know_each_other_forward_nothing_twice(boxes) -> None:
    for number, box in boxes.items():
        other = 3 - number
        box.event(ForeignIdentities(f"box-{other}", frozenset(RADIOS[other].values())))
    one_over(boxes)
    boxes[2].stop("r-nl")
    boxes[2].wait(30.0)
    assert [source for _, source, _ in boxes[2].begun()] == ["r-nl"]
    assert boxes[2].count("own overs not forwarded") == 1


def test_a_bridge_nobody_knows_is_found_by_ear_and_the_circle_is_broken_at_once(boxes) -> None:
    one_over(boxes)
    box = boxes[1]
    orders = box.event(EchoHeard("r-nl", "r-be", 700.0, 0.9))  # the other bridge sends our own words back
    assert "r-be" in [order.radio for order in orders if isinstance(order, TellRadio)]
    assert box.patch().state == "failed"
    assert "nl brings back what was sent" in box.patch().reason
    box.forget()
    box.wait(59.0)
    assert [order for order in box.orders(TellRadio) if isinstance(order.order, Key)] == []


def test_a_circle_that_is_still_there_is_tried_less_and_less_often(boxes) -> None:
    box, downs = boxes[1], []
    for _ in range(4):
        began = box.now
        box.event(EchoHeard("r-nl", "r-be", 700.0, 0.9))
        while box.patch().state == "failed":
            box.wait(1.0)
        downs.append(round(box.now - began))
    assert downs == pytest.approx([60, 120, 240, 480], abs=1)
