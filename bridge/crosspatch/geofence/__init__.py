"""How far from which zone: signed distances in metres, for one vehicle or for all of them at once. Pure."""

from crosspatch.geofence.geofence import Geofence, Nearness
from crosspatch.geofence.outline import Outline
from crosspatch.geofence.surveys import CountrySurvey, DrawnSurvey, Survey

__all__ = ["CountrySurvey", "DrawnSurvey", "Geofence", "Nearness", "Outline", "Survey"]
