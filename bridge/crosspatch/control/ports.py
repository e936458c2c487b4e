"""Which radios have sound: what the engine sees of a port and what the card's process says of its device, joined.

A port works when both say so. The engine sees that sound flows but not why it does not; the card knows why, and
notices a pause too short for the engine to see. Pure: not for watching the processes, which is `crew`'s.
"""

from collections.abc import Iterable, Mapping

from crosspatch.events import PortChanged

NOT_YET = "the audio port is not open yet"
"""Why a port does not work of which nothing was heard."""


class Ports:
    """The ports of all radios."""

    def __init__(self, radios: Iterable[str], cards: Mapping[str, tuple[str, ...]]) -> None:
        """``cards``: the radios on each sound card. Nothing works until both sides said so."""
        self._cards = cards
        self._card_of = {radio: card for card, names in cards.items() for radio in names}
        self._engine: dict[str, str | None] = dict.fromkeys(radios, NOT_YET)  # why not; None: it works
        self._card: dict[str, str | None] = dict.fromkeys(cards, NOT_YET)
        self._told: dict[str, str | None] = dict.fromkeys(self._engine, NOT_YET)

    def engine_says(self, event: PortChanged) -> list[PortChanged]:
        """The engine sees sound flow, or not."""
        self._engine[event.radio] = None if event.up else event.reason
        return self._changes((event.radio,))

    def engine_gone(self, reason: str) -> list[PortChanged]:
        """No port works without an engine."""
        self._engine = dict.fromkeys(self._engine, reason)
        return self._changes(self._engine)

    def card_says(self, card: str, trouble: str | None) -> list[PortChanged]:
        """The card's device works (None), or why not."""
        self._card[card] = trouble
        return self._changes(self._cards[card])

    def _changes(self, radios: Iterable[str]) -> list[PortChanged]:
        """What is different now from what was told before; the card's reason goes before the engine's."""
        changes = []
        for radio in radios:
            card = self._card.get(self._card_of.get(radio, ""))
            trouble = self._engine.get(radio) if card is None else card
            if self._told.get(radio, NOT_YET) != trouble:
                self._told[radio] = trouble
                changes.append(PortChanged(radio, trouble is None, trouble or ""))
        return changes
