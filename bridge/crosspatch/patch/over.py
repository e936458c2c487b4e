"""One over across a patch, and each leg's part in it: plain state, and the record that is left in the end."""

from dataclasses import dataclass, field

from crosspatch.orders import Tone
from crosspatch.patch.fleet import Speech
from crosspatch.patch.names import Names
from crosspatch.snapshot import LegRecord, OverRecord
from crosspatch.state import State
from crosspatch_drivers.identity import Identity

DELIVERED = "delivered"
RUNNING = "running"
DOUBTFUL = "doubtful"
"""Played to a radio that may not have been on the air any more."""


class SendState(State):
    """How far one leg is with one over."""

    AWAITING = "awaiting"  # its radio is not ready to be keyed yet: un-keying, or the floor still hangs
    REQUESTED = "requested"
    QUEUED = "queued"
    RETRYING = "retrying"  # denied; asked again in a moment, or when the far side is silent
    PARKED = "parked"  # the floor went to a talker on this leg's own group; asked again when it is back
    SENDING = "sending"
    DONE = "done"


@dataclass(slots=True, eq=False)
class Sending:
    """One leg's part of one over. Times are monotonic seconds."""

    over: "Over"
    talkgroup: str
    radio: str
    state: SendState = SendState.AWAITING
    keyed_at: float | None = None  # the first request
    asked_at: float = 0.0  # the latest request
    granted_at: float | None = None
    done_at: float | None = None
    held_at: float | None = None  # its radio is not heard for a while: the engine waits
    held_s: float = 0.0  # how long it waited before
    denials: int = 0
    outcome: str = RUNNING
    detail: str = ""
    delay_start_ms: float | None = None
    delay_end_ms: float | None = None
    played_ms: float = 0.0  # as the engine told; of a leg that was cut short, as long as it was on the air
    skipped_ms: float = 0.0
    lost_ms: float = 0.0
    queued_at: float | None = None
    queued_ms: float = 0.0
    gap_ms: float = 0.0  # what was no longer kept of it when this part took it up again

    @property
    def access_ms(self) -> float | None:
        """From the first request to the grant."""
        if self.keyed_at is None or self.granted_at is None:
            return None
        return (self.granted_at - self.keyed_at) * 1000

    def leave_queue(self, now: float) -> None:
        """It is no longer in the network's queue, if it was."""
        if self.queued_at is not None:
            self.queued_ms += (now - self.queued_at) * 1000
            self.queued_at = None

    @property
    def missing_ms(self) -> float | None:
        """What was spoken and did not go out here; None: not known before the talker has ended."""
        if self.outcome in (DELIVERED, DOUBTFUL, RUNNING):
            return self.lost_ms
        if self.over.ended is None:
            return None
        return max(0.0, (self.over.ended - self.over.started) * 1000 - self.played_ms)

    def record(self) -> LegRecord:
        """As the snapshot and the journal have it."""
        return LegRecord(
            talkgroup=self.talkgroup,
            radio=self.radio,
            outcome=self.outcome,
            detail=self.detail,
            access_ms=self.access_ms,
            queued_ms=self.queued_ms,
            delay_start_ms=self.delay_start_ms,
            delay_end_ms=self.delay_end_ms,
            played_ms=self.played_ms,
            skipped_ms=self.skipped_ms,
            lost_ms=self.missing_ms,
        )


@dataclass(slots=True, eq=False)
class Over:
    """One talker's transmission on its way, recorded from its first word whether it has the floor or waits for it.

    A tone is an over too, that nobody speaks: it comes from no radio and has ended before it begins.
    """

    number: int
    patch: str
    talkgroup: str
    radio: str
    speech: Speech
    priority: int
    started: float  # of what is recorded
    keep_s: float  # how much of it the engine keeps for legs that join
    recorded: bool = False  # the engine was told to
    floor_at: float | None = None  # when it got the floor, if it did
    key_after: float = 0.0  # no radio is keyed for it earlier
    ended: float | None = None
    reason: str = ""
    tone: Tone | None = None
    level_dbov: float | None = None  # how loud the talker was, as the engine measured it
    aborted: bool = False  # whatever is left of it is not played any more
    mend_by: float | None = None  # a leg whose radio was lost may get another until then
    legs: list[Sending] = field(default_factory=list)

    @property
    def talker(self) -> Identity | None:
        """Who speaks, as far as it is known by now."""
        return self.speech.talker

    @property
    def pending(self) -> list[Sending]:
        """The legs that are not done with it."""
        return [leg for leg in self.legs if leg.state is not SendState.DONE]

    @property
    def finished(self) -> bool:
        """Whether the talker has ended and no leg is left with anything to do."""
        return self.ended is not None and self.mend_by is None and not self.pending

    @property
    def missed(self) -> list[str]:
        """The talkgroups that did not get it, or not all of it, by no radio."""
        heard = {leg.talkgroup for leg in self.legs if leg.outcome == DELIVERED}
        heard -= {leg.talkgroup for leg in self.legs if leg.gap_ms}
        return list(dict.fromkeys(leg.talkgroup for leg in self.legs if leg.talkgroup not in heard))

    def parts_of(self, talkgroup: str) -> list[Sending]:
        """What the radios of this talkgroup had or have to do with it, the latest last."""
        return [leg for leg in self.legs if leg.talkgroup == talkgroup]

    def because(self, reason: str) -> None:
        """Add to why this over did not go the usual way."""
        if reason:
            self.reason = f"{self.reason}; {reason}" if self.reason else reason

    def record(self, names: Names) -> OverRecord:
        """As the snapshot and the journal have it."""
        return OverRecord(
            over=self.number,
            patch=self.patch,
            talkgroup=self.talkgroup,
            radio=self.radio,
            talker=None if self.talker is None else str(self.talker),
            talker_alias=names.alias(self.talker),
            started_s=self.started,
            ended_s=self.ended,
            legs=tuple(leg.record() for leg in self.legs),
            reason=self.reason,
            level_dbov=self.level_dbov,
            waited_ms=None if self.floor_at is None else max(0.0, self.floor_at - self.started) * 1000,
        )


def summary(over: OverRecord) -> str:
    """One sentence about a finished over."""
    legs = ", ".join(f"{leg.outcome} on {leg.talkgroup}" for leg in over.legs) or "nobody to deliver to"
    reason = f" ({over.reason})" if over.reason else ""
    alias = f" ({over.talker_alias})" if over.talker_alias else ""
    return f"over {over.over} of {over.talker or 'an unknown talker'}{alias} from {over.talkgroup}: {legs}{reason}"


def facts(over: OverRecord) -> dict[str, object]:
    """The figures of a finished over, flat, a list entry for each leg."""
    return {
        "over": over.over,
        "talker": over.talker or "",
        "alias": over.talker_alias,
        "from": over.talkgroup,
        "radio": over.radio,
        "reason": over.reason,
        "seconds": None if over.ended_s is None else round(over.ended_s - over.started_s, 3),
        "talkgroups": [leg.talkgroup for leg in over.legs],
        "outcomes": [leg.outcome for leg in over.legs],
        "details": [leg.detail for leg in over.legs],
        "level_dbov": over.level_dbov,
        "waited_ms": _whole(over.waited_ms),
        "queued_ms": [_whole(leg.queued_ms) for leg in over.legs],
        "access_ms": [_whole(leg.access_ms) for leg in over.legs],
        "delay_start_ms": [_whole(leg.delay_start_ms) for leg in over.legs],
        "delay_end_ms": [_whole(leg.delay_end_ms) for leg in over.legs],
        "played_ms": [_whole(leg.played_ms) for leg in over.legs],
        "skipped_ms": [_whole(leg.skipped_ms) for leg in over.legs],
        "lost_ms": [_whole(leg.lost_ms) for leg in over.legs],
    }


def _whole(milliseconds: float | None) -> int | None:
    """A figure for the journal: nothing below a millisecond means anything."""
    return None if milliseconds is None else round(milliseconds)
