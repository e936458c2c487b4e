"""An over that begins while its radio is still being set up: the real session and the real heart, in virtual time."""

import pytest
from tests.bridge.heart.box import Box, MakeBox
from tests.drivers.radio.conftest import GROUP, MCC, MNC, Rig

from crosspatch.events import FromRadio, PortChanged
from crosspatch.orders import BeginOver, TellRadio
from crosspatch.plan import Network, Talkgroup
from crosspatch.wish import Want
from crosspatch_drivers.radio.base import Fit, RadioEvent, RadioState, StateChanged, TalkgroupSelected, Unfit

LEADS_MS = (300, 250, 200, 100, 60, 30, 15, 5, 1, 0, -1, -15, -100)
"""How long before its radio is fit the officer begins; earlier it does not tell us of calls yet."""


class Joint:
    """A box whose Belgian radio is a real session, on the line of a twin's radio."""

    def __init__(self, make_box: MakeBox) -> None:
        self.rig = Rig(react=self._said)
        astrid = Network(id="astrid", name="ASTRID", country="BE", mcc=MCC, mnc=MNC)
        nl = Network(id="c2000", name="C2000", country="NL", mcc=204, mnc=1)
        groups = {
            "nl": Talkgroup(id="nl", network="c2000", gssi=2001),
            "be": Talkgroup(id="be", network="astrid", gssi=GROUP),
        }
        radios = {"r-nl": "c2000", "r-be": "astrid"}
        self.box: Box = make_box(radios=radios, networks={"c2000": nl, "astrid": astrid}, talkgroups=groups)
        self.box.now = self.rig.now
        self.box.say("r-nl", Fit())
        for radio in radios:
            self.box.event(PortChanged(radio, True))
        self.box.wish(Want.OPEN)
        self.box.say("r-nl", TalkgroupSelected(2001))
        self._events: list[RadioEvent] = []
        self.fit_at = 0.0

    def _said(self, event: RadioEvent) -> None:
        self._events.append(event)

    def run(self, seconds: float) -> None:
        """Let time pass; events and orders cross at the moment they are made."""
        end = self.rig.now + seconds
        while self.rig.now < end:
            self.rig.run(min(0.02, end - self.rig.now), lambda: bool(self._events))
            self.box.now = self.rig.now
            self._orders(self.box.keep(self.box.heart.tick(self.box.now)))
            while self._events:
                event = self._events.pop(0)
                self.fit_at = self.rig.now if isinstance(event, Fit) else self.fit_at
                self._orders(self.box.event(FromRadio("r-be", event)))

    def _orders(self, orders: list[object]) -> None:
        for order in orders:
            if isinstance(order, TellRadio) and order.radio == "r-be":
                self.rig.order(order.order)


@pytest.mark.parametrize("lead_ms", LEADS_MS)
def test_whoever_speaks_before_the_radio_is_fit_is_heard_as_soon_as_it_is(make_box, lead_ms: int) -> None:
    silent = Joint(make_box)
    silent.rig.open()
    silent.run(5.0)
    assert silent.box.patch().state == "up"

    joint = Joint(make_box)
    joint.rig.open()
    joint.run(silent.fit_at - 100.0 - lead_ms / 1000)
    joint.rig.officer_speaks()
    joint.run(4.0)
    assert joint.box.patch().state == "up"
    assert [order.source for order in joint.box.orders(BeginOver)] == ["r-be"]
    assert [source for _, source, _ in joint.box.begun()] == ["r-be"]


def test_reasons_that_change_while_a_radio_is_set_up_make_nobody_forget_who_speaks(make_box) -> None:
    box = make_box()
    box.say("r-nl", Fit())
    for radio in ("r-nl", "r-be"):
        box.event(PortChanged(radio, True))
    box.wish(Want.OPEN)
    box.say("r-nl", TalkgroupSelected(2001))
    box.say("r-be", StateChanged(RadioState.INIT))
    box.say("r-be", TalkgroupSelected(3001))
    box.talk("r-be")
    box.say("r-be", Unfit("its registration is not known"))
    box.say("r-be", Unfit("not registered: searching"))
    box.say("r-be", Fit())
    box.say("r-be", TalkgroupSelected(3001))
    assert [source for _, source, _ in box.begun()] == ["r-be"]


def test_who_spoke_when_the_port_went_is_not_waited_for(make_box) -> None:
    box = make_box()
    box.fit()
    box.say("r-be", TalkgroupSelected(3001))
    box.talk("r-be")
    box.say("r-be", StateChanged(RadioState.OFFLINE, "pulled"))
    box.say("r-be", Fit())
    box.wish(Want.OPEN)
    box.answer_selections()
    assert box.orders(BeginOver) == []
