"""Every known payload is read as what it is, and sent as it was received."""

import pytest

from crosspatch_drivers.sds.bits import Bits
from crosspatch_drivers.sds.lip import Lip
from crosspatch_drivers.sds.message import SDS_4, STATUS, Sds, Sds4, decode, decode_sds4, encode, service_of
from crosspatch_drivers.sds.position import locate
from crosspatch_drivers.sds.protocols import Protocol

from .vectors import LONG_REPORTS, MESSAGES, SHORT_REPORTS, STATUSES

NOW = 1_750_000_000.0  # 2025-06-15 15:06:40 UTC


def bits_of(digits: str, count: int | None = None) -> Bits:
    bits = Bits.from_hex(digits, count)
    assert isinstance(bits, Bits)
    return bits


@pytest.mark.parametrize(("digits", "message"), MESSAGES)
def test_a_message_is_read_and_sent(digits: str, message: Sds4) -> None:
    assert message == decode_sds4(bits_of(digits))
    assert digits == encode(message).hex()
    assert service_of(message) == SDS_4


@pytest.mark.parametrize(("digits", "status"), STATUSES)
def test_a_status_is_read_and_sent(digits: str, status: Sds) -> None:
    assert status == decode(STATUS, bits_of(digits))
    assert digits == encode(status).hex()
    assert service_of(status) == STATUS


@pytest.mark.parametrize(("digits", "report", "lon", "lat"), SHORT_REPORTS)
def test_a_short_report_is_read_and_sent(digits: str, report: Lip, lon: float | None, lat: float | None) -> None:
    message = Sds4(Protocol.LOCATION, report)
    assert message == decode_sds4(bits_of(digits)), "as padded"
    assert message == decode_sds4(bits_of(digits, 84)), "as the header says"
    assert message == decode_sds4(bits_of(digits[:21])), "an odd number of digits"
    assert digits[:21] == encode(message).hex(octets=False)
    assert digits[:21] + "0" == encode(message).hex()
    place = locate(report, NOW)
    assert (lon, lat) == (place.lon and round(place.lon, 6), place.lat and round(place.lat, 6))


@pytest.mark.parametrize(("digits", "count", "report"), LONG_REPORTS)
def test_a_long_report_is_read_and_sent(digits: str, count: int, report: Lip) -> None:
    message = Sds4(Protocol.LOCATION, report)
    assert message == decode_sds4(bits_of(digits)), "with what follows it"
    assert message == decode_sds4(bits_of(digits, count)), "without"
    assert bits_of(digits, count) == encode(message)
