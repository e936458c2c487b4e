"""Whatever the wire does: each Key has one end, no radio stays on the air unwanted, and all is well when it behaves.

Bytes come one at a time, glued, late; one in a hundred is lost; the port is cut; the radio restarts. The far end is the
twin of a radio in its network, time is virtual.
"""

from dataclasses import replace
from random import Random
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.drivers.radio.conftest import GROUP, MCC, MNC, NETWORK, OFFICER, OTHER_GROUP, RADIO, HostileWire, Rig

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    Granted,
    Key,
    MessageEnded,
    OverEnded,
    OverStarted,
    RadioEvent,
    RadioState,
    SelectTalkgroup,
    SendText,
    TalkgroupSelected,
    TransmitEnded,
    Unkey,
)
from crosspatch_drivers.radio.pei.letters import REPORT_S, TEXT_S
from crosspatch_drivers.sds.message import STATUS
from crosspatch_drivers.twin.told import ShortData

UNWANTED = 12.0
"""Seconds in which a radio that is on the air unwanted, and can be reached, must be off, whatever gets lost."""

WIRES = {
    "byte by byte": {"single": True},
    "glued": {"glue": 0.05},
    "late": {"delay": 0.4, "single": True},
    "very late": {"delay": 0.5},
    "lossy": {"loss": 0.01},
    "all of it": {"loss": 0.01, "delay": 0.2, "glue": 0.02},
}


class Gateway(RuleBasedStateMachine):
    """What the heart orders and the world does to one radio."""

    wire: ClassVar[dict[str, float]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.keys = self.texts = 0
        self.ended: set[int] = set()
        self.granted = False
        self.heard = False
        self.heard_priority = 0

    @initialize(seed=st.integers(0, 10**6), late_caller=st.booleans(), preempted=st.sampled_from(["ctxi", "ctxg"]))
    def begin(self, seed: int, late_caller: bool, preempted: str) -> None:
        dice = Random(seed)
        self.up, self.down = HostileWire(dice, **self.wire), HostileWire(dice, **self.wire)  # type: ignore[arg-type]
        self.rig = Rig(
            network_settings=replace(NETWORK, hang_s=2.0, busy="queue" if seed % 2 else "deny"),
            radio_settings=replace(RADIO, late_caller=late_caller, preempted=preempted),  # type: ignore[arg-type]
            up=self.up,
            down=self.down,
            seed=seed,
        )
        self.rig.react = self.check
        self.unwanted_since = float("inf")
        self.rig.open()
        self.run(6.0)

    # ---- what happens -----------------------------------------------------------------------------------------

    @rule(priority=st.integers(0, 3))
    def key(self, priority: int) -> None:
        self.keys += 1
        self.rig.order(Key(priority))

    @rule()
    def unkey(self) -> None:
        self.rig.order(Unkey())

    @rule()
    def release_now(self) -> None:
        self.rig.release_now()

    @rule(priority=st.integers(0, 3))
    def officer_speaks(self, priority: int) -> None:
        self.rig.officer_speaks(priority)

    @rule()
    def officer_stops(self) -> None:
        self.rig.officer_stops()

    @rule(gssi=st.sampled_from([GROUP, OTHER_GROUP, 4711]))
    def select(self, gssi: int) -> None:
        self.rig.order(SelectTalkgroup(gssi))

    @rule(gssi=st.sampled_from([GROUP, OTHER_GROUP]))
    def knob(self, gssi: int) -> None:
        if self.rig.network.registered(self.rig.radio.identity):
            self.rig.network.attach(self.rig.radio.identity, gssi, self.rig.now)

    @rule(number=st.integers(0, 3), group=st.booleans())
    def text(self, number: int, group: bool) -> None:
        """A text of ours; long ones come in parts."""
        self.texts += 1
        called = Identity(MCC, MNC, GROUP) if group else OFFICER
        self.rig.order(SendText(called, "white van " * 10**number, group=group, reference=self.texts))

    @rule(status=st.sampled_from([0, 0x8004]))
    def status_comes(self, status: int) -> None:
        message = ShortData(OFFICER, self.rig.radio.identity, STATUS, 16, f"{status:04X}")
        self.rig.network.post.deliver(message, self.rig.now)

    @precondition(lambda self: not self.up.loss)
    @rule()
    def own_key(self) -> None:
        """Somebody presses the radio's own key, of which the radio tells us; or a grant comes late."""
        if self.rig.network.group(self.rig.radio.identity) and self.rig.radio.services and self.rig.port_open:
            self.rig.network.ask(self.rig.radio.identity, 1, self.rig.now)

    @rule()
    def restart(self) -> None:
        self.rig.world.reboot("r1", self.rig.now)

    @precondition(lambda self: self.rig.port_open)
    @rule()
    def cut(self) -> None:
        self.rig.close()

    @precondition(lambda self: not self.rig.port_open)
    @rule()
    def back(self) -> None:
        self.rig.open()

    @rule(seconds=st.sampled_from([0.003, 0.02, 0.1, 0.25, 0.5, 1.0, 3.0, 8.0]))
    def run(self, seconds: float) -> None:
        self.rig.run(seconds, self.watch)

    def watch(self) -> bool:
        """Called at every moment of virtual time; never ends a wait."""
        rig = self.rig
        wanted = self.pending > 0
        if not rig.radio.transmitting or not rig.port_open or wanted:
            self.unwanted_since = float("inf")
        else:
            self.unwanted_since = min(self.unwanted_since, rig.now)
        assert rig.now - self.unwanted_since < UNWANTED, "on the air, and nobody wants it"
        return False

    # ---- what must hold ---------------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """Key orders without their end."""
        return self.keys - len(self.rig.all(TransmitEnded))

    def check(self, event: RadioEvent) -> None:
        match event:
            case Granted():
                assert self.pending == 1
                assert not self.granted, "granted twice"
                self.granted = True
            case TransmitEnded():
                assert self.pending >= 0, "an end without a key"
                self.granted = self.granted and self.pending > 0
            case MessageEnded(reference=reference):
                assert reference not in self.ended, "a message ended twice"
                self.ended.add(reference)
            case OverStarted(priority=priority):
                assert not self.heard or priority > self.heard_priority, "an over began within an over"
                self.heard, self.heard_priority = True, priority
            case OverEnded():
                assert self.heard, "an over ended that had not begun"
                self.heard = False

    @invariant()
    def one_key_at_most_is_pending(self) -> None:
        if hasattr(self, "rig"):
            assert self.pending in (0, 1)

    def teardown(self) -> None:
        """The wire behaves again: soon everything is as the network has it, and works."""
        if not hasattr(self, "rig"):
            return
        rig = self.rig
        self.up.behave()
        self.down.behave()
        self.rig.order(Unkey())
        if not rig.port_open:
            rig.open()
        rig.officer_stops()
        self.run(75.0)
        self.run(2 * TEXT_S + REPORT_S)
        assert self.ended == set(range(1, self.texts + 1)), "a message without its end"
        assert self.pending == 0
        assert not rig.radio.transmitting
        assert rig.session.state is RadioState.IDLE
        assert rig.session._parts.service.fit, rig.session._parts.service.reason
        assert rig.plan is None
        assert not self.heard
        rig.order(SelectTalkgroup(GROUP))
        assert rig.wait_for(TalkgroupSelected) == TalkgroupSelected(GROUP)
        self.key(1)
        rig.wait_for(Granted)
        self.unkey()
        rig.wait_for(TransmitEnded)
        self.run(5.0)
        rig.officer_speaks()
        rig.wait_for(OverStarted)
        rig.officer_stops()
        rig.wait_for(OverEnded)


@pytest.mark.parametrize("wire", WIRES)
def test_no_wire_brings_a_wrong_state_or_a_missed_un_key(wire: str) -> None:
    machine = type("Gateway", (Gateway,), {"wire": WIRES[wire]})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making an example smaller takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
