"""The heart as its callers see it: wishes in by both doors, the same orders for the same events, one picture."""

from crosspatch.events import PositionReport
from crosspatch.orders import Order, PatchChanged, Record, TellRadio
from crosspatch.plan import Limits
from crosspatch.wish import Want, Wish
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import EndReason, Registration, SelectTalkgroup, Signal, TransmitEnded


def drive(box) -> list[tuple[float, Order]]:
    """Two overs there and back, both lost on the way: the engine never says that they were played."""
    box.up()
    for radio, other in (("r-nl", "r-be"), ("r-be", "r-nl")):
        box.talk(radio)
        box.wait(0.3)
        box.grant(other)
        box.stop(radio)
        box.wait(4.0)
        box.say(other, TransmitEnded(EndReason.RELEASED))
        box.wait(6.0)
    return box.log


def test_a_position_report_can_open_a_patch_at_once(make_box) -> None:
    box = make_box()
    box.fit()
    box.rules.next.append(Wish("border", Want.OPEN, ("v1",), "v1 is 2.9 km before be"))
    orders = box.event(PositionReport("v1", 5.7, 50.8, 1.0, 1.0))
    expected = [TellRadio("r-nl", SelectTalkgroup(2001)), TellRadio("r-be", SelectTalkgroup(3001))]
    assert expected == [order for order in orders if isinstance(order, TellRadio)]
    assert PatchChanged("border") == orders[-1]
    assert box.patch().vehicles == ("v1",)


def test_the_same_events_give_the_same_orders(make_box) -> None:
    assert drive(make_box()) == drive(make_box())


def test_every_decision_about_a_patch_is_recorded_as_a_sentence_with_facts(make_box) -> None:
    box = make_box()
    drive(box)
    box.wish(Want.NOTHING, reason="v1 has left")
    records = [order for order in box.orders(Record) if order.kind == "patch"]
    assert [record.facts["to"] for record in records] == ["proposed", "up", "down"]
    assert all(record.text and record.subject == "border" for record in records)


def test_the_snapshot_shows_radios_patches_vehicles_overs_and_counters(make_box) -> None:
    box = make_box(limits=Limits(over_s=30.0))
    box.up()
    box.say("r-nl", Signal(-70))
    box.say("r-nl", Registration(True, 1))
    box.talk("r-nl")
    view = box.heart.snapshot(box.now)
    assert [radio.id for radio in view.radios] == ["r-be", "r-lu", "r-nl"]
    nl = view.radios[2]
    assert (nl.dbm, nl.talker, nl.talkgroup, nl.audio_up) == (-70, "204-00001-501", "nl", True)
    assert [vehicle.id for vehicle in view.vehicles] == ["v1"]
    assert (
        view.patches[0].floor,
        view.patches[0].talker,
        view.patches[0].talking_leg,
    ) == ("taken", "204-00001-501", "nl")
    assert [over.over for over in view.overs] == [1]
    assert view.counters["overs"] == 1


def test_equal_numbers_in_two_networks_are_two_people(box) -> None:
    box.talk("r-nl", 501)
    box.talk("r-be", 501)
    talkers = [radio.talker for radio in box.heart.snapshot(box.now).radios if radio.talker]
    assert [str(Identity(206, 1, 501)), str(Identity(204, 1, 501))] == talkers
