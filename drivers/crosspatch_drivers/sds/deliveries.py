"""Which of our messages the other side has: reports from far ends found back to what was sent. Not for sending."""

from collections import OrderedDict
from dataclasses import dataclass

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.sds.message import Sds, Sds4
from crosspatch_drivers.sds.status import ShortReport, ShortReportType
from crosspatch_drivers.sds.transport import Report, Transfer

PATIENCE = 3600.0
"""Seconds in which a report may come: a radio may have been off."""

MOST = 256
"""Messages whose report is awaited; of more the oldest is forgotten."""

DELIVERED_BELOW = 0x20
"""Delivery statuses below this are good ones."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A far end told of the message with this id: the delivery status, or None for a short report, and how good."""

    id: int
    delivered: bool
    status: int | None = None


class Deliveries:
    """Messages sent with a report wanted, by destination and reference."""

    def __init__(self) -> None:
        """Begin with none."""
        self._sent: OrderedDict[tuple[Identity, int], tuple[int, float]] = OrderedDict()

    def sent(self, number: int, to: Identity, message: Sds, now: float) -> None:
        """A message left; it is remembered if it asks for a report."""
        if not isinstance(message, Sds4) or not isinstance(message.transport, Transfer):
            return
        if not message.transport.report_request:
            return
        key = (to, message.transport.reference)
        self._sent.pop(key, None)
        self._sent[key] = (number, now)
        while len(self._sent) > MOST:
            self._sent.popitem(last=False)

    def reported(self, source: Identity, message: Sds, now: float) -> Delivery | None:
        """What a message from there says about one of ours; None when it is no report or about none we know."""
        self._forget(now)
        if isinstance(message, ShortReport):
            reference, status = message.reference, None
            good = message.report in (ShortReportType.RECEIVED, ShortReportType.CONSUMED)
        elif isinstance(message, Sds4) and isinstance(message.transport, Report):
            reference, status = message.transport.reference, message.transport.status
            good = status < DELIVERED_BELOW
        else:
            return None
        known = self._sent.get((source, reference))
        return Delivery(known[0], good, status) if known else None

    def _forget(self, now: float) -> None:
        while self._sent:
            key, (_, at) = next(iter(self._sent.items()))
            if now - at < PATIENCE:
                return
            del self._sent[key]
