"""Whatever radios, rules, engine and failures do, in any order: what keeps people safe hold after each step."""

from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tests.bridge.heart.box import NETWORKS
from tests.bridge.heart.notebook import Notebook

from crosspatch.commands import Close, Command, Consent, Extend, Hold, LegMode, Open, SetLeg, What
from crosspatch.events import (
    EchoHeard,
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
from crosspatch.heart import Heart
from crosspatch.kept import Kept
from crosspatch.orders import Order, PatchChanged
from crosspatch.plan import Limits
from crosspatch.snapshot import PatchView
from crosspatch.wish import Want, Wish
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
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
)

RULES = {"one": ("nl", "be"), "two": ("nl-2", "be", "lu"), "three": ("nl-2", "lu")}
RADIOS = {"a-nl": "c2000", "b-nl": "c2000", "a-be": "astrid", "b-be": "astrid", "a-lu": "renita"}
LIMITS = Limits(over_s=10.0, grant_s=3.0, queue_s=6.0, wait_s=5.0)
OWN = Identity(206, 1, 9001)

ASKING = NETWORKS | {"astrid": replace(NETWORKS["astrid"], consent="by-hand", owners=("owner",))}
"""ASTRID wants to be asked for what people open by hand."""

PATCHES = [*RULES, "incident", "nowhere"]

radios = st.sampled_from(sorted(RADIOS))
talkers = st.sampled_from([None, OWN, Identity(204, 1, 501), Identity(206, 1, 777), Identity(270, 1, 31)])


class World(Notebook, RuleBasedStateMachine):
    """A box with everything that can happen to it."""

    make_box: Any
    limits, own = LIMITS, OWN

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, PatchView] = {}  # each patch as it looked when the heart told that it changed
        self.box = self.make_box(RULES, RADIOS, limits=LIMITS, voice=("b-be",), networks=ASKING)
        self.open_notebook()
        self.give(FromRadio("a-be", OwnIdentity(OWN)))
        self.all_is_well_again("one")

    def note_orders(self, orders: list[Order], drained: set[tuple[int, str]]) -> None:
        super().note_orders(orders, drained)
        for name in [order.patch for order in orders if isinstance(order, PatchChanged)]:
            if name in self.box.heart._patches:
                view = self.box.heart.patch(name)
                assert view != self.told.get(name), "told, and nothing changed"
                self.told[name] = view

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

    @rule(
        patch=st.sampled_from(PATCHES),
        what=st.one_of(
            st.builds(
                Open, st.sampled_from([0.0, 5.0, 60.0]), st.sampled_from([(), ("nl", "be", "lu")]), st.booleans()
            ),
            st.builds(Hold, st.sampled_from([5.0, 60.0])),
            st.builds(Extend, st.sampled_from([5.0, 60.0])),
            st.just(Close()),
            st.builds(SetLeg, st.sampled_from(["nl", "nl-2", "be", "lu"]), st.sampled_from(LegMode)),
        ),
    )
    def a_person_commands(self, patch: str, what: What) -> None:
        command = Command(patch, what, "jansen", "a pursuit")
        refusal = self.box.heart.refusal(command, self.box.now)
        before = self.box.heart.kept()
        self.give(command)
        if refusal:
            assert before == self.box.heart.kept(), "refused, and something changed"

    @rule(patch=st.sampled_from(PATCHES), agreed=st.sampled_from([True, True, False]))
    def an_owner_answers(self, patch: str, agreed: bool) -> None:
        self.give(Command(patch, Consent("astrid", agreed), "owner", "as agreed"))

    @rule(wanted=st.sampled_from(list(RULES)), away_s=st.sampled_from([0.5, 30.0]))
    def control_dies_and_is_started_again(self, wanted: str, away_s: float) -> None:
        """The keeper un-keys every radio; a new heart knows what was kept, and nothing else."""
        kept = msgspec.json.decode(msgspec.json.encode(self.box.heart.kept()), type=Kept)
        by_hand = {patch.id: patch.hand for patch in kept.patches if patch.hand is not None}
        self.box.heart = Heart(self.box.plan, self.box.rules)
        self.told.clear()
        self.box.now += away_s
        self.open_notebook()
        self.note_orders(self.box.keep(self.box.heart.restore(kept, 0.0, self.box.now)), set())
        for name, hand in by_hand.items():
            patch = self.box.heart._patches.get(name)
            assert (hand.until > self.box.now) == (patch is not None and patch.hand is not None)
        self.give(FromRadio("a-be", OwnIdentity(OWN)))
        self.all_is_well_again(wanted)

    # ---- what always holds ----

    @invariant()
    def bounds_hold(self) -> None:
        self.no_radio_is_keyed_longer_than_the_bound()
        self.no_talker_holds_the_floor_beyond_the_limit()

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
    def whoever_hears_of_each_change_knows_how_every_patch_looks(self) -> None:
        patches = self.box.heart._patches
        self.told = {name: view for name, view in self.told.items() if name in patches}
        for name in patches:
            view = self.box.heart.patch(name)
            assert view == self.told.get(name) or (name not in self.told and view.state == "down")

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
