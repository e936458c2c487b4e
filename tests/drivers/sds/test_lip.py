"""Location reports: every shape and velocity type both ways, units of this world, times, no fix, refusals."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crosspatch_drivers.sds import lip_units as units
from crosspatch_drivers.sds.bits import Bits, Refusal
from crosspatch_drivers.sds.layout import Layout, Walk, attempt
from crosspatch_drivers.sds.lip import (
    SHAPE_LAYOUTS,
    SHORT,
    TIMES,
    VELOCITY_LAYOUTS,
    Lip,
    LongReport,
    OtherPdu,
    ShapeData,
    ShortReport,
    TimeData,
    VelocityData,
    read_lip,
    write_lip,
)
from crosspatch_drivers.sds.position import Position, locate, long_report, no_fix, resolve, short_report

from .vectors import LONG_REPORTS, SHORT_REPORTS

NOW = datetime(2025, 6, 15, 12, 0, tzinfo=UTC).timestamp()


def read(bits: Bits) -> Lip | Refusal:
    return attempt(read_lip, Walk(bits))


def values(layout: Layout) -> st.SearchStrategy[dict[str, int]]:
    """Any values that fit the fields of a layout."""
    return st.fixed_dictionaries(
        {
            field.name: st.integers(-(1 << field.width - 1), (1 << field.width - 1) - 1)
            if field.signed
            else st.integers(0, (1 << field.width) - 1)
            for field in layout
            if field.fixed is None
        }
    )


def section(kind: type, layouts) -> st.SearchStrategy:
    return st.sampled_from(sorted(layouts)).flatmap(
        lambda number: values(layouts[number]).map(lambda found: kind(kind=number, **found))
    )


long_reports = st.builds(
    LongReport,
    section(TimeData, TIMES),
    section(ShapeData, SHAPE_LAYOUTS),
    section(VelocityData, VELOCITY_LAYOUTS),
    st.integers(0, 1),
    st.integers(0, 1),
    st.integers(0, 255),
)
short_reports = values(SHORT).map(lambda found: ShortReport(**found))
strings = st.binary(max_size=40).map(Bits.from_bytes)


@given(st.one_of(long_reports, short_reports), strings)
def test_every_report_is_read_as_it_was_sent_whatever_follows(report: Lip, trailing: Bits) -> None:
    assert report == read(write_lip(report))
    assert report == read(write_lip(report) + trailing)


@pytest.mark.parametrize(
    ("shape", "width"),
    [(0, 0), (1, 49), (2, 55), (3, 72), (4, 61), (5, 67), (6, 84), (7, 70), (8, 87), (9, 100), (10, 52)],
)
def test_every_shape_has_its_width(shape: int, width: int) -> None:
    assert width == sum(field.width for field in SHAPE_LAYOUTS[shape])


@pytest.mark.parametrize(("velocity", "width"), [(0, 0), (1, 7), (2, 10), (3, 15), (4, 21), (5, 15), (6, 21), (7, 32)])
def test_every_velocity_type_has_its_width(velocity: int, width: int) -> None:
    assert width == sum(field.width for field in VELOCITY_LAYOUTS[velocity])


@given(st.one_of(long_reports, short_reports), st.data())
def test_a_report_cut_off_is_refused_by_the_field_it_ends_in(report: Lip, data) -> None:
    whole = write_lip(report)
    cut = data.draw(st.integers(0, whole.count - 1))
    refusal = read(whole.part(0, cut))
    assert isinstance(refusal, Refusal)
    assert "ends inside" in refusal.why or refusal.why == "is empty"


@pytest.mark.parametrize(
    ("bits", "what"),
    [
        ("10", "message type 2 is reserved"),
        ("11", "message type 3 is reserved"),
        ("01001111", "time type 3 is reserved"),
        ("010011001011", "location type 11 is reserved"),
        ("010011001111", "location type 15 is reserved"),
    ],
)
def test_what_is_reserved_is_refused(bits: str, what: str) -> None:
    refusal = read(Bits(int(bits, 2), len(bits)))
    assert isinstance(refusal, Refusal)
    assert what in str(refusal)


@pytest.mark.parametrize(
    "report",
    [
        LongReport(TimeData(3)),
        LongReport(shape=ShapeData(11)),
        LongReport(shape=ShapeData(1, longitude=0)),
        LongReport(velocity=VelocityData(8)),
        ShortReport(1 << 24, 0),
        ShortReport(0, 0, position_error=8),
    ],
)
def test_a_report_that_cannot_be_is_not_sent(report: Lip) -> None:
    with pytest.raises(ValueError, match=r"reserved|does not fit"):
        write_lip(report)


@pytest.mark.parametrize("extension", [number for number in range(16) if number != 3])
def test_other_messages_of_the_protocol_are_known_by_their_number(extension: int) -> None:
    message = OtherPdu(extension, Bits(0x1234, 16))
    assert message == read(write_lip(message))


# ---- units ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kmh"), [(0, 0), (28, 28), (29, 29.06), (40, 43.80), (50, 63.6), (53, 71.12), (61, 95.85), (69, 129.17)]
)
def test_velocities_are_those_of_the_standards_table(code: int, kmh: float) -> None:
    assert units.velocity_kmh(code) == pytest.approx(kmh, abs=0.05)


ROUNDED = "30 31 32 34 35 36 38 39 41 42 44 45 47 49 51 53 55 57 59 61 64 66 69 71 74 77 80 83 86 89 92 96 99 103 107"
"""The standard's whole km/h for codes 30 to 64."""


def test_velocities_round_to_the_standards_table() -> None:
    assert [int(word) for word in ROUNDED.split()] == [round(units.velocity_kmh(code) or 0) for code in range(30, 65)]
    assert (round(units.velocity_kmh(100) or 0), round(units.velocity_kmh(125) or 0)) == (410, 1043)
    assert units.velocity_kmh(127) is None


def test_every_velocity_code_comes_back() -> None:
    codes = [code for code in range(128) if code != units.FASTEST]
    assert codes == [units.velocity_code(units.velocity_kmh(code)) for code in codes]
    assert units.velocity_code(1100) == units.FASTEST


@pytest.mark.parametrize(("kmh", "code"), [(72, 53), (130, 69), (95, 61), (28.4, 28), (28.6, 29), (5000, 126)])
def test_velocities_get_the_nearest_code(kmh: float, code: int) -> None:
    assert code == units.velocity_code(kmh)


@pytest.mark.parametrize(
    ("code", "metres"),
    [(0, 1), (1, 2), (2, 3.2), (3, 4.6), (4, 6.3), (5, 8.4), (10, 26.8), (20, 186.8), (30, 1177.3), (62, 403802.7)],
)
def test_uncertainties_are_those_of_the_standards_table(code: int, metres: float) -> None:
    assert units.uncertainty_metres(code) == pytest.approx(metres, abs=0.06)
    assert units.uncertainty_metres(63) is None


@given(st.one_of(st.none(), st.floats(0, 600000)))
def test_an_error_is_never_sent_smaller_than_it_is(metres: float | None) -> None:
    told = units.uncertainty_metres(units.uncertainty_code(metres))
    assert told is None if metres is None else told is None or told >= metres
    told = units.error_metres(units.error_code(metres))
    assert told is None if metres is None else told is None or told >= metres


def test_every_altitude_code_comes_back() -> None:
    codes = list(range(2048))
    assert codes == [units.altitude_code(units.altitude_metres(code)) for code in codes]


@pytest.mark.parametrize(
    ("code", "metres"), [(1, -200), (201, 0), (1201, 1000), (1202, 1002), (1926, 2450), (1927, 2525), (2047, 11525)]
)
def test_altitudes_have_three_steps(code: int, metres: float) -> None:
    assert metres == units.altitude_metres(code)
    assert units.altitude_metres(0) is None


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_degrees_are_kept_within_a_step(lon: float, lat: float) -> None:
    step = 360 / (1 << 25)
    assert abs((units.longitude(units.longitude_raw(lon)) - lon + 180) % 360 - 180) <= step / 2 + 1e-12
    assert abs(units.latitude(units.latitude_raw(lat)) - lat) <= step


NAN = float("nan")


@pytest.mark.parametrize(("lon", "lat"), [(180.1, 0), (-181, 0), (0, 90.1), (0, -91), (NAN, 0), (0, NAN)])
def test_degrees_that_are_nowhere_are_refused(lon: float, lat: float) -> None:
    with pytest.raises(ValueError, match=r"longitude|latitude"):
        short_report(lon, lat)


def test_a_velocity_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="velocity"):
        units.velocity_code(-1)


@pytest.mark.parametrize(
    ("degrees", "code"),
    [(0, 0), (11.2, 0), (11.3, 1), (181, 8), (200, 9), (270, 12), (337.5, 15), (349, 0), (-90, 12), (None, 15)],
)
def test_directions_get_the_nearest_of_sixteen(degrees: float | None, code: int) -> None:
    assert code == units.direction_code(degrees)


def test_the_two_known_bit_patterns_of_one_place_far_south() -> None:
    assert units.latitude(0xCA1959 - (1 << 24)) == pytest.approx(-37.899131, abs=1e-6)
    assert units.longitude(0x0CE6C98) == pytest.approx(145.142012, abs=1e-6)


# ---- positions --------------------------------------------------------------------------------------------------


def test_a_vehicles_report_is_made_of_what_it_knows() -> None:
    by_hex = {digits: report for digits, report, _, _ in SHORT_REPORTS}
    made = short_report(6.0206, 50.7545, error_m=15, velocity_kmh=72, direction_deg=270)
    assert by_hex["0A0044804A4179316B881"] == made
    made = short_report(5.691, 50.8514, error_m=20, velocity_kmh=95, direction_deg=200, elapsed=1, reason=3)
    assert by_hex["0A1040C0424293717B203"] == made
    assert by_hex["0A30000000000007FFE810"] == no_fix()
    when = datetime(2025, 6, 17, 11, 41, 5, tzinfo=timezone(timedelta(hours=2)))
    long = long_report(
        6.0206,
        50.7545,
        time=when,
        uncertainty_m=4,
        altitude_m=200,
        velocity_kmh=72,
        direction_deg=270,
    )
    assert LONG_REPORTS[-1][2] == long


def test_a_long_report_may_leave_out_what_is_not_known() -> None:
    report = long_report(6.0, 50.0, velocity_kmh=10)
    assert (TimeData(0), 2, 63, VelocityData(1, 10)) == (
        report.time,
        report.shape.kind,
        report.shape.uncertainty,
        report.velocity,
    )
    assert long_report(6.0, 50.0).velocity == VelocityData(0)


def test_a_long_report_tells_everything() -> None:
    report = LONG_REPORTS[-1][2]
    assert isinstance(report, LongReport)
    place = locate(report, NOW)
    assert (
        round(place.lon or 0, 6),
        round(place.lat or 0, 6),
        round(place.position_error_m or 0, 1),
        round(place.velocity_kmh or 0, 1),
    ) == (6.020604, 50.754497, 4.6, 71.1)
    assert (place.direction_deg, place.altitude_m, place.reason) == (270.0, 200.0, 129)
    assert datetime(2025, 5, 17, 9, 41, 5, tzinfo=UTC).timestamp() == place.time


@pytest.mark.parametrize(
    ("report", "fixed"),
    [
        (ShortReport(0, 0, 3, 7), False),
        (ShortReport(0, 0, 0, 7), False),
        (ShortReport(0, 0, 0, 6), False),
        (ShortReport(0, 0, 0, 0), True),  # the place in the sea, with an error under 2 m
        (ShortReport(1, 0, 0, 7), True),  # many real radios send good positions with an unknown error
        (ShortReport(1, 1, 3, 7), False),
        (ShortReport(1, 1, 3, 6), False),
        (ShortReport(1, 1, 3, 5), True),
        (LongReport(shape=ShapeData(1, 0, 0)), False),
        (LongReport(shape=ShapeData(1, 1, 0)), True),
        (LongReport(TimeData(1, 3), ShapeData(10, 1, 1, position_error=7)), False),
        (LongReport(), False),
    ],
)
def test_a_report_without_a_fix_has_no_position_but_its_reason(report: ShortReport | LongReport, fixed: bool) -> None:
    place = locate(report, NOW)
    assert (fixed, fixed) == (place.lon is not None, place.lat is not None)
    assert fixed or place.position_error_m is None
    assert place.reason == 129


@pytest.mark.parametrize(
    ("velocity", "direction", "kmh", "degrees"),
    [(127, 15, None, None), (127, 3, None, None), (0, 15, 0, None), (0, 0, 0, 0), (1, 15, 1, 337.5)],
)
def test_a_direction_may_be_unknown(velocity: int, direction: int, kmh: float | None, degrees: float | None) -> None:
    place = locate(ShortReport(1, 1, velocity=velocity, direction=direction), NOW)
    assert (kmh, degrees) == (place.velocity_kmh, place.direction_deg)


def test_shapes_tell_how_large_they_are() -> None:
    def error(shape: ShapeData) -> float | None:
        return locate(LongReport(shape=shape), NOW).position_error_m

    assert error(ShapeData(1, 1, 1)) is None
    assert error(ShapeData(3, 1, 1, major=5, minor=9, angle=0, confidence=4)) == pytest.approx(21.7, abs=0.1)
    assert error(ShapeData(9, 1, 1, inner_radius=50, outer_radius=60, start_angle=0, stop_angle=9, confidence=0)) == 120
    assert error(ShapeData(10, 1, 1, position_error=2)) == 200


def test_height_and_climb_are_told() -> None:
    shape = ShapeData(7, 1, 1, uncertainty=0, altitude_reference=0, altitude=201, altitude_accuracy=2)
    velocity = VelocityData(4, 10, 0, vertical_sign=1, vertical=5, vertical_uncertainty=0)
    place = locate(LongReport(shape=shape, velocity=velocity), NOW)
    assert (place.altitude_m, place.altitude_error_m, place.vertical_kmh) == (0, 5, -5)


def test_user_data_are_no_reason() -> None:
    place = locate(ShortReport(1, 1, extra_type=1, extra=2), NOW)
    assert (place.reason, place.user_data, place.emergency) == (None, 2, False)
    assert locate(ShortReport(1, 1, extra=2), NOW).emergency


@pytest.mark.parametrize(("code", "seconds"), [(0, 5), (1, 300), (2, 1800), (3, None)])
def test_time_elapsed_is_an_age(code: int, seconds: float | None) -> None:
    assert seconds == locate(ShortReport(1, 1, code), NOW).max_age_s
    assert seconds == locate(LongReport(TimeData(1, code)), NOW).max_age_s


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "day", "clock", "resolved"),
    [
        ("2025-06-15 12:00:00", 15, (11, 59, 59), "2025-06-15 11:59:59"),
        ("2025-06-15 12:00:00", 15, (12, 5, 0), "2025-06-15 12:05:00"),  # a clock before ours
        ("2025-06-15 12:00:00", 15, (12, 5, 1), "2025-05-15 12:05:01"),
        ("2025-06-15 12:00:00", 16, (0, 0, 0), "2025-05-16 00:00:00"),
        ("2025-12-31 23:58:00", 1, (0, 2, 0), "2026-01-01 00:02:00"),  # over the turn of the year
        ("2026-01-01 00:01:00", 31, (23, 59, 0), "2025-12-31 23:59:00"),
        ("2025-03-15 12:00:00", 31, (1, 0, 0), "2025-01-31 01:00:00"),  # February has none
        ("2024-03-01 00:00:00", 29, (23, 0, 0), "2024-02-29 23:00:00"),
        ("2025-03-01 00:00:00", 29, (23, 0, 0), "2025-01-29 23:00:00"),
        ("2025-05-01 00:00:00", 31, (23, 0, 0), "2025-03-31 23:00:00"),
    ],
)
def test_a_day_of_the_month_is_the_latest_one(now: str, day: int, clock: tuple[int, int, int], resolved: str) -> None:
    assert at(resolved) == resolve(day, *clock, at(now))


@pytest.mark.parametrize(("day", "clock"), [(0, (0, 0, 0)), (1, (24, 0, 0)), (1, (0, 60, 0)), (1, (0, 0, 60))])
def test_a_time_that_is_none_is_not_told(day: int, clock: tuple[int, int, int]) -> None:
    assert resolve(day, *clock, NOW) is None


@given(st.integers(1, 31), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.floats(1e8, 4e9))
def test_every_day_and_time_is_found_within_ten_weeks(
    day: int, hour: int, minute: int, second: int, now: float
) -> None:
    time = resolve(day, hour, minute, second, now)
    assert time is not None
    assert now - 64 * 86400 < time <= now + 300


@given(st.one_of(long_reports, short_reports), st.one_of(st.floats(), st.integers()))
@example(LongReport(TimeData(2, None, 1, 1, 1, 1)), NAN)
@example(LongReport(TimeData(2, None, 1, 1, 1, 1)), 1e300)
@example(LongReport(TimeData(2, None, 31, 1, 1, 1)), 0)
def test_any_report_is_a_position_at_any_time(report: ShortReport | LongReport, now: float) -> None:
    assert isinstance(locate(report, now), Position)
