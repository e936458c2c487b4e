"""Explanations as a person sees them in a terminal: a table of fields each, or one line each where there are many."""

from datetime import UTC, datetime

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crosspatch.explain.model import Explanation

MANY = 6
"""Explanations from which on each gets one line only."""

FIRST_DATE = 1_000_000_000.0
"""Seconds from which on a time is shown as time of day."""


def shown(explanations: list[Explanation]) -> RenderableType:
    """All of them."""
    if len(explanations) >= MANY or any(each.way for each in explanations):
        return briefly(explanations)
    return Group(*(in_full(each) for each in explanations))


def in_full(explanation: Explanation) -> RenderableType:
    """One thing with every field."""
    parts: list[RenderableType] = [Text(explanation.title, style="bold")]
    if explanation.rows:
        table = Table("place", "field", "value", "meaning", box=box.SIMPLE_HEAD, pad_edge=False)
        for row in explanation.rows:
            value = "" if row.value is None else str(row.value)
            table.add_row(Text(row.where, style="dim"), Text(row.name), Text(value), Text(row.meaning))
        parts.append(table)
    parts += [Padding(in_full(part), (0, 0, 0, 2)) for part in explanation.parts]
    if explanation.refused:
        parts.append(Text(f"not whole: {explanation.refused}", style="bold red"))
    parts += [Text(f"could also be {other}", style="dim") for other in explanation.others]
    return Group(*parts)


def briefly(explanations: list[Explanation]) -> RenderableType:
    """One line each: when, which way, what."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for each in explanations:
        words = Text(each.title, style="dim" if each.kind == "unknown" else "")
        words += Text(f" {each.raw}", style="dim") if each.kind == "unknown" else Text()
        if not each.whole:
            wrong = "; ".join(one.refused for one in (each, *each.parts) if one.refused)
            words += Text(f"  not whole: {wrong}", style="red")
        table.add_row(Text(_clock(each.at), style="dim"), each.way, words)
    return table


def _clock(at: float | None) -> str:
    if at is None:
        return ""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S.%f}"[:-3] if at >= FIRST_DATE else f"{at:.3f}"
