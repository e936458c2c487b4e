"""Simple location: NMEA sentences read, anything else kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.sds.bits import Bits
from crosspatch_drivers.sds.message import Sds4, decode_sds4, encode
from crosspatch_drivers.sds.protocols import Protocol
from crosspatch_drivers.sds.simple_location import NMEA, NmeaPlace, SimpleLocation, nmea_place
from crosspatch_drivers.sds.transport import Transfer

RMC = "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A"
GGA = "$GPGGA,123519,4807.038,S,01131.000,W,1,08,0.9,545.4,M,46.9,M,,"
GLL = "$GNGLL,4916.45,N,12311.12,W,225444,A"


@pytest.mark.parametrize(
    ("sentence", "place"),
    [
        (RMC, (11.516667, 48.1173, 41.4848, 84.4, None)),
        (RMC + "\r\n", (11.516667, 48.1173, 41.4848, 84.4, None)),
        (GGA, (-11.516667, -48.1173, None, None, 545.4)),
        (GLL, (-123.185333, 49.274167, None, None, None)),
        ("GPGLL,4916.45,N,12311.12,W,,A", (-123.185333, 49.274167, None, None, None)),
    ],
)
def test_a_sentence_with_a_place_is_read(sentence: str, place: tuple[float | None, ...]) -> None:
    read = nmea_place(sentence)
    assert read is not None
    told = (read.lon, read.lat, read.velocity_kmh, read.direction_deg, read.altitude_m)
    assert place == pytest.approx(told, abs=1e-6)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "hello",
        RMC.replace("*6A", "*6B"),
        RMC[:-3].replace(",A,", ",V,"),
        GGA.replace("W,1,08", "W,0,08"),
        GLL.replace(",A", ",V"),
        GLL.replace("4916.45", "9116.45"),
        GLL.replace("4916.45", "4960.45"),
        GLL.replace("4916.45", ""),
        GLL.replace(",N,", ",,"),
        GLL.replace(",N,", ",NS,"),
        "$GPRMC",
        "$GPRMC,",
        "$GPGSV,3,1,11",
    ],
)
def test_a_sentence_without_one_tells_no_place(sentence: str) -> None:
    assert nmea_place(sentence) is None


@given(st.one_of(st.text(max_size=80), st.text("$GPRMCLA,*0123456789.NSEW-e", max_size=60).map("$GPRMC,".__add__)))
def test_no_sentence_makes_it_fall(sentence: str) -> None:
    assert nmea_place(sentence) is None or isinstance(nmea_place(sentence), NmeaPlace)


@given(st.integers(0, 255), st.binary(max_size=100), st.booleans())
def test_the_data_are_read_as_they_were_sent(system: int, data: bytes, transport: bool) -> None:
    body = SimpleLocation(system, Bits.from_bytes(data))
    simple, system_data = Sds4(Protocol.LOCATION_SIMPLE, body), Sds4(Protocol.LOCATION_SYSTEM, body, Transfer(1))
    message = system_data if transport else simple
    assert message == decode_sds4(encode(message))
    assert body.sentence == (data.decode("latin-1") if system == NMEA else "")
