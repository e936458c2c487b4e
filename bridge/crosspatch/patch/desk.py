"""Where the rooms of the heart lay down what they decided: orders, deadlines, counters, patches to look at again."""

from collections import Counter, OrderedDict

from crosspatch.orders import Order, Record, TellRadio
from crosspatch.patch.deadlines import Deadlines
from crosspatch_drivers.radio.base import RadioOrder

REPEATED_S = 10.0
"""Seconds in which the same sentence about the same thing is written down only `REPEATS` times."""

REPEATS = 5
"""Times; what comes more often is a fault that flaps, and becomes a counter."""

REMEMBERED = 1024
"""Sentences that are watched for that."""

ALWAYS = frozenset({"command", "over", "safety"})
"""Kinds of record of which none is left out, however often it comes."""


class Desk:
    """One step's decisions, whose orders `take` hands out after each event; and the deadlines still to come."""

    def __init__(self) -> None:
        """An empty desk."""
        self.counters: Counter[str] = Counter()
        self.deadlines = Deadlines()
        self.now = 0.0  # of the step under way
        self._written: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()  # since when, how often
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
        if kind not in ALWAYS and self._flaps(subject, text):
            self.count("records left out: repeated")
            return
        self._orders.append(Record(kind, subject, text, facts or {}))

    def _flaps(self, subject: str, text: str) -> bool:
        since, times = self._written.pop((subject, text), (self.now, 0))
        if self.now - since > REPEATED_S:
            since, times = self.now, 0
        self._written[subject, text] = (since, times + 1)
        if len(self._written) > REMEMBERED:
            self._written.popitem(last=False)
        return times >= REPEATS

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
