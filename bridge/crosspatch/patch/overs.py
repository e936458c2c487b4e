"""The overs of all patches, and how each of them ends: played to its end, cut, refused or lost; and it is filed.

Not for who speaks (`traffic`) nor for who gets the floor (`giving`). An over is *waiting* without the floor or
*running* with it, or with something left to play; whichever way it ends, its transmitters are taken back, the engine
forgets it, one record of it stays, and its talker is told if it did not reach everybody.
"""

from collections import deque

from crosspatch.floor import FloorState, FloorStep
from crosspatch.orders import EndOver, ForgetOver
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet, KnownRadio
from crosspatch.patch.names import Names
from crosspatch.patch.notices import Notices
from crosspatch.patch.over import DELIVERED, Over, Sending, facts, summary
from crosspatch.patch.patch import Leg, LegState, Patch
from crosspatch.patch.sending import RETRY_S, Senders
from crosspatch.patch.staffing import SELECT_S
from crosspatch.patch.telling import Telling
from crosspatch.patch.transmitters import Transmitters
from crosspatch.patch.waiting import Waiting
from crosspatch.plan import Plan
from crosspatch.snapshot import OverRecord
from crosspatch.wish import Want
from crosspatch_drivers.radio.base import EndReason

KEPT = 50
"""Finished overs kept for the snapshot; the journal has them all."""

MEND_S = SELECT_S + 0.5
"""Seconds that an over waits for the radio that replaces one lost in it."""

MENDS = 2
"""Radios that may be lost and replaced on one leg within one over."""


class Overs:
    """All overs that are spoken, wait or are still played."""

    def __init__(
        self,
        plan: Plan,
        desk: Desk,
        fleet: Fleet,
        transmitters: Transmitters,
        patches: dict[str, Patch],
        *,
        notices: Notices,
    ) -> None:
        """``patches`` is read, and its floors and overs are moved."""
        self._limits, self._desk, self._fleet = plan.limits, desk, fleet
        self._transmitters, self._patches = transmitters, patches
        self._names = Names(plan)
        self._telling = Telling(plan, desk, notices)
        self._kept: deque[OverRecord] = deque(maxlen=KEPT)
        self._number = 0
        self.waiting = Waiting(desk)
        self.running: dict[int, Over] = {}
        self.by_source: dict[str, Over] = {}
        self.senders = Senders(plan, desk, fleet, transmitters, done=self._leg_done, doubted=self._leg_doubted)

    def next_number(self) -> int:
        """Of the next over; from 1 in each run of the daemon."""
        self._number += 1
        return self._number

    def records(self) -> tuple[OverRecord, ...]:
        """The last overs that had the floor or lost their turn, the newest last, those under way included."""
        running = (over.record(self._names) for over in self.running.values() if over.tone is None)
        return tuple(sorted((*self._kept, *running), key=lambda record: record.over))[-KEPT:]

    def spoken_on(self, radio: KnownRadio) -> Over | None:
        """The over that somebody speaks on this radio's group, with or without the floor."""
        return self.by_source.get(radio.name)

    def with_radio(self, radio: KnownRadio) -> Over | None:
        """The running over this radio takes part in, or took part in before it dropped out."""
        patch = self._patches.get(radio.patch or "")
        if patch is not None and patch.over is not None:
            over = patch.over
            if radio.name == over.radio or any(sending.radio == radio.name for sending in over.legs):
                return over
        sending = self.senders.of(radio)
        return self.by_source.get(radio.name) if sending is None else sending.over

    def raise_to(self, over: Over, priority: int) -> None:
        """The same over with a priority that may be higher now: the floor is held with that."""
        over.priority = priority
        patch = self._patches[over.patch]
        if patch.over is over:
            patch.floor.priority = priority

    # ---- the talker ends ----------------------------------------------------------------------------------------

    def end(self, over: Over, reason: str, now: float) -> None:
        """The talker is done: what was recorded is still played to its end, or waits on for the floor."""
        if over.ended is not None:
            return
        self._stop_recording(over, reason, now)
        patch = self._patches[over.patch]
        self._desk.stir(patch.id)
        if self.waiting.get(over.number) is over:
            self._ended_without_floor(patch, over, now)
            return
        if over.speech.tail:
            self._fleet.radios[over.radio].tail.heard(now)
        patch.floor.go(FloorStep.END)
        self._desk.deadlines.cancel(Timer.OVER, patch.id)
        for sending in over.pending:
            if sending.granted_at is not None:
                self.senders.expect_drain(sending, now)
        self._progress(over, now)

    def limit_reached(self, patch: Patch, now: float) -> None:
        """The time of the talker who has the floor is up."""
        if patch.over is not None and patch.over.ended is None:
            self._bar(patch.over, now)

    def abort(self, over: Over, outcome: EndReason, reason: str, now: float) -> None:
        """End an over that has legs now, played or not: transmitters first."""
        mine = over.pending
        for sending in mine:
            if self.senders.of(self._fleet.radios[sending.radio]) is sending:
                self._transmitters.unkey(self._fleet.radios[sending.radio], now)
        over.aborted, over.mend_by = True, None
        if over.ended is None:
            self.end(over, reason, now)
        else:
            over.because(reason)
        for sending in mine:
            self.senders.drop(sending, outcome, reason, now)
        self._progress(over, now)

    def refuse(self, over: Over, reason: str, now: float) -> None:
        """A waiting over does not get the floor any more. An empty reason: nobody misses it, nobody is told."""
        if over.legs:
            self.abort(over, EndReason.TIMED_OUT, reason, now)
            return
        patch = self._patches[over.patch]
        self.waiting.remove(patch, over)
        if over.ended is None:
            self._stop_recording(over, "", now)
        if over.recorded:
            self._desk.put(ForgetOver(over.number))
        if reason:
            over.because(reason)
            self._desk.count("overs that never had the floor")
            self._file(patch, over, now)
        self._desk.stir(patch.id)

    def obey_mode(self, leg: Leg, now: float) -> None:
        """The leg is joined another way now: what crosses it and must not any more ends here."""
        spoken = None if leg.radio is None else self.spoken_on(leg.radio)
        if spoken is not None and not leg.is_heard(spoken.priority):
            if self.waiting.get(spoken.number) is spoken:
                self.refuse(spoken, "", now)
            else:
                self.end(spoken, f"{leg.talkgroup.id} is {leg.mode_reason}", now)
        sending = None if leg.radio is None else self.senders.of(leg.radio)
        if sending is not None and sending.over.tone is None and not leg.hears(sending.over.priority):
            self.senders.drop(sending, EndReason.RELEASED, leg.mode_reason, now)

    def cut(self, patch: Patch, outcome: EndReason, reason: str, now: float) -> None:
        """End whatever is under way or waits in this patch at once, and free its floor."""
        patch.tone = None
        if patch.over is not None:
            self.abort(patch.over, outcome, reason, now)
        self.refuse_all(patch, reason, now)
        patch.tone = None
        self.hang_over(patch)

    def refuse_all(self, patch: Patch, reason: str, now: float) -> None:
        """Nobody of this patch gets the floor any more."""
        for over in list(patch.waiting):
            self.refuse(over, reason if patch.wanted is Want.OPEN or over.legs else "", now)

    def hang_over(self, patch: Patch) -> None:
        """The floor has hung long enough."""
        if patch.floor.state is FloorState.HANGING:
            patch.floor.go(FloorStep.HUNG)
        self._desk.deadlines.cancel(Timer.HANG, patch.id)
        self._desk.stir(patch.id)

    # ---- the clock ----------------------------------------------------------------------------------------------

    def waited(self, number: int, now: float) -> None:
        """The time of a waiting over has come: its talker spoke up to the limit, is no tail, or it waited too long."""
        over = self.waiting.get(number)
        if over is None:
            return
        patch = self._patches[over.patch]
        limit = over.started + self._limits.over_s
        if over.ended is not None:
            self.refuse(over, f"it did not get the floor within {self._limits.wait_s:g} s", now)
        elif now >= limit and patch.wanted is Want.OPEN:
            self._bar(over, now)
        else:
            self.waiting.look_at(over, limit if now < limit else now + self._limits.over_s)
        self._desk.stir(patch.id)

    def mend_overdue(self, patch: Patch, now: float) -> None:
        """The radio that was to replace a lost one did not come in time."""
        if patch.over is not None and patch.over.mend_by is not None:
            patch.over.mend_by = None
            self._progress(patch.over, now)

    # ---- how it goes on -----------------------------------------------------------------------------------------

    def _stop_recording(self, over: Over, reason: str, now: float) -> None:
        over.ended = now
        over.because(reason)
        del self.by_source[over.radio]
        if over.recorded:
            self._desk.put(EndOver(over.number))

    def _ended_without_floor(self, patch: Patch, over: Over, now: float) -> None:
        """A waiting talker ended. His words wait on, unless they were our own tail or nobody wants them joined."""
        if over.speech.tail and self._fleet.radios[over.radio].tail.heard(now):
            self._desk.count("own tails not forwarded")
            self.refuse(over, "", now)
        elif patch.wanted is not Want.OPEN:
            self.refuse(over, "", now)
        else:
            self.waiting.look_at(over, now + self._limits.wait_s)
            self._note_unheard(patch, over)

    def _note_unheard(self, patch: Patch, over: Over) -> None:
        """Who has ended and whom nobody can hear now is written down at once: a radio that comes back may be late."""
        others = [leg for leg in patch.legs if leg.talkgroup.id != over.talkgroup]
        if any(leg.state is LegState.READY for leg in others):
            return
        troubles = "; ".join(f"{leg.talkgroup.id}: {leg.reason or _trouble(leg)}" for leg in others)
        text = f"over {over.number} of {over.talker or 'an unknown talker'} from {over.talkgroup} reaches nobody now"
        wait = f"it is kept for {self._limits.wait_s:g} s"
        figures: dict[str, object] = {"over": over.number, "radio": over.radio}
        self._desk.record("over", patch.id, f"{text} ({troubles}); {wait}", figures, loud=True)

    def _bar(self, over: Over, now: float) -> None:
        """The talker's time is up; he is not heard again before he has ended by himself."""
        self._desk.count("overs cut at the limit")
        over.speech.barred = True
        self.end(over, f"over limit of {self._limits.over_s:g} s reached", now)

    def _leg_done(self, sending: Sending, now: float) -> None:
        over = sending.over
        if sending.outcome != DELIVERED and over.tone is None:
            text = f"over {over.number} on {sending.talkgroup}: {sending.outcome}"
            detail = f" ({sending.detail})" if sending.detail else ""
            figures: dict[str, object] = {"over": over.number, "radio": sending.radio, "outcome": sending.outcome}
            self._desk.record("over", over.patch, text + detail, figures)
        if sending.outcome == EndReason.LOST.value:
            self._hope_for_another(sending, now)
        elif sending.outcome == EndReason.PREEMPTED.value and over.ended is None:
            self._telling.interrupted(self._patches[over.patch], over, sending.talkgroup)
            self._desk.deadlines.set(Timer.RESUME, over.patch, now + RETRY_S)
        self._desk.stir(over.patch)
        self._progress(over, now)

    def _leg_doubted(self, sending: Sending, now: float) -> None:
        """A leg that was filed as delivered may not have been: its over's record is put right."""
        over = sending.over
        if over.tone is not None:
            return
        text = f"over {over.number} of {over.talker or 'an unknown talker'} from {over.talkgroup} is put right"
        what = f"{sending.outcome} on {sending.talkgroup} instead of {DELIVERED} ({sending.detail})"
        figures: dict[str, object] = {"over": over.number, "corrects": over.number, "radio": sending.radio}
        figures |= {"outcome": sending.outcome, "lost_at_most_ms": round(sending.played_ms)}
        self._desk.record("over", over.patch, f"{text}: {what}", figures, loud=True)
        for place, record in enumerate(self._kept):
            if record.over == over.number:
                self._kept[place] = over.record(self._names)
                if patch := self._patches.get(over.patch):  # one that was made by hand may be gone
                    self._telling.not_delivered(patch, over, now)

    def _hope_for_another(self, sending: Sending, now: float) -> None:
        """The leg's radio, or only its call, was lost: if it works, or there is another one, the over waits for it."""
        over = sending.over
        patch = self._patches[over.patch]
        leg = patch.leg_on(sending.talkgroup)
        if over.aborted or patch.over is not over or leg is None or len(over.parts_of(sending.talkgroup)) > MENDS:
            return
        if leg.state is LegState.READY or self._fleet.any_free(leg.talkgroup.network):
            over.mend_by = now + MEND_S
            self._desk.deadlines.set(Timer.MEND, patch.id, over.mend_by)

    def _progress(self, over: Over, now: float) -> None:
        """When the last leg is done the over is history and the floor hangs."""
        if not over.finished or over.number not in self.running:
            return
        del self.running[over.number]
        patch = self._patches[over.patch]
        if patch.over is over:
            patch.over = None
            patch.floor.hang(now + self._limits.hang_s)
            self._desk.deadlines.set(Timer.HANG, patch.id, patch.floor.hang_until)
            self._desk.deadlines.cancel(Timer.MEND, patch.id)
        else:
            self.waiting.remove(patch, over)
        if over.tone is None:
            self._desk.put(ForgetOver(over.number))
        self._file(patch, over, now)
        self._desk.touch(patch.id)

    def _file(self, patch: Patch, over: Over, now: float) -> None:
        """What stays of an over: its record, and the word to its talker if it did not reach everybody."""
        if over.tone is not None:
            self._desk.count(f"tones {'played' if not over.missed else 'not played'}")
            return
        record = over.record(self._names)
        self._kept.append(record)
        self._desk.record("over", over.patch, summary(record), facts(record))
        if over.missed or over.floor_at is None:
            self._telling.not_delivered(patch, over, now)


def _trouble(leg: Leg) -> str:
    """Why the leg's radio does not carry an over."""
    if leg.radio is None:
        return "no radio"
    return "not on its talkgroup yet" if leg.radio.usable else leg.radio.trouble
