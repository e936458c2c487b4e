"""What satellite receivers say, and what of it is of no use."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosspatch_drivers.receiver.sentences import (
    LONGEST_OBJECT,
    LONGEST_SENTENCE,
    GpsdReader,
    NmeaReader,
    ReceiverFix,
)
from crosspatch_drivers.twin.receiver import nmea, sentence, tpv

AT = datetime(2026, 3, 14, 18, 30, 5, tzinfo=UTC).timestamp()
RMC = "GPRMC,183005.00,A,5129.70000,N,00444.22000,E,64.795,182.30,140326,,,A"
GGA = "GPGGA,183005.00,5129.70000,N,00444.22000,E,1,09,0.90,21.3,M,46.9,M,,"
GST = "GNGST,183005.00,9.1,,,,3.0,4.0,7.0"
REPORT = {
    "class": "TPV", "device": "/dev/ttyACM0", "mode": 3, "time": "2026-03-14T18:30:05.000Z",
    "lat": 51.495, "lon": 4.737, "eph": 9.5, "speed": 33.333, "track": 182.3,
}  # fmt: skip


def fixes(*bodies: str) -> list[ReceiverFix]:
    return NmeaReader().feed(b"".join(map(sentence, bodies)))


def counted(reader: NmeaReader | GpsdReader, data: bytes) -> dict[str, int]:
    assert reader.feed(data) == []
    return {name: count for name, count in reader.counters.items() if count}


def gpsd(**more: object) -> bytes:
    return json.dumps({**REPORT, **more}).encode() + b"\n"


def test_rmc_is_a_fix() -> None:
    (fix,) = fixes(RMC)
    assert (fix.at, fix.accuracy_m) == (AT, None)
    assert (fix.lat, fix.lon) == pytest.approx((51.495, 4.737))
    assert (fix.speed_kmh, fix.course_deg) == pytest.approx((120.0, 182.3), abs=0.01)


@pytest.mark.parametrize(("sentence_before", "metres"), [(GGA, 4.5), (GST, 5.0)])
def test_how_exact_it_is_comes_from_the_sentences_beside_it(sentence_before, metres) -> None:
    (fix,) = fixes(sentence_before, RMC)
    assert fix.accuracy_m == pytest.approx(metres)


def test_south_and_west_are_below_zero_and_speed_and_course_may_be_missing() -> None:
    (fix,) = fixes("GNRMC,183005,A,0130.0,S,00030.0,W,,,140326,,")
    assert (fix.lat, fix.lon, fix.speed_kmh, fix.course_deg) == (-1.5, -0.5, None, None)


@pytest.mark.parametrize(
    ("data", "counters"),
    [
        (sentence(RMC).replace(b"182.30", b"182.31"), {"refused: checksum": 1}),
        (sentence(RMC.replace(",A,", ",V,", 1)), {"without a fix": 1}),
        (sentence(RMC.replace("5129.7", "9129.7")), {"refused: not understood": 1}),
        (sentence(RMC.replace("5129.7", "north")), {"refused: not understood": 1}),
        (sentence(RMC.replace("140326", "")), {"refused: not understood": 1}),
        (sentence(RMC.replace("183005.00", "")), {"refused: not understood": 1}),
        (sentence("GPRMC,,A"), {"refused: not understood": 1}),
        (sentence("GPRMC,,V,,,,,,,,,,N"), {"without a fix": 1}),
        (sentence("GPXYZ,1"), {"sentences of no use": 1}),
        (b"$GPRMC\xff\xfe\r\n", {"refused: not understood": 1}),
        (b"x" * 5 * LONGEST_SENTENCE + b"\r\n", {"refused: too long": 1}),
    ],
)
def test_a_sentence_that_is_no_fix_is_counted_by_its_reason(data, counters) -> None:
    assert counted(NmeaReader(), data) == counters


def test_gpsd_tells_fixes() -> None:
    (fix,) = GpsdReader().feed(gpsd())
    assert fix == ReceiverFix(4.737, 51.495, AT, 9.5, pytest.approx(120.0, abs=0.01), 182.3)
    (fix,) = GpsdReader().feed(gpsd(eph=None, epx=3.0, epy=4.0))
    assert fix.accuracy_m == 5.0


@pytest.mark.parametrize(
    ("data", "counters"),
    [
        (b'{"class":"SKY","satellites":[]}\n', {"sentences of no use": 1}),
        (gpsd(mode=1), {"without a fix": 1}),
        (b'{"class":"TPV","mode":3}\n', {"without a fix": 1}),
        (gpsd(lat=91), {"refused: not understood": 1}),
        (gpsd(lat="51"), {"refused: not understood": 1}),
        (gpsd(time="yesterday"), {"refused: not understood": 1}),
        (b"[]\n{}\nnothing\n\xff\n", {"refused: not understood": 4}),
        (b"[" * LONGEST_OBJECT * 3 + b"\n", {"refused: too long": 1}),
    ],
)
def test_an_object_of_gpsd_that_is_no_fix_is_counted_by_its_reason(data, counters) -> None:
    assert counted(GpsdReader(), data) == counters


FIXES = st.builds(
    ReceiverFix,
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    at=st.integers(1_700_000_000, 1_900_000_000).map(float),
    accuracy_m=st.one_of(st.none(), st.floats(0.1, 400)),
    speed_kmh=st.one_of(st.none(), st.floats(0, 400)),
    course_deg=st.one_of(st.none(), st.floats(0, 359.9)),
)


@given(fix=FIXES, cut=st.integers(1, 60))
def test_both_readers_understand_their_twins_however_the_bytes_come(fix, cut) -> None:
    for reader, said in ((NmeaReader(), nmea(fix)), (GpsdReader(), tpv(fix))):
        found = [one for at in range(0, len(said), cut) for one in reader.feed(said[at : at + cut])]
        (read,) = found
        assert (read.lon, read.lat, read.at) == pytest.approx((fix.lon, fix.lat, fix.at), abs=1e-6)
        for one, other in (
            (read.accuracy_m, fix.accuracy_m),
            (read.speed_kmh, fix.speed_kmh),
            (read.course_deg, fix.course_deg),
        ):
            assert (one is None) == (other is None)
            assert one is None or one == pytest.approx(other, abs=0.05)


FIELDS = st.lists(st.one_of(st.sampled_from(RMC.split(",")), st.text("0123456789.-NSEWAV", max_size=6)), max_size=14)


@given(data=st.lists(st.one_of(st.binary(max_size=80), FIELDS.map(lambda fields: sentence(",".join(fields))))))
def test_whatever_comes_costs_no_more_than_a_count(data) -> None:
    for reader in (NmeaReader(), GpsdReader()):
        for piece in data:
            for fix in reader.feed(piece):
                assert abs(fix.lon) <= 180
                assert abs(fix.lat) <= 90
