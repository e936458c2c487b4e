"""What a planner must know of a dry run: patches that came late, lacked radios, flapped, stayed, or never came."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import Enum

from crosspatch.patch.over import DELIVERED
from crosspatch.patch.patch import PatchState
from crosspatch.plan import Plan, Rule
from crosspatch.replay.recorder import Recorder
from crosspatch.replay.story import Change, Finding, Lead
from crosspatch.rules.members import members

LATE_S = 10.0
"""Seconds for which a patch must be up before a vehicle is in its zone."""

SHORT_S = 10.0
"""Seconds for which a patch may be wanted and not ready: radios need some to reach their talkgroup."""

FLAPS, WITHIN_S = 4, 600.0
"""So many changes between up and not up within so many seconds are flapping."""


class Kind(Enum):
    """What was found."""

    LATE = "late"
    SHORT = "short"
    CONFLICT = "conflict"
    FLAPPING = "flapping"
    NEVER_CLOSED = "never closed"
    UNDELIVERED = "undelivered"
    UNREACHED = "unreached"
    NEVER_UP = "never up"
    REFUSED = "refused"


NOTES = frozenset({Kind.UNREACHED, Kind.NEVER_UP, Kind.REFUSED})
"""What is worth a line but fails no plan: tracks may simply not concern a rule."""


@dataclass(frozen=True, slots=True)
class Policy:
    """For which findings a plan fails."""

    late_s: float = LATE_S
    allowed: Set[Kind] = NOTES


def leads(recorder: Recorder, plan: Plan) -> list[Lead]:
    """For each entry of a vehicle into a zone of a rule about it: how long the patch had been up."""
    found = []
    for crossing in recorder.crossings:
        for rule in plan.rules.values():
            if crossing.inside and rule.zone == crossing.zone and crossing.vehicle in members(rule, plan):
                since = _up_since(recorder.patches.get(rule.id, []), crossing.at)
                lead = None if since is None else round(crossing.at - since, 1)
                found.append(Lead(crossing.at, crossing.vehicle, rule.id, lead))
    return found


def findings(recorder: Recorder, plan: Plan, came: list[Lead], end: float, policy: Policy) -> list[Finding]:
    """Everything found, errors first, each kind in order of time."""
    raw = [*_late(came, policy.late_s), *_undelivered(recorder), *_refused(recorder)]
    for rule in plan.rules.values():
        raw += _about_rule(rule, recorder, plan, end)
    told = [
        Finding(kind.value, subject, text, kind not in policy.allowed, None if at is None else round(at, 1))
        for kind, subject, text, at in raw
    ]
    return sorted(told, key=lambda finding: (not finding.error, finding.kind, finding.at or 0.0))


Raw = tuple[Kind, str, str, float | None]


def _about_rule(rule: Rule, recorder: Recorder, plan: Plan, end: float) -> Iterator[Raw]:
    changes = recorder.patches.get(rule.id, [])
    yield from _troubles(rule, changes, end)
    yield from _flapping(rule, changes)
    if changes and changes[-1].state != PatchState.DOWN.value and not rule.always:
        yield Kind.NEVER_CLOSED, rule.id, f"it is still {changes[-1].state} at the end: {changes[-1].reason}", end
    if not any(change.state == PatchState.UP.value for change in changes):
        yield Kind.NEVER_UP, rule.id, "its patch never came up", None
    near = [recorder.nearest.get((str(rule.zone), vehicle)) for vehicle in members(rule, plan)]
    known = [metres for metres in near if metres is not None]
    if rule.zone is not None and (not known or min(known) > rule.leave_m):
        how = f"the nearest came within {min(known) / 1000:.1f} km" if known else "none of its vehicles has a track"
        yield Kind.UNREACHED, rule.id, f"no vehicle of it reached zone {rule.zone}: {how}", None


def _late(came: list[Lead], least: float) -> Iterator[Raw]:
    for lead in came:
        if lead.seconds is None:
            yield Kind.LATE, lead.rule, f"{lead.vehicle} was in the zone and the patch was not up", lead.at
        elif lead.seconds < least:
            text = f"the patch was up only {lead.seconds:g} s before {lead.vehicle} was in the zone"
            yield Kind.LATE, lead.rule, text, lead.at


def _troubles(rule: Rule, changes: list[Change], end: float) -> Iterator[Raw]:
    """Spells in which it was wanted and could not be served."""
    begun: Change | None = None
    for change in [*changes, Change(end, "")]:
        if change.state in (PatchState.PROPOSED.value, PatchState.FAILED.value):
            begun = begun or change
            why = change.reason
            continue
        if begun is not None and change.at - begun.at > SHORT_S:
            kind = Kind.CONFLICT if "is in patch" in why else Kind.SHORT
            yield kind, rule.id, f"wanted but not ready for {change.at - begun.at:.0f} s: {why}", begun.at
        begun = None


def _flapping(rule: Rule, changes: list[Change]) -> Iterator[Raw]:
    times, up = [], False
    for change in changes:
        if (change.state == PatchState.UP.value) is not up:
            up = not up
            times.append(change.at)
    for first, last in zip(times, times[FLAPS - 1 :], strict=False):
        if last - first <= WITHIN_S:
            yield Kind.FLAPPING, rule.id, f"{FLAPS} changes between up and not up in {last - first:.0f} s", first
            return


def _undelivered(recorder: Recorder) -> Iterator[Raw]:
    for over in recorder.overs:
        if any(outcome != DELIVERED for outcome in over.outcomes):
            yield Kind.UNDELIVERED, over.patch, over.text, over.at


def _refused(recorder: Recorder) -> Iterator[Raw]:
    for reason, count in recorder.refused.items():
        yield Kind.REFUSED, "positions", f"{count} reports were refused: {reason}", None


def _up_since(changes: list[Change], at: float) -> float | None:
    """Since when the patch had been up at that moment; None: it was not."""
    since: float | None = None
    for change in changes:
        if change.at > at:
            break
        if change.state != PatchState.UP.value:
            since = None
        elif since is None:
            since = change.at
    return since
