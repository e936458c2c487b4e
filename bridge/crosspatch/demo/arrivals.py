"""One over as it arrived in one other network: the recording there, and the verdict on it, which takes a while."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crosspatch.demo.judging import Judge
from crosspatch.demo.report import LegResult, OverResult
from crosspatch.demo.scene import Country
from crosspatch.snapshot import LegRecord, OverRecord

if TYPE_CHECKING:
    from crosspatch_drivers.twin.judge import Verdict


@dataclass(frozen=True, slots=True)
class Arrival:
    """``leg`` is complete but for the verdict, whose delays are between the two recordings."""

    leg: LegResult
    verdict: "asyncio.Future[Verdict] | None"

    async def judged(self) -> LegResult:
        """The leg with its verdict."""
        if self.verdict is None:
            return self.leg
        await asyncio.wait([self.verdict])
        if self.verdict.cancelled():
            return replace(self.leg, problem="it could not be judged: the judging process ended")
        verdict = self.verdict.result()
        losses = {
            "at the start": verdict.lost_start_ms,
            "in the middle": verdict.lost_middle_ms,
            "at the end": verdict.lost_end_ms,
        }
        lost = ", ".join(f"{ms:.0f} ms {where}" for where, ms in losses.items() if ms)
        problem = "" if verdict.whole else f"lost {lost}" if verdict.heard else "what was received is something else"
        return replace(
            self.leg,
            problem=problem,
            delay_start_ms=(self.leg.delay_start_ms or 0.0) + verdict.delay_start_ms,
            delay_end_ms=(self.leg.delay_end_ms or 0.0) + verdict.delay_end_ms,
            lost_start_ms=verdict.lost_start_ms,
            lost_middle_ms=verdict.lost_middle_ms,
            lost_end_ms=verdict.lost_end_ms,
        )


def arrived(country: Country, clip_at: float, spoken: Path, over: dict[str, Any], judge: Judge) -> Arrival:
    """The twin recorded ``over`` in ``country``; the clip ``spoken`` began at ``clip_at``, on the same clock."""
    behind = 1000 * (over["audio_at"] - clip_at)
    leg = LegResult(
        country.network,
        country.talkgroup,
        arrived=True,
        access_ms=1000 * (over["granted_at"] - over["requested_at"]),
        delay_start_ms=behind,
        delay_end_ms=behind,
        wav=over["wav"],
    )
    return Arrival(leg, judge.ask(spoken, Path(over["wav"])))


def missing(country: Country, record: OverRecord | None) -> Arrival:
    """Nothing was recorded in ``country``; the gateway's own ``record`` may say why."""
    why = "the gateway knows of no such over"
    if record:
        leg = next((leg for leg in record.legs if leg.talkgroup == country.talkgroup), None)
        why = _words(leg) if leg else "the gateway's patch had no such leg"
    return Arrival(
        LegResult(country.network, country.talkgroup, arrived=False, problem=f"nothing arrived: {why}"), None
    )


def _words(leg: LegRecord) -> str:
    return f"{leg.outcome} {leg.detail}".strip()


async def completed(over: OverResult, arrivals: list[Arrival]) -> OverResult:
    """The over with all verdicts."""
    return replace(over, legs=tuple([await arrival.judged() for arrival in arrivals]))
