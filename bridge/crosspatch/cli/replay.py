"""``crosspatch replay``: prove a plan on recorded tracks before it goes live."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from crosspatch.cli.common import AsJson, Exit, SiteFile, load_or_leave, read_track_or_leave

if TYPE_CHECKING:
    from crosspatch.config import Places
    from crosspatch.plan import Plan
    from crosspatch.replay.story import Story
    from crosspatch.replay.tracks import Point
    from crosspatch.replay.traffic import Press
    from crosspatch.replay.verdict import Kind, Policy

Tracks = Annotated[
    list[str],
    typer.Option(
        "--tracks",
        "-t",
        metavar="[VEHICLE=]FILE",
        help="A track (GPX, GeoJSON, OwnTracks .rec, CSV) of a vehicle; without VEHICLE the file's name says whose.",
    ),
]


def replay(  # noqa: PLR0917 - typer makes options of them
    site: SiteFile,
    tracks: Tracks,
    traffic: Annotated[Path | None, typer.Option(help="Who speaks when: CSV of time, talkgroup, seconds.")] = None,
    every: Annotated[float, typer.Option(help="Seconds between reports at least; 0: as recorded.")] = 0.0,
    together: Annotated[bool, typer.Option("--together", help="All tracks begin at the moment of the first.")] = False,
    late: Annotated[float, typer.Option(help="Seconds for which a patch must be up before the border.")] = 10.0,
    allow: Annotated[list[str] | None, typer.Option(help="A finding that does not fail the plan.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Every finding fails the plan.")] = False,
    against: Annotated[Path | None, typer.Option(help="Another site file to compare with.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the proof, one page that needs nothing else.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run SITE over recorded tracks in virtual time; exit code 0 only if every patch did what it should."""
    from crosspatch.replay.verdict import Policy  # noqa: PLC0415 - heavy, and --help must be quick

    policy = Policy(late, _allowed(allow or [], strict))
    plan = load_or_leave(site)
    points = _read_tracks(tracks, plan, every, together)
    presses = _read_traffic(traffic, plan, min(track[0].at for track in points.values()))
    story, places = _run(site, plan, points, presses, policy)
    other = None
    if against is not None:
        other, _ = _run(against, load_or_leave(against), points, presses, policy)
    _tell(story, other, places, html, as_json)
    raise typer.Exit(Exit.DONE if story.holds else Exit.FAILED)


def _allowed(words: list[str], strict: bool) -> "frozenset[Kind]":
    from crosspatch.replay.verdict import NOTES, Kind  # noqa: PLC0415

    known = {kind.value.replace(" ", "-"): kind for kind in Kind}
    for word in words:
        if word not in known:
            _leave(f"--allow {word}: no such finding; known: {', '.join(known)}")
    return frozenset(known[word] for word in words) | (frozenset() if strict else NOTES)


def _read_tracks(tracks: list[str], plan: "Plan", every: float, together: bool) -> "dict[str, list[Point]]":
    points: dict[str, list[Point]] = {}
    for given in tracks:
        vehicle, equals, name = given.partition("=")
        path = Path(name if equals else given)
        vehicle = vehicle if equals else path.stem
        if vehicle not in plan.vehicles:
            _leave(f"{given}: no vehicle {vehicle!r} in the site; known: {', '.join(plan.vehicles) or 'none'}")
        track = read_track_or_leave(path)
        points[vehicle] = sorted([*points.get(vehicle, []), *_thinned(track, every)], key=lambda point: point.at)
    first = min(track[0].at for track in points.values())
    if together:
        points = {
            vehicle: [replace(point, at=point.at - track[0].at + first) for point in track]
            for vehicle, track in points.items()
        }
    return points


def _thinned(track: "list[Point]", every: float) -> "list[Point]":
    kept = track[:1]
    for point in track[1:]:
        if point.at - kept[-1].at >= every:
            kept.append(point)
    return kept


def _read_traffic(traffic: Path | None, plan: "Plan", begin: float) -> "list[Press]":
    from crosspatch.replay.tracks import BadTrack  # noqa: PLC0415
    from crosspatch.replay.traffic import read_traffic  # noqa: PLC0415

    if traffic is None:
        return []
    try:
        return read_traffic(traffic.read_text(encoding="utf-8"), plan.talkgroups, begin)
    except OSError as error:
        _leave(f"{traffic}: cannot be read: {error.strerror or error}")
    except (BadTrack, UnicodeDecodeError) as error:
        _leave(f"{traffic}: {error}")


def _run(
    site: Path, plan: "Plan", points: "dict[str, list[Point]]", presses: "list[Press]", policy: "Policy"
) -> "tuple[Story, Places]":
    from crosspatch.config import SiteError, load_places  # noqa: PLC0415
    from crosspatch.replay.run import run  # noqa: PLC0415

    try:
        places = load_places(plan, site)
    except SiteError as error:
        _leave(str(error))
    known = {vehicle: track for vehicle, track in points.items() if vehicle in plan.vehicles}
    spoken = [press for press in presses if press.talkgroup in plan.talkgroups]
    return run(str(site), plan, places.geofence, known, presses=spoken, policy=policy), places


def _tell(story: "Story", other: "Story | None", places: "Places", html: Path | None, as_json: bool) -> None:
    import msgspec  # noqa: PLC0415

    from crosspatch.config.borders import read_borders  # noqa: PLC0415
    from crosspatch.replay.compare import compare  # noqa: PLC0415
    from crosspatch.replay.page import render  # noqa: PLC0415
    from crosspatch.replay.words import lines  # noqa: PLC0415

    differences = None if other is None else compare(story, other)
    if html is not None:
        try:
            html.write_text(render(story, read_borders(), places.shapes, differences), encoding="utf-8")
        except OSError as error:
            _leave(f"{html}: cannot be written: {error.strerror or error}")
    if as_json:
        answer = {"holds": story.holds, "story": story, "differences": differences}
        typer.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2))
        return
    for line in lines(story, differences):
        typer.echo(line)
    if html is not None:
        typer.echo(f"proof: {html}")


def _leave(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(Exit.USAGE)
