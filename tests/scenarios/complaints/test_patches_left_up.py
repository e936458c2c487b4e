"""Complaint 7: patches left up after use, or in a wrong state, with nothing in the log that says why."""

from crosspatch.orders import Record
from crosspatch.patch.life import START_S
from crosspatch.plan import Rule
from crosspatch.wish import Want
from crosspatch_drivers.radio.base import Fit, Unfit


def test_every_patch_ends_by_itself(make_box) -> None:
    box = make_box({}, rule=Rule(id="border", talkgroups=("nl", "be"), max_s=600.0))
    box.up()
    box.wait(599.0)
    assert box.patch().state == "up"
    box.wait(1.1)
    assert box.patch().state == "down"
    assert "expired 600 s after it came up" in box.patch().reason


def test_every_change_of_a_patch_is_written_down_with_its_reason(make_box) -> None:
    box = make_box()
    box.up()
    box.say("r-be", Unfit("not registered"))
    box.say("r-be", Fit())
    box.answer_selections()
    box.wish(Want.NOTHING, reason="v1 has left")
    records = [order for order in box.orders(Record) if order.kind == "patch"]
    steps = [(record.facts["from"], record.facts["to"]) for record in records]
    assert steps == [
        ("down", "proposed"),
        ("proposed", "up"),
        ("up", "failed"),
        ("failed", "proposed"),
        ("proposed", "up"),
        ("up", "down"),
    ]
    assert all(": " in record.text and len(record.text) > len("patch border is up: ") for record in records)


def test_a_patch_that_cannot_come_up_says_what_is_missing(make_box) -> None:
    box = make_box()
    box.fit("r-nl")
    box.wish(Want.OPEN)
    box.wait(START_S + 0.1)
    assert box.patch().state == "failed"
    assert "no radio of astrid is free (r-be: nothing heard from it yet), number 1 in line" in box.patch().reason
