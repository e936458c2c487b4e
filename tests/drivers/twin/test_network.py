"""The switching of a virtual network: grants after their delay, queue, denial, pre-emption, and how calls end."""

from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.network import MOST_INDICATIONS, Network
from crosspatch_drivers.twin.settings import TwinNetwork
from crosspatch_drivers.twin.told import (
    Attached,
    Cause,
    Ceased,
    Connected,
    Denied,
    Granted,
    Incoming,
    Interrupted,
    OtherTalks,
    Proceeding,
    Queued,
    Registered,
    Released,
)

from .conftest import GROUP, OTHER, Rig


@pytest.mark.parametrize("grant_ms", [20.0, 100.0, 2000.0])
def test_a_request_is_granted_after_the_delay_and_not_before(grant_ms: float) -> None:
    rig = Rig(grant_ms=grant_ms)
    rig.ask(rig.a)
    rig.after(grant_ms / 1000 - 0.001)
    assert rig.talker is None
    rig.after(0.002)
    assert rig.talker == rig.a


def test_everybody_in_the_group_hears_of_the_talker(rig: Rig) -> None:
    call = rig.ask(rig.a)
    rig.after(1.0)
    heard = rig.told_each()
    assert heard[rig.a] == [Proceeding(call, False), Connected(call), Granted(call)]
    assert heard[rig.b] == [Incoming(call, GROUP, rig.a, 0), Connected(call), OtherTalks(call, rig.a)]
    assert heard[rig.c] == heard[rig.b]


def test_the_second_over_of_a_call_is_told_without_setting_it_up_again(rig: Rig) -> None:
    call = rig.ask(rig.a)
    rig.after(1.0)
    rig.cease(rig.a)
    rig.told()
    assert rig.ask(rig.b) == call
    rig.after(1.0)
    heard = rig.told_each()
    assert heard[rig.b] == [Granted(call)]
    assert heard[rig.a] == [OtherTalks(call, rig.b)]


def test_the_end_of_an_over_is_told_to_all_and_the_call_hangs_on_then_ends(rig: Rig) -> None:
    call = rig.ask(rig.a)
    rig.after(1.0)
    rig.told()
    rig.cease(rig.a)
    assert rig.told() == [Ceased(call)] * 3
    rig.after(4.9)
    assert rig.told() == []
    rig.after(0.2)
    assert rig.told() == [Released(call, Cause.EXPIRY)] * 3
    assert rig.network.call(GROUP) is None


def test_who_asks_while_another_speaks_waits_and_is_served_after_him(rig: Rig) -> None:
    call = rig.ask(rig.a)
    rig.after(1.0)
    rig.told()
    rig.ask(rig.b)
    assert rig.told() == [Queued(call)]
    rig.cease(rig.a)
    rig.after(0.1)
    assert rig.talker is None
    rig.after(0.2)
    assert rig.talker == rig.b


def test_the_queue_goes_by_priority_then_by_age(rig: Rig) -> None:
    for who, priority in ((rig.a, 1), (rig.b, 0), (rig.c, 1)):
        rig.ask(who, priority)
        rig.after(0.3)
    rig.cease(rig.a)
    rig.after(0.3)
    assert rig.talker == rig.c
    rig.cease(rig.c)
    rig.after(0.3)
    assert rig.talker == rig.b


def test_where_a_busy_group_denies_nobody_waits() -> None:
    rig = Rig(busy="deny")
    call = rig.ask(rig.a)
    rig.after(1.0)
    rig.told()
    rig.ask(rig.b)
    assert rig.told() == [Denied(call)]
    rig.cease(rig.a)
    rig.after(1.0)
    assert rig.talker is None


def test_who_waits_too_long_is_denied() -> None:
    rig = Rig(queue_s=3.0)
    call = rig.ask(rig.a)
    rig.after(1.0)
    rig.ask(rig.b)
    rig.told()
    rig.after(2.9)
    assert rig.told(rig.b) == []
    rig.after(0.2)
    assert rig.told(rig.b) == [Denied(call)]


def test_a_network_that_denies_refuses_in_a_call_and_releases_a_new_one() -> None:
    rig = Rig(deny=True)
    call = rig.ask(rig.a)
    rig.after(1.0)
    assert rig.told() == [Released(call, Cause.CONGESTION)]
    assert rig.network.call(GROUP) is None


def test_a_request_in_a_standing_call_is_denied_when_the_network_turns_to_denying(rig: Rig) -> None:
    from dataclasses import replace

    call = rig.ask(rig.a)
    rig.after(1.0)
    rig.cease(rig.a)
    rig.network.settings = replace(rig.network.settings, deny=True)
    rig.told()
    rig.ask(rig.b)
    rig.after(1.0)
    assert rig.told() == [Denied(call)]


@pytest.mark.parametrize("priority", [2, 3])
def test_a_pre_emptive_request_interrupts_who_speaks(rig: Rig, priority: int) -> None:
    call = rig.ask(rig.a)
    rig.after(1.0)
    rig.told()
    rig.ask(rig.b, priority)
    assert rig.talker == rig.a  # until the network has served the request
    rig.after(0.3)
    heard = rig.told_each()
    assert heard[rig.a] == [Interrupted(call, rig.b)]
    assert heard[rig.b] == [Granted(call)]
    assert heard[rig.c] == [OtherTalks(call, rig.b)]
    assert [talk.reason for talk in rig.network.talks] == ["pre-empted", ""]


def test_an_equal_priority_does_not_pre_empt(rig: Rig) -> None:
    rig.ask(rig.a, 2)
    rig.after(1.0)
    rig.ask(rig.b, 2)
    rig.after(1.0)
    assert rig.talker == rig.a


def test_an_emergency_call_is_announced_as_one(rig: Rig) -> None:
    call = rig.ask(rig.a, 3)
    rig.after(1.0)
    assert rig.told(rig.b)[0] == Incoming(call, GROUP, rig.a, 15)


def test_a_withdrawn_request_takes_a_call_that_never_stood_with_it(rig: Rig) -> None:
    call = rig.ask(rig.a)
    rig.cease(rig.a)
    assert rig.told() == [Released(call, Cause.USER)]
    rig.after(1.0)
    assert rig.talker is None


def test_a_withdrawn_request_in_the_queue_is_not_served(rig: Rig) -> None:
    rig.ask(rig.a)
    rig.after(1.0)
    rig.ask(rig.b)
    rig.cease(rig.b)
    rig.cease(rig.a)
    rig.after(1.0)
    assert rig.talker is None


def test_no_over_is_longer_than_the_transmit_time_out() -> None:
    rig = Rig(tot_s=10.0)
    call = rig.ask(rig.a)
    rig.after(0.2)
    rig.told()
    rig.after(9.9)
    assert rig.talker == rig.a
    rig.after(0.2)
    assert rig.talker is None
    assert rig.told() == [Ceased(call)] * 3
    assert rig.network.talks[-1].reason == "transmit time-out"


def test_a_call_ends_at_its_limit_even_while_somebody_speaks() -> None:
    rig = Rig(call_s=20.0, tot_s=0.0)
    call = rig.ask(rig.a)
    rig.after(20.1)
    rig.told()
    rig.after(0.2)
    assert rig.told() == [Released(call, Cause.EXPIRY)] * 3
    assert rig.network.talks[-1].ended_at == pytest.approx(120.2)


def test_late_entry_hears_of_the_call_and_of_who_speaks(rig: Rig) -> None:
    call = rig.ask(rig.a)
    rig.after(1.0)
    rig.told()
    late = rig.network.identity(9)
    rig.network.enlist(late, GROUP, rig.now)
    assert rig.told() == [Incoming(call, GROUP, rig.a, 0), Connected(call), OtherTalks(call, rig.a)]


def test_the_owner_who_leaves_takes_the_call_with_him_but_not_while_another_speaks(rig: Rig) -> None:
    call = rig.ask(rig.a)
    rig.after(1.0)
    rig.cease(rig.a)
    rig.ask(rig.b)
    rig.after(0.3)
    rig.told()
    rig.leave(rig.a)
    assert rig.told() == [Released(call, Cause.USER)]
    assert rig.talker == rig.b


def test_a_talker_who_vanishes_ends_his_over(rig: Rig) -> None:
    call = rig.ask(rig.a)
    rig.after(1.0)
    rig.told()
    rig.network.deregister(rig.a, rig.now)
    assert rig.told_each()[rig.b] == [Ceased(call), Released(call, Cause.USER)]
    assert rig.network.talks[-1].ended_at == rig.now


def test_attaching_takes_its_time_and_leaves_the_old_group_at_once() -> None:
    rig = Rig(attach_ms=500.0)
    rig.network.attach(rig.a, OTHER, rig.now)
    assert rig.network.attaching(rig.a)
    assert rig.network.members(GROUP) == [rig.b, rig.c]
    rig.after(0.4)
    assert rig.told() == []
    rig.after(0.2)
    assert rig.told() == [Attached(OTHER)]
    assert rig.network.members(OTHER) == [rig.a]


def test_a_group_the_network_does_not_know_is_refused(rig: Rig) -> None:
    with pytest.raises(ValueError, match="has no talkgroup 77"):
        rig.network.attach(rig.a, 77, rig.now)
    assert rig.network.group(rig.a) == GROUP


def test_nobody_speaks_outside_of_a_group(rig: Rig) -> None:
    rig.network.attach(rig.a, 0, rig.now)
    with pytest.raises(ValueError, match="is in no talkgroup"):
        rig.ask(rig.a)


def test_registration_takes_its_time() -> None:
    rig = Rig(registration_ms=1000.0)
    new = rig.network.identity(7)
    rig.network.register(new, rig.now)
    rig.after(0.9)
    assert not rig.network.registered(new)
    rig.after(0.2)
    assert rig.network.registered(new)
    assert rig.told() == [Registered()]


def test_equal_seeds_give_equal_networks() -> None:
    def course(seed: int) -> list[float]:
        network = Network(TwinNetwork(id="n", mcc=1, mnc=1, groups=(GROUP,), grant_jitter_ms=500.0), seed)
        who = network.identity(1)
        network.enlist(who, GROUP, 0.0)
        for second in range(0, 100, 10):
            network.ask(who, 1, float(second))
            network.cease(who, second + 5.0)
        return [talk.granted_at for talk in network.talks]

    assert course(1) == course(1)
    assert course(1) != course(2)


def test_indications_that_nobody_takes_are_bounded_and_counted(rig: Rig) -> None:
    for _ in range(MOST_INDICATIONS):
        rig.ask(rig.a)
        rig.after(0.3)
        rig.cease(rig.a)
    assert len(rig.told()) == MOST_INDICATIONS
    assert rig.network.lost_indications > 0


class Anything(RuleBasedStateMachine):
    """Whatever subscribers do, at most one of a group speaks, and everybody is told so."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig(queue_s=2.0, hang_s=1.0, tot_s=5.0, call_s=20.0)
        self.speaking: set[Identity] = set()

    who = st.sampled_from("abc")

    @rule(who=who, priority=st.integers(0, 3))
    def ask(self, who: str, priority: int) -> None:
        if self.rig.network.group(getattr(self.rig, who)):
            self.rig.ask(getattr(self.rig, who), priority)

    @rule(who=who)
    def cease(self, who: str) -> None:
        self.rig.cease(getattr(self.rig, who))

    @rule(who=who)
    def leave(self, who: str) -> None:
        self.rig.leave(getattr(self.rig, who))

    @rule(who=who, group=st.sampled_from([0, GROUP, GROUP, OTHER]))
    def attach(self, who: str, group: int) -> None:
        self.rig.network.attach(getattr(self.rig, who), group, self.rig.now)

    @rule(seconds=st.sampled_from([0.01, 0.1, 0.25, 1.0, 3.0]))
    def wait(self, seconds: float) -> None:
        self.rig.after(seconds)

    @invariant()
    def who_was_told_that_he_may_speak_does(self) -> None:
        for who, told, _ in self.rig.network.take():
            if isinstance(told, Granted):
                self.speaking.add(who)
            elif isinstance(told, Interrupted | Ceased | Released | Denied):
                self.speaking.discard(who)
        talking = {talk.talker for group in (GROUP, OTHER) if (talk := self.rig.network.talk(group))}
        assert self.speaking == talking

    @invariant()
    def overs_of_a_group_do_not_overlap(self) -> None:
        for group in (GROUP, OTHER):
            talks = [talk for talk in self.rig.network.talks if talk.gssi == group]
            for before, after in pairwise(talks):
                assert before.ended_at is not None
                assert before.ended_at <= after.granted_at


Anything.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestAnything = Anything.TestCase
