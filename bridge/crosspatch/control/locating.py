"""Positions that vehicles send by radio (LIP): which vehicle it is, and the same report that OwnTracks would bring.

A vehicle is known by its full identity, which its network vouches for. Not for whether a position is to be believed:
age, accuracy and place are judged where all reports are (`positions`).
"""

from collections import Counter
from collections.abc import Mapping

import structlog

from crosspatch.events import PositionReport
from crosspatch.plan import Plan
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import LocationReceived
from crosspatch_drivers.sds.lip import LongReport, ShortReport
from crosspatch_drivers.sds.position import Position, locate

MAX_LOGGED = 1000
"""Pairs of sender and reason that are told to a person; after that, only the counters tell."""

ANYWHERE, ANYWHERE_M = 6, 20_000_000.0
"""Code of a position error of over 200 km, and what that may be: half way round the earth. An error that is not known
is another matter: many radios never tell theirs."""

log = structlog.get_logger()


class Locating:
    """Turns location reports into positions of vehicles."""

    def __init__(self, plan: Plan) -> None:
        """Vehicles without an SSI send nothing by radio."""
        networks = plan.networks
        self._vehicles = {
            Identity(networks[vehicle.network].mcc, networks[vehicle.network].mnc, vehicle.ssi): vehicle.id
            for vehicle in plan.vehicles.values()
            if vehicle.ssi is not None
        }
        self._counts: Counter[str] = Counter()
        self._logged: set[tuple[Identity, str]] = set()

    @property
    def counters(self) -> Mapping[str, int]:
        """What was understood and what was refused, by name."""
        return self._counts

    def position(self, event: LocationReceived, wall: float) -> PositionReport | None:
        """Where a vehicle is; ``wall``: seconds since the epoch. None when that is not told, which is counted."""
        vehicle = self._vehicles.get(event.sender)
        if vehicle is None:
            self._refuse(event.sender, "unknown sender")
            return None
        place = locate(event.report, wall)
        if place.lon is None or place.lat is None:
            self._refuse(event.sender, "no position")
            return None
        sent_at = _sent_at(place, wall)
        if sent_at is None:
            self._refuse(event.sender, "no time")
            return None
        self._counts["radio positions"] += 1
        return PositionReport(
            vehicle=vehicle,
            lon=place.lon,
            lat=place.lat,
            sent_at=sent_at,
            received_at=wall,
            accuracy_m=ANYWHERE_M if _error(event.report) == ANYWHERE else place.position_error_m,
            speed_kmh=place.velocity_kmh,
            course_deg=place.direction_deg,
            sender="radio",
        )

    def _refuse(self, sender: Identity, reason: str) -> None:
        self._counts[f"radio positions refused: {reason}"] += 1
        if (sender, reason) not in self._logged and len(self._logged) < MAX_LOGGED:
            self._logged.add((sender, reason))
            log.warning("radio position refused", sender=str(sender), reason=reason)


def _sent_at(place: Position, wall: float) -> float | None:
    """When the vehicle was there: as it says, or the earliest that its word leaves possible."""
    if place.time is not None:
        return place.time
    return None if place.max_age_s is None else wall - place.max_age_s


def _error(report: ShortReport | LongReport) -> int | None:
    """The class of the position error, where one was sent."""
    return report.position_error if isinstance(report, ShortReport) else report.shape.position_error
