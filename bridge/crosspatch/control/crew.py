"""The children of control: keeper first, then cards and engine; who carries whose audio; who failed.

Watching is done here, what a failure means for the patches is the heart's.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import structlog

from crosspatch.control.ports import Ports
from crosspatch.events import EngineEvent, PortChanged
from crosspatch.orders import AudioOrder
from crosspatch.plan import Plan, RadioPlan
from crosspatch.process.child import Child, MessageChild
from crosspatch.process.early import MOST_CARDS, Early
from crosspatch.process.keeping import KeeperChild
from crosspatch.process.messages import (
    Beat,
    CardSetup,
    CardState,
    ChannelSetup,
    EngineMeters,
    EngineSetup,
    FromCard,
    FromEngine,
    Stop,
)
from crosspatch_drivers.audio.base import PortState
from crosspatch_drivers.audio.settings import PyAudioSettings
from crosspatch_drivers.audio.shared import create_shared_ring

BEAT = 0.05
"""Seconds between control's signs of life to each child."""

RING_SECONDS = 1.0
"""What a card's rings hold each way: far above what normal work needs, so that a stall of the engine loses nothing."""

log = structlog.get_logger()

OnEngine = Callable[[EngineEvent | EngineMeters], None]
OnFailed = Callable[[str, tuple[str, ...], str], None]
"""``on_failed(process, radios whose audio or control it carried, reason)``."""


class Crew:
    """Starts, watches and ends the children."""

    def __init__(
        self,
        plan: Plan,
        on_engine: OnEngine,
        on_failed: OnFailed,
        on_released: Callable[[str], None],
        early: Early | None = None,
    ) -> None:
        """Make the children of ``plan``'s radios; nothing is started yet. ``early``: but the engine, perhaps."""
        self._plan = plan
        self._on_engine = on_engine
        self._on_failed = on_failed
        self._beat_at = 0.0
        self._beats = 0
        self.keeper = KeeperChild(self._keeper_died, on_released)
        self._cards = self._group_cards()
        self._ports = Ports(plan.radios, {card: radios for card, (_, radios) in self._cards.items()})
        if early is not None and len(self._cards) > MOST_CARDS:
            early.end()
            early = None
        spare = early.rings if early is not None else []
        self._rings = {card: self._make_rings(settings, spare) for card, (settings, _) in self._cards.items()}
        self.engine = MessageChild[AudioOrder | EngineSetup | Beat | Stop, EngineEvent | EngineMeters](
            "engine",
            "crosspatch.engine",
            EngineSetup(tuple(self._channel(radio) for radio in plan.radios.values())),
            incoming=FromEngine,
            on_message=self._engine_says,
            on_dead=self._engine_died,
            inherited=[descriptor for pair in self._rings.values() for descriptor in pair],
            understudied=True,
        )
        if early is not None:
            self.engine.begin_with(early)
            for descriptor in spare:
                os.close(descriptor)
        self.cards = [
            MessageChild[CardSetup | Beat | Stop, CardState](
                card,
                "crosspatch.card",
                CardSetup(asdict(settings), self._rings[card]),
                incoming=FromCard,
                on_message=lambda state, card=card: self._card_says(card, state),  # type: ignore[misc]
                on_dead=self._card_died,
                inherited=self._rings[card],
            )
            for card, (settings, _) in self._cards.items()
        ]

    @property
    def children(self) -> list[Child]:
        """All of them, in the order they are started."""
        return [self.keeper, *self.cards, self.engine]

    def start(self, now: float) -> None:
        """Start everything, the keeper first."""
        for child in self.children:
            child.start(now)

    def check(self, now: float) -> None:
        """Beat, and find the dead. Called every tick of control."""
        if now >= self._beat_at:
            self._beat_at = now + BEAT
            self._beats += 1
            for child in self.children:
                child.beat(self._beats)
        for child in self.children:
            child.check(now)

    def stop(self) -> None:
        """End everything, the keeper last."""
        for child in reversed(self.children):
            child.stop()
        for pair in self._rings.values():
            for descriptor in pair:
                os.close(descriptor)
        self._rings.clear()

    def _channel(self, radio: RadioPlan) -> ChannelSetup:
        card = _card_name(radio)
        return ChannelSetup(
            radio=radio.id,
            audio=asdict(radio.audio),
            rings=self._rings[card] if card else None,
            settle_ms=radio.settle_ms,
            look_back_ms=radio.look_back_ms,
            tail_ms=radio.tail_ms,
            tx_gain_db=radio.tx_gain_db,
            catch_up=radio.catch_up,
            stages=radio.stages,
        )

    def _group_cards(self) -> dict[str, tuple[PyAudioSettings, tuple[str, ...]]]:
        """Card name -> its settings and the radios on it. Radios on one pair of devices share a card."""
        cards: dict[str, tuple[PyAudioSettings, tuple[str, ...]]] = {}
        for radio in self._plan.radios.values():
            card = _card_name(radio)
            if card and isinstance(radio.audio, PyAudioSettings):
                settings, radios = cards.get(card, (replace(radio.audio, channel=0), ()))
                cards[card] = (settings, (*radios, radio.id))
        return cards

    @staticmethod
    def _make_rings(settings: PyAudioSettings, spare: list[int]) -> tuple[int, int]:
        """In the memory that the engine has already, where it does."""
        capacity = int(settings.rate * RING_SECONDS)
        one, other = (create_shared_ring(settings.channels, capacity, spare.pop() if spare else None) for _ in range(2))
        return one, other

    def _engine_says(self, message: EngineEvent | EngineMeters) -> None:
        if isinstance(message, PortChanged):
            self._tell(self._ports.engine_says(message))
        else:
            self._on_engine(message)

    def _card_says(self, card: str, state: CardState) -> None:
        log.info("sound card", card=card, state=state.state, reason=state.reason)
        trouble = None if state.state == PortState.OPEN.value else state.reason or f"the device is {state.state}"
        self._tell(self._ports.card_says(card, trouble))

    def _tell(self, changes: Sequence[PortChanged]) -> None:
        for change in changes:
            self._on_engine(change)

    def _keeper_died(self, name: str, reason: str) -> None:
        self._on_failed(name, self.keeper.armed, reason)

    def _engine_died(self, name: str, reason: str) -> None:
        self._on_failed(name, tuple(self._plan.radios), reason)
        self._tell(self._ports.engine_gone("the audio engine is starting again"))

    def _card_died(self, name: str, reason: str) -> None:
        self._on_failed(name, self._cards[name][1], reason)
        self._tell(self._ports.card_says(name, "the process of its sound card is starting again"))


def _card_name(radio: RadioPlan) -> str | None:
    if isinstance(radio.audio, PyAudioSettings):
        return f"card {radio.audio.input}/{radio.audio.output}"
    return None
