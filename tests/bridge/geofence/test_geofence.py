"""Signed distances to the real borders, held against what is known of places at the border."""

from dataclasses import dataclass

import numpy as np
import pytest

from crosspatch.config import load_geofence
from crosspatch.geofence import Geofence
from crosspatch.plan import Gateway, Plan, Zone

COUNTRIES = ("BE", "NL", "LU")


@pytest.fixture(scope="module")
def geofence(tmp_path_factory: pytest.TempPathFactory) -> Geofence:
    zones = {country: Zone(id=country, country=country) for country in COUNTRIES}
    plan = Plan(gateway=Gateway(id="box"), networks={}, radios={}, talkgroups={}, zones=zones)
    return load_geofence(plan, tmp_path_factory.mktemp("site"))


@dataclass(frozen=True, slots=True)
class Place:
    """A place at a border, known to about a kilometre: how far the border is at most."""

    name: str
    lat: float
    lon: float
    sides: tuple[str, str]
    within: float = 1000.0


PLACES = [
    Place("Hazeldonk", 51.495, 4.737, ("NL", "BE")),
    Place("Wernhout", 51.446, 4.634, ("NL", "BE"), 2500),
    Place("Putte", 51.360, 4.395, ("NL", "BE")),
    Place("Zelzate", 51.213, 3.802, ("NL", "BE")),
    Place("Reusel", 51.312, 5.216, ("NL", "BE"), 1500),
    Place("Bergeijk", 51.261, 5.379, ("NL", "BE")),
    Place("Roosteren", 51.088, 5.800, ("NL", "BE")),
    Place("Stein", 50.964, 5.746, ("NL", "BE"), 1500),
    Place("Smeermaas", 50.879, 5.672, ("NL", "BE")),
    Place("Eijsden", 50.759, 5.719, ("NL", "BE")),
    Place("Vaals", 50.7548, 6.0208, ("NL", "BE"), 100),
    Place("Martelange", 49.832, 5.741, ("LU", "BE"), 200),
    Place("Sterpenich", 49.642, 5.904, ("LU", "BE")),
    Place("Wemperhardt", 50.148, 6.060, ("LU", "BE")),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_border_place_is_near_both_sides(geofence, place) -> None:
    near = geofence.locate(place.lon, place.lat)
    assert all(abs(near[side].metres) <= place.within for side in place.sides), near


@pytest.mark.parametrize(
    ("place", "lat", "lon", "country"),
    [
        ("Utrecht", 52.091, 5.122, "NL"),
        ("Brussels", 50.847, 4.357, "BE"),
        ("Ettelbruck", 49.848, 6.104, "LU"),
        ("the Western Scheldt tunnel", 51.39, 3.90, "NL"),
        ("the IJsselmeer", 52.75, 5.40, "NL"),
        ("the Wadden Sea", 53.25, 5.30, "NL"),
        ("the Meuse at Maastricht", 50.8505, 5.6945, "NL"),
        ("the port of Antwerp", 51.27, 4.32, "BE"),
        ("off Ostend", 51.28, 2.85, "BE"),
    ],
)
def test_inside_a_country_its_water_is_its_own(geofence, place, lat, lon, country) -> None:
    near = geofence.locate(lon, lat)
    assert {name: near[name].metres < 0 for name in COUNTRIES} == {name: name == country for name in COUNTRIES}


def test_the_coast_is_no_border(geofence) -> None:
    # Katwijk lies on the sea; Belgium is some 80 km away.
    assert geofence.locate(4.40, 52.20)["NL"].metres == pytest.approx(-83_000, abs=5000)


def test_schengen_is_far_from_the_other_two(geofence) -> None:
    near = geofence.locate(6.3669, 49.4697)
    assert abs(near["LU"].metres) < 200
    assert near["BE"].metres == pytest.approx(37_600, abs=200)
    assert near["NL"].metres > 100_000


def test_the_border_lies_where_its_course_leads(geofence) -> None:
    lon, lat = 4.737, 51.55
    near = geofence.locate(lon, lat)["BE"]
    ahead = np.radians(near.border_deg)
    north, east = np.cos(ahead) * near.metres / 111_195, np.sin(ahead) * near.metres / 111_195 / np.cos(np.radians(lat))
    there = geofence.locate(lon + east, lat + north)["BE"].metres
    assert abs(there) < 30


def test_all_at_once_is_the_same_as_one_by_one(geofence) -> None:
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(2.5, 7.3, 60), rng.uniform(49.3, 53.7, 60)
    together = geofence.distances(lon, lat)
    single = [[near.metres for near in geofence.locate(*at).values()] for at in zip(lon, lat, strict=True)]
    np.testing.assert_allclose(together, np.array(single), atol=1e-6)


def test_a_metre_driven_changes_the_distance_by_a_metre_at_most_on_land(geofence) -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(4.5, 6.4, 400), rng.uniform(49.4, 51.5, 400)
    step = rng.uniform(0.0, 0.02, 400)
    before, after = geofence.distances(lon, lat), geofence.distances(lon, lat + step)
    # Between two banks the difference changes twice as fast: half the width of the Meuse is the most it adds.
    assert (np.abs(after - before) <= step[:, None] * 111_400 + 200).all()


def test_without_zones_there_is_nothing_to_measure() -> None:
    assert Geofence({}).locate(5.0, 51.0) == {}
    assert Geofence({}).distances(np.array([5.0, 6.0]), np.array([51.0, 51.0])).shape == (2, 0)
