"""The zones of a site as surveys to measure with: each drawn, then put together with those it counts or leaves out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import shapely

from crosspatch.config.borders import read_borders
from crosspatch.config.data import data_file, data_folder
from crosspatch.config.drawings import SMALLEST, BadDrawing, draw, read_drawing
from crosspatch.config.lines import Lines
from crosspatch.config.mistakes import Mistake, SiteError, hint
from crosspatch.geofence import CountrySurvey, DrawnSurvey, Geofence, Outline, Survey
from crosspatch.geofence.plane import Polygonal, cut, join, polygonal
from crosspatch.plan import Plan, Zone

PLACES = "zones"

LEFT_OUT = "left out"
"""Name of the land that a country zone leaves out: nobody's, and as foreign as a country."""


@dataclass(frozen=True, slots=True)
class Places:
    """The zones of a site: to measure with, and as shapes in the plane for whoever draws a map."""

    geofence: Geofence
    shapes: dict[str, Polygonal]


def load_geofence(plan: Plan, site_path: Path | str) -> Geofence:
    """The geofence of the plan's zones; `SiteError` lists all zones that cannot be used, and why."""
    return load_places(plan, site_path).geofence


def load_places(plan: Plan, site_path: Path | str) -> Places:
    """The same, and the zones' shapes."""
    atlas = _Atlas(plan, Path(site_path))
    surveys = list(atlas.surveys())
    if atlas.mistakes:
        lines = Lines(Path(site_path).read_text(encoding="utf-8"))
        raise SiteError(Path(site_path), [Mistake(m.where, m.text, lines.of(m.where)) for m in atlas.mistakes])
    return Places(Geofence(surveys), atlas.shapes)


class _Atlas:
    """Draws the zones, each once, and collects what is wrong with them."""

    def __init__(self, plan: Plan, site_path: Path) -> None:
        self._plan, self._site = plan, site_path
        self._land: dict[str, Polygonal] = {}
        self._shapes: dict[str, Polygonal] = {}  # as drawn
        self.shapes: dict[str, Polygonal] = {}  # put together
        self._outlines: dict[int, tuple[Polygonal, Outline]] = {}  # each with its land, so that an id stays its own
        self.mistakes: list[Mistake] = []

    def surveys(self) -> Iterator[Survey]:
        for zone in self._plan.zones.values():
            try:
                self._shapes[zone.id] = self._drawn(zone)
            except BadDrawing as error:
                key, what = _key(zone)
                self.mistakes.append(Mistake(("zones", zone.id, key), f"{what}{error}"))
        if self.mistakes:
            return
        self.shapes = dict(self._shapes)
        plain = [zone for zone in self._plan.zones.values() if zone.country and not zone.also + zone.without]
        if plain:
            yield self._countries(plain, self._lands())
        for zone in self._plan.zones.values():
            if zone not in plain:
                yield from self._put_together(zone)

    def _put_together(self, zone: Zone) -> Iterator[Survey]:
        """The zone with what it counts and without what it leaves out."""
        also = polygonal(shapely.union_all([self._shapes[other] for other in zone.also]))
        without = polygonal(shapely.union_all([self._shapes[other] for other in zone.without]))
        own = join(cut(self._shapes[zone.id], without), also)
        if own.area < SMALLEST:
            self.mistakes.append(Mistake(("zones", zone.id, "without"), "nothing is left of the zone"))
            return
        self.shapes[zone.id] = own
        if zone.country is None:
            yield DrawnSurvey(zone.id, Outline([own]))
        else:
            lands = {country: cut(land, also) for country, land in self._lands().items()} | {zone.country: own}
            if zone.without:
                lands[LEFT_OUT] = without
            yield self._countries([zone], lands)

    def _countries(self, zones: list[Zone], lands: dict[str, Polygonal]) -> CountrySurvey:
        for land in lands.values():
            if id(land) not in self._outlines:
                self._outlines[id(land)] = (land, Outline([land]))
        sides = {}
        for zone in zones:
            others = Outline([land for country, land in lands.items() if country != zone.country])
            sides[zone.id] = (str(zone.country), others)
        return CountrySurvey({country: self._outlines[id(land)][1] for country, land in lands.items()}, sides)

    def _drawn(self, zone: Zone) -> Polygonal:
        if zone.country is not None:
            return self._lands()[zone.country]
        if zone.point is not None:
            return draw({"type": "Point", "coordinates": list(zone.point)}, zone.around_m)
        if zone.geojson is not None:
            return read_drawing(self._site.parent / zone.geojson, zone.around_m)
        path = data_file(f"{PLACES}/{zone.place}.geojson")
        if not path.is_file():
            known = [file.stem for file in sorted((data_folder() / PLACES).glob("*.geojson"))]
            msg = f"no such place ships{hint(str(zone.place), known)}"
            raise BadDrawing(msg)
        return read_drawing(path, zone.around_m)

    def _lands(self) -> dict[str, Polygonal]:
        """The land of every country in the plane, by ISO code; read when the first one is needed."""
        self._land = self._land or read_borders()
        return self._land


def _key(zone: Zone) -> tuple[str, str]:
    """Which key of the zone says how it is drawn, and what to put before a complaint about that."""
    for key, value in (("geojson", zone.geojson), ("place", zone.place)):
        if value is not None:
            return key, f"{value}: "
    return "point", ""
