"""All zones of a site, measured at once."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from crosspatch.geofence.outline import Here, Spot, Spots
from crosspatch.geofence.plane import Floats, all_to_plane, convergence_deg, to_plane
from crosspatch.geofence.surveys import Survey


@dataclass(frozen=True, slots=True)
class Nearness:
    """How one position lies to one zone."""

    metres: float  # below zero inside
    border_deg: float  # true course to the nearest point of the border


class Geofence:
    """The zones of all surveys, in the order in which they were given."""

    def __init__(self, surveys: Iterable[Survey]) -> None:
        """Each zone is in one survey."""
        self._surveys = tuple(surveys)
        self._by_zone = {zone: survey for survey in self._surveys for zone in survey.zones}
        self.zones = tuple(self._by_zone)

    def locate(self, lon: float, lat: float, zones: Iterable[str] | None = None) -> dict[str, Nearness]:
        """One position, to these zones or to every one."""
        x, y = to_plane(lon, lat)
        here = Here.at(x, y)
        turned = convergence_deg(lon, lat)
        near = {}
        for zone in self.zones if zones is None else zones:
            spot = self._by_zone[zone].measure_one(zone, here)
            course = math.degrees(math.atan2(spot.x - x, spot.y - y))
            near[zone] = Nearness(spot.metres, (course - turned) % 360)
        return near

    def steepest(self, zone: str) -> float:
        """By how many metres the distance to the zone changes at most for each metre driven."""
        return self._by_zone[zone].steepest

    def measure(self, zone: str, x: Floats, y: Floats) -> Spots:
        """Points (n,) of the plane, to one zone."""
        return self._by_zone[zone].measure(zone, x, y)

    def measure_one(self, zone: str, here: Here) -> Spot:
        """The same for one point."""
        return self._by_zone[zone].measure_one(zone, here)

    def distances(self, lon: Floats, lat: Floats) -> Floats:
        """Signed distances in metres, (n, zones), of positions (n,) in degrees."""
        x, y = all_to_plane(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        columns = [self.measure(zone, x, y).metres for zone in self.zones]
        return np.stack(columns, axis=1) if columns else np.zeros((len(x), 0))
