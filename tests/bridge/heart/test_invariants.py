"""Whatever radios, rules, engine and failures do, in any order: what keeps people safe hold after each step."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from crosspatch.events import (
    EchoHeard,
    Event,
    Failed,
    ForeignIdentities,
    FromRadio,
    LegDrained,
    LegStarted,
    PortChanged,
    Released,
    VoiceEnded,
    VoiceStarted,
)
from crosspatch.orders import (
    BeginOver,
    DropLeg,
    EndOver,
    ForgetOver,
    HoldLeg,
    JoinOver,
    Order,
    StartLeg,
    TellRadio,
    ToneOver,
)
from crosspatch.plan import Limits
from crosspatch.wish import Want, Wish
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    OverEnded,
    OverStarted,
    OwnIdentity,
    Queued,
    RadioState,
    SelectTalkgroup,
    StateChanged,
    TalkerKnown,
    TalkgroupSelected,
    TransmitEnded,
    Unfit,
    Unkey,
)

RULES = {"one": ("nl", "be"), "two": ("nl-2", "be", "lu"), "three": ("nl-2", "lu")}
RADIOS = {"a-nl": "c2000", "b-nl": "c2000", "a-be": "astrid", "b-be": "astrid", "a-lu": "renita"}
LIMITS = Limits(over_s=10.0, grant_s=3.0, queue_s=6.0, wait_s=5.0)
OWN = Identity(206, 1, 9001)
SLACK_S = 0.51 + 1.0 + 2 * 0.02
"""Settling, look-back and tail of these radios; the allowance for draining; a tick at each end."""

radios = st.sampled_from(sorted(RADIOS))
talkers = st.sampled_from([None, OWN, Identity(204, 1, 501), Identity(206, 1, 777), Identity(270, 1, 31)])


class World(RuleBasedStateMachine):
    """A box and what a person with a notebook beside it would have written down."""

    make_box: Any

    def __init__(self) -> None:
        super().__init__()
        self.box = self.make_box(RULES, RADIOS, limits=LIMITS, voice=("b-be",))
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
        self.give(FromRadio("a-be", OwnIdentity(OWN)))
        self.all_is_well_again("one")

    # ---- the notebook ----

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
        dropped = {order.leg for order in orders if isinstance(order, DropLeg)}
        for order in orders:
            match order:
                case TellRadio(radio=name, order=Key()):
                    self.note_key(name)
                case TellRadio(radio=name, order=Unkey()):
                    finished = name in dropped or name in {leg for _, leg in drained}
                    carried = name in self.keyed and self.granted_for(name)
                    assert not carried or finished, "un-keyed before its over was played or dropped"
                    self.keyed.pop(name, None)
                    self.granted.discard(name)
                    for over, legs in self.legs.items():
                        legs.difference_update({name} if (over, name) in drained else set())
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
        view = self.box.radio(name)
        assert name in self.fit & self.up
        assert name not in self.unconfirmed
        assert self.on_group[name] == view.gssi
        wanted = [over for over, legs in self.legs.items() if name in legs]
        assert wanted, "keyed for an over begun before"
        assert self.granted_for(name) == []
        self.keyed[name] = self.box.now
        self.unconfirmed.add(name)

    def granted_for(self, name: str) -> list[int]:
        """The overs this radio is on the air for."""
        return [over for over, legs in self.legs.items() if name in legs and name in self.granted]

    def note_begin(self, order: BeginOver) -> None:
        assert order.source not in self.granted, "a gateway never answers itself"
        assert order.source not in self.source.values(), "one talker on a radio at a time"
        assert self.box.radio(order.source).talker != str(OWN)
        assert order.keep_s > 0
        self.source[order.over] = order.source
        self.origin[order.over] = order.source
        self.kept.add(order.over)
        self.legs[order.over] = set()
        assert len(self.kept) <= 32 + len(RULES)
        if order.legs:
            self.note_join(order.over, order.legs)

    def note_join(self, over: int, legs: tuple[str, ...], *, tone: bool = False) -> None:
        assert tone or over in self.kept
        assert legs
        assert self.origin.get(over) not in legs, "nobody hears himself"
        assert not {name for name in legs if self.granted_for(name)}, "a radio is on the air for one over at a time"
        patches = {self.box.radio(name).patch for name in legs}
        assert len(patches) == 1, "an over stays in its patch"
        self.legs.setdefault(over, set()).update(legs)
        self.began.setdefault(over, self.box.now)

    # ---- what can happen ----

    @rule(seconds=st.sampled_from([0.02, 0.1, 0.4, 1.1, 3.1, 12.0]))
    def time_passes(self, seconds: float) -> None:
        end = self.box.now + seconds
        while self.box.now < end:
            self.box.now += 0.02
            self.note_orders(self.box.keep(self.box.heart.tick(self.box.now)), set())
            self.no_radio_is_keyed_longer_than_the_bound()
            self.no_talker_holds_the_floor_beyond_the_limit()

    @rule(name=st.sampled_from([*RULES, "unknown"]), want=st.sampled_from([*Want, Want.OPEN, Want.OPEN]))
    def a_rule_wishes(self, name: str, want: Want) -> None:
        self.box.rules.next.append(Wish(name, want, ("v1",), "because"))
        self.note_orders(self.box.keep(self.box.heart.tick(self.box.now)), set())

    @rule(wanted=st.sampled_from(list(RULES)))
    def all_is_well_again(self, wanted: str) -> None:
        """Radios return, confirm what they were told; a patch is wanted."""
        for name in RADIOS:
            if name not in self.keyed and name in self.unconfirmed:
                self.give(FromRadio(name, TransmitEnded(EndReason.RELEASED)))
            self.give(FromRadio(name, Fit()))
            self.give(PortChanged(name, True))
        self.a_rule_wishes(wanted, Want.OPEN)
        self.selections_are_answered()

    @rule(data=st.data())
    def something_breaks(self, data: st.DataObject) -> None:
        name = data.draw(radios)
        others = data.draw(st.sets(radios))
        event = data.draw(
            st.sampled_from(
                [
                    FromRadio(name, Unfit("gone")),
                    FromRadio(name, StateChanged(RadioState.OFFLINE)),
                    FromRadio(name, TalkgroupSelected(3001)),
                    FromRadio(name, TalkgroupSelected(0)),
                    FromRadio(name, Fit()),
                    PortChanged(name, False, "card gone"),
                    PortChanged(name, True),
                    EchoHeard(name, min(others, default=name), 300.0, 0.9),
                    ForeignIdentities("box-2", frozenset({Identity(206, 1, 777)})),
                    ForeignIdentities("box-2", frozenset()),
                    Failed("engine", (name, *sorted(others - {name})), "killed"),
                    Released(name),
                ]
            )
        )
        self.give(event)
        if isinstance(event, Failed):
            assert set() == {*event.radios} & self.keyed.keys()
        if isinstance(event, Released):
            assert name not in self.keyed

    @rule()
    def selections_are_answered(self) -> None:
        for name in RADIOS:
            selected = [order for order in self.box.told(name) if isinstance(order, SelectTalkgroup)]
            if selected:
                self.give(FromRadio(name, TalkgroupSelected(selected[-1].gssi)))

    @rule(name=radios, talker=talkers, priority=st.sampled_from([0, 0, 0, 1, 3]))
    def somebody_speaks(self, name: str, talker: Identity | None, priority: int) -> None:
        self.give(FromRadio(name, OverStarted(talker, priority)))

    @precondition(lambda self: self.legs_of_patches_up())
    @rule(data=st.data(), priority=st.sampled_from([0, 0, 0, 3]))
    def a_person_speaks_in_a_patch(self, data: st.DataObject, priority: int) -> None:
        name = data.draw(st.sampled_from(self.legs_of_patches_up()))
        self.give(FromRadio(name, OverEnded()))
        self.give(FromRadio(name, OverStarted(Identity(204, 1, 600), priority)))

    def legs_of_patches_up(self) -> list[str]:
        patches = self.box.heart.snapshot(self.box.now).patches
        return [leg.radio for patch in patches if patch.state == "up" for leg in patch.legs if leg.radio is not None]

    @rule(name=radios, talker=talkers.filter(bool))
    def a_talker_is_known(self, name: str, talker: Identity) -> None:
        self.give(FromRadio(name, TalkerKnown(talker)))

    @rule(name=radios)
    def a_talker_ends(self, name: str) -> None:
        self.give(FromRadio(name, OverEnded()))

    @rule(started=st.booleans())
    def the_detector_moves(self, started: bool) -> None:
        self.give(VoiceStarted("b-be") if started else VoiceEnded("b-be"))

    @rule(name=radios, event=st.sampled_from([Granted(), Queued()]))
    def a_network_says_anything(self, name: str, event: Granted | Queued) -> None:
        self.give(FromRadio(name, event))

    @precondition(lambda self: self.keyed)
    @rule(data=st.data())
    def a_network_grants(self, data: st.DataObject) -> None:
        self.give(FromRadio(data.draw(st.sampled_from(sorted(self.keyed))), Granted()))

    @precondition(lambda self: self.unconfirmed)
    @rule(data=st.data(), reason=st.sampled_from([EndReason.RELEASED, EndReason.RELEASED, *EndReason]))
    def a_transmission_ends(self, data: st.DataObject, reason: EndReason) -> None:
        self.give(FromRadio(data.draw(st.sampled_from(sorted(self.unconfirmed))), TransmitEnded(reason)))

    @rule(name=radios, state=st.sampled_from([RadioState.IDLE, RadioState.RECEIVING]))
    def a_radio_is_seen_quiet(self, name: str, state: RadioState) -> None:
        if name not in self.keyed:
            self.give(FromRadio(name, StateChanged(state)))

    @precondition(lambda self: any(self.legs.values()))
    @rule(data=st.data())
    def the_engine_drains(self, data: st.DataObject) -> None:
        over, leg = data.draw(
            st.sampled_from([(over, leg) for over, legs in sorted(self.legs.items()) for leg in sorted(legs)])
        )
        self.give(LegStarted(over, leg, 100.0))
        self.give(LegDrained(over, leg, 100.0, 1000.0, 0.0, 0.0))

    # ---- what always holds ----

    @invariant()
    def no_radio_is_keyed_longer_than_the_bound(self) -> None:
        bound = LIMITS.over_s + LIMITS.queue_s + SLACK_S
        assert {name: since for name, since in self.keyed.items() if self.box.now - since > bound} == {}

    @invariant()
    def no_talker_holds_the_floor_beyond_the_limit(self) -> None:
        late = [
            over for over in self.source if self.box.now - self.began.get(over, self.box.now) > LIMITS.over_s + 0.05
        ]
        assert late == []

    @invariant()
    def no_radio_and_no_talkgroup_is_in_two_patches(self) -> None:
        patches = self.box.heart.snapshot(self.box.now).patches
        legs = [leg for patch in patches for leg in patch.legs if leg.radio is not None]
        assert len(legs) == len({leg.radio for leg in legs})
        assert len(legs) == len({leg.talkgroup for leg in legs})

    @invariant()
    def a_patch_that_is_down_has_neither_over_nor_radio(self) -> None:
        for patch in self.box.heart.snapshot(self.box.now).patches:
            if patch.state == "down":
                assert patch.floor == "free"
                assert [None] * len(patch.legs) == [leg.radio for leg in patch.legs]

    @invariant()
    def the_snapshot_can_be_published(self) -> None:
        view = self.box.heart.snapshot(self.box.now)
        msgspec.json.encode([view.radios, view.patches, view.overs, view.counters])

    def teardown(self) -> None:
        """Left alone, everything falls silent."""
        self.time_passes(LIMITS.over_s + LIMITS.queue_s + 2.5)
        for name in list(self.talker):
            self.give(FromRadio(name, OverEnded()))
        self.give(VoiceEnded("b-be"))  # an armed patch records for as long as somebody speaks
        self.time_passes(LIMITS.over_s + LIMITS.queue_s + LIMITS.wait_s + 2.5)
        assert self.keyed == {}
        assert self.source == {}
        assert self.kept == set(), "the engine keeps nothing that nobody can hear any more"
        assert {"free"} == {patch.floor for patch in self.box.heart.snapshot(self.box.now).patches}


def test_the_rules_that_keep_people_safe_hold_whatever_happens(make_box) -> None:
    machine = type("BoxedWorld", (World,), {"make_box": staticmethod(make_box)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=100,
            stateful_step_count=60,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
