"""What became of every over of the demonstration: for people as a table, for programs as plain values."""

from dataclasses import asdict, dataclass, field

from rich.console import Group, RenderableType
from rich.text import Text


@dataclass(frozen=True, slots=True)
class LegResult:
    """One over as it arrived in one other network. Delays are from the talker's mouth to that network's air."""

    network: str
    talkgroup: str
    arrived: bool  # whether a recording exists at all
    problem: str = ""  # why it is not whole; empty when it is
    access_ms: float | None = None  # from asking for the transmitter to its grant
    delay_start_ms: float | None = None
    delay_end_ms: float | None = None
    lost_start_ms: float | None = None
    lost_middle_ms: float | None = None
    lost_end_ms: float | None = None
    wav: str = ""

    @property
    def whole(self) -> bool:
        """Everything arrived, from the first syllable to the last."""
        return self.arrived and not self.problem


@dataclass(frozen=True, slots=True)
class OverResult:
    """One over and its legs."""

    number: int
    why: str
    talker: str
    network: str
    talkgroup: str
    grant_ms: float  # of the other networks
    spoken_wav: str
    legs: tuple[LegResult, ...]
    problem: str = ""  # the talker himself was not served


@dataclass(frozen=True, slots=True)
class Report:
    """The whole performance."""

    seconds: float
    planned: int  # overs that were to be spoken
    opened_at_m: float | None  # metres before the border (negative: inside) at which the patch was up
    overs: tuple[OverResult, ...] = ()
    problems: tuple[str, ...] = field(default=())  # of the performance as a whole

    @property
    def good(self) -> bool:
        """Every over was spoken and arrived whole in every other network."""
        return not self.failures

    @property
    def failures(self) -> list[str]:
        """What went wrong, a line each."""
        lines = list(self.problems)
        if len(self.overs) < self.planned and not lines:
            lines.append(f"only {len(self.overs)} of {self.planned} overs were spoken")
        for over in self.overs:
            if over.problem:
                lines.append(f"over {over.number} ({over.talker} on {over.talkgroup}): {over.problem}")
            lines += [
                f"over {over.number} ({over.talker} on {over.talkgroup}) to {leg.talkgroup}: {leg.problem}"
                for leg in over.legs
                if not leg.whole
            ]
        return lines

    def plain(self) -> dict[str, object]:
        """Ready for JSON."""
        return {"good": self.good, "failures": self.failures, **asdict(self)}


HEADS = ("", "access", "delay start", "end", "lost start", "end")
"""Columns of a leg; all in milliseconds but the first, and narrow enough for 80 characters."""


def shown(report: Report) -> RenderableType:
    """The report as a person reads it."""
    parts: list[RenderableType] = []
    for over in report.overs:
        parts.append(Text(f"over {over.number}  {over.talker} on {over.talkgroup}: {over.why}", style="bold"))
        parts.append(Text("  " + _row("", *HEADS), style="dim"))
        for leg in over.legs:
            parts.append(_leg(leg))
            parts.append(Text(f"      {leg.wav}", style="dim"))
    if report.good:
        count = len(report.overs)
        first = "" if report.opened_at_m is None else f"The patch was up {report.opened_at_m:.0f} m before the border. "
        verdict = f"All {count} overs arrived whole in both other networks; {report.seconds:.0f} s in all."
        parts.append(Text(first + verdict, style="bold green"))
    else:
        parts.append(Text("Not every over arrived whole:", style="bold red"))
        parts += [Text(f"  {line}") for line in report.failures]
    return Group(*parts)


def _leg(leg: LegResult) -> Text:
    figures = (leg.access_ms, leg.delay_start_ms, leg.delay_end_ms, leg.lost_start_ms, leg.lost_end_ms)
    verdict = "whole" if leg.whole else "NOT WHOLE"
    row = _row(f"to {leg.talkgroup}", verdict, *map(_time, figures))
    return Text("  " + row, style="green" if leg.whole else "bold red")


def _time(ms: float | None) -> str:
    """At most seven characters."""
    if ms is None:
        return "-"
    return f"{ms:.0f} ms" if abs(ms) < 9999.5 else f"{ms / 1000:.0f} s"


def _row(to: str, verdict: str, access: str, *figures: str) -> str:
    start, end, lost_start, lost_end = figures
    return f"{to:<17} {verdict:<10}{access:>8}{start:>13}{end:>9}{lost_start:>12}{lost_end:>8}"
