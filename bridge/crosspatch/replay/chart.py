"""Pictures of a dry run as SVG text: a map of tracks, borders and zones, and a timeline of patches and radios."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import cos, radians

import numpy as np
import shapely

from crosspatch.geofence.plane import Floats, Polygonal, from_plane, to_plane
from crosspatch.replay.labels import Labels
from crosspatch.replay.story import Change, Spot, Story

WIDTH, HEIGHT = 1000.0, 640.0
"""Of the map, in SVG units."""

MARGIN_M = 4000.0
"""Metres of land shown around the tracks."""

FINE = 800
"""Detail: shapes are simplified to this part of the map's width."""

LABELS, ROW = 150.0, 22.0
"""Of the timeline: room for names, height of a row."""

SPECK = 12.0
"""Units: ponds and pieces of rivers that are smaller are not drawn; on a map of a country they are but noise."""

NEAR = 14.0
"""Units within which two marks are at one place."""

MOST_NAMES = 40
"""Vehicles named on the map; of more, the names would be all that one sees."""

COLOURS = ("#1f6feb", "#d1242f", "#8250df", "#1a7f37", "#bf8700", "#cf222e", "#0969da", "#6639ba")
STATES = {
    "up": "#1a7f37",
    "armed": "#bf8700",
    "proposed": "#d8b365",
    "parting": "#8fbc8f",
    "failed": "#d1242f",
    "transmitting": "#d1242f",
    "requested": "#ee9a4d",
    "queued": "#ee9a4d",
    "receiving": "#1f6feb",
    "call idle": "#a8c7f0",
}
"""Colours of states; those that are not named are not drawn."""


class Frame:
    """From degrees to the map's units: north is up, a kilometre is as long east as north."""

    def __init__(self, spots: Sequence[Spot]) -> None:
        """Shows all of ``spots`` with some land around them."""
        lon, lat = [spot.lon for spot in spots], [spot.lat for spot in spots]
        middle = (min(lat) + max(lat)) / 2
        self._squeeze = cos(radians(middle))
        room = MARGIN_M / 111_195
        west, east = min(lon) * self._squeeze - room, max(lon) * self._squeeze + room
        south, north = min(lat) - room, max(lat) + room
        self.scale = min(WIDTH / (east - west), HEIGHT / (north - south))
        self._west = (west + east) / 2 - WIDTH / 2 / self.scale
        self._north = (north + south) / 2 + HEIGHT / 2 / self.scale
        self.metres_per_unit = 111_195 / self.scale

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Where on the map."""
        return (lon * self._squeeze - self._west) * self.scale, (self._north - lat) * self.scale

    def window(self) -> shapely.Polygon:
        """What the map shows, in metres of the plane, and a little more."""
        corners = [
            to_plane((self._west + x / self.scale) / self._squeeze, self._north - y / self.scale)
            for x, y in ((0.0, 0.0), (WIDTH, 0.0), (WIDTH, HEIGHT), (0.0, HEIGHT))
        ]
        return shapely.buffer(shapely.Polygon(corners), 20 * self.metres_per_unit)

    def path(self, shape: Polygonal) -> str:
        """The rings of a shape in the plane, as far as they are shown."""
        seen = shapely.intersection(shapely.simplify(shape, WIDTH / FINE * self.metres_per_unit), self.window())
        if seen.is_empty:
            return ""
        rings = shapely.get_parts(shapely.boundary(seen))
        west, south, east, north = shapely.bounds(rings).T
        large = np.maximum(east - west, north - south) >= SPECK * self.metres_per_unit
        return " ".join(self._ring(from_plane(shapely.get_coordinates(ring))) for ring in rings[large])

    def _ring(self, points: Floats) -> str:
        x = (points[:, 0] * self._squeeze - self._west) * self.scale
        y = (self._north - points[:, 1]) * self.scale
        return "M" + " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True)) + "Z"


def draw_map(story: Story, lands: Mapping[str, Polygonal], zones: Mapping[str, Polygonal]) -> str:
    """The map, with a mark wherever a vehicle was when its rule's patch changed."""
    spots = [spot for track in story.tracks.values() for spot in track]
    if not spots:
        return "<p>No report was sent.</p>"
    frame = Frame(spots)
    parts = [f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="map">']
    for country, land in lands.items():
        parts.append(f'<path class="land" d="{frame.path(land)}"><title>{escape(country)}</title></path>')
    for zone, shape in zones.items():
        parts.append(f'<path class="zone" d="{frame.path(shape)}"><title>zone {escape(zone)}</title></path>')
    for number, (vehicle, track) in enumerate(story.tracks.items()):
        colour = COLOURS[number % len(COLOURS)]
        line = " ".join("{:.1f},{:.1f}".format(*frame.place(spot.lon, spot.lat)) for spot in track)
        parts.append(
            f'<polyline class="track" stroke="{colour}" points="{line}"><title>{escape(vehicle)}</title></polyline>'
        )
    labels = Labels(WIDTH, HEIGHT)
    labels.keep_clear(0.0, HEIGHT, 110.0)  # the scale
    parts += _marks(story, frame, labels)
    parts += _names(story, lands, frame, labels)
    parts += [_scale(frame), "</svg>"]
    return "\n".join(parts)


def _marks(story: Story, frame: Frame, labels: Labels) -> list[str]:
    """Where vehicles were when their rule's patch changed; what happened at one place is told in one line."""
    told: dict[tuple[int, int], tuple[float, float, list[str]]] = {}
    circles: list[str] = []
    for rule, changes in story.patches.items():
        for change in changes:
            if change.state not in ("armed", "up", "down"):
                continue
            for vehicle in _concerned(change, story):
                spot = _at(story.tracks[vehicle], change.at)
                if spot is None:
                    continue
                x, y = frame.place(spot.lon, spot.lat)
                colour = STATES.get(change.state, "#57606a")
                title = escape(f"{rule} {change.state} at {clock(change.at)}, {vehicle} here: {change.reason}")
                circles.append(
                    f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"><title>{title}</title></circle>'
                )
                labels.keep_clear(x, y, 6.0)
                words = told.setdefault((round(x / NEAR), round(y / NEAR)), (x, y, []))[2]
                if (word := f"{rule} {change.state}") not in words:
                    words.append(word)
    return circles + [labels.put(x, y, _short(words)) for x, y, words in told.values()]


def _concerned(change: Change, story: Story) -> list[str]:
    """The vehicles that a change tells of; all where it tells of none."""
    words = change.reason.replace(",", " ").replace(":", " ").split()
    return [vehicle for vehicle in story.tracks if vehicle in words] or list(story.tracks)


def _short(words: Sequence[str]) -> str:
    return ", ".join(words[:2]) + (f" and {len(words) - 2} more" if len(words) > 2 else "")


def _names(story: Story, lands: Mapping[str, Polygonal], frame: Frame, labels: Labels) -> Iterator[str]:
    """Vehicles where their tracks begin, and countries where much of them is seen."""
    for number, (vehicle, track) in enumerate(list(story.tracks.items())[:MOST_NAMES]):
        if track:
            x, y = frame.place(track[0].lon, track[0].lat)
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLOURS[number % len(COLOURS)]}"/>'
            yield labels.put(x, y, f"{vehicle} begins", "name")
    for country, land in lands.items():
        seen = shapely.intersection(shapely.simplify(land, 1000.0), frame.window())
        if not seen.is_empty:
            middle = shapely.point_on_surface(max(shapely.get_parts(seen), key=shapely.area))
            ((lon, lat),) = from_plane(shapely.get_coordinates(middle))
            yield labels.put(*frame.place(float(lon), float(lat)), country, "country")


def _at(track: Sequence[Spot], at: float) -> Spot | None:
    """Where the vehicle was, if its track tells."""
    times = np.array([spot.at for spot in track])
    after = int(np.searchsorted(times, at))
    if after == 0 and times[0] - at > 1.0:
        return None
    return track[min(after, len(track) - 1)] if at <= times[-1] + 1.0 else None


def _scale(frame: Frame) -> str:
    """A line that is so many metres long."""
    metres = next(m for m in (500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000) if m / frame.metres_per_unit > 60)
    length = metres / frame.metres_per_unit
    y = HEIGHT - 14
    line = f'<path class="scale" d="M14,{y:.0f}h{length:.1f}"/>'
    return f'{line}<text x="14" y="{y - 6:.0f}">{metres / 1000:g} km</text>'


def draw_timeline(story: Story) -> str:
    """A row for each patch, vehicle and radio."""
    end = max(story.figures.seconds, 1.0)
    rows = [(f"patch {name}", _bars(changes, end)) for name, changes in story.patches.items()]
    rows += [(f"vehicle {name}", _reported(track)) for name, track in story.tracks.items()]
    rows += [(f"radio {name}", _bars(changes, end)) for name, changes in story.radios.items()]
    height = ROW * len(rows) + 26
    parts = [f'<svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" aria-label="timeline">']
    per_second = (WIDTH - LABELS) / end
    for number, (name, bars) in enumerate(rows):
        y = ROW * number
        parts.append(f'<text x="0" y="{y + 15:.0f}">{escape(name)}</text>')
        parts.append(f'<path class="grid" d="M{LABELS:.0f},{y + ROW - 1:.0f}H{WIDTH:.0f}"/>')
        for begin, until, colour, title in bars:
            x, width = LABELS + begin * per_second, max((until - begin) * per_second, 0.6)
            box = f'x="{x:.1f}" y="{y + 3:.0f}" width="{width:.1f}" height="{ROW - 7:.0f}" fill="{colour}"'
            parts.append(f"<rect {box}><title>{escape(title)}</title></rect>")
    for lead in story.leads:
        x = LABELS + lead.at * per_second
        title = escape(f"{lead.vehicle} in the zone of {lead.rule} at {clock(lead.at)}")
        parts.append(f'<path class="crossing" d="M{x:.1f},0V{ROW * len(rows):.0f}"><title>{title}</title></path>')
    for share in range(6):
        x, at = LABELS + (WIDTH - LABELS) * share / 5, end * share / 5
        anchor = "end" if share == 5 else "middle" if share else "start"
        parts.append(f'<text x="{x:.1f}" y="{height - 6:.0f}" text-anchor="{anchor}">{clock(at)}</text>')
    return "\n".join([*parts, "</svg>"])


Bar = tuple[float, float, str, str]
"""Begin, end, colour, title."""


def _bars(changes: Sequence[Change], end: float) -> list[Bar]:
    """Neighbours in one state make one bar."""
    bars: list[Bar] = []
    following = [*(change.at for change in changes), end][1:]
    for change, until in zip(changes, following, strict=True):
        colour = STATES.get(change.state)
        if colour is None:
            continue
        if bars and bars[-1][2] == colour and bars[-1][1] == change.at:
            begin, _, _, title = bars.pop()
        else:
            begin, title = change.at, f"{change.state} from {clock(change.at)}: {change.reason}"
        bars.append((begin, until, colour, title))
    return bars


def _reported(track: Sequence[Spot]) -> list[Bar]:
    if not track:
        return []
    first, last = track[0].at, track[-1].at
    return [(first, last, "#afb8c1", f"reports from {clock(first)} to {clock(last)}")]


def clock(seconds: float) -> str:
    """``0:06:10`` since the run's beginning."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
