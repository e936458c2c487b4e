"""Where the rooms of the heart lay down what they decided: orders, deadlines, counters, patches to look at again."""

from collections import Counter, OrderedDict
from dataclasses import dataclass

from crosspatch.orders import Order, Record, TellRadio
from crosspatch.patch.deadlines import Deadlines, Timer
from crosspatch_drivers.radio.base import RadioOrder

REPEATED_S = 10.0
"""Seconds in which the same sentence about the same thing is written down only `REPEATS` times."""

REPEATS = 5
"""Times; what comes more often is a fault that flaps: one record tells at the end how often it came besides."""

REMEMBERED = 1024
"""Sentences that are watched for that."""

ALWAYS = frozenset({"command", "over", "safety"})
"""Kinds of record of which none is left out, however often it comes."""


@dataclass(slots=True)
class Repeated:
    """A sentence that was written down lately."""

    kind: str
    subject: str
    text: str
    since: float
    times: int = 0


class Desk:
    """One step's decisions, whose orders `take` hands out after each event; and the deadlines still to come."""

    def __init__(self) -> None:
        """An empty desk."""
        self.counters: Counter[str] = Counter()
        self.deadlines = Deadlines()
        self.now = 0.0  # of the step under way
        self._written: OrderedDict[str, Repeated] = OrderedDict()
        self._orders: list[Order] = []
        self._touched: dict[str, bool] = {}  # True: to be settled, not only to have its floor looked at

    def put(self, order: Order) -> None:
        """Lay down an order; they are carried out in this order."""
        self._orders.append(order)

    def tell(self, radio: str, order: RadioOrder) -> None:
        """An order for a radio."""
        self._orders.append(TellRadio(radio, order))

    def record(
        self, kind: str, subject: str, text: str, facts: dict[str, object] | None = None, *, loud: bool = False
    ) -> None:
        """A decision with its reason, for the journal; ``loud`` in the log, as whatever concerns safety always is."""
        if kind not in ALWAYS and self._flaps(kind, subject, text):
            self.count("records left out: repeated")
            return
        self._orders.append(Record(kind, subject, text, facts or {}, loud or kind == "safety"))

    def sum_up(self, key: str) -> None:
        """The time of a sentence is over: if it was left out, how often is written down."""
        known = self._written.pop(key, None)
        self.deadlines.cancel(Timer.REPEATED, key)
        if known is not None and known.times > REPEATS:
            more = known.times - REPEATS
            text = f"{known.text} ({more} times more within {REPEATED_S:g} s)"
            self._orders.append(Record(known.kind, known.subject, text, {"times": more}))

    def sum_up_all(self) -> None:
        """Nothing more is coming."""
        for key in list(self._written):
            self.sum_up(key)

    def _flaps(self, kind: str, subject: str, text: str) -> bool:
        key = f"{subject}\0{text}"
        known = self._written.get(key)
        if known is not None and self.now - known.since > REPEATED_S:
            self.sum_up(key)
            known = None
        if known is None:
            known = self._written[key] = Repeated(kind, subject, text, self.now)
            if len(self._written) > REMEMBERED:
                self.sum_up(next(iter(self._written)))
        known.times += 1
        if known.times == REPEATS + 1:
            self.deadlines.set(Timer.REPEATED, key, known.since + REPEATED_S)
        return known.times > REPEATS

    def count(self, name: str) -> None:
        """One more of these."""
        self.counters[name] += 1

    def touch(self, patch: str | None) -> None:
        """Something that this patch depends on changed: it is settled before the step ends."""
        if patch is not None:
            self._touched[patch] = True

    def stir(self, patch: str | None) -> None:
        """Somebody speaks, is silent or is played: only its floor is looked at before the step ends."""
        if patch is not None:
            self._touched.setdefault(patch, False)

    def next_touched(self) -> tuple[str, bool] | None:
        """The patch to look at next, first touched first, and whether it is to be settled; None when none is left."""
        if not self._touched:
            return None
        patch = next(iter(self._touched))
        return patch, self._touched.pop(patch)

    def take(self) -> list[Order]:
        """All orders of this step; the desk is empty then."""
        orders, self._orders = self._orders, []
        return orders
