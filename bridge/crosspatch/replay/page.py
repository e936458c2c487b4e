"""The proof of a dry run: one HTML file that needs nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from crosspatch import __version__
from crosspatch.geofence.plane import Polygonal
from crosspatch.replay.chart import clock, draw_map, draw_timeline
from crosspatch.replay.compare import Difference
from crosspatch.replay.story import Story

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1060px; padding: 0 1rem; color: #1f2328 }
h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.1rem; margin-top: 2rem }
.verdict { padding: .5rem .9rem; border-radius: .4rem; display: inline-block; margin: .8rem 0; color: #fff }
.holds { background: #1a7f37 } .fails { background: #d1242f }
svg { width: 100%; height: auto; border: 1px solid #d0d7de; border-radius: .4rem; background: #eaf3fb }
svg text { font: 11px system-ui, sans-serif; fill: #1f2328; paint-order: stroke; stroke: #fff; stroke-width: 2px }
svg .country { font-size: 15px; fill: #6e7781; letter-spacing: 2px } svg .name { fill: #57606a }
.land { fill: #f6f4ee; stroke: #8c959f; stroke-width: 1 } .zone { fill: #bf870018; stroke: #bf8700; stroke-width: 1.5;
stroke-dasharray: 5 3; fill-rule: evenodd } .land { fill-rule: evenodd }
.track { fill: none; stroke-width: 2.2 } .scale { stroke: #1f2328; stroke-width: 2 }
.grid { stroke: #d0d7de; stroke-width: .5 } .crossing { stroke: #8250df; stroke-width: 1; stroke-dasharray: 3 3 }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem .6rem .25rem 0;
border-bottom: 1px solid #d0d7de; vertical-align: top }
.error { color: #d1242f; font-weight: 600 } footer { margin-top: 2rem; color: #57606a; font-size: .85rem }
"""

MOST_ROWS = 500
"""Rows of a table; what is beyond is counted, and in the JSON."""


def render(
    story: Story,
    lands: Mapping[str, Polygonal],
    zones: Mapping[str, Polygonal],
    differences: Sequence[Difference] | None = None,
) -> str:
    """The page. ``differences``: to another plan over the same tracks."""
    begun = datetime.fromtimestamp(story.begin, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    figures = story.figures
    verdict, word = ("holds", "The plan holds") if story.holds else ("fails", "The plan fails")
    sections = [
        f"<h1>Dry run of {escape(story.gateway)}</h1>",
        f"<p>{escape(story.site)}, from {begun}, {clock(figures.seconds)} long, {figures.reports} reports.</p>",
        f'<p class="verdict {verdict}">{word}</p>',
        _findings(story),
        "<h2>Map</h2>",
        draw_map(story, lands, zones),
        "<h2>Timeline</h2>",
        draw_timeline(story),
        _leads(story),
        _overs(story),
        "" if differences is None else _differences(differences),
        f"<footer>Crosspatch {__version__}, run at {figures.speed:.0f} times real time. Times count from the run's "
        "beginning. Borders © OpenStreetMap contributors, ODbL 1.0.</footer>",
    ]
    title = f"Dry run of {escape(story.gateway)}"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return (
        f"<!doctype html><html lang=en><head>{head}<style>{STYLE}</style></head><body>"
        + "\n".join(sections)
        + "</body></html>\n"
    )


def _findings(story: Story) -> str:
    if not story.findings:
        return "<p>Nothing to remark.</p>"
    rows = [
        (
            f'<span class="{"error" if finding.error else "note"}">{escape(finding.kind)}</span>',
            "" if finding.at is None else clock(finding.at),
            escape(finding.subject),
            escape(finding.text),
        )
        for finding in story.findings
    ]
    return _table("Findings", ("what", "when", "of", "why"), rows)


def _leads(story: Story) -> str:
    rows = [
        (
            clock(lead.at),
            escape(lead.vehicle),
            escape(lead.rule),
            "not up" if lead.seconds is None else f"{lead.seconds:.0f} s",
        )
        for lead in story.leads
    ]
    return _table("Patch up before the border", ("in the zone at", "vehicle", "rule", "up before"), rows)


def _overs(story: Story) -> str:
    rows = [
        (
            clock(over.at),
            escape(over.patch),
            escape(over.text),
            _milliseconds(over.delay_start_ms),
            _milliseconds(over.delay_end_ms),
        )
        for over in story.overs
    ]
    return _table("Overs", ("ended at", "patch", "what", "delay at start", "delay at end"), rows)


def _differences(differences: Sequence[Difference]) -> str:
    rows = [(escape(each.what), escape(each.here), escape(each.there)) for each in differences]
    return (
        _table("Against the other plan", ("what", "this plan", "the other"), rows)
        if rows
        else "<h2>Against the other plan</h2><p>No difference.</p>"
    )


def _milliseconds(values: Iterable[float | None]) -> str:
    return ", ".join("–" if value is None else f"{value:.0f} ms" for value in values)


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are HTML already."""
    if not rows:
        return ""
    head = "".join(f"<th>{each}</th>" for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[:MOST_ROWS])
    more = f"<p>{len(rows) - MOST_ROWS} more.</p>" if len(rows) > MOST_ROWS else ""
    return f"<h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"
