"""The built-in borders: the land of the countries around here, as it ships."""

import json

import shapely

from crosspatch.config.data import data_file
from crosspatch.geofence.plane import Polygonal, to_plane_shape

BORDERS = "borders/benelux.geojson"


def read_borders() -> dict[str, Polygonal]:
    """The land of every country in the plane, by ISO code. The file is known to be sound (and tested to be)."""
    lands: dict[str, Polygonal] = {}
    for feature in json.loads(data_file(BORDERS).read_bytes())["features"]:
        land = to_plane_shape(shapely.from_geojson(json.dumps(feature["geometry"])))
        assert isinstance(land, Polygonal)
        lands[feature["properties"]["iso"]] = land
    return lands
