"""The floor of each patch given, taken away and given back; and who takes part in an over, from its start or later.

Precedence: the first taker keeps the floor; a pre-emptive priority takes it from a lower one, as far as the network of
the talker who has it lets a foreign one (`Network.cap`). Everybody else is recorded and waits his turn. When two
networks' talkers start together, the second one's network denies our request for the first: that leg is asked for
again when he has ended. If the first one has ended before that, the floor goes to the second meanwhile, because he is
the one who can be heard.
"""

from crosspatch.floor import EMERGENCY, NOBODY, Answer, FloorState, FloorStep
from crosspatch.orders import BeginOver, JoinOver, ToneOver
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet, KnownRadio, Speech, Transmitter
from crosspatch.patch.over import Over, Sending, SendState
from crosspatch.patch.overs import MENDS, Overs
from crosspatch.patch.patch import Leg, LegState, Patch
from crosspatch.patch.sending import RETRY_S
from crosspatch.plan import Network, Plan
from crosspatch.wish import Want
from crosspatch_drivers.radio.base import EndReason

AGAIN_S = 1.0
"""Seconds of what a lost radio had played last that its replacement plays again: nobody knows where it fell silent."""

YIELDING = frozenset({SendState.REQUESTED, SendState.QUEUED, SendState.RETRYING})
"""How a leg stands that waits for the talker on its own group to end."""


class Giving:
    """Gives the floors of all patches."""

    def __init__(self, plan: Plan, desk: Desk, fleet: Fleet, overs: Overs) -> None:
        """Every floor is free."""
        self._limits, self._networks, self._desk, self._fleet = plan.limits, plan.networks, desk, fleet
        self._overs = overs

    def look(self, patch: Patch, joined: bool, now: float) -> None:
        """Record whoever speaks; if the patch's audio is ``joined``, give the floor to whoever may have it now."""
        for leg in patch.legs:
            radio = leg.radio
            speech = None if radio is None else radio.speech
            if radio is not None and speech is not None and not speech.spent and leg.state is LegState.READY:
                self._listen(patch, leg, radio, speech, now)
        if joined:
            if patch.waiting or patch.tone is not None:
                self._give_next(patch, now)
            if patch.carrying:
                self._join_late(patch, now)
        for over in patch.waiting:
            if not over.recorded:
                over.recorded = True
                self._desk.put(BeginOver(over.number, over.radio, (), over.keep_s))

    # ---- who speaks ---------------------------------------------------------------------------------------------

    def _listen(self, patch: Patch, leg: Leg, radio: KnownRadio, speech: Speech, now: float) -> None:
        """Somebody speaks on a leg: he is recorded from now on, unless he is already or must not be."""
        if speech.doubtful or radio.transmitter is Transmitter.ON or not leg.is_heard(speech.priority):
            return
        waiting = self._overs.waiting
        oldest = waiting.to_make_room(patch)
        if oldest is not None:
            self._overs.refuse(oldest, "too many others waited for the floor", now)
        if waiting.full(patch):
            return
        speech.spent = True
        late, longest = self._limits.late_s, self._limits.over_s
        over = Over(
            number=self._overs.next_number(),
            patch=patch.id,
            talkgroup=leg.talkgroup.id,
            radio=radio.name,
            speech=speech,
            priority=speech.priority,
            started=now,
            keep_s=longest if patch.floor.busy and patch.wanted is Want.OPEN else min(late, longest),
        )
        self._note_late(over, (now - speech.began) * 1000 - radio.plan.look_back_ms)
        self._overs.by_source[radio.name] = over
        waiting.add(patch, over)
        waiting.look_at(over, radio.tail.clear_at if speech.tail else over.started + longest)

    def _note_late(self, over: Over, missed_ms: float) -> None:
        """An over that is not played from its first word says how much was spoken before."""
        if missed_ms > 0:
            self._desk.count("overs begun late")
            over.because(f"begun late: up to {missed_ms:.0f} ms were spoken before what is played")

    # ---- who gets the floor -------------------------------------------------------------------------------------

    def _give_next(self, patch: Patch, now: float) -> None:
        """The floor to the first in line, if he may have it."""
        line = self._overs.waiting.line(patch)
        over = next((over for over in line if not self._doubted(over, now)), None)
        if over is None:
            self._sound(patch, now)
            return
        key_after = patch.floor.hang_until if patch.floor.state is FloorState.HANGING else now
        match patch.floor.answer(self._rank(patch, over), doubted=False):
            case Answer.WAIT if not self._stands_in_the_way(patch.over, over):
                return
            case Answer.WAIT:
                self._park(patch, now)
            case Answer.PREEMPTS if patch.over is not None:
                self._preempt(patch.over, over, now)
        self._give(patch, over, key_after, now)

    def _rank(self, patch: Patch, over: Over) -> int:
        """The priority that counts against the talker who has the floor: his network may cap foreign ones."""
        holder = patch.over
        if holder is None or holder.tone is not None:
            return over.priority
        return min(over.priority, self._network(holder).cap(self._network(over).id))

    def _network(self, over: Over) -> Network:
        return self._networks[self._fleet.radios[over.radio].plan.network]

    def _doubted(self, over: Over, now: float) -> bool:
        """Whether it may still turn out to be the tail of our own transmission."""
        return over.speech.tail and over.ended is None and now < self._fleet.radios[over.radio].tail.clear_at

    @staticmethod
    def _stands_in_the_way(holder: Over | None, over: Over) -> bool:
        """Whether the holder of the floor has ended and waits for nothing but the end of this very talker."""
        if holder is None or holder.ended is None or over.ended is not None or not holder.pending:
            return False
        return all(leg.radio == over.radio and leg.state in YIELDING for leg in holder.pending)

    def _preempt(self, loser: Over, winner: Over, now: float) -> None:
        word = "an emergency" if winner.priority >= EMERGENCY else "a higher priority"
        self._overs.abort(loser, EndReason.PREEMPTED, f"pre-empted by {word} on {winner.talkgroup}", now)

    def _park(self, patch: Patch, now: float) -> None:
        """The over that has the floor waits for it again; what it still has to play is kept."""
        over = patch.over
        if over is None:
            return
        patch.floor.go(FloorStep.YIELD)
        patch.over = None
        for sending in over.pending:
            self._overs.senders.park(sending, now)
        self._overs.waiting.add(patch, over)
        self._overs.waiting.look_at(over, now + self._limits.over_s + self._limits.wait_s)
        self._desk.count("floors lent to a talker who was in the way")

    def _give(self, patch: Patch, over: Over, key_after: float, now: float) -> None:
        """The floor is his."""
        self._overs.waiting.remove(patch, over)
        over.key_after = key_after
        patch.floor.take(over.priority)
        patch.over = self._overs.running[over.number] = over
        self._desk.deadlines.cancel(Timer.HANG, patch.id)
        if over.floor_at is None:
            self._begin(patch, over, now)
        if over.ended is None:
            self._desk.deadlines.set(Timer.OVER, patch.id, over.started + self._limits.over_s)
        else:
            patch.floor.go(FloorStep.END)
        for sending in over.pending:
            self._take_up(patch, sending, now)

    def _take_up(self, patch: Patch, sending: Sending, now: float) -> None:
        """A leg's part of an over that has the floor now; what the leg can no longer do after a wait is over for it."""
        leg = patch.leg_on(sending.talkgroup)
        if leg is None or leg.state is not LegState.READY or leg.radio is not self._fleet.radios[sending.radio]:
            self._overs.senders.drop(sending, EndReason.LOST, "its radio was lost while the over waited", now)
        elif not leg.hears(sending.over.priority):
            self._overs.senders.drop(sending, EndReason.RELEASED, leg.mode_reason, now)
        else:
            self._overs.senders.begin(sending, now)

    def _begin(self, patch: Patch, over: Over, now: float) -> None:
        """An over has the floor for the first time: all ready legs take part."""
        over.legs = [
            Sending(over, other.talkgroup.id, other.radio.name)
            for other in patch.legs
            if other.talkgroup.id != over.talkgroup
            and other.radio is not None
            and other.state is LegState.READY
            and other.hears(over.priority)
        ]
        radios = tuple(sending.radio for sending in over.legs)
        spoken_s = (now if over.ended is None else over.ended) - over.started
        self._note_late(over, (spoken_s - over.keep_s) * 1000)
        over.started += max(0.0, spoken_s - over.keep_s)
        over.floor_at = now
        self._desk.count("overs")
        if not over.recorded:
            over.recorded = True
            self._desk.put(BeginOver(over.number, over.radio, radios, over.keep_s))
        elif radios:  # none where a person muted all of them
            self._desk.put(JoinOver(over.number, radios))
        talker = over.talker or "an unknown talker"
        text = f"over {over.number}: {talker} has the floor of {patch.id} from {over.talkgroup}"
        self._desk.record("over", patch.id, text, {"over": over.number, "priority": over.priority})

    # ---- who joins later ----------------------------------------------------------------------------------------

    def _join_late(self, patch: Patch, now: float) -> None:
        """Legs that became ready during an over take part in it from now on; a replaced radio goes on with it."""
        over = patch.over
        if over is None:
            return
        for leg in patch.legs:
            if leg.talkgroup.id == over.talkgroup or leg.radio is None or self._overs.senders.of(leg.radio) is not None:
                continue
            if leg.state is not LegState.READY:
                continue
            before = over.parts_of(leg.talkgroup.id)
            if leg.hears(over.priority) and self._may_join(over, before, leg.radio, now):
                back_s = _back(before, now) if leg.mode_since is None else _since(leg.mode_since, over, before, now)
                self._join(over, Sending(over, leg.talkgroup.id, leg.radio.name), back_s, now)

    @staticmethod
    def _may_join(over: Over, before: list[Sending], radio: KnownRadio, now: float) -> bool:
        """New legs while the talker speaks; lost ones as long as anything is played, a few times.

        One that was pre-empted on its far side while the talker speaks, once nobody speaks there any more.
        """
        if not before:
            return over.ended is None
        last = before[-1]
        if last.outcome == EndReason.PREEMPTED.value:
            quiet = radio.speech is None and last.done_at is not None and now >= last.done_at + RETRY_S
            return over.ended is None and quiet and len(before) <= MENDS
        return len(before) <= MENDS and last.outcome == EndReason.LOST.value

    def _join(self, over: Over, sending: Sending, back_s: float | None, now: float) -> None:
        sending.gap_ms = max(0.0, (0.0 if back_s is None else back_s) - over.keep_s) * 1000
        over.legs.append(sending)
        over.mend_by = None
        self._desk.deadlines.cancel(Timer.MEND, over.patch)
        self._desk.count("legs that joined a running over")
        self._desk.put(JoinOver(over.number, (sending.radio,), back_s))
        text = f"over {over.number}: {sending.talkgroup} takes part from now on, by {sending.radio}"
        self._desk.record("over", over.patch, text, {"over": over.number, "radio": sending.radio})
        self._overs.senders.begin(sending, now)

    # ---- tones --------------------------------------------------------------------------------------------------

    def _sound(self, patch: Patch, now: float) -> None:
        """Play the tone that waits for a quiet moment, unless it is too old by now."""
        pending = patch.tone
        if pending is None or patch.floor.state is not FloorState.FREE:
            return
        legs = [leg for leg in patch.legs if leg.talkgroup.id in pending.talkgroups]
        if now < pending.until and not all(_is_quiet(leg) for leg in legs):
            return
        patch.tone = None
        radios = {leg.talkgroup.id: leg.radio.name for leg in legs if leg.radio is not None and _may_sound(leg)}
        if now >= pending.until or not radios:
            self._desk.count("tones not played")
            return
        number = self._overs.next_number()
        speech = Speech(None, NOBODY, now, spent=True)
        over = Over(number, patch.id, "", "", speech, NOBODY, now, 0.0, ended=now, floor_at=now, tone=pending.tone)
        over.recorded, over.key_after = True, now
        over.legs = [Sending(over, talkgroup, radio) for talkgroup, radio in radios.items()]
        patch.floor.take(NOBODY)
        patch.floor.go(FloorStep.END)
        patch.over = self._overs.running[number] = over
        for sending in over.legs:
            self._desk.put(ToneOver(number, sending.radio, pending.tone))
        for sending in list(over.legs):
            self._overs.senders.begin(sending, now)


def _is_quiet(leg: Leg) -> bool:
    """Whether nobody speaks on the leg's talkgroup, and its radio could tell."""
    return leg.radio is not None and leg.state is LegState.READY and leg.radio.speech is None


def _may_sound(leg: Leg) -> bool:
    return leg.radio is not None and leg.radio.transmitter is Transmitter.OFF and _is_quiet(leg)


def _back(before: list[Sending], now: float) -> float | None:
    """From how long ago a replacement plays: where the lost radio was, and a little before. None: all that is kept."""
    last = before[-1] if before else None
    if last is None or last.granted_at is None or last.done_at is None:
        return None
    behind = last.granted_at - last.over.started
    return now - last.done_at + behind + AGAIN_S


def _since(heard_from: float, over: Over, before: list[Sending], now: float) -> float | None:
    """The same for a leg whose mode was changed: nothing from before that is played to it."""
    back = _back(before, now)
    if heard_from <= over.started:
        return back
    return now - heard_from if back is None else min(back, now - heard_from)
