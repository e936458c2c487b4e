"""What a message is answered with by itself: a delivery report, or the acknowledgement of one. Not for sending it."""

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.sds.header import Header
from crosspatch_drivers.sds.message import Sds, Sds4, Unknown
from crosspatch_drivers.sds.transport import RECEIVED, Ack, Report, Transfer

TAKEN = 0x00
"""Delivery status: received."""

TAKEN_ACKNOWLEDGED = 0x01
"""Delivery status: received, report acknowledged."""

ACKNOWLEDGED = {0x02: 0x03}
"""The status of the acknowledgement of a report, where it is not `TAKEN_ACKNOWLEDGED`: consumed."""


def answer(header: Header, message: Sds, own: Identity) -> Sds4 | None:
    """What to send to the caller; None for no answer.

    Only messages to our own individual identity are answered, never one to a group, and none of a protocol that is not
    read here. A request for a report when consumed is for the person who reads it, so nothing here answers it.
    """
    if not isinstance(message, Sds4) or not _individual(header, own):
        return None
    transport = message.transport
    if isinstance(transport, Transfer):
        if transport.report_request & RECEIVED and not isinstance(message.body, Unknown):
            return Sds4(message.protocol, None, Report(TAKEN, transport.reference))
    elif isinstance(transport, Report) and transport.acknowledgement:
        status = ACKNOWLEDGED.get(transport.status, TAKEN_ACKNOWLEDGED)
        return Sds4(message.protocol, None, Ack(status, transport.reference))
    return None


def _individual(header: Header, own: Identity) -> bool:
    """Whether the message was for us alone, and from somebody else who can be answered."""
    if not header.calling or not header.called:
        return False
    try:
        calling, called = (Identity.from_digits(digits, own) for digits in (header.calling, header.called))
    except ValueError:
        return False
    return called == own and calling != own
