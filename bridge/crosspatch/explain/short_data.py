"""Short messages and location reports explained: hex digits in, every field with its bits out."""

from datetime import UTC, datetime

from crosspatch.explain.model import Explanation, bit_rows
from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.codings import coding_name
from crosspatch_drivers.sds.header import Header
from crosspatch_drivers.sds.layout import Walk, attempt
from crosspatch_drivers.sds.lip import EXTENSIONS, REASONS, LongReport, OtherPdu, ShortReport, read_lip
from crosspatch_drivers.sds.message import SDS_4, STATUS, Body, Sds, Sds4, Unknown, UserData, read_sds
from crosspatch_drivers.sds.position import Position, locate
from crosspatch_drivers.sds.protocols import protocol_name
from crosspatch_drivers.sds.simple_location import SimpleLocation, nmea_place
from crosspatch_drivers.sds.status import ShortReport as ShortDeliveryReport
from crosspatch_drivers.sds.status import status_meaning
from crosspatch_drivers.sds.text import Part, Text
from crosspatch_drivers.sds.transport import Ack, Report, Transfer, status_name


def explain_message(service: int, bits: Bits, now: float) -> Explanation:
    """User data of this AI service. ``now`` is seconds since the epoch."""
    walk = Walk(bits)
    message = attempt(lambda walk: read_sds(service, walk), walk)
    kind = "status" if service == STATUS else "sds"
    raw = bits.hex(octets=False)
    if isinstance(message, Refusal):
        title = protocol_name(bits.at(0, 8)) if service == SDS_4 and bits.count >= 8 else "short message"
        return Explanation(kind, title, raw, bit_rows(walk.found), {}, str(message))
    title, values = _sds(message, now)
    if isinstance(message, Sds4) and isinstance(message.body, ShortReport | LongReport | OtherPdu):
        kind = "lip"
    return Explanation(kind, title, raw, bit_rows(walk.found), values)


def explain_lip(bits: Bits, now: float) -> Explanation:
    """A location message without its protocol identifier."""
    walk = Walk(bits)
    message = attempt(read_lip, walk)
    raw = bits.hex(octets=False)
    if isinstance(message, Refusal):
        return Explanation("lip", "location message", raw, bit_rows(walk.found), {}, str(message))
    title, values = _body(message, now)
    return Explanation("lip", title, raw, bit_rows(walk.found), values)


def is_read(explanation: Explanation) -> bool:
    """Whether contents were understood, not only a protocol named."""
    return explanation.whole and "unknown_bits" not in explanation.values


def header_values(header: Header) -> dict[str, object]:
    """What +CTSDSR tells, as plain values."""
    return {
        "ai_service": header.service,
        "calling": header.calling or None,
        "called": header.called or None,
        "length_bits": header.bits,
    }


def location_values(place: Position) -> dict[str, object]:
    """A position as plain values, null for what is not told."""
    return {
        "lon": _rounded(place.lon, 7),
        "lat": _rounded(place.lat, 7),
        "position_error_m": _rounded(place.position_error_m, 1),
        "velocity_kmh": _rounded(place.velocity_kmh, 2),
        "direction_deg": _rounded(place.direction_deg, 2),
        "reason": place.reason,
        "altitude_m": place.altitude_m,
        "time": None if place.time is None else datetime.fromtimestamp(place.time, UTC).isoformat(),
        "max_age_s": place.max_age_s,
        "reason_text": None if place.reason is None else REASONS.get(place.reason, "reserved"),
        "user_data": place.user_data,
    }


def _sds(message: Sds, now: float) -> tuple[str, dict[str, object]]:
    if isinstance(message, Sds4):
        return _sds4(message, now)
    if isinstance(message, ShortDeliveryReport):
        value = 0x7C00 | message.report << 8 | message.reference
        return status_meaning(value), {"status": value, "report": message.report, "reference": message.reference}
    if isinstance(message, UserData):
        return f"SDS type {message.service - 8}: {message.value}", {"value": message.value}
    title = f"status {message.value} ({message.value:04X}): {status_meaning(message.value)}"
    return title, {"status": message.value, "emergency": message.emergency}


def _sds4(message: Sds4, now: float) -> tuple[str, dict[str, object]]:
    name = protocol_name(message.protocol)
    values: dict[str, object] = {"protocol": message.protocol, "protocol_text": name}
    title = name
    transport = message.transport
    if isinstance(transport, Transfer):
        values |= {"reference": transport.reference, "report_request": transport.report_request}
    elif isinstance(transport, Report | Ack):
        kind = "report" if isinstance(transport, Report) else "acknowledgement of a report"
        title = f"{kind} for message {transport.reference} ({name}): {status_name(transport.status)}"
        values |= {"reference": transport.reference, "delivery_status": transport.status}
    if message.body is None or (isinstance(message.body, Unknown) and not isinstance(transport, Transfer | None)):
        return title, values
    inner, more = _body(message.body, now)
    return f"{title}: {inner}" if inner else title, values | more


def _body(body: Body, now: float) -> tuple[str, dict[str, object]]:
    if isinstance(body, Text):
        stamp = str(body.time_stamp) if body.time_stamp else None
        return repr(body.text), {"text": body.text, "coding": coding_name(body.coding), "time_stamp": stamp}
    if isinstance(body, Part):
        title = f"part {body.number} of {body.total}, {body.text!r}"
        return title, {"text": body.text, "coding": coding_name(body.coding), "part": body.number, "parts": body.total}
    if isinstance(body, ShortReport | LongReport):
        place = locate(body, now)
        return _place(place), location_values(place)
    if isinstance(body, OtherPdu):
        return EXTENSIONS.get(body.extension, "reserved"), {"extension": body.extension}
    if isinstance(body, SimpleLocation):
        return _simple(body)
    return "", {"unknown_bits": body.bits.hex(octets=False)}


def _simple(location: SimpleLocation) -> tuple[str, dict[str, object]]:
    found = nmea_place(location.sentence)
    if found is None:
        return f"of system {location.system}, no place read", {"system": location.system}
    place = Position(
        lon=found.lon,
        lat=found.lat,
        velocity_kmh=found.velocity_kmh,
        direction_deg=found.direction_deg,
        altitude_m=found.altitude_m,
    )
    return _place(place), {"system": location.system, **location_values(place)}


def _place(place: Position) -> str:
    """In one line, for a person."""
    words = ["no position"]
    if place.lat is not None and place.lon is not None:
        words = [f"{place.lat:.6f} {place.lon:.6f}"]
    if place.position_error_m is not None:
        words.append(f"within {place.position_error_m:.4g} m")
    if place.velocity_kmh is not None:
        words.append(f"{place.velocity_kmh:.1f} km/h")
    if place.direction_deg is not None:
        words.append(f"direction {place.direction_deg:.1f}°")
    if place.altitude_m is not None:
        words.append(f"altitude {place.altitude_m:.0f} m")
    if place.time is not None:
        words.append(f"at {datetime.fromtimestamp(place.time, UTC):%Y-%m-%d %H:%M:%S} UTC")
    if place.reason is not None:
        words.append(f"because: {REASONS.get(place.reason, f'reason {place.reason}, reserved')}")
    return ", ".join(words)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
