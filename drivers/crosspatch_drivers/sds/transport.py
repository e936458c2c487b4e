"""The SDS transport layer (SDS-TL): message reference, delivery reports, store and forward.

ETSI EN 300 392-2 clause 29.4. It stands behind every protocol identifier from 0x80 on. Not for what is transported.
"""

from dataclasses import dataclass
from enum import IntEnum

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.sds.bits import Bits
from crosspatch_drivers.sds.layout import Field, Layout, Walk, named, pack

RECEIVED, CONSUMED = 1, 2
"""Bits of a delivery report request."""

STATUSES = {
    0x00: "received",
    0x01: "received, report acknowledged",
    0x02: "consumed",
    0x03: "consumed, report acknowledged",
    0x04: "forwarded to an external network",
    0x05: "sent to a group",
    0x06: "part of a concatenated message received",
    0x20: "congestion",
    0x21: "stored",
    0x22: "destination not reachable, stored",
    0x40: "overload",
    0x41: "service permanently not available",
    0x42: "service temporarily not available",
    0x43: "source not authorised",
    0x44: "destination not authorised",
    0x45: "unknown gateway or service address",
    0x46: "unknown forward address",
    0x47: "group address with individual service",
    0x48: "expired, not received",
    0x49: "expired, not consumed",
    0x4A: "delivery failed",
    0x4B: "destination not registered",
    0x4C: "queue full",
    0x4D: "message too long",
    0x4E: "destination has no SDS-TL",
    0x4F: "host not connected",
    0x50: "protocol not supported",
    0x51: "coding not supported",
    0x52: "memory full, message discarded",
    0x53: "destination does not accept SDS",
    0x54: "concatenated message too long",
    0x56: "destination address prohibited",
    0x57: "cannot route to external network",
    0x58: "unknown external number",
    0x59: "negative acknowledgement",
    0x5A: "destination not reachable",
    0x5B: "text distribution error",
    0x5C: "corrupt information element",
    0x5D: "not all parts received",
    0x5E: "destination engaged elsewhere",
    0x5F: "destination engaged elsewhere",
    0x60: "memory full",
    0x61: "memory available",
    0x62: "start of pending messages",
    0x63: "no pending messages",
    0x80: "stop sending",
    0x81: "start sending",
}

EXTERNAL_DIGITS = "0123456789*#+"
"""What the four bits of each digit of an external number stand for."""


class Kind(IntEnum):
    """Message type."""

    TRANSFER = 0
    REPORT = 1
    ACK = 2


class Forward(IntEnum):
    """Type of a forward address."""

    SHORT_NUMBER = 0
    SSI = 1
    TSI = 2
    EXTERNAL = 3
    NONE = 7


def status_name(status: int) -> str:
    """For a person: what it says, and how bad that is."""
    return f"{STATUSES.get(status, 'reserved')}{severity(status)}"


def severity(status: int) -> str:
    """The class of a delivery status."""
    names = {0: " (success)", 1: " (temporary error)", 2: " (failed)"}
    return names.get(status >> 5, "")


def validity_seconds(code: int) -> float | None:
    """How long the network keeps trying; None without an end or without saying."""
    spans = ((6, 10, 0), (10, 60, 5), (16, 600, 10), (21, 3600, 15), (24, 6 * 3600, 20), (30, 48 * 3600, 24))
    if code in (0, 31):
        return None
    return next(float((code - less) * unit) for top, unit, less in spans if code <= top)


def validity_name(code: int) -> str:
    """For a person."""
    seconds = validity_seconds(code)
    if seconds is None:
        return "unlimited" if code else "none"
    unit, name = next((unit, name) for unit, name in ((3600, "h"), (60, "min"), (1, "s")) if seconds % unit == 0)
    return f"{seconds / unit:.0f} {name}"


PROTOCOL = Field("protocol", 8)
TRANSFER = (
    Field("kind", 4, lambda _: "transfer", fixed=Kind.TRANSFER, label="message type"),
    Field("report_request", 2, named({0: "no report", 1: "report when received", 2: "when consumed", 3: "both"})),
    Field("service_selection", 1),
    Field("stored", 1, named({0: "no storage", 1: "store and forward"})),
    Field("reference", 8),
)
REPORT = (
    Field("kind", 4, lambda _: "report", fixed=Kind.REPORT, label="message type"),
    Field("acknowledgement", 1, named({0: "no acknowledgement wanted", 1: "acknowledgement wanted"})),
    Field("reserved", 2),
    Field("stored", 1, named({0: "no storage", 1: "store and forward"})),
    Field("status", 8, status_name),
    Field("reference", 8),
)
ACK = (
    Field("kind", 4, lambda _: "acknowledgement", fixed=Kind.ACK, label="message type"),
    Field("reserved", 4),
    Field("status", 8, status_name),
    Field("reference", 8),
)
STORAGE = (
    Field("validity", 5, validity_name),
    Field("address_type", 3, named({0: "short number", 1: "SSI", 2: "TSI", 3: "external number", 7: "no address"})),
)
ADDRESSES: dict[int, Layout] = {
    Forward.SHORT_NUMBER: (Field("number", 8),),
    Forward.SSI: (Field("ssi", 24),),
    Forward.TSI: (Field("mcc", 10), Field("mnc", 14), Field("ssi", 24)),
    Forward.EXTERNAL: (Field("digit_count", 8),),
    Forward.NONE: (),
}
DIGIT = (Field("digit", 4, lambda code: EXTERNAL_DIGITS[code] if code < len(EXTERNAL_DIGITS) else "reserved"),)
DUMMY = (Field("dummy_digit", 4, lambda _: "fills the octet"),)


@dataclass(frozen=True, slots=True)
class ShortNumber:
    """A number that the network translates (SNA)."""

    number: int


@dataclass(frozen=True, slots=True)
class ShortAddress:
    """An SSI of the network the message is in."""

    ssi: int


@dataclass(frozen=True, slots=True)
class ExternalNumber:
    """A number outside TETRA, of 0-9, ``*``, ``#`` and ``+``."""

    digits: str


ForwardAddress = ShortNumber | ShortAddress | Identity | ExternalNumber | None


@dataclass(frozen=True, slots=True)
class Storage:
    """What the network needs to store a message and forward it. ``validity`` is the code of the standard."""

    validity: int
    address: ForwardAddress = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Carries user data. ``report_request`` is made of `RECEIVED` and `CONSUMED`."""

    reference: int
    report_request: int = 0
    service_selection: int = 0
    storage: Storage | None = None

    @property
    def stored(self) -> int:
        """The bit that says that `storage` follows."""
        return int(self.storage is not None)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the message with this reference."""

    status: int
    reference: int
    acknowledgement: int = 0
    storage: Storage | None = None
    reserved: int = 0

    @property
    def stored(self) -> int:
        """The bit that says that `storage` follows."""
        return int(self.storage is not None)


@dataclass(frozen=True, slots=True)
class Ack:
    """The answer to a report that wanted one."""

    status: int
    reference: int
    reserved: int = 0


Transport = Transfer | Report | Ack


def read_transport(walk: Walk) -> Transport:
    """The header behind the protocol identifier; user data, if any, is left in the walk."""
    if walk.left < 4:
        raise walk.refuse("SDS-TL header", "is missing")
    kind = walk.bits.at(walk.at, 4)
    if kind == Kind.TRANSFER:
        values = walk.read(TRANSFER, "SDS-TL transfer")
        return Transfer(
            values["reference"], values["report_request"], values["service_selection"], _storage(walk, values)
        )
    if kind == Kind.REPORT:
        values = walk.read(REPORT, "SDS-TL report")
        return Report(
            values["status"], values["reference"], values["acknowledgement"], _storage(walk, values), values["reserved"]
        )
    if kind == Kind.ACK:
        return Ack(**walk.read(ACK, "SDS-TL acknowledgement"))
    raise walk.refuse("SDS-TL header", f"message type {kind} is reserved")


def write_transport(header: Transport) -> Bits:
    """ValueError names the number that does not fit."""
    if isinstance(header, Ack):
        return pack(ACK, header)
    layout = TRANSFER if isinstance(header, Transfer) else REPORT
    return pack(layout, header) + _written_storage(header.storage)


def _storage(walk: Walk, values: dict[str, int]) -> Storage | None:
    if not values["stored"]:
        return None
    storage = walk.read(STORAGE, "store and forward")
    kind = storage["address_type"]
    if kind not in ADDRESSES:
        raise walk.refuse("store and forward", f"forward address type {kind} is reserved")
    address = walk.read(ADDRESSES[kind], "forward address")
    return Storage(storage["validity"], _address(walk, kind, address))


def _address(walk: Walk, kind: int, values: dict[str, int]) -> ForwardAddress:
    if kind == Forward.SHORT_NUMBER:
        return ShortNumber(**values)
    if kind == Forward.SSI:
        return ShortAddress(**values)
    if kind == Forward.TSI:
        return Identity(**values)
    if kind == Forward.EXTERNAL:
        return _external(walk, values["digit_count"])
    return None


def _external(walk: Walk, count: int) -> ExternalNumber:
    codes = [walk.read(DIGIT, "external number")["digit"] for _ in range(count)]
    if count % 2:
        walk.read(DUMMY, "external number")
    if any(code >= len(EXTERNAL_DIGITS) for code in codes):
        raise walk.refuse("external number", "has a digit that is none")
    return ExternalNumber("".join(EXTERNAL_DIGITS[code] for code in codes))


def _written_storage(storage: Storage | None) -> Bits:
    if storage is None:
        return Bits()
    address = storage.address
    if address is None:
        kind, bits = Forward.NONE, Bits()
    elif isinstance(address, ExternalNumber):
        kind, bits = Forward.EXTERNAL, _written_number(address.digits)
    else:
        kinds = {ShortNumber: Forward.SHORT_NUMBER, ShortAddress: Forward.SSI, Identity: Forward.TSI}
        kind = kinds[type(address)]
        bits = pack(ADDRESSES[kind], address)
    return pack(STORAGE[:1], storage) + Bits(kind, 3) + bits


def _written_number(digits: str) -> Bits:
    if len(digits) > 255 or not set(EXTERNAL_DIGITS).issuperset(digits):
        msg = f"external number {digits[:40]!r} is not up to 255 of {EXTERNAL_DIGITS}"
        raise ValueError(msg)
    bits = Bits(len(digits), 8)
    for digit in digits:
        bits += Bits(EXTERNAL_DIGITS.index(digit), 4)
    return bits + Bits(0, 4 * (len(digits) % 2))
