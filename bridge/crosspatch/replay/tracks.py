"""Recorded tracks as position reports: GPX, GeoJSON, OwnTracks recorder files and CSV. Pure: text in, fixes out.

A GeoJSON track is a LineString with its times in ``coordTimes`` (or ``times``), or points with a ``time`` each. A line
of an OwnTracks recorder file is a time, a type, and the payload as it came. A CSV file has a header with ``time``,
``lat``, ``lon`` and, if they are known, ``accuracy_m``, ``speed_kmh``, ``course_deg``.
"""

import csv
import io
import json
import math
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class BadTrack(ValueError):  # noqa: N818 - says what it is
    """A file that is no track; the text says where it is wrong."""


@dataclass(frozen=True, slots=True)
class Point:
    """One report of a track. ``at``: seconds since the epoch."""

    at: float
    lat: float
    lon: float
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    course_deg: float | None = None


def read_track(text: str, kind: str) -> list[Point]:
    """The points in order of time; ``kind`` is the file's ending. `BadTrack` where there are less than two."""
    reader = READERS.get(kind.lower().lstrip("."))
    if reader is None:
        msg = f"no such kind of track: {kind!r}; known: {', '.join(READERS)}"
        raise BadTrack(msg)
    points = sorted(reader(text), key=lambda point: point.at)
    if len(points) < 2:
        msg = "holds less than two points with a time"
        raise BadTrack(msg)
    return points


def _gpx(text: str) -> Iterator[Point]:
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        msg = f"is no GPX file: {error}"
        raise BadTrack(msg) from None
    points = [element for element in root.iter() if _tag(element) == "trkpt"]
    for number, element in enumerate(points, 1):
        inner = {_tag(child): child.text for child in element.iter() if child is not element}
        speed = _number(inner.get("speed"))
        with_fields = {
            "time": inner.get("time"),
            "lat": element.get("lat"),
            "lon": element.get("lon"),
            "speed_kmh": None if speed is None else speed * 3.6,
            "course_deg": inner.get("course"),
        }
        yield _point(with_fields, f"track point {number}")


def _geojson(text: str) -> Iterator[Point]:
    document = _json(text, "is no GeoJSON file")
    features = document.get("features", [document]) if isinstance(document, dict) else []
    for number, feature in enumerate(features, 1):
        place = f"feature {number}"
        try:
            geometry, properties = feature["geometry"], feature.get("properties") or {}
            kind, coordinates = geometry["type"], geometry["coordinates"]
            times = properties.get("coordTimes") or properties.get("times") or []
            if kind == "Point":
                chain: Iterable[tuple[Any, dict[str, Any]]] = [(coordinates, properties)]
            elif kind == "LineString" and len(times) == len(coordinates):
                chain = [(position, {"time": time}) for position, time in zip(coordinates, times, strict=True)]
            else:
                msg = f"{place}: a track is a LineString with as many coordTimes as positions, or points with a time"
                raise BadTrack(msg)
            for position, fields in chain:
                yield _point({**fields, "lon": position[0], "lat": position[1]}, place)
        except (KeyError, TypeError, AttributeError, IndexError):
            msg = f"{place}: no geometry with positions"
            raise BadTrack(msg) from None


def _recorder(text: str) -> Iterator[Point]:
    for number, line in enumerate(text.splitlines(), 1):
        payload = line[line.find("{") :] if "{" in line else ""
        if not payload:
            continue
        message = _json(payload, f"line {number} is no OwnTracks message")
        if isinstance(message, dict) and message.get("_type") == "location":
            speed = _number(message.get("vel"))
            fields = {
                "time": message.get("tst"),
                "lat": message.get("lat"),
                "lon": message.get("lon"),
                "accuracy_m": message.get("acc"),
                "speed_kmh": None if speed is None or speed < 0 else speed,
                "course_deg": message.get("cog"),
            }
            yield _point(fields, f"line {number}")


def _csv(text: str) -> Iterator[Point]:
    for number, row in enumerate(read_table(text, ("time", "lat", "lon")), 2):
        yield _point(row, f"line {number}")


def read_table(text: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a CSV file whose header names ``columns`` at least; `BadTrack`."""
    try:
        table = csv.DictReader(io.StringIO(text))
        missing = [name for name in columns if name not in (table.fieldnames or ())]
        rows = list(table)
    except csv.Error as error:
        msg = f"is no CSV file: {error}"
        raise BadTrack(msg) from None
    if missing:
        msg = f"its first line does not name {', '.join(missing)}"
        raise BadTrack(msg)
    return rows


READERS: dict[str, Callable[[str], Iterator[Point]]] = {
    "gpx": _gpx,
    "geojson": _geojson,
    "json": _geojson,
    "rec": _recorder,
    "csv": _csv,
}
"""By the file's ending."""


def _point(fields: dict[str, Any], place: str) -> Point:
    at, lat, lon = moment(fields.get("time")), _number(fields.get("lat")), _number(fields.get("lon"))
    if at is None or lat is None or lon is None:
        msg = f"{place}: its time, latitude or longitude is missing or cannot be read"
        raise BadTrack(msg)
    if abs(lat) > 90 or abs(lon) > 180:
        msg = f"{place}: {lat:g}, {lon:g} is nowhere on earth"
        raise BadTrack(msg)
    more = {name: _number(fields.get(name)) for name in ("accuracy_m", "speed_kmh", "course_deg")}
    return Point(at, lat, lon, **more)


def moment(value: object) -> float | None:
    """Seconds since the epoch from a number, or from ISO 8601 (UTC where it names no offset); None for neither."""
    seconds = _number(value)
    if seconds is not None:
        return seconds
    try:
        found = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _json(text: str, complaint: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"{complaint}: {error}"
        raise BadTrack(msg) from None


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
