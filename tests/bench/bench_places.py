"""How fast positions become decisions, and how early a patch is there: zones, rules and dry runs."""

import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from tests.bench.table import Row
from tests.scenarios.roads import ALONG, MOTORWAY_KMH, ROADS, drive

from crosspatch.config import load_geofence, load_site
from crosspatch.events import PositionReport
from crosspatch.geofence import Geofence
from crosspatch.patch.over import DELIVERED
from crosspatch.plan import Plan, Rule, Vehicle, Zone
from crosspatch.replay.run import run
from crosspatch.replay.story import Story
from crosspatch.replay.tracks import Point, read_track
from crosspatch.replay.traffic import Press
from crosspatch.rules import RuleBook
from crosspatch.rules.crowd import Crowd, Moves

HOUSE = Path(__file__).parents[2]
SITE = HOUSE / "config" / "examples" / "benelux.toml"
TRACKS = HOUSE / "tests" / "data" / "tracks"
WEST, EAST, SOUTH, NORTH = 3.0, 6.5, 49.5, 52.8
"""Degrees: where the vehicles of the bench drive."""

CIRCLES = 47
"""Drawn zones beside the three countries: fifty in all."""

EVERY_S = 5.0
T = 1_773_518_400.0


def rows(quick: bool) -> list[Row]:
    """All figures of this room."""
    plan = load_site(SITE)
    began = time.process_time()
    geofence = load_geofence(plan, SITE)
    loaded = time.process_time() - began
    return [
        Row("zones: load borders, three countries and Baarle", f"{loaded:.2f} s", "", "at start"),
        *crowd_rows(plan, quick),
        *single_rows(plan, geofence, quick),
        *lead_rows(plan, geofence, quick),
        *flapping_rows(plan, geofence),
        *replay_rows(plan, geofence, quick),
    ]


def crowd_rows(plan: Plan, quick: bool) -> list[Row]:
    """100,000 vehicles over 50 zones, each with a rule; every vehicle reports every 5 s and drives on."""
    count, rounds = (20_000, 5) if quick else (100_000, 20)
    dice = np.random.default_rng(6)
    countries = {name: Zone(id=name, country=name) for name in ("BE", "NL", "LU")}
    circles = {
        f"z{i}": Zone(id=f"z{i}", point=(dice.uniform(WEST, EAST), dice.uniform(SOUTH, NORTH)), around_m=2000.0)
        for i in range(CIRCLES)
    }
    zones = countries | circles
    fence = load_geofence(replace(plan, zones=zones, rules={}), SITE)
    crowd = Crowd(fence, [Rule(id=zone, talkgroups=("a", "b"), zone=zone) for zone in zones], count)
    lon, lat = dice.uniform(WEST, EAST, count), dice.uniform(SOUTH, NORTH, count)
    kmh, course = dice.uniform(0, 130, count), dice.uniform(0, 360, count)
    spent = []
    for turn in range(rounds + 1):
        at = np.full(count, turn * EVERY_S)
        moves = Moves(np.arange(count), lon, lat, kmh, np.full(count, 2.0), at)
        began = time.process_time()
        crowd.look(moves, np.zeros((count, 1), np.bool_))
        spent.append(time.process_time() - began)
        metres = kmh / 3.6 * EVERY_S
        lat = lat + metres * np.cos(np.radians(course)) / 111_195
        lon = lon + metres * np.sin(np.radians(course)) / 111_195 / np.cos(np.radians(lat))
        course = course + dice.normal(0, 10, count)
    first, steady = count / spent[0], count * rounds / sum(spent[1:])
    what = f"{count} vehicles x {len(zones)} zones, real borders, a report each {EVERY_S:g} s"
    return [
        Row("positions evaluated in batch, one core", f"{steady:,.0f} /s", "300,000 /s", what),
        Row("the same, first look at every vehicle", f"{first:,.0f} /s", "", "nothing known of any of them"),
    ]


def single_rows(plan: Plan, geofence: Geofence, quick: bool) -> list[Row]:
    """One report after the other through trust, zones and rules, as they come from a broker."""
    count, rounds = (500, 4) if quick else (5000, 10)
    dice = np.random.default_rng(7)
    vehicles = {f"v{i}": Vehicle(id=f"v{i}", network=("c2000", "astrid")[i % 2]) for i in range(count)}
    book = RuleBook(replace(plan, vehicles=vehicles), geofence, 0.0)
    lon, lat = dice.uniform(WEST, EAST, count), dice.uniform(SOUTH, NORTH, count)
    north, east = dice.normal(0, 0.001, count), dice.normal(0, 0.0016, count)
    spent: list[float] = []
    for turn in range(rounds + 1):
        at = T + turn * EVERY_S
        lon, lat = lon + east, lat + north
        for i, name in enumerate(vehicles):
            report = PositionReport(name, float(lon[i]), float(lat[i]), at, at, 5.0)
            began = time.process_time()
            book.report([report], at)
            spent.append(time.process_time() - began)
    steady = sorted(spent[count:])
    p50, p99 = steady[len(steady) // 2], steady[int(len(steady) * 0.99)]
    return [
        Row(
            "positions evaluated one by one, one core",
            f"{len(steady) / sum(steady):,.0f} /s",
            "",
            f"p50 {p50 * 1e6:.0f} us, p99 {p99 * 1e6:.0f} us; {count} vehicles, 4 zones, 5 rules",
        )
    ]


def lead_rows(plan: Plan, geofence: Geofence, quick: bool) -> list[Row]:
    """The shortest time for which a patch was up before a vehicle was over the border at 200 km/h, of all motorways."""
    motorways = [road for road in ROADS if road.kmh == MOTORWAY_KMH]
    rows = []
    for every, offsets, reach in ((5.0, (0,), "≥ 30 s"), (60.0, (0, 15, 30, 45), "≥ 10 s")):
        shortest: dict[str, float] = {}
        for road in motorways:
            track = drive(road.way, road.kmh, 5.0)
            for offset in offsets[: 1 if quick else None]:  # where the border falls between two reports is chance
                kept = [point for point in track if (point.at - track[0].at - offset) % every == 0]
                came = run(road.name, plan, geofence, {road.vehicle: kept}).leads
                seconds = [lead.seconds or 0.0 for lead in came if lead.rule == road.rule] or [0.0]
                shortest[road.name] = min(shortest.get(road.name, math.inf), *seconds)
        worst = min(shortest, key=shortest.__getitem__)
        what = f"worst of {len(motorways)} motorway crossings: {worst}"
        name = f"patch up before the border, 200 km/h, report each {every:g} s"
        rows.append(Row(name, f"{shortest[worst]:.0f} s", reach, what))
    return rows


def flapping_rows(plan: Plan, geofence: Geofence) -> list[Row]:
    """Changes between up and not up while a vehicle drives along a border, somebody speaking all the way."""
    recorded = read_track((TRACKS / "n4-martelange-along-border.gpx").read_text(), "gpx")
    drives = {"Martelange N4": ("be-101", "be-to-lu", "be-ardennes", recorded)}
    for road in ALONG:
        drives[road.name] = (road.vehicle, road.rule, "nl-pursuit", drive(road.way, road.kmh, 10.0))
    most, where, overs, cut = 0.0, "", 0, 0
    for name, (vehicle, rule, group, track) in drives.items():
        first, last = track[0].at, track[-1].at
        presses = [Press(at, group, 4.0, 9_000_001) for at in np.arange(first + 60, last - 10, 20.0).tolist()]
        story = run(name, plan, geofence, {vehicle: track}, presses=presses)
        rate = changes(story, rule) / ((last - first) / 60)
        if rate >= most:
            most, where = rate, name
        overs += len(story.overs)
        cut += sum(outcome != DELIVERED for over in story.overs for outcome in over.outcomes)
    what = f"worst of {len(drives)} roads: {where}; {cut} of {overs} overs cut"
    return [Row("state changes on a road that follows the border", f"{most:.2f} /min", "≤ 1 /min", what)]


def changes(story: Story, rule: str) -> int:
    """Between up and not up."""
    ups = [change.state == "up" for change in story.patches[rule]]
    return sum(one != other for one, other in zip([False, *ups], ups, strict=False))


def replay_rows(plan: Plan, geofence: Geofence, quick: bool) -> list[Row]:
    """500 vehicles that report every 30 s for a while."""
    hours, count = (0.1, 500) if quick else (1.0, 500)
    dice = np.random.default_rng(8)
    vehicles = {f"v{i}": Vehicle(id=f"v{i}", network=("c2000", "astrid")[i % 2]) for i in range(count)}
    tracks = {name: wander(dice, hours * 3600, 30.0) for name in vehicles}
    began = time.process_time()
    figures = run("bench", replace(plan, vehicles=vehicles), geofence, tracks).figures
    took = time.process_time() - began
    day = took * 86400 / figures.seconds / 60
    what = f"{count} vehicles, a report each 30 s, {len(plan.radios)} radios, no audio; {hours:g} h run"
    return [
        Row("dry run, times real time", f"{figures.seconds / took:,.0f}", "≥ 100", what),
        Row("dry run of a day, at that speed", f"{day:.1f} min", "≤ 10 min", "worked out from the run"),
    ]


def wander(dice: np.random.Generator, seconds: float, every: float) -> list[Point]:
    """A vehicle that drives about at up to 120 km/h."""
    steps = int(seconds / every)
    course = np.cumsum(dice.normal(0, 0.3, steps)) + dice.uniform(0, 6.3)
    metres = dice.uniform(0, 120 / 3.6 * every)
    lat = dice.uniform(SOUTH, NORTH) + np.cumsum(np.cos(course)) * metres / 111_195
    lon = dice.uniform(WEST, EAST) + np.cumsum(np.sin(course)) * metres / 70_000
    begin = T + int(dice.integers(0, int(every)))
    return [Point(begin + i * every, float(lat[i]), float(lon[i]), 5.0) for i in range(steps)]
