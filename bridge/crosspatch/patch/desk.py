"""Where the rooms of the heart lay down what they decided: orders, deadlines, counters, patches to look at again."""

from collections import Counter

from crosspatch.orders import Order, Record, TellRadio
from crosspatch.patch.deadlines import Deadlines
from crosspatch_drivers.radio.base import RadioOrder


class Desk:
    """One step's decisions, whose orders `take` hands out after each event; and the deadlines still to come."""

    def __init__(self) -> None:
        """An empty desk."""
        self.counters: Counter[str] = Counter()
        self.deadlines = Deadlines()
        self._orders: list[Order] = []
        self._touched: dict[str, None] = {}

    def put(self, order: Order) -> None:
        """Lay down an order; they are carried out in this order."""
        self._orders.append(order)

    def tell(self, radio: str, order: RadioOrder) -> None:
        """An order for a radio."""
        self._orders.append(TellRadio(radio, order))

    def record(self, kind: str, subject: str, text: str, facts: dict[str, object] | None = None) -> None:
        """A decision with its reason, for the journal."""
        self._orders.append(Record(kind, subject, text, facts or {}))

    def count(self, name: str) -> None:
        """One more of these."""
        self.counters[name] += 1

    def touch(self, patch: str | None) -> None:
        """Something that this patch depends on changed: it is looked at before the step ends."""
        if patch is not None:
            self._touched[patch] = None

    def next_touched(self) -> str | None:
        """The patch to look at next, first touched first; None when all are settled."""
        patch = next(iter(self._touched), None)
        if patch is not None:
            del self._touched[patch]
        return patch

    def take(self) -> list[Order]:
        """All orders of this step; the desk is empty then."""
        orders, self._orders = self._orders, []
        return orders
