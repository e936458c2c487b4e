"""The site file, read and checked: every mistake at once, or a `Plan` and the `Geofence` of its zones.

Not for using any of it: nothing here opens a port, asks a broker or looks for a sound card.
"""

from crosspatch.config.mistakes import Mistake, SiteError
from crosspatch.config.site import load_site
from crosspatch.config.zones import Places, load_geofence, load_places

__all__ = ["Mistake", "Places", "SiteError", "load_geofence", "load_places", "load_site"]
