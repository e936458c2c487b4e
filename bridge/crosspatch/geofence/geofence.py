"""All zones of a site, measured at once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crosspatch.geofence.areas import Area
from crosspatch.geofence.plane import Floats, all_to_plane, convergence_deg


@dataclass(frozen=True, slots=True)
class Nearness:
    """How one position lies to one zone."""

    metres: float  # below zero inside
    border_deg: float  # true course to the nearest point of the border


class Geofence:
    """Zones by id, in the order of the site file."""

    def __init__(self, areas: Mapping[str, Area]) -> None:
        """``areas`` are measured in metres of the plane."""
        self._areas = dict(areas)

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones' ids."""
        return tuple(self._areas)

    def locate(self, lon: float, lat: float) -> dict[str, Nearness]:
        """One position, to every zone."""
        x, y = all_to_plane(np.array([lon]), np.array([lat]))
        turned = convergence_deg(lon, lat)
        near = {}
        for zone, area in self._areas.items():
            found = area.measure(x, y)
            course = math.degrees(math.atan2(found.x[0] - x[0], found.y[0] - y[0]))
            near[zone] = Nearness(float(found.metres[0]), (course - turned) % 360)
        return near

    def distances(self, lon: Floats, lat: Floats) -> Floats:
        """Signed distances in metres, (n, zones), of positions (n,) in degrees."""
        x, y = all_to_plane(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        columns = [area.measure(x, y).metres for area in self._areas.values()]
        return np.stack(columns, axis=1) if columns else np.zeros((len(x), 0))
