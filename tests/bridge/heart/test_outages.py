"""What the journal and the log hear of a radio that does not serve: each reason once, loudly first, and how long."""

from crosspatch.events import Failed
from crosspatch.orders import Record
from crosspatch_drivers.radio.base import Alarm, EndReason, Fit, RadioState, StateChanged, TransmitEnded, Unfit, Unkey


def radio_records(box) -> list[Record]:
    return [order for order in box.orders(Record) if order.kind == "radio"]


def test_an_outage_is_two_records_however_its_reasons_take_turns(box) -> None:
    box.forget()
    for _ in range(100):
        box.say("r-be", Unfit("nothing answers"))
        box.wait(2.0)
        box.say("r-be", StateChanged(RadioState.OFFLINE, "it is being set up"))
        box.say("r-be", Unfit("it is being set up"))
        box.wait(2.0)
    box.say("r-be", Fit())
    told = [(record.text, record.loud) for record in radio_records(box) if record.subject == "r-be"]
    assert told == [
        ("r-be is not fit to serve: nothing answers", True),
        ("r-be is not fit to serve: it is being set up", False),
        ("r-be is fit to serve again, after 400 s", False),
    ]


def test_the_next_outage_is_told_anew(box) -> None:
    for _ in range(2):
        box.forget()
        box.say("r-be", Unfit("nothing answers"))
        assert [record.loud for record in radio_records(box)] == [True]
        box.wait(20.0)
        box.say("r-be", Fit())


def test_reasons_without_end_do_not_fill_the_journal(box) -> None:
    box.forget()
    for number in range(1000):
        box.say("r-be", Unfit(f"reason {number}"))
    assert len(radio_records(box)) == 8
    assert box.radio("r-be").reason == "reason 999"


def test_a_radio_that_is_set_up_for_the_first_time_is_no_warning(make_box) -> None:
    box = make_box()
    box.say("r-be", Unfit("it is being set up"))
    box.say("r-be", Fit())
    told = [(record.text, record.loud) for record in radio_records(box)]
    assert told == [("r-be is not fit to serve: it is being set up", False), ("r-be is fit to serve", False)]


def test_what_concerns_safety_is_loud(box) -> None:
    box.forget()
    box.say("r-be", Alarm("transmitter", "its transmitter is not known to be off: pulled"))
    box.say("r-be", Alarm("transmitter", ""))
    assert [record.loud for record in radio_records(box)] == [True, False]
    box.talk("r-nl")
    box.grant("r-be")
    box.event(Failed("engine", ("r-nl", "r-be"), "killed"))
    safety = [order for order in box.orders(Record) if order.kind == "safety"]
    assert all(record.loud for record in safety)
    assert safety


def test_a_port_that_goes_on_the_air_is_told_to_un_key_once_and_its_over_ends(box) -> None:
    box.talk("r-nl")
    box.grant("r-be")
    box.forget()
    box.say("r-be", Unfit("pulled"))
    box.say("r-be", TransmitEnded(EndReason.LOST, "pulled"))
    box.wait(10.0)
    assert [Unkey()] == box.keyings("r-be")  # harmless: its driver has no port to write it to
    assert box.outcomes() == {"be": "lost"}
