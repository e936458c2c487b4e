"""Any user data of an SDS to one message value, and back: what kind it is, who is asked to report, what it says.

Not for who sent it: that is in the header (`header`). Unknown protocols keep their bits and have a name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.layout import Field, Walk, attempt
from crosspatch_drivers.sds.lip import Lip, LongReport, OtherPdu, ShortReport, read_lip, write_lip
from crosspatch_drivers.sds.protocols import Protocol, has_transport, protocol_name
from crosspatch_drivers.sds.simple_location import SimpleLocation, read_simple_location, write_simple_location
from crosspatch_drivers.sds.status import ShortReport as ShortDeliveryReport
from crosspatch_drivers.sds.status import Status, read_status, write_status
from crosspatch_drivers.sds.text import (
    Part,
    Text,
    read_part,
    read_simple,
    read_text,
    write_part,
    write_simple,
    write_text,
)
from crosspatch_drivers.sds.transport import Report, Transfer, Transport, read_transport, write_transport

SDS_1, SDS_2, SDS_3, SDS_4, STATUS = 9, 10, 11, 12, 13
"""AI service numbers of +CTSDSR and AT+CTSDS."""

FIXED_BITS = {SDS_1: 16, SDS_2: 32, SDS_3: 64}
"""The lengths of the user data types that are one number."""

PROTOCOL = (Field("protocol", 8, protocol_name),)


@dataclass(frozen=True, slots=True)
class Unknown:
    """User data of a protocol that is not read here, or of an SDS type that has none."""

    bits: Bits


Body = Text | Part | SimpleLocation | Lip | Unknown


@dataclass(frozen=True, slots=True)
class Sds4:
    """A message of SDS type 4. ``transport`` is None below protocol 0x80; ``body`` is None in reports without data."""

    protocol: int
    body: Body | None = None
    transport: Transport | None = None

    @property
    def reference(self) -> int | None:
        """The message reference, where there is one."""
        return self.transport.reference if self.transport else None


@dataclass(frozen=True, slots=True)
class UserData:
    """A message of SDS type 1, 2 or 3: a number of 16, 32 or 64 bits that users agree on."""

    service: int
    value: int


Sds = Sds4 | Status | ShortDeliveryReport | UserData


def decode(service: int, bits: Bits) -> Sds | Refusal:
    """What the user data of this AI service say. Never raises."""
    return attempt(lambda walk: read_sds(service, walk), Walk(bits))


def decode_sds4(bits: Bits) -> Sds4 | Refusal:
    """What the user data of an SDS type 4 say. Never raises."""
    return attempt(read_sds4, Walk(bits))


def read_sds(service: int, walk: Walk) -> Sds:
    """What the user data of this AI service say."""
    if service == SDS_4:
        return read_sds4(walk)
    if service == STATUS:
        return read_status(walk)
    if service in FIXED_BITS:
        field = Field("value", FIXED_BITS[service], lambda value: f"{value}, as its users agree")
        return UserData(service, walk.read((field,), f"SDS type {service - 8}")["value"])
    raise walk.refuse("SDS", f"AI service {service} is none of short data")


def read_sds4(walk: Walk) -> Sds4:
    """Protocol identifier, transport header if it has one, user data."""
    protocol = walk.read(PROTOCOL, "SDS type 4")["protocol"]
    if not has_transport(protocol):
        return Sds4(protocol, _body(walk, protocol))
    transport = read_transport(walk)
    if isinstance(transport, Transfer):
        return Sds4(protocol, _body(walk, protocol), transport)
    if isinstance(transport, Report) and walk.left:
        return Sds4(protocol, Unknown(walk.block("user_data")), transport)
    return Sds4(protocol, None, transport)


def encode(message: Sds) -> Bits:
    """The user data. ValueError names what does not fit."""
    if isinstance(message, Sds4):
        return _sds4(message)
    if isinstance(message, UserData):
        return Bits(message.value, FIXED_BITS[message.service])
    return write_status(message)


def service_of(message: Sds) -> int:
    """The AI service to send a message with."""
    if isinstance(message, Sds4):
        return SDS_4
    return message.service if isinstance(message, UserData) else STATUS


READERS: Mapping[int, Callable[[Walk], Body]] = {
    Protocol.TEXT_SIMPLE: read_simple,
    Protocol.TEXT_SIMPLE_IMMEDIATE: read_simple,
    Protocol.TEXT: read_text,
    Protocol.TEXT_IMMEDIATE: read_text,
    Protocol.TEXT_PART: read_part,
    Protocol.LOCATION_SIMPLE: read_simple_location,
    Protocol.LOCATION_SYSTEM: read_simple_location,
    Protocol.LOCATION: read_lip,
}
"""How the user data of each protocol are read."""


def _body(walk: Walk, protocol: int) -> Body:
    reader = READERS.get(protocol)
    return reader(walk) if reader else Unknown(walk.block("user_data"))


def _sds4(message: Sds4) -> Bits:
    if has_transport(message.protocol) != (message.transport is not None):
        need = "needs" if message.transport is None else "has no"
        msg = f"protocol {message.protocol} ({protocol_name(message.protocol)}) {need} transport header"
        raise ValueError(msg)
    bits = Bits(message.protocol, 8)
    if message.transport is not None:
        bits += write_transport(message.transport)
    return bits if message.body is None else bits + _written(message.protocol, message.body)


def _written(protocol: int, body: Body) -> Bits:
    if isinstance(body, Unknown):
        return body.bits
    if isinstance(body, SimpleLocation):
        return write_simple_location(body)
    if isinstance(body, ShortReport | LongReport | OtherPdu):
        return write_lip(body)
    if isinstance(body, Part):
        return write_part(body)
    return write_text(body) if has_transport(protocol) else write_simple(body)
