"""Which reports are believed."""

from dataclasses import replace

import pytest

from crosspatch.events import PositionReport
from crosspatch.plan import Limits
from crosspatch.positions import AGREEING, Fix, Witness, course_between, metres_between

T = 1_800_000_000.0
HERE = PositionReport("v1", 4.737, 51.510, T, T, 10.0, 100.0, 180.0)
DEGREE = 111_195.0
"""Metres in a degree of latitude."""


def later(seconds: float, metres_north: float = 0.0) -> PositionReport:
    return replace(HERE, lat=HERE.lat + metres_north / DEGREE, sent_at=T + seconds, received_at=T + seconds)


@pytest.fixture
def witness() -> Witness:
    """It has believed one report."""
    made = Witness(Limits(position_age_s=120.0, position_accuracy_m=500.0))
    assert made.hear(HERE, 50.0) == Fix(4.737, 51.510, 50.0, T, 10.0, 100.0, 180.0)
    return made


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (replace(later(10), lat=float("nan")), "not a position"),
        (replace(later(10), lat=91.0), "not a position"),
        (replace(later(10), received_at=float("inf")), "not a position"),
        (replace(later(10), lon=0.0, lat=0.0), "null island"),
        (replace(later(10), lon=-70.0), "outside the region"),
        (replace(later(100), received_at=T + 60), "from the future"),
        (replace(later(10), received_at=T + 131), "too old"),
        (replace(later(10), accuracy_m=501.0), "inaccurate"),
        (replace(later(10), accuracy_m=-1.0), "inaccurate"),
        (HERE, "duplicate"),
        (replace(HERE, received_at=T + 60), "duplicate"),
        (later(-10), "out of order"),
        (replace(HERE, lat=51.511), "out of order"),
        (later(10, 50_000.0), "impossible speed"),
    ],
)
def test_a_report_is_refused_by_its_reason_and_changes_nothing(witness, report, reason) -> None:
    before = witness.fix
    assert witness.hear(report, 60.0) is None
    assert (dict(witness.refused), witness.fix) == ({reason: 1}, before)


@pytest.mark.parametrize(
    "report",
    [
        later(10, 500.0),
        replace(later(25), received_at=T),  # a clock 25 s ahead
        replace(later(10), accuracy_m=None),
        replace(later(10), accuracy_m=500.0),
        later(600, 50_000.0),
    ],
)
def test_a_sound_report_is_believed(witness, report) -> None:
    assert witness.hear(report, 60.0) is not None
    assert dict(witness.refused) == {}


def test_age_is_counted_back_from_receipt_on_the_monotonic_clock(witness) -> None:
    fix = witness.hear(replace(later(10), received_at=T + 40), 90.0)
    assert fix is not None
    assert fix.at == 60.0


def test_a_first_position_that_was_wrong_does_not_lock_the_vehicle_out(witness) -> None:
    believed = [witness.hear(later(10 * i, 50_000.0 + 100 * i), 50.0 + 10 * i) for i in range(1, AGREEING + 1)]
    assert [fix is not None for fix in believed] == [False] * (AGREEING - 1) + [True]


def test_teleports_that_do_not_agree_with_each_other_are_never_believed(witness) -> None:
    for i in range(1, 12):
        assert witness.hear(later(i, 50_000.0 * (1 + i % 2)), 50.0 + i) is None
    assert witness.refused["impossible speed"] == 11


def test_missing_speed_and_course_are_worked_out(witness) -> None:
    fix = witness.hear(replace(later(10, 300.0), speed_kmh=None, course_deg=None), 60.0)
    assert fix is not None
    assert fix.speed_kmh == pytest.approx(108.0, abs=0.5)
    assert fix.course_deg == pytest.approx(0.0, abs=0.1)


def test_a_standing_vehicle_keeps_its_course(witness) -> None:
    fix = witness.hear(replace(later(10, 1.0), speed_kmh=None, course_deg=None), 60.0)
    assert fix is not None
    assert fix.course_deg == 180.0


@pytest.mark.parametrize("speed", [-1.0, 5000.0, float("nan"), float("inf")])
def test_an_impossible_speed_is_taken_for_none_given(witness, speed) -> None:
    fix = witness.hear(replace(later(10, 300.0), speed_kmh=speed), 60.0)
    assert fix is not None
    assert fix.speed_kmh == pytest.approx(108.0, abs=0.5)


def test_distance_and_course_on_the_globe() -> None:
    assert metres_between(4.0, 51.0, 4.0, 52.0) == pytest.approx(DEGREE, rel=1e-4)
    assert course_between(4.0, 51.0, 4.1, 51.0) == pytest.approx(90.0, abs=0.1)
    assert course_between(4.0, 51.0, 4.0, 50.0) == pytest.approx(180.0)


def of(sender: str, report: PositionReport) -> PositionReport:
    return replace(report, sender=sender)


def test_a_second_sender_that_contradicts_the_first_is_never_believed_while_that_goes_on(witness) -> None:
    witness.hear(of("phone", later(1, 10.0)), 51.0)
    for i in range(2, 40):
        report = of("tracker", later(5 * i, 50_000.0)) if i % 4 else of("phone", later(5 * i, 100.0 * i))
        assert (witness.hear(report, 50.0 + 5 * i) is None) is bool(i % 4)
    assert witness.refused == {"contradicts another sender": 29}
    assert witness.fix.sender == "phone"


def test_a_second_sender_that_agrees_is_as_good_as_the_first(witness) -> None:
    witness.hear(of("phone", later(1, 10.0)), 51.0)
    assert witness.hear(of("radio", later(11, 250.0)), 61.0) is not None
    assert not witness.refused


def test_a_second_sender_is_believed_when_the_first_is_silent(witness) -> None:
    witness.hear(of("phone", later(1, 10.0)), 51.0)
    far = [of("tracker", later(130 + 5 * i, 50_000.0)) for i in range(AGREEING)]
    believed = [witness.hear(report, 180.0 + 5 * i) is not None for i, report in enumerate(far)]
    assert believed == [False] * (AGREEING - 1) + [True]
    assert witness.fix.sender == "tracker"
