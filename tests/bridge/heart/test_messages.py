"""Texts and statuses across a patch, with their sender's name, once; and what crews are told by text."""

from dataclasses import replace

import pytest

from crosspatch.config.texts import load_texts
from crosspatch.events import ForeignIdentities
from crosspatch.heart import Heart
from crosspatch.plan import Rule, Vehicle
from crosspatch.wish import Want, Wish
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    MessageEnded,
    SdsReceived,
    SendStatus,
    SendText,
    StatusReceived,
    TransmitEnded,
)

OFFICER = Identity(204, 1, 501)
NL, BE, LU = Identity(204, 1, 2001), Identity(206, 1, 3001), Identity(270, 1, 4001)
STATUSES = {"c2000": {32770: "on the scene", 32771: "returning"}, "astrid": {33001: "on the scene"}, "renita": {}}
ALL = ("armed", "up", "closing", "down", "select", "clear", "not-delivered")


@pytest.fixture
def make(make_box):
    """A box whose rule relays or tells what the test wants, in three countries, with aliases and statuses."""

    def make(up: bool = True, encrypted: str = "", caps: dict | None = None, voice=(), **rule):
        plan = make_box().plan
        networks = {
            name: replace(network, aliases={501: "Unit 12.01"}, statuses=STATUSES[name], **(caps or {}).get(name, {}))
            for name, network in plan.networks.items()
        }
        talkgroups = {
            name: replace(group, label=f"Group {name}", encrypted=name == encrypted)
            for name, group in plan.talkgroups.items()
        }
        box = make_box(
            {},
            rule=Rule(id="border", talkgroups=("nl", "be", "lu"), **rule),
            voice=voice,
            networks=networks,
            talkgroups=talkgroups,
            vehicles={"v1": Vehicle(id="v1", network="c2000", ssi=4101)},
        )
        box.heart = Heart(box.plan, box.rules, load_texts())
        if up:
            box.up()
            box.forget()
        return box

    return make


def messages(box, radio: str) -> list[SendText | SendStatus]:
    return [order for order in box.told(radio) if isinstance(order, SendText | SendStatus)]


# ---- texts and statuses across a patch ----


def test_a_text_to_one_talkgroup_goes_to_the_others_with_its_senders_name(make) -> None:
    box = make(relay=("text",))
    box.say("r-nl", SdsReceived(OFFICER, NL, "white van, A2 south", group=True))
    assert [SendText(BE, "[C2000 Unit 12.01] white van, A2 south", group=True)] == messages(box, "r-be")
    assert [SendText(LU, "[C2000 Unit 12.01] white van, A2 south", group=True)] == messages(box, "r-lu")
    assert messages(box, "r-nl") == []
    assert "sent on to be, lu" in box.records("message")[0]


def test_a_sender_without_an_alias_has_his_number_and_a_stranger_his_whole_identity(make) -> None:
    box = make(relay=("text",))
    box.say("r-nl", SdsReceived(Identity(204, 1, 777), NL, "one", group=True))
    box.say("r-nl", SdsReceived(Identity(262, 1, 777), NL, "two", group=True))
    assert [order.text for order in messages(box, "r-be")] == ["[C2000 777] one", "[262-00001-777] two"]


@pytest.mark.parametrize(
    "event",
    [
        SdsReceived(OFFICER, Identity(204, 1, 9001), "to the radio itself"),
        SdsReceived(OFFICER, Identity(204, 1, 2002), "to another group", group=True),
        SdsReceived(OFFICER, NL, "   ", group=True),
        StatusReceived(OFFICER, NL, 32770, group=True),
    ],
)
def test_what_is_not_for_the_talkgroup_or_not_wanted_stays_where_it_is(make, event) -> None:
    box = make(relay=("text",))
    box.say("r-nl", event)
    assert [messages(box, radio) for radio in ("r-nl", "r-be", "r-lu")] == [[], [], []]


def test_a_rule_that_wants_no_relay_relays_nothing(make) -> None:
    box = make()
    box.say("r-nl", SdsReceived(OFFICER, NL, "white van", group=True))
    box.say("r-nl", StatusReceived(OFFICER, NL, 0, group=True))
    assert messages(box, "r-be") == []


def test_a_patch_that_is_only_armed_relays_nothing(make) -> None:
    box = make(up=False, relay=("text",))
    box.fit()
    box.wish(Want.ARMED)
    box.answer_selections()
    box.say("r-nl", SdsReceived(OFFICER, NL, "white van", group=True))
    assert messages(box, "r-be") == []


@pytest.mark.parametrize("back", ["white van, A2 south", "[Box 7] white van, A2 south", "204501 > White van, A2 south"])
def test_a_text_that_another_gateway_sends_back_is_not_relayed_again(make, back: str) -> None:
    box = make(relay=("text",))
    box.say("r-nl", SdsReceived(OFFICER, NL, "white van, A2 south", group=True))
    box.wait(3.0)
    box.forget()
    box.say("r-be", SdsReceived(Identity(206, 1, 7777), BE, back, group=True))
    assert [messages(box, radio) for radio in ("r-nl", "r-be", "r-lu")] == [[], [], []]
    assert box.count("texts that came back") == 1


def test_an_answer_is_relayed_and_the_same_words_are_a_minute_later(make) -> None:
    box = make(relay=("text",))
    box.say("r-nl", SdsReceived(OFFICER, NL, "ok", group=True))
    box.say("r-be", SdsReceived(Identity(206, 1, 777), BE, "not ok", group=True))
    assert [order.text for order in messages(box, "r-nl")] == ["[ASTRID 777] not ok"]
    box.wait(61.0)
    box.say("r-nl", SdsReceived(OFFICER, NL, "ok", group=True))
    assert len(messages(box, "r-be")) == 2


def test_messages_of_our_own_radios_and_of_other_boxes_are_never_relayed(make) -> None:
    box = make(relay=("text", "status"))
    box.event(ForeignIdentities("box-2", frozenset({Identity(206, 1, 8001)})))
    box.say("r-be", SdsReceived(Identity(206, 1, 8001), BE, "[C2000 501] hello", group=True))
    box.say("r-be", StatusReceived(Identity(206, 1, 8001), BE, 0, group=True))
    assert messages(box, "r-nl") == []
    assert box.count("own messages not relayed") == 2


def test_only_so_many_messages_a_minute_but_every_emergency(make) -> None:
    box = make(relay=("text", "status"))
    for number in range(30):
        box.say("r-nl", SdsReceived(OFFICER, NL, f"message {number}", group=True))
    assert len(messages(box, "r-be")) == 20
    assert box.count("messages not relayed: too many") == 10
    box.say("r-nl", StatusReceived(OFFICER, NL, 0, group=True))
    assert SendStatus(BE, 0, group=True) == messages(box, "r-be")[-1]


def test_a_long_text_is_cut_to_what_a_message_holds(make) -> None:
    box = make(relay=("text",))
    box.say("r-nl", SdsReceived(OFFICER, NL, "x" * 300, group=True))
    (message,) = messages(box, "r-be")
    assert (len(message.text), message.text[-4:]) == (120, "x...")


def test_a_status_is_sent_on_as_what_it_means_and_where_it_means_something(make) -> None:
    box = make(relay=("status",))
    box.say("r-nl", StatusReceived(OFFICER, NL, 32770, group=True))
    assert [SendStatus(BE, 33001, group=True)] == messages(box, "r-be")
    assert messages(box, "r-lu") == []
    box.say("r-nl", StatusReceived(OFFICER, NL, 40000, group=True))
    assert len(messages(box, "r-be")) == 1
    assert box.count("statuses without a meaning not relayed") == 2


def test_the_same_status_of_two_units_is_two_messages_but_not_when_it_comes_back(make) -> None:
    box = make(relay=("status",))
    box.say("r-nl", StatusReceived(OFFICER, NL, 32770, group=True))
    box.say("r-nl", StatusReceived(Identity(204, 1, 502), NL, 32770, group=True))
    assert len(messages(box, "r-be")) == 2
    box.say("r-be", StatusReceived(Identity(206, 1, 7777), BE, 33001, group=True))
    assert messages(box, "r-nl") == []
    assert box.count("statuses that came back") == 1


def test_an_emergency_is_raised_as_an_emergency_on_every_leg(make) -> None:
    box = make(relay=("status",))
    box.say("r-nl", StatusReceived(OFFICER, NL, 0, group=True))
    assert [SendStatus(BE, 0, group=True)] == messages(box, "r-be")
    assert [SendStatus(LU, 0, group=True)] == messages(box, "r-lu")
    assert box.records("safety") == ["emergency of 204-00001-501 on nl"]


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize(("called", "group"), [(NL, True), (Identity(204, 1, 2044001), False)])
def test_an_emergency_is_written_down_and_an_alarm_whoever_it_is_for(make, up, called, group) -> None:
    box = make(up=up)
    box.say("r-nl", StatusReceived(OFFICER, called, 0, group=group))
    assert len(box.records("safety")) == 1
    assert "emergency of 204-00001-501" in box.records("safety")[0]
    assert "emergency of 204-00001-501" in box.radio("r-nl").alarms[0]
    assert messages(box, "r-be") == []
    box.wait(601.0)
    assert box.radio("r-nl").alarms == ()


def test_an_emergency_that_two_radios_hear_is_written_down_once_and_another_ones_too(make) -> None:
    box = make(up=False)
    box.say("r-nl", StatusReceived(OFFICER, NL, 0, group=True))
    box.say("r-be", StatusReceived(OFFICER, NL, 0, group=True))
    box.say("r-nl", StatusReceived(Identity(204, 1, 502), NL, 0, group=True))
    assert len(box.records("safety")) == 2
    box.wait(11.0)
    box.say("r-nl", StatusReceived(OFFICER, NL, 0, group=True))
    assert len(box.records("safety")) == 3


def test_a_text_that_goes_nowhere_is_written_down_and_no_flood_of_them(make) -> None:
    box = make(up=False)
    for number in range(30):
        box.say("r-nl", SdsReceived(OFFICER, Identity(204, 1, 2044001), f"call me back {number}"))
    assert len(box.records("message")) == 20
    assert box.count("texts that went nowhere") == 30
    assert "text 'call me back 0' of 204-00001-501" in box.records("message")[0]


@pytest.mark.parametrize("called", [NL, Identity(204, 1, 9001), Identity(204, 1, 0)])
def test_an_emergency_whose_sender_the_radio_does_not_tell_is_one_all_the_same(make, called) -> None:
    box = make(relay=("status",), caps={"renita": {"foreign_priority": 1}})
    box.say("r-nl", StatusReceived(None, called, 0, group=called == NL))
    assert [SendStatus(BE, 0, group=True)] == messages(box, "r-be")
    assert [SendText(LU, "APPEL D'URGENCE de C2000", group=True)] == messages(box, "r-lu")
    (record,) = box.records("safety")
    assert record.startswith("emergency of an unknown caller ")
    assert box.records("message")[0].startswith("an emergency of an unknown caller on nl sent on to be, lu")


def test_an_emergency_without_a_sender_does_not_go_round_between_boxes(make) -> None:
    box = make(relay=("status",))
    box.say("r-nl", StatusReceived(None, NL, 0, group=True))
    box.wait(1.0)
    box.say("r-be", StatusReceived(None, BE, 0, group=True))  # what another box made of ours
    assert messages(box, "r-nl") == []


def test_where_foreigners_may_not_raise_an_emergency_it_is_said_in_words(make) -> None:
    box = make(relay=("status",), caps={"renita": {"foreign_priority": 1}})
    box.say("r-nl", StatusReceived(OFFICER, NL, 0, group=True))
    assert [SendText(LU, "APPEL D'URGENCE de C2000 Unit 12.01", group=True)] == messages(box, "r-lu")


def test_what_became_of_a_message_is_counted(make) -> None:
    box = make(relay=("text",))
    box.say("r-be", MessageEnded(0, sent=True))
    box.say("r-be", MessageEnded(0, sent=False, detail="not on the control channel"))
    assert (box.count("messages sent"), box.count("messages not sent")) == (1, 1)
    assert "r-be could not send a message: not on the control channel" in box.records("message")


# ---- notices ----


def test_crews_are_told_in_their_languages_when_a_patch_is_ready_and_open(make) -> None:
    box = make(up=False, notices=("armed", "up"))
    box.fit()
    box.wish(Want.ARMED)
    box.answer_selections()
    assert [order.text for order in messages(box, "r-be")] == [
        "Koppeling met Group nl, Group lu staat klaar. Nog geen verbinding.",
        "Liaison avec Group nl, Group lu prête. Pas encore de contact.",
    ]
    box.forget()
    box.wish(Want.OPEN)
    assert [SendText(NL, "Koppeling met Group be, Group lu is open. U hoort elkaar.", group=True)] == messages(
        box, "r-nl"
    )
    assert [order.text.partition(" ")[0] for order in messages(box, "r-lu")] == ["Liaison", "Kopplung"]


def test_crews_are_told_half_a_minute_before_a_patch_expires_and_when_it_is_closed(make) -> None:
    box = make(notices=("closing", "down"), max_s=100.0)
    box.wait(69.9)
    assert messages(box, "r-nl") == []
    box.wait(0.2)
    assert [order.text for order in messages(box, "r-nl")] == ["Koppeling met Group be, Group lu sluit over 30 s."]
    box.wait(30.1)
    assert [order.text for order in messages(box, "r-nl")][1:] == ["Koppeling met Group be, Group lu is gesloten."]


def test_a_crew_is_told_which_talkgroups_to_select_after_the_border(make) -> None:
    box = make(up=False, notices=("select",))
    box.up()
    crew = Identity(204, 1, 4101)
    assert [
        SendText(crew, "Over de grens: kies gespreksgroep Group be (3001) op ASTRID."),
        SendText(crew, "Over de grens: kies gespreksgroep Group lu (4001) op RENITA."),
    ] == messages(box, "r-nl")
    assert messages(box, "r-be") == []


def test_encryption_that_ends_at_the_patch_is_told_and_written_down(make) -> None:
    box = make(up=False, encrypted="nl", notices=("clear",))
    box.up()
    assert [order.text for order in messages(box, "r-nl")] == [
        "Let op: koppeling met Group be, Group lu is niet eind-tot-eind versleuteld."
    ]
    assert "patch border carries encrypted talkgroups in clear to be, lu" in box.records("safety")


def test_encryption_lost_is_written_down_even_where_nobody_wants_notices(make) -> None:
    box = make(up=False, encrypted="nl")
    box.up()
    assert "patch border carries encrypted talkgroups in clear to be, lu" in box.records("safety")
    assert messages(box, "r-nl") == []


def test_a_talker_who_was_not_heard_is_told_who_missed_it(make) -> None:
    box = make(notices=("not-delivered",))
    box.talk("r-nl")
    box.grant("r-lu")
    box.say("r-be", TransmitEnded(EndReason.REFUSED))
    box.stop("r-nl")
    box.drain("r-lu", over=1)
    expected = "Uw bericht is niet aangekomen bij Group be. Herhaal het."
    assert [SendText(OFFICER, expected)] == messages(box, "r-nl")


def test_a_talker_nobody_knows_cannot_be_told(make) -> None:
    box = make(notices=("not-delivered",))
    box.talk("r-nl", None)
    box.say("r-be", TransmitEnded(EndReason.REFUSED))
    box.say("r-lu", TransmitEnded(EndReason.REFUSED))
    box.stop("r-nl")
    assert messages(box, "r-nl") == []


def test_a_patch_that_flaps_does_not_flood_its_crews(make) -> None:
    box = make(notices=("up", "down"))
    for _ in range(10):
        box.wish(Want.NOTHING)
        box.wish(Want.OPEN)
        box.answer_selections()
        box.wait(1.0)
    assert len(messages(box, "r-nl")) == 1  # closed; "open" was told when it first came up
    assert box.count("notices left out: told a moment ago") == 19


def test_a_radio_without_a_data_cable_sends_no_notice_and_is_counted(make) -> None:
    box = make(up=False, notices=("up",), voice=("r-lu",))
    box.up()
    assert messages(box, "r-lu") == []
    assert box.count("notices without a radio to send them") == 1


def test_without_texts_nobody_is_told_anything(make_box) -> None:
    box = make_box({}, rule=Rule(id="border", talkgroups=("nl", "be"), notices=ALL))
    box.up()
    assert messages(box, "r-nl") == []


# ---- who speaks ----


def test_the_talkers_alias_is_shown_and_recorded_beside_his_identity(make) -> None:
    box = make()
    box.talk("r-nl", 501)
    assert (box.patch().talker, box.patch().talker_alias) == ("204-00001-501", "Unit 12.01")
    assert (box.radio("r-nl").talker_alias, box.overs()[-1].talker_alias) == ("Unit 12.01", "Unit 12.01")
    box.grant("r-be", "r-lu")
    box.stop("r-nl")
    box.drain("r-be", "r-lu")
    assert any("over 1 of 204-00001-501 (Unit 12.01) from nl" in text for text in box.records("over"))


def test_an_alias_is_his_home_networks_wherever_he_speaks(make) -> None:
    box = make()
    box.rules.next.append(Wish("border", Want.OPEN, ("v1",), "near"))
    from crosspatch_drivers.radio.base import OverStarted

    box.say("r-be", OverStarted(Identity(270, 1, 501)))
    assert box.patch().talker_alias == "Unit 12.01"
    box.say("r-lu", OverStarted(Identity(262, 1, 501)))
    assert box.radio("r-lu").talker_alias == ""
