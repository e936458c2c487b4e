"""Complaint 14: log floods: one dead device wrote 1.3 million identical lines in ten seconds."""

from crosspatch.events import PortChanged
from crosspatch.orders import Record
from crosspatch_drivers.radio.base import EndReason, Fit, TransmitEnded, Unfit


def test_a_radio_that_flaps_ten_thousand_times_writes_a_few_lines_and_a_counter(box) -> None:
    for _ in range(10_000):
        box.say("r-be", Unfit("no answer on the port"))
        box.say("r-be", Fit())
    assert len(box.orders(Record)) <= 5 * 4 + 2
    assert box.count("records left out: repeated") > 19_000
    assert box.radio("r-be").fit


def test_a_card_that_flaps_does_not_flood_either(box) -> None:
    for _ in range(1000):
        box.event(PortChanged("r-be", False, "overrun"))
        box.event(PortChanged("r-be", True))
    assert len(box.orders(Record)) <= 5 * 4 + 2


def test_a_state_that_is_told_again_is_written_once(box) -> None:
    for _ in range(1000):
        box.say("r-be", Unfit("no answer on the port"))
        box.say("r-be", TransmitEnded(EndReason.RELEASED))
    assert len([text for text in box.records("radio") if "not fit" in text]) == 1


def test_what_happens_again_later_is_written_down_again(box) -> None:
    for _ in range(20):
        box.say("r-be", Unfit("no answer on the port"))
        box.say("r-be", Fit())
        box.wait(11.0)
    assert len([text for text in box.records("radio") if "not fit" in text]) == 20


def test_how_often_what_was_left_out_came_is_written_down_when_it_is_over(box) -> None:
    for _ in range(100):
        box.say("r-be", Unfit("no answer on the port"))
        box.say("r-be", Fit())
    box.wait(10.1)
    assert [text for text in box.records("radio") if "more within" in text] == [
        "r-be is fit to serve (96 times more within 10 s)",  # and once before
        "r-be is not fit to serve: no answer on the port (95 times more within 10 s)",
    ]


def test_what_waits_to_be_counted_is_told_when_the_gateway_stops(box) -> None:
    for _ in range(100):
        box.say("r-be", Unfit("no answer on the port"))
        box.say("r-be", Fit())
    box.keep(box.heart.shutdown(box.now))
    assert "r-be is fit to serve (96 times more within 10 s)" in box.records("radio")
