"""How far from which zone: signed distances in metres, for one vehicle or for all of them at once. Pure."""

from crosspatch.geofence.areas import Area, CountryArea, DrawnArea
from crosspatch.geofence.geofence import Geofence, Nearness
from crosspatch.geofence.outline import Outline

__all__ = ["Area", "CountryArea", "DrawnArea", "Geofence", "Nearness", "Outline"]
