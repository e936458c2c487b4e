"""The radios of a dry run: the real PEI session against its twin, byte for byte, without a wire. Time is passed in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from crosspatch.events import Event, FromRadio, VoiceEnded, VoiceStarted
from crosspatch.plan import RadioPlan
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import (
    EndReason,
    Fit,
    Granted,
    Key,
    OverEnded,
    OverStarted,
    RadioEvent,
    RadioOrder,
    RadioState,
    SelectTalkgroup,
    StateChanged,
    TalkgroupSelected,
    TransmitEnded,
    Unkey,
)
from crosspatch_drivers.radio.pei.outbox import Emit, Reopen, Write
from crosspatch_drivers.radio.pei.profile import GENERIC
from crosspatch_drivers.radio.pei.session import Session
from crosspatch_drivers.twin import told as net
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.pei_radio import PeiRadio
from crosspatch_drivers.twin.settings import TwinRadio

CALM = replace(GENERIC, poll_s=600.0, keep_alive_s=700.0, assert_s=3600.0)
"""The usual radio, asked rarely how it is: in a dry run nothing happens to it behind our back."""


Tell = Callable[[Event], None]
"""Takes what the heart is to hear, to be handed on in this order."""


class Station(Protocol):
    """One radio of the gateway."""

    identity: Identity

    def start(self, now: float) -> None:
        """Switch it on."""

    def order(self, order: RadioOrder, now: float) -> None:
        """Take an order of the heart."""

    def told(self, told: net.Told, at: float) -> None:
        """Its network tells it something."""

    def next_due(self) -> float | None:
        """When `advance` has something to do."""

    def advance(self, now: float) -> None:
        """Let happen what is due."""


class PeiStation:
    """A radio with a data cable."""

    def __init__(self, plan: RadioPlan, network: Network, ssi: int, tell: Tell) -> None:
        """Switched off."""
        settings = TwinRadio(id=plan.id, network=plan.network, ssi=ssi, audio=plan.audio)
        self._name = plan.id
        self._twin = PeiRadio(settings, network)
        self._session = Session(network.identity(0), CALM, plan.id)
        self._tell_heart = tell
        self._due: float | None = None
        self.identity = self._twin.identity

    def start(self, now: float) -> None:
        """Switch it on and open its line."""
        self._twin.power_on(now)
        self._session.opened(now)
        self._move(now)

    def order(self, order: RadioOrder, now: float) -> None:
        """Take an order of the heart."""
        self._session.order(order, now)
        self._move(now)

    def told(self, told: net.Told, at: float) -> None:
        """Its network tells it something."""
        self._twin.told(told, at)
        self._due = at

    def next_due(self) -> float | None:
        """When `advance` has something to do."""
        return self._due

    def advance(self, now: float) -> None:
        """Let happen what is due."""
        if self._due is None or self._due > now:
            return
        self._twin.advance(now)
        deadline = self._session.deadline()
        if deadline is not None and deadline <= now:
            self._session.tick(now)
        self._move(now)

    def _move(self, now: float) -> None:
        """Bytes both ways until nothing moves at this moment."""
        moving = True
        while moving:
            moving = False
            if data := self._twin.take(now):
                self._session.received(data, now)
                moving = True
            for action in self._session.take():
                moving = True
                match action:
                    case Write(data=out):
                        self._twin.feed(out, now)
                    case Emit(event=event):
                        self._tell_heart(FromRadio(self._name, event))
                    case Reopen(reason=reason):
                        self._session.closed(reason, now)
                        self._session.opened(now)
        times = [self._session.deadline(), self._twin.next_due()]
        self._due = min((at for at in times if at is not None), default=None)


class VoiceStation:
    """A radio without a data cable, keyed by voice or by a wire: heard when somebody speaks in its group."""

    def __init__(self, plan: RadioPlan, network: Network, ssi: int, tell: Tell) -> None:
        """Switched off."""
        self._name, self._network, self._squelch = plan.id, network, plan.keying == "wired"
        self.identity = network.identity(ssi)
        self._tell_heart = tell
        self._hears = self._keyed = False

    def start(self, now: float) -> None:
        """Switch it on."""
        self._network.enlist(self.identity, 0, now)
        self._tell(StateChanged(RadioState.IDLE, "without a data cable"), Fit())

    def order(self, order: RadioOrder, now: float) -> None:
        """Take an order of the heart."""
        match order:
            case SelectTalkgroup(gssi=gssi):
                self._network.enlist(self.identity, gssi, now)
                self._tell(TalkgroupSelected(gssi))
            case Key(priority=priority):
                self._keyed = True
                self._network.ask(self.identity, priority, now)
                self._tell(Granted(), StateChanged(RadioState.TRANSMITTING))
            case Unkey() if self._keyed:
                self._keyed = False
                self._network.cease(self.identity, now)
                self._tell(TransmitEnded(EndReason.RELEASED), StateChanged(RadioState.IDLE))

    def told(self, told: net.Told, at: float) -> None:  # noqa: ARG002 - heard at once
        """Its network tells it something."""
        speaks = isinstance(told, net.OtherTalks | net.Interrupted)
        if speaks and not self._hears and not self._keyed:
            self._hears = True
            self._tell_heart(FromRadio(self._name, OverStarted(None)) if self._squelch else VoiceStarted(self._name))
        elif not speaks and isinstance(told, net.Ceased | net.Released) and self._hears:
            self._hears = False
            self._tell_heart(FromRadio(self._name, OverEnded()) if self._squelch else VoiceEnded(self._name))

    def next_due(self) -> float | None:
        """Nothing happens by itself."""
        return None

    def advance(self, now: float) -> None:
        """Nothing happens by itself."""

    def _tell(self, *events: RadioEvent) -> None:
        for event in events:
            self._tell_heart(FromRadio(self._name, event))
