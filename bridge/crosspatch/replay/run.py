"""One dry run from reports and presses to its story."""

import heapq
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from crosspatch.events import PositionReport, PositionReports
from crosspatch.geofence import Geofence
from crosspatch.plan import Plan
from crosspatch.replay.bridge import VirtualBridge
from crosspatch.replay.story import Figures, Story
from crosspatch.replay.tracks import Point
from crosspatch.replay.traffic import Press
from crosspatch.replay.verdict import Policy, findings, leads

WARM_UP = 15.0
"""Seconds before the first report in which radios register."""

AFTER = 30.0
"""Seconds after everything must have ended by rule."""

BEGAN = 1000.0
"""The run's clock at its beginning; any number does."""

Happening = tuple[float, int, PositionReport | tuple[Press, bool]]


def run(
    site: str,
    plan: Plan,
    geofence: Geofence,
    tracks: Mapping[str, Iterable[Point]],
    *,
    presses: Sequence[Press] = (),
    policy: Policy | None = None,
) -> Story:
    """Run the plan over ``tracks`` (by vehicle, each in order of time) and ``presses`` (in order of time)."""
    took = time.perf_counter()
    happenings = heapq.merge(
        *(_reports(vehicle, points) for vehicle, points in tracks.items()),
        heapq.merge(_presses(presses, True), _presses(presses, False), key=_when),
        key=_when,
    )
    first = next(happenings)
    begin = first[0] - WARM_UP
    bridge = VirtualBridge(plan, geofence, BEGAN, begin)
    bridge.start()
    for at, _, what in _together(heapq.merge([first], happenings, key=_when)):
        bridge.run(at - begin + BEGAN)
        if isinstance(what, PositionReports):
            bridge.report(what.reports)
        else:
            bridge.press(*what)
    bridge.run(bridge.now + _longest_end(plan))
    bridge.finish()
    took = time.perf_counter() - took
    return _story(site, plan, bridge, begin=begin, took=took, policy=policy or Policy())


def _story(site: str, plan: Plan, bridge: VirtualBridge, *, begin: float, took: float, policy: Policy) -> Story:
    recorder = bridge.recorder
    end = bridge.now - BEGAN
    came = leads(recorder, plan)
    return Story(
        site=site,
        gateway=plan.gateway.id,
        begin=begin,
        figures=Figures(round(end, 3), round(took, 3), recorder.reports, dict(recorder.refused)),
        tracks=dict(recorder.tracks),
        patches={rule: recorder.patches.get(rule, []) for rule in plan.rules},
        radios={radio: recorder.radios.get(radio, []) for radio in plan.radios},
        crossings=recorder.crossings,
        leads=came,
        overs=recorder.overs,
        findings=findings(recorder, plan, came, end, policy),
    )


def _longest_end(plan: Plan) -> float:
    """Seconds after the last report by which every patch must be down by rule."""
    holds = [rule.hold_s for rule in plan.rules.values() if not rule.always]
    return plan.limits.position_age_s + max(holds, default=0.0) + plan.limits.over_s + AFTER


def _reports(vehicle: str, points: Iterable[Point]) -> Iterator[Happening]:
    for point in points:
        report = PositionReport(
            vehicle, point.lon, point.lat, point.at, point.at, point.accuracy_m, point.speed_kmh, point.course_deg
        )
        yield point.at, 0, report


def _together(happenings: Iterable[Happening]) -> Iterator[tuple[float, int, PositionReports | tuple[Press, bool]]]:
    """Reports of one moment as one event, as those that wait are handed on by the daemon."""
    waiting: list[PositionReport] = []
    moment = 0.0
    for at, kind, what in happenings:
        if waiting and not (isinstance(what, PositionReport) and at == moment):
            yield moment, 0, PositionReports(tuple(waiting))
            waiting = []
        if isinstance(what, PositionReport):
            moment = at
            waiting.append(what)
        else:
            yield at, kind, what
    if waiting:
        yield moment, 0, PositionReports(tuple(waiting))


def _presses(presses: Sequence[Press], held: bool) -> Iterator[Happening]:
    ordered = presses if held else sorted(presses, key=lambda press: press.at + press.seconds)
    for press in ordered:
        yield press.at + (0.0 if held else press.seconds), 1, (press, held)


def _when(happening: Happening) -> tuple[float, int]:
    return happening[0], happening[1]
