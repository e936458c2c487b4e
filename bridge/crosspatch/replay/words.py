"""A dry run in a few lines for a terminal."""

from collections.abc import Iterator, Sequence

from crosspatch.replay.chart import clock
from crosspatch.replay.compare import Difference
from crosspatch.replay.story import Story


def lines(story: Story, differences: Sequence[Difference] | None) -> Iterator[str]:
    """Verdict first, then what it rests on."""
    figures = story.figures
    yield (
        f"{'the plan holds' if story.holds else 'THE PLAN FAILS'}: {clock(figures.seconds)} of {story.site} "
        f"in {figures.took_s:.1f} s ({figures.speed:.0f} times real time), {figures.reports} reports, "
        f"{len(story.overs)} overs"
    )
    for lead in story.leads:
        up = "not up" if lead.seconds is None else f"up {lead.seconds:.0f} s before"
        yield f"  {clock(lead.at)}  {lead.vehicle} in the zone of {lead.rule}: {up}"
    for finding in story.findings:
        when = "" if finding.at is None else f"{clock(finding.at)}  "
        yield f"  {'ERROR' if finding.error else 'note'} {finding.kind}: {when}{finding.subject}: {finding.text}"
    for each in differences or ():
        yield f"  {each.what}: {each.here}, the other: {each.there}"
    if differences is not None and not differences:
        yield "  no difference to the other plan"
