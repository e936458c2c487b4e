"""Who speaks in which patch, and the overs that come of it: the floor given, held, taken away.

Talkers are remembered per radio; whoever may have the floor is looked up whenever a patch is looked at, so that one who
had to wait gets it when it is free, if he still speaks. That is late: what he said meanwhile was not recorded, which is
counted (``overs begun late``). The same way a patch that comes up takes in a talker who speaks already.

Precedence: the first taker keeps the floor; an emergency takes it from a lower priority. When two networks' talkers
start together, the second one's network denies our request, its leg's outcome is "denied", and its talker waits.
"""

from collections import deque

from crosspatch.floor import Answer, FloorState, FloorStep
from crosspatch.orders import BeginOver, EndOver
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet, KnownRadio, Speech, Transmitter
from crosspatch.patch.over import DELIVERED, Over, Sending, facts, summary
from crosspatch.patch.patch import Leg, LegState, Patch
from crosspatch.patch.sending import Senders
from crosspatch.patch.transmitters import Transmitters
from crosspatch.plan import Plan
from crosspatch.snapshot import OverRecord
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import EndReason, RadioState

KEPT = 50
"""Finished overs kept for the snapshot; the journal has them all."""


class Traffic:
    """The overs of all patches."""

    def __init__(
        self,
        plan: Plan,
        desk: Desk,
        fleet: Fleet,
        transmitters: Transmitters,
        patches: dict[str, Patch],
    ) -> None:
        """``patches`` is read, and its floors and overs are moved."""
        self._limits, self._desk, self._fleet = plan.limits, desk, fleet
        self._transmitters, self._patches = transmitters, patches
        self._running: dict[int, Over] = {}
        self._by_source: dict[str, Over] = {}
        self._kept: deque[OverRecord] = deque(maxlen=KEPT)
        self._number = 0
        self.senders = Senders(plan, desk, fleet, transmitters, self._leg_done)

    def overs(self) -> tuple[OverRecord, ...]:
        """The last overs, the newest last, those still under way included."""
        running = (over.record() for over in self._running.values())
        return tuple(sorted((*self._kept, *running), key=lambda record: record.over))[-KEPT:]

    # ---- talkers ----------------------------------------------------------------------------------------------

    def speaks(self, radio: KnownRadio, speech: Speech, now: float) -> None:
        """Somebody began to speak on the radio's group; announced again without an end between, it is the same over."""
        known = radio.speech
        over = self._by_source.get(radio.name)
        if known is not None and (over is not None or known.barred or not known.spent):
            if speech.talker in (None, known.talker):
                self._raise(radio, known, speech.priority)
                return
            if known.talker is None:
                self.known(radio, speech.talker, now)
                return
        if over is not None:
            self._end(over, "another talker took over on its network", now)
        radio.speech = speech
        self._guard(radio)
        self._desk.touch(radio.patch)

    def _raise(self, radio: KnownRadio, known: Speech, priority: int) -> None:
        """The same over with a priority that may be higher now: the floor is held with that."""
        known.priority = max(known.priority, priority)
        over = self._by_source.get(radio.name)
        if over is not None:
            over.priority = self._patches[over.patch].floor.priority = known.priority
        self._desk.touch(radio.patch)

    def known(self, radio: KnownRadio, talker: Identity | None, now: float) -> None:
        """The identity of a talker came late."""
        if radio.speech is None:
            return
        radio.speech.talker, radio.speech.doubtful = talker, False
        self._guard(radio)
        over = self._by_source.get(radio.name)
        if over is not None and self._fleet.is_own(talker):
            self._abort(over, EndReason.SAFETY, "the talker is one of our own radios: a loop", now)
        self._desk.touch(radio.patch)

    def silent(self, radio: KnownRadio, reason: str, now: float) -> None:
        """The talker's over ended; ``reason`` is empty when it did so in the usual way."""
        radio.speech = None
        over = self._by_source.get(radio.name)
        if over is not None:
            self._end(over, reason, now)
        self._desk.touch(radio.patch)

    def lost(self, radio: KnownRadio, reason: str, now: float) -> None:
        """The radio's control or audio went: as a talker's leg it loses the floor, as another's it drops out."""
        over = self._by_source.get(radio.name)
        if over is not None:
            self._end(over, f"the talker vanished: {reason}", now)
        if radio.speech is not None:
            radio.speech.spent = True
        if not radio.fit:
            radio.speech = None
        self.senders.lost(radio, reason, now)
        self._desk.touch(radio.patch)

    def left_group(self, radio: KnownRadio, now: float) -> None:
        """The radio is on another group than before: what it heard and sent belongs to the old one."""
        over = self._by_source.get(radio.name)
        if over is not None:
            self._end(over, "the talker vanished: the radio left the talkgroup", now)
        radio.speech = None
        self.senders.lost(radio, "the radio left the talkgroup", now)

    def transmit_ended(self, radio: KnownRadio, reason: EndReason, detail: str, now: float) -> None:
        """Our own transmission on this radio ended; who was heard during it is believed only if it was cut short."""
        if radio.speech is not None and radio.speech.doubtful:
            radio.speech.doubtful = False
            if reason is EndReason.RELEASED:
                radio.speech = None
        self.senders.transmit_ended(radio, reason, detail, now)

    def _guard(self, radio: KnownRadio) -> None:
        """An over whose talker is one of the box's own radios is never forwarded."""
        speech = radio.speech
        if speech is not None and self._fleet.is_own(speech.talker):
            speech.spent = True
            self._desk.count("own overs not forwarded")
            text = f"{radio.name} hears {speech.talker}, one of our own radios: not forwarded"
            self._desk.record("safety", radio.name, text, {"talker": str(speech.talker), "patch": radio.patch or ""})

    def moved(self, radio: KnownRadio, state: RadioState, now: float) -> None:
        """The radio's state machine moved."""
        radio.state = state
        if self._transmitters.seen(radio, state):
            self.senders.released(radio, now)

    # ---- the floor --------------------------------------------------------------------------------------------

    def consider(self, patch: Patch, now: float) -> None:
        """Give the floor to whoever may have it now; called for patches that are up."""
        waiting = [
            (leg, leg.radio.speech)
            for leg in patch.ready
            if leg.radio is not None and leg.radio.speech is not None
            if not (leg.radio.speech.spent or leg.radio.speech.doubtful)
        ]
        if not waiting:
            return
        leg, speech = min(waiting, key=lambda pair: (-pair[1].priority, pair[1].began))
        answer = patch.floor.answer(speech.priority, speech.detected)
        if answer is Answer.WAIT:
            return
        key_after = patch.floor.hang_until if patch.floor.state is FloorState.HANGING else now
        if answer is Answer.PREEMPTS and patch.over is not None:
            self._abort(patch.over, EndReason.PREEMPTED, f"pre-empted by an emergency on {leg.talkgroup.id}", now)
            key_after = now
        self._begin(patch, leg, speech, key_after, now)

    def _begin(self, patch: Patch, leg: Leg, speech: Speech, key_after: float, now: float) -> None:
        radio = leg.radio
        if radio is None:
            return
        self._number += 1
        speech.spent = True
        over = Over(
            number=self._number,
            patch=patch.id,
            talkgroup=leg.talkgroup.id,
            radio=radio.name,
            speech=speech,
            priority=speech.priority,
            started=now,
            key_after=key_after,
        )
        over.legs = [
            Sending(over, other.talkgroup.id, other.radio.name)
            for other in patch.legs
            if other is not leg and other.radio is not None and other.state is LegState.READY
        ]
        patch.floor.take(speech.priority)
        patch.over = self._running[over.number] = self._by_source[radio.name] = over
        self._desk.deadlines.cancel(Timer.HANG, patch.id)
        self._desk.deadlines.set(Timer.OVER, patch.id, now + self._limits.over_s)
        self._desk.count("overs")
        self._desk.put(BeginOver(over.number, radio.name, tuple(sending.radio for sending in over.legs)))
        self._note_late(over, radio, now)
        talker = over.talker or "an unknown talker"
        text = f"over {over.number}: {talker} has the floor of {patch.id} from {over.talkgroup}"
        self._desk.record("over", patch.id, text, {"over": over.number, "priority": over.priority})
        for sending in over.legs:
            self.senders.begin(sending, now)

    def _note_late(self, over: Over, radio: KnownRadio, now: float) -> None:
        """An over that could not be recorded from its start says how much was spoken before."""
        missed_ms = (now - over.speech.began) * 1000 - radio.plan.look_back_ms
        if missed_ms > 0:
            self._desk.count("overs begun late")
            over.because(f"begun late: up to {missed_ms:.0f} ms were spoken before the floor was free")

    # ---- the end of an over -----------------------------------------------------------------------------------

    def limit_reached(self, patch: Patch, now: float) -> None:
        """The talker's time is up; he is not heard again before he has ended by himself."""
        over = patch.over
        if over is not None and over.ended is None:
            self._desk.count("overs cut at the limit")
            over.speech.barred = True
            self._end(over, f"over limit of {self._limits.over_s:g} s reached", now)

    def hang_over(self, patch: Patch) -> None:
        """The floor has hung long enough."""
        if patch.floor.state is FloorState.HANGING:
            patch.floor.go(FloorStep.HUNG)
        self._desk.deadlines.cancel(Timer.HANG, patch.id)
        self._desk.touch(patch.id)

    def cut(self, patch: Patch, outcome: EndReason, reason: str, now: float) -> None:
        """End whatever is under way in this patch at once, and free its floor."""
        if patch.over is not None:
            self._abort(patch.over, outcome, reason, now)
        self.hang_over(patch)

    def overdue(self, radio: KnownRadio, now: float) -> None:
        """The watch fired for this radio."""
        self._transmitters.overdue(radio, now)
        sending = self.senders.of(radio)
        if sending is not None:
            self.senders.drop(sending, EndReason.SAFETY, "keyed for too long", now)

    def _end(self, over: Over, reason: str, now: float) -> None:
        """The talker is done: what was recorded is still played to its end."""
        if over.ended is not None:
            return
        over.ended = now
        over.because(reason)
        del self._by_source[over.radio]
        patch = self._patches[over.patch]
        patch.floor.go(FloorStep.END)
        self._desk.deadlines.cancel(Timer.OVER, patch.id)
        self._desk.put(EndOver(over.number))
        for sending in over.legs:
            if sending.granted_at is not None and self.senders.of(self._fleet.radios[sending.radio]) is sending:
                self.senders.expect_drain(sending, now)
        self._progress(over, now)

    def _abort(self, over: Over, outcome: EndReason, reason: str, now: float) -> None:
        """End it now, played or not: transmitters first."""
        mine = [sending for sending in over.legs if self.senders.of(self._fleet.radios[sending.radio]) is sending]
        for sending in mine:
            self._transmitters.unkey(self._fleet.radios[sending.radio], now)
        if over.ended is None:
            self._end(over, reason, now)
        else:
            over.because(reason)
        for sending in mine:
            self.senders.drop(sending, outcome, reason, now)

    def _leg_done(self, sending: Sending, now: float) -> None:
        if sending.outcome != DELIVERED:
            text = f"over {sending.over.number} on {sending.talkgroup}: {sending.outcome}"
            detail = f" ({sending.detail})" if sending.detail else ""
            figures: dict[str, object] = {
                "over": sending.over.number,
                "radio": sending.radio,
                "outcome": sending.outcome,
            }
            self._desk.record("over", sending.over.patch, text + detail, figures)
        self._desk.touch(sending.over.patch)
        self._progress(sending.over, now)

    def _progress(self, over: Over, now: float) -> None:
        """When the last leg is done the over is history and the floor hangs."""
        if not over.finished or over.number not in self._running:
            return
        del self._running[over.number]
        record = over.record()
        self._kept.append(record)
        self._desk.record("over", over.patch, summary(record), facts(record))
        patch = self._patches[over.patch]
        patch.over = None
        patch.floor.hang(now + self._limits.hang_s)
        self._desk.deadlines.set(Timer.HANG, patch.id, patch.floor.hang_until)
        self._desk.touch(patch.id)

    # ---- safety -----------------------------------------------------------------------------------------------

    def failed(self, names: tuple[str, ...], reason: str, now: float) -> None:
        """These radios were un-keyed from outside: their overs end here, and only new talkers count."""
        radios = [self._fleet.radios[name] for name in names if name in self._fleet.radios]
        overs = {over.number: over for over in map(self._over_of, radios) if over is not None}
        for radio in radios:
            if radio.speech is not None:
                radio.speech.spent = True
            if self.senders.of(radio) is None and radio.transmitter is not Transmitter.OFF:
                self._transmitters.force_off(radio, now)
        for over in overs.values():
            self._make_safe(over, reason, now)

    def _make_safe(self, over: Over, reason: str, now: float) -> None:
        for sending in over.legs:
            radio = self._fleet.radios[sending.radio]
            if self.senders.of(radio) in (None, sending):
                self._transmitters.force_off(radio, now)
        self._abort(over, EndReason.SAFETY, f"safety: {reason}", now)
        for leg in self._patches[over.patch].legs:
            if leg.radio is not None and leg.radio.speech is not None:
                leg.radio.speech.spent = True
        text = f"over {over.number} was ended and its transmitters taken back: {reason}"
        self._desk.record("safety", over.patch, text, {"over": over.number})

    def _over_of(self, radio: KnownRadio) -> Over | None:
        """The running over this radio takes part in, or took part in before it dropped out."""
        patch = self._patches.get(radio.patch or "")
        if patch is not None and patch.over is not None:
            over = patch.over
            if radio.name == over.radio or any(sending.radio == radio.name for sending in over.legs):
                return over
        sending = self.senders.of(radio)
        return self._by_source.get(radio.name) if sending is None else sending.over
