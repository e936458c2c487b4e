"""Two plans over the same tracks: where they differ in what matters."""

from collections.abc import Iterator
from itertools import zip_longest

import msgspec

from crosspatch.replay.chart import clock
from crosspatch.replay.story import Lead, Story

ALIKE_S = 1.0
"""Seconds by which a lead may differ without being told."""


class Difference(msgspec.Struct, frozen=True):
    """One thing, in this plan and in the other."""

    what: str
    here: str
    there: str


def compare(here: Story, there: Story) -> list[Difference]:
    """All differences: verdict, leads, time that patches were up, overs, findings."""
    return [each for each in _all(here, there) if each.here != each.there]


def _all(here: Story, there: Story) -> Iterator[Difference]:
    yield Difference("verdict", _verdict(here), _verdict(there))
    ours, theirs = _leads(here), _leads(there)
    for key in dict.fromkeys([*ours, *theirs]):
        for mine, other in zip_longest(ours.get(key, []), theirs.get(key, [])):
            if not _alike(mine, other):
                yield Difference(f"{key[0]} of {key[1]}: up before the border", _seconds(mine), _seconds(other))
    for rule in dict.fromkeys([*here.patches, *there.patches]):
        yield Difference(f"{rule}: time up", _time_up(here, rule), _time_up(there, rule))
    yield Difference("overs", str(len(here.overs)), str(len(there.overs)))
    kinds = dict.fromkeys(finding.kind for finding in [*here.findings, *there.findings])
    for kind in kinds:
        yield Difference(f"findings: {kind}", _count(here, kind), _count(there, kind))


def _verdict(story: Story) -> str:
    return "holds" if story.holds else "fails"


def _leads(story: Story) -> dict[tuple[str, str], list[Lead]]:
    leads: dict[tuple[str, str], list[Lead]] = {}
    for lead in story.leads:
        leads.setdefault((lead.rule, lead.vehicle), []).append(lead)
    return leads


def _alike(one: Lead | None, other: Lead | None) -> bool:
    if one is None or other is None or one.seconds is None or other.seconds is None:
        return False
    return abs(one.seconds - other.seconds) <= ALIKE_S


def _seconds(lead: Lead | None) -> str:
    if lead is None:
        return "no such crossing"
    return f"not up at {clock(lead.at)}" if lead.seconds is None else f"{lead.seconds:.0f} s"


def _time_up(story: Story, rule: str) -> str:
    changes = story.patches.get(rule)
    if changes is None:
        return "no such rule"
    if not changes:
        return "never"
    ends = [*(change.at for change in changes), story.figures.seconds][1:]
    return clock(sum(end - change.at for change, end in zip(changes, ends, strict=True) if change.state == "up"))


def _count(story: Story, kind: str) -> str:
    return str(sum(finding.kind == kind for finding in story.findings))
