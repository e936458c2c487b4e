"""The numbers of the location information protocol in units of this world, both ways.

ETSI TS 100 392-18-1 clause 6.3. Each pair of functions is one information element; None is "not known".
"""

LONGITUDE_BITS, LATITUDE_BITS = 25, 24

UNKNOWN_ERROR = 7
POSITION_ERRORS = (2.0, 20.0, 200.0, 2000.0, 20000.0, 200000.0)
"""Metres that the error is below, by code; 6 is more than the last, 7 unknown."""

UNKNOWN_UNCERTAINTY = 63
UNKNOWN_VELOCITY = 127
FASTEST = 126
"""More than 1043 km/h."""

ALTITUDE_ERRORS = (1.0, 2.0, 5.0, 15.0, 50.0, 150.0, 300.0)
CONFIDENCES = (50.0, 68.0, 80.0, 90.0, 95.0, 99.0, 99.9)
"""Per cent, by code; 7 unknown."""

RADIUS_STEP = 2.0
"""Metres of one step of an arc's radius; the only public source, not seen on the air."""

ELAPSED = (5.0, 300.0, 1800.0)
"""Seconds that have gone by at most since the position was taken, by code; 3 unknown."""

LAST_LINEAR, FIRST_NAMELESS = 28, 126


def longitude(raw: int) -> float:
    """Degrees, east positive."""
    return raw * 360 / (1 << LONGITUDE_BITS)


def latitude(raw: int) -> float:
    """Degrees, north positive."""
    return raw * 180 / (1 << LATITUDE_BITS)


def longitude_raw(degrees: float) -> int:
    """ValueError outside -180 to 180; 180 is -180."""
    if not -180 <= degrees <= 180:
        msg = f"longitude {degrees} is outside -180 to 180"
        raise ValueError(msg)
    half = 1 << (LONGITUDE_BITS - 1)
    return (round(degrees * (1 << LONGITUDE_BITS) / 360) + half) % (2 * half) - half


def latitude_raw(degrees: float) -> int:
    """ValueError outside -90 to 90."""
    if not -90 <= degrees <= 90:
        msg = f"latitude {degrees} is outside -90 to 90"
        raise ValueError(msg)
    return min(round(degrees * (1 << LATITUDE_BITS) / 180), (1 << (LATITUDE_BITS - 1)) - 1)


def error_metres(code: int) -> float | None:
    """What the position error is below."""
    return POSITION_ERRORS[code] if code < len(POSITION_ERRORS) else None


def error_code(metres: float | None) -> int:
    """The smallest class that holds this error."""
    if metres is None:
        return UNKNOWN_ERROR
    return next((code for code, top in enumerate(POSITION_ERRORS) if metres <= top), len(POSITION_ERRORS))


def uncertainty_metres(code: int) -> float | None:
    """What the horizontal uncertainty is below (table 6.49)."""
    return None if code >= UNKNOWN_UNCERTAINTY else 2 * 1.2 ** (code + 5) - 4


def uncertainty_code(metres: float | None) -> int:
    """The smallest class that holds this uncertainty."""
    if metres is None:
        return UNKNOWN_UNCERTAINTY
    return next(
        (code for code in range(UNKNOWN_UNCERTAINTY) if metres <= 2 * 1.2 ** (code + 5) - 4), UNKNOWN_UNCERTAINTY
    )


def velocity_kmh(code: int) -> float | None:
    """km/h; the code for more than can be said gives the most that can (table 6.51)."""
    if code == UNKNOWN_VELOCITY:
        return None
    return float(code) if code <= LAST_LINEAR else 16 * 1.038 ** (min(code, FASTEST - 1) - 13)


def velocity_code(kmh: float | None) -> int:
    """The nearest code. ValueError below 0."""
    if kmh is None:
        return UNKNOWN_VELOCITY
    if kmh < 0:
        msg = f"velocity {kmh} km/h is below 0"
        raise ValueError(msg)
    if round(kmh) <= LAST_LINEAR:
        return round(kmh)
    if kmh > 16 * 1.038 ** (FASTEST - 13.5):
        return FASTEST
    return min(range(LAST_LINEAR + 1, FASTEST), key=lambda code: abs(16 * 1.038 ** (code - 13) - kmh))


def direction_code(degrees: float | None) -> int:
    """The nearest of sixteen directions; 15 when not known."""
    return 15 if degrees is None else int((degrees % 360 + 11.25) // 22.5) % 16


def fine_direction_code(degrees: float) -> int:
    """The nearest of 256 directions."""
    return round(degrees % 360 * 256 / 360) % 256


def altitude_metres(code: int) -> float | None:
    """Metres above the reference, from the lower 11 bits; 0 is reserved."""
    if code == 0:
        return None
    if code <= 1201:
        return float(code - 201)
    return float(2 * code - 1402 if code <= 1926 else 75 * code - 142000)


def altitude_code(metres: float | None) -> int:
    """The nearest code; beyond -200 to 11525 m the last one."""
    if metres is None:
        return 0
    if metres <= 1000:
        return max(1, round(metres + 201))
    if metres <= 2450:
        return round((metres + 1402) / 2)
    return min(2047, max(1927, round((metres + 142000) / 75)))


def altitude_error_metres(code: int) -> float | None:
    """What the error of the altitude is below."""
    return ALTITUDE_ERRORS[code] if code < len(ALTITUDE_ERRORS) else None


def elapsed_seconds(code: int) -> float | None:
    """The most that has gone by since the position was taken."""
    return ELAPSED[code] if code < len(ELAPSED) else None
