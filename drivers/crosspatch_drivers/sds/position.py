"""Where a location report says its sender is, in degrees, metres, km/h and seconds; and reports made from such.

Not for whether a position is to be believed: only what the report itself says to be none is left out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crosspatch_drivers.sds import lip_units as units
from crosspatch_drivers.sds.lip import LongReport, ShapeData, ShortReport, TimeData, VelocityData

AHEAD = timedelta(minutes=5)
"""How far the clock of a sender may be before ours: times are resolved to the latest date not later than this."""

LAST_DAY = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""Seconds since the epoch from which on the calendar ends."""

REASON, USER_DEFINED = 0, 1
"""Types of additional data."""

WORST_ERRORS = (6, 7)
"""Position error over 200 km, or not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What one report tells; None for what it does not tell. ``time`` is seconds since the epoch, UTC.

    ``position_error_m`` and the other errors are upper bounds. ``max_age_s`` is how old the position may be where only
    that was sent. Directions are clockwise from north.
    """

    lon: float | None = None
    lat: float | None = None
    position_error_m: float | None = None
    velocity_kmh: float | None = None
    direction_deg: float | None = None
    altitude_m: float | None = None
    altitude_error_m: float | None = None
    vertical_kmh: float | None = None
    time: float | None = None
    max_age_s: float | None = None
    reason: int | None = None
    user_data: int | None = None

    @property
    def emergency(self) -> bool:
        """Whether the report was sent because of an emergency."""
        return self.reason == 2


def locate(report: ShortReport | LongReport, now: float) -> Position:
    """What a report tells at ``now`` (seconds since the epoch), by which its day of the month gets a year."""
    if isinstance(report, ShortReport):
        return _short(report)
    return _long(report, now)


def resolve(day: int, hour: int, minute: int, second: int, now: float) -> float | None:
    """The latest such time that is not more than five minutes ahead; None when there is no such time."""
    if not 0 <= now < LAST_DAY:
        return None
    latest = datetime.fromtimestamp(now, UTC) + AHEAD
    for back in range(3):  # of two months in a row at least one has any given day
        months = latest.year * 12 + latest.month - 1 - back
        try:
            time = datetime(months // 12, months % 12 + 1, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            continue
        if time <= latest:
            return time.timestamp()
    return None


def short_report(
    lon: float,
    lat: float,
    *,
    error_m: float | None = None,
    velocity_kmh: float | None = None,
    direction_deg: float | None = None,
    elapsed: int = 0,
    reason: int = 129,
) -> ShortReport:
    """The report a vehicle sends. ValueError names what is outside its range."""
    return ShortReport(
        longitude=units.longitude_raw(lon),
        latitude=units.latitude_raw(lat),
        elapsed=elapsed,
        position_error=units.error_code(error_m),
        velocity=units.velocity_code(velocity_kmh),
        direction=units.direction_code(direction_deg),
        extra=reason,
    )


def no_fix(reason: int = 129) -> ShortReport:
    """The report of a radio that does not know where it is."""
    return ShortReport(longitude=0, latitude=0, elapsed=3, extra=reason)


def long_report(
    lon: float,
    lat: float,
    *,
    time: datetime | None = None,
    uncertainty_m: float | None = None,
    altitude_m: float | None = None,
    velocity_kmh: float | None = None,
    direction_deg: float | None = None,
    reason: int = 129,
) -> LongReport:
    """A circle, with altitude if known, with time and velocity if known. ``time`` must know its zone."""
    utc = time.astimezone(UTC) if time else None
    stamp = TimeData(2, None, utc.day, utc.hour, utc.minute, utc.second) if utc else TimeData()
    place = ShapeData(
        kind=2 if altitude_m is None else 5,
        longitude=units.longitude_raw(lon),
        latitude=units.latitude_raw(lat),
        uncertainty=units.uncertainty_code(uncertainty_m),
        altitude_reference=None if altitude_m is None else 0,
        altitude=None if altitude_m is None else units.altitude_code(altitude_m),
    )
    if velocity_kmh is None:
        velocity = VelocityData()
    elif direction_deg is None:
        velocity = VelocityData(1, units.velocity_code(velocity_kmh))
    else:
        code = units.fine_direction_code(direction_deg)
        velocity = VelocityData(5, units.velocity_code(velocity_kmh), direction=code)
    return LongReport(stamp, place, velocity, extra=reason)


def _short(report: ShortReport) -> Position:
    fixed = _is_fix(report.longitude, report.latitude, report.position_error, report.elapsed)
    unknown = report.velocity == units.UNKNOWN_VELOCITY or (report.velocity == 0 and report.direction == 15)
    return Position(
        lon=units.longitude(report.longitude) if fixed else None,
        lat=units.latitude(report.latitude) if fixed else None,
        position_error_m=units.error_metres(report.position_error) if fixed else None,
        velocity_kmh=units.velocity_kmh(report.velocity),
        direction_deg=None if unknown else report.direction * 22.5,
        max_age_s=units.elapsed_seconds(report.elapsed),
        reason=report.extra if report.extra_type == REASON else None,
        user_data=report.extra if report.extra_type == USER_DEFINED else None,
    )


def _long(report: LongReport, now: float) -> Position:
    shape, velocity, time = report.shape, report.velocity, report.time
    fixed = _is_fix(shape.longitude, shape.latitude, shape.position_error, time.elapsed)
    moving = velocity.velocity != units.UNKNOWN_VELOCITY
    altitude = None if shape.altitude is None or not fixed else units.altitude_metres(shape.altitude)
    return Position(
        lon=units.longitude(shape.longitude) if fixed and shape.longitude is not None else None,
        lat=units.latitude(shape.latitude) if fixed and shape.latitude is not None else None,
        position_error_m=_error(shape) if fixed else None,
        velocity_kmh=None if velocity.velocity is None else units.velocity_kmh(velocity.velocity),
        direction_deg=None if velocity.direction is None or not moving else velocity.direction * 360 / 256,
        altitude_m=altitude,
        altitude_error_m=None if altitude is None else _altitude_error(shape),
        vertical_kmh=_vertical(velocity),
        time=_time(time, now),
        max_age_s=None if time.elapsed is None else units.elapsed_seconds(time.elapsed),
        reason=report.extra if report.extra_type == REASON else None,
        user_data=report.extra if report.extra_type == USER_DEFINED else None,
    )


def _is_fix(longitude: int | None, latitude: int | None, error: int | None, elapsed: int | None) -> bool:
    """Many real reports have an unknown error and a good position; with an unknown age as well they have none.

    0/0 is what radios send that have no position. Where the error is known to be small it is taken for a real place.
    """
    if longitude is None or latitude is None:
        return False
    if longitude == latitude == 0 and error in (None, *WORST_ERRORS):
        return False
    return not (error in WORST_ERRORS and elapsed == 3)


def _error(shape: ShapeData) -> float | None:
    """The radius of the circle around the place that holds the sender, as far as the shape tells."""
    if shape.position_error is not None:
        return units.error_metres(shape.position_error)
    if shape.uncertainty is not None:
        return units.uncertainty_metres(shape.uncertainty)
    if shape.major is not None and shape.minor is not None:
        return units.uncertainty_metres(max(shape.major, shape.minor))
    return None if shape.outer_radius is None else shape.outer_radius * units.RADIUS_STEP


def _altitude_error(shape: ShapeData) -> float | None:
    return None if shape.altitude_accuracy is None else units.altitude_error_metres(shape.altitude_accuracy)


def _vertical(velocity: VelocityData) -> float | None:
    kmh = None if velocity.vertical is None else units.velocity_kmh(velocity.vertical)
    return -kmh if kmh is not None and velocity.vertical_sign else kmh


def _time(time: TimeData, now: float) -> float | None:
    if time.day is None or time.hour is None or time.minute is None or time.second is None:
        return None
    return resolve(time.day, time.hour, time.minute, time.second, now)
