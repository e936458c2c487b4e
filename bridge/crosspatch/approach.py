"""How one vehicle comes near one zone: how far, how soon, and that in words. Pure."""

import math
from dataclasses import dataclass

from crosspatch.geofence import Nearness
from crosspatch.positions import Fix

SLOWEST_KMH = 5.0
"""Below this speed a vehicle stands, and its course is noise."""

ASIDE = math.cos(math.radians(80.0))
"""A course more than 80° off the nearest border point leads along the border or away from it, not to it."""


@dataclass(frozen=True, slots=True)
class Approach:
    """Signed distance at the last report, and when (monotonic) the border is reached if the vehicle goes on so."""

    metres: float
    border_at: float | None
    speed_kmh: float | None

    @classmethod
    def of(cls, near: Nearness, fix: Fix) -> "Approach":
        """From a position, the way to the border's nearest point and the vehicle's own motion."""
        return cls(near.metres, _border_at(near, fix), fix.speed_kmh)

    def seconds(self, now: float) -> float | None:
        """Time to the border, the report's age counted; None inside, and for one who does not come nearer."""
        return None if self.border_at is None else max(0.0, self.border_at - now)

    def words(self, title: str, now: float) -> str:
        """``2.3 km before BE, 84 s at 118 km/h``, or ``350 m inside BE``."""
        if self.metres <= 0:
            return f"{length(-self.metres)} inside {title}"
        seconds = self.seconds(now)
        pace = "" if seconds is None or self.speed_kmh is None else f", {seconds:.0f} s at {self.speed_kmh:.0f} km/h"
        return f"{length(self.metres)} before {title}{pace}"


def _border_at(near: Nearness, fix: Fix) -> float | None:
    if near.metres <= 0 or fix.speed_kmh is None or fix.course_deg is None or fix.speed_kmh < SLOWEST_KMH:
        return None
    towards = math.cos(math.radians(fix.course_deg - near.border_deg))
    if towards < ASIDE:
        return None
    return fix.at + near.metres / (fix.speed_kmh / 3.6 * towards)


def length(metres: float) -> str:
    """``350 m``, ``2.3 km``."""
    return f"{metres / 1000:.1f} km" if metres >= 1000 else f"{metres:.0f} m"
