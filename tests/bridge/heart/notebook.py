"""What a person with a notebook beside the box would have written down, and what must hold of it after each step.

Used by the state machine (`test_invariants`) and by the soak (`tests.soak`), which differ in who makes things happen.
"""

from typing import Any

from tests.bridge.heart.box import Box

from crosspatch.commands import LegMode
from crosspatch.events import Event, Failed, FromRadio, LegDrained, PortChanged, Released
from crosspatch.floor import EMERGENCY
from crosspatch.orders import (
    BeginOver,
    DropLeg,
    EndOver,
    ForgetOver,
    HoldLeg,
    JoinOver,
    Order,
    PatchChanged,
    Record,
    StartLeg,
    TellRadio,
    ToneOver,
)
from crosspatch.plan import Limits
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    Fit,
    Granted,
    Key,
    OverStarted,
    RadioState,
    StateChanged,
    TalkerKnown,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)

SLACK_S = 0.51 + 1.0 + 2 * 0.02
"""Settling, look-back and tail of these radios; the allowance for draining; a tick at each end."""


class Notebook:
    """Notes events and orders; asserts what keeps people safe."""

    box: Box
    limits: Limits
    own: Identity

    def open_notebook(self) -> None:
        """Nothing is known yet."""
        self.fit: set[str] = set()
        self.up: set[str] = set()
        self.on_group: dict[str, int] = {}
        self.keyed: dict[str, float] = {}  # told Key, neither told Unkey nor reported ended
        self.unconfirmed: set[str] = set()  # told Key, not reported ended
        self.granted: set[str] = set()
        self.talker: dict[str, Identity | None] = {}
        self.legs: dict[int, set[str]] = {}  # overs under way: the legs that are neither dropped nor drained
        self.source: dict[int, str] = {}  # overs whose talker has not ended
        self.began: dict[int, float] = {}  # overs that had the floor at least once: when they were given it
        self.origin: dict[int, str] = {}
        self.kept: set[int] = set()  # overs the engine keeps for legs that join

    # ---- noting ----

    def give(self, event: Event) -> None:
        self.note_event(event)
        orders = self.box.event(event)
        if isinstance(event, Failed | Released):
            assert [order for order in orders if isinstance(order, BeginOver | JoinOver | ToneOver | StartLeg)] == []
            assert [order for order in orders if isinstance(order, TellRadio) and isinstance(order.order, Key)] == []
        drained = {(event.over, event.leg)} if isinstance(event, LegDrained) else set()
        self.note_orders(orders, drained)

    def note_event(self, event: Event) -> None:
        match event:
            case FromRadio(radio=name, event=TransmitEnded()):
                self.keyed.pop(name, None)
                self.unconfirmed.discard(name)
                self.granted.discard(name)
            case FromRadio(radio=name, event=StateChanged(state=RadioState.OFFLINE) | Unfit()):
                self.fit.discard(name)
            case FromRadio(radio=name, event=StateChanged()) if name not in self.keyed:
                self.unconfirmed.discard(name)  # quiet at last; the heart may believe it or wait on
            case FromRadio(radio=name, event=Fit()):
                self.fit.add(name)
            case FromRadio(radio=name, event=TalkgroupSelected(gssi=gssi)):
                self.on_group[name] = gssi
            case FromRadio(radio=name, event=Granted()) if name in self.keyed:
                self.granted.add(name)
            case FromRadio(radio=name, event=OverStarted(talker=talker) | TalkerKnown(talker=talker)):
                self.talker[name] = talker
            case PortChanged(radio=name, up=up):
                (self.up.add if up else self.up.discard)(name)

    def note_orders(self, orders: list[Order], drained: set[tuple[int, str]]) -> None:
        for order in orders:
            match order:
                case Record() | PatchChanged():
                    pass
                case TellRadio(radio=name, order=Key()):
                    self.note_key(name)
                case TellRadio(radio=name, order=Unkey()):
                    self.note_unkey(name, orders, drained)
                case BeginOver():
                    self.note_begin(order)
                case JoinOver(over=over, legs=legs):
                    self.note_join(over, legs)
                case ToneOver(over=over, leg=leg):
                    self.note_join(over, (leg,), tone=True)
                case StartLeg(over=over, leg=leg):
                    assert leg in self.legs[over]
                    assert leg in self.granted
                case HoldLeg(over=over, leg=leg):
                    assert leg in self.legs[over]
                case EndOver(over=over):
                    del self.source[over]
                case DropLeg(over=over, leg=leg):
                    self.legs[over].remove(leg)
                case ForgetOver(over=over):
                    assert over not in self.source, "forgotten before its talker ended"
                    assert not self.legs[over], "forgotten before its legs were done"
                    self.kept.remove(over)

    def note_key(self, name: str) -> None:
        assert name in self.fit & self.up
        assert name not in self.unconfirmed
        assert self.on_group[name] == self.known(name).gssi
        wanted = [over for over, legs in self.legs.items() if name in legs]
        assert wanted, "keyed for an over begun before"
        assert self.granted_for(name) == []
        self.keyed[name] = self.box.now
        self.unconfirmed.add(name)

    def note_unkey(self, name: str, orders: list[Order], drained: set[tuple[int, str]]) -> None:
        if name in self.keyed and self.granted_for(name):
            dropped = {order.leg for order in orders if isinstance(order, DropLeg)}
            assert name in dropped | {leg for _, leg in drained}, "un-keyed before its over was played or dropped"
        self.keyed.pop(name, None)
        self.granted.discard(name)
        for over, leg in drained:
            if leg == name:
                self.legs[over].discard(leg)

    def granted_for(self, name: str) -> list[int]:
        """The overs this radio is on the air for."""
        return [over for over, legs in self.legs.items() if name in legs] if name in self.granted else []

    def note_begin(self, order: BeginOver) -> None:
        assert order.source not in self.granted, "a gateway never answers itself"
        assert order.source not in self.source.values(), "one talker on a radio at a time"
        assert self.talker_on(order.source) != str(self.own)
        assert order.keep_s > 0
        self.source[order.over] = order.source
        self.origin[order.over] = order.source
        self.kept.add(order.over)
        self.legs[order.over] = set()
        assert len(self.kept) <= 32 + len(self.box.heart._patches)
        if order.legs:
            self.note_join(order.over, order.legs)

    def note_join(self, over: int, legs: tuple[str, ...], *, tone: bool = False) -> None:
        assert tone or over in self.kept
        assert legs
        assert self.origin.get(over) not in legs, "nobody hears himself"
        assert not {name for name in legs if self.granted_for(name)}, "a radio is on the air for one over at a time"
        patches = {self.known(name).patch for name in legs}
        assert len(patches) == 1, "an over stays in its patch"
        self.look_at_the_patch(str(next(iter(patches))), legs, tone=tone)
        self.legs.setdefault(over, set()).update(legs)
        self.began.setdefault(over, self.box.now)

    def look_at_the_patch(self, name: str, legs: tuple[str, ...], *, tone: bool) -> None:
        """Nobody's over crosses without the consent it needs, nor a leg that a person muted, but an emergency."""
        patch = self.box.heart._patches[name]
        assert tone or not self.box.heart._life.consents.missing(patch)
        for leg in patch.legs:
            if leg.radio is not None and leg.radio.name in legs and leg.mode is LegMode.MUTED and not tone:
                assert patch.over is not None
                assert patch.over.priority >= EMERGENCY

    def known(self, radio: str) -> Any:
        """The radio as the heart knows it."""
        return self.box.heart._fleet.radios[radio]

    def talker_on(self, radio: str) -> str:
        """Who speaks there, as the heart knows it."""
        speech = self.known(radio).speech
        return "" if speech is None else str(speech.talker)

    # ---- what always holds ----

    def no_radio_is_keyed_longer_than_the_bound(self) -> None:
        bound = self.limits.over_s + self.limits.queue_s + SLACK_S
        assert {name: since for name, since in self.keyed.items() if self.box.now - since > bound} == {}

    def no_talker_holds_the_floor_beyond_the_limit(self) -> None:
        late = [
            over
            for over in self.source
            if self.box.now - self.began.get(over, self.box.now) > self.limits.over_s + 0.05
        ]
        assert late == []
