"""The transport layer: every header both ways, forward addresses, validity, delivery statuses; what is answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.sds.answers import answer
from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.codings import Coding
from crosspatch_drivers.sds.deliveries import MOST, PATIENCE, Deliveries, Delivery
from crosspatch_drivers.sds.header import Header
from crosspatch_drivers.sds.layout import Walk, attempt
from crosspatch_drivers.sds.message import Sds, Sds4, Unknown, UserData, decode, decode_sds4, encode
from crosspatch_drivers.sds.protocols import Protocol, protocol_name
from crosspatch_drivers.sds.status import ShortReport, Status, status_meaning
from crosspatch_drivers.sds.text import Text
from crosspatch_drivers.sds.transport import (
    EXTERNAL_DIGITS,
    STATUSES,
    Ack,
    ExternalNumber,
    Report,
    ShortAddress,
    ShortNumber,
    Storage,
    Transfer,
    Transport,
    read_transport,
    status_name,
    validity_name,
    validity_seconds,
    write_transport,
)

from .vectors import TEST

octet = st.integers(0, 255)
bit = st.integers(0, 1)
addresses = st.one_of(
    st.none(),
    st.builds(ShortNumber, octet),
    st.builds(ShortAddress, st.integers(0, 0xFFFFFF)),
    st.builds(Identity, st.integers(0, 1023), st.integers(0, 16383), st.integers(0, 0xFFFFFF)),
    st.builds(ExternalNumber, st.text(st.sampled_from(EXTERNAL_DIGITS), max_size=24)),
)
storages = st.one_of(st.none(), st.builds(Storage, st.integers(0, 31), addresses))
headers = st.one_of(
    st.builds(Transfer, octet, st.integers(0, 3), bit, storages),
    st.builds(Report, octet, octet, bit, storages, st.integers(0, 3)),
    st.builds(Ack, octet, octet, st.integers(0, 15)),
)


@given(headers)
def test_a_header_is_read_as_it_was_sent(header: Transport) -> None:
    bits = write_transport(header)
    walk = Walk(bits + Bits(0x2A, 8))
    assert header == attempt(read_transport, walk)
    assert walk.left == 8, "what follows is left to the protocol"


@given(headers, st.data())
def test_a_header_cut_off_is_refused(header: Transport, data) -> None:
    bits = write_transport(header)
    refusal = attempt(read_transport, Walk(bits.part(0, data.draw(st.integers(0, bits.count - 1)))))
    assert isinstance(refusal, Refusal)


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("82", "SDS-TL header: is missing"),
        ("8230CA", "message type 3 is reserved"),
        ("8201CA54", "forward address type 4 is reserved"),
        ("8201CA5301A0", "external number: ends inside dummy digit, at bit 44"),
        ("8201CA5301B0", None),
        ("8201CA5301D0", "has a digit that is none"),
    ],
)
def test_a_wrong_header_is_refused_with_what_is_wrong(digits: str, why: str | None) -> None:
    bits = Bits.from_hex(digits, 44 if why and "44" in why else None)
    assert isinstance(bits, Bits)
    refusal = decode_sds4(bits + (Bits(0x0141, 16) if why is None else Bits()))
    assert (why is None) == isinstance(refusal, Sds4)
    assert why is None or why in str(refusal)


def test_a_forward_address_may_be_a_full_identity() -> None:
    message = Sds4(Protocol.TEXT, TEST, Transfer(1, storage=Storage(31, Identity(901, 16383, 23404))))
    bits = encode(message)
    assert (bits.at(32, 10), bits.at(42, 14), bits.at(56, 24)) == (901, 16383, 23404)
    assert message == decode_sds4(bits)


@pytest.mark.parametrize("digits", ["12a", "1" * 256])
def test_an_external_number_that_cannot_be_is_not_sent(digits: str) -> None:
    with pytest.raises(ValueError, match="external number"):
        write_transport(Transfer(1, storage=Storage(0, ExternalNumber(digits))))


@pytest.mark.parametrize(
    ("code", "seconds", "name"),
    [
        (0, None, "none"),
        (1, 10, "10 s"),
        (6, 60, "1 min"),
        (7, 120, "2 min"),
        (10, 300, "5 min"),
        (11, 600, "10 min"),
        (16, 3600, "1 h"),
        (17, 7200, "2 h"),
        (21, 6 * 3600, "6 h"),
        (22, 12 * 3600, "12 h"),
        (24, 24 * 3600, "24 h"),
        (25, 48 * 3600, "48 h"),
        (30, 288 * 3600, "288 h"),
        (31, None, "unlimited"),
    ],
)
def test_validity_codes_are_times(code: int, seconds: float | None, name: str) -> None:
    assert (seconds, name) == (validity_seconds(code), validity_name(code))


def test_validity_never_shrinks_and_every_delivery_status_has_words() -> None:
    times = [validity_seconds(code) or 0 for code in range(31)]
    assert sorted(times) == times
    assert all(status_name(status) for status in range(256))
    assert {status: status_name(status) for status in (0x00, 0x52)} == {
        0x00: "received (success)",
        0x52: "memory full, message discarded (failed)",
    }
    assert len(STATUSES) == 47


@given(octet, st.binary(max_size=30), headers)
def test_a_protocol_not_known_keeps_its_bits(protocol: int, data: bytes, header: Transport) -> None:
    known = set(Protocol)
    if protocol in known:
        return
    body = Unknown(Bits.from_bytes(data))
    if protocol < 0x80:
        message = Sds4(protocol, body)
    else:
        message = Sds4(protocol, body if isinstance(header, Transfer) else None, header)
    assert message == decode_sds4(encode(message))
    assert protocol_name(protocol)


def test_a_report_may_carry_data() -> None:
    message = Sds4(Protocol.TEXT, Unknown(Bits(0x1234, 16)), Report(0, 1))
    assert message == decode_sds4(encode(message))


@pytest.mark.parametrize("message", [Sds4(Protocol.TEXT, TEST), Sds4(Protocol.TEXT_SIMPLE, TEST, Transfer(1))])
def test_a_header_where_none_belongs_is_not_sent(message: Sds4) -> None:
    with pytest.raises(ValueError, match="transport header"):
        encode(message)


@pytest.mark.parametrize(("service", "bits"), [(9, 16), (10, 32), (11, 64)])
def test_the_short_types_are_a_number(service: int, bits: int) -> None:
    message = UserData(service, (1 << bits) - 2)
    assert message == decode(service, encode(message))
    refusal = decode(service, encode(message).part(1))
    assert refusal == Refusal(f"SDS type {service - 8}", f"ends inside value, at bit {bits - 1}")


@pytest.mark.parametrize("service", [0, 8, 14, -1, 99])
def test_a_service_that_is_no_short_data_is_refused(service: int) -> None:
    assert Refusal("SDS", f"AI service {service} is none of short data") == decode(service, Bits(0, 16))


# ---- status -----------------------------------------------------------------------------------------------------


@given(st.integers(0, 0xFFFF))
def test_every_status_comes_back_and_has_words(value: int) -> None:
    message = decode(13, Bits(value, 16))
    assert Bits(value, 16) == encode(message)
    assert isinstance(message, ShortReport) == (0x7C00 <= value < 0x8000)
    assert status_meaning(value)


def test_the_one_status_that_means_emergency() -> None:
    assert Status(0).emergency
    assert not Status(0x8000).emergency
    assert status_meaning(0) == "EMERGENCY"
    assert "key 2" in status_meaning(0x8004)


@pytest.mark.parametrize("count", range(16))
def test_a_status_cut_off_is_refused(count: int) -> None:
    assert isinstance(decode(13, Bits(0, count)), Refusal)


# ---- what is answered -------------------------------------------------------------------------------------------

OWN = Identity(262, 1001, 2345678)
SOURCE = "6101629"


def message(request: int = 1, protocol: int = 0x82) -> Sds4:
    return Sds4(protocol, Text("x", Coding.LATIN_1), Transfer(0xC9, request))


REPORT = Sds4(0x82, None, Report(0, 0xC9))


@pytest.mark.parametrize(
    ("calling", "called", "read", "expected"),
    [
        (SOURCE, "2345678", message(1), "821000C9"),
        (SOURCE, "02345678", message(3), "821000C9"),
        (SOURCE, "2620100102345678", message(1), "821000C9"),
        (SOURCE, "262100102345678", message(1, 0x89), "891000C9"),
        (SOURCE, "2345678", message(0), None),
        (SOURCE, "2345678", message(2), None),  # consumed is for the person who reads it
        (SOURCE, "1234567", message(1), None),  # a group
        (SOURCE, "2620200102345678", message(1), None),  # the same number elsewhere
        ("", "2345678", message(1), None),
        (SOURCE, "", message(1), None),
        ("2345678", "2345678", message(1), None),  # ourselves
        ("123456789", "2345678", message(1), None),
        (SOURCE, "2345678", Sds4(0xCC, Unknown(Bits()), Transfer(1, 1)), None),
        (SOURCE, "2345678", Sds4(0x02, TEST), None),
        (SOURCE, "2345678", REPORT, None),
        (SOURCE, "2345678", Sds4(0x82, None, Report(0, 0xC9, 1)), "822001C9"),
        (SOURCE, "2345678", Sds4(0x82, None, Report(2, 0xCA, 1)), "822003CA"),
        (SOURCE, "2345678", Sds4(0x82, None, Ack(1, 0xC9)), None),
        (SOURCE, "2345678", Status(0), None),
    ],
)
def test_only_what_asks_for_it_and_is_for_us_alone_is_answered(
    calling: str, called: str, read: Sds, expected: str | None
) -> None:
    reply = answer(Header(12, calling, called, 0), read, OWN)
    assert expected == (reply and encode(reply).hex())


# ---- what came of ours ------------------------------------------------------------------------------------------

FAR = Identity(206, 1, 77)


def test_reports_are_found_back_to_what_was_sent() -> None:
    deliveries = Deliveries()
    deliveries.sent(41, FAR, message(1), 0.0)
    assert Delivery(41, True, 0) == deliveries.reported(FAR, REPORT, 1.0)
    assert Delivery(41, True, None) == deliveries.reported(FAR, ShortReport(3, 0xC9), 2.0)
    assert Delivery(41, False, None) == deliveries.reported(FAR, ShortReport(1, 0xC9), 2.0)
    assert Delivery(41, False, 0x52) == deliveries.reported(FAR, Sds4(0x82, None, Report(0x52, 0xC9)), 2.0)


def test_what_is_no_report_of_ours_says_nothing() -> None:
    deliveries = Deliveries()
    deliveries.sent(41, FAR, message(1), 0.0)
    deliveries.sent(42, FAR, Sds4(0x82, TEST, Transfer(1, 0)), 0.0)
    deliveries.sent(43, FAR, Status(0), 0.0)
    assert deliveries.reported(OWN, REPORT, 1.0) is None
    assert deliveries.reported(FAR, Sds4(0x82, None, Report(0, 1)), 1.0) is None
    assert deliveries.reported(FAR, message(), 1.0) is None
    assert deliveries.reported(FAR, Status(0), 1.0) is None
    assert deliveries.reported(FAR, REPORT, PATIENCE) is None, "too late"


def test_only_so_many_are_remembered() -> None:
    deliveries = Deliveries()
    for number in range(MOST + 1):
        deliveries.sent(number, Identity(1, 1, number), message(1), 0.0)
    assert deliveries.reported(Identity(1, 1, 0), REPORT, 1.0) is None
    assert Delivery(1, True, 0) == deliveries.reported(Identity(1, 1, 1), REPORT, 1.0)
