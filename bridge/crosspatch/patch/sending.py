"""One over's way through one leg's radio: asked, queued, granted, played, drained, un-keyed; or refused or lost.

Legs know nothing of each other: what fails here costs this leg only. What was recorded is worth asking for again: a
denied request is repeated up to `RETRIES` times, and while somebody speaks on the far side it waits for him to end,
until ``wait_s`` after the talker's own end. Every state has a deadline.
"""

from collections.abc import Callable

from crosspatch.events import LegDrained, LegStarted
from crosspatch.orders import DropLeg, HoldLeg, StartLeg
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet, KnownRadio, Transmitter
from crosspatch.patch.over import DELIVERED, DOUBTFUL, Over, Sending, SendState
from crosspatch.patch.transmitters import DRAIN_SLACK_S, Transmitters
from crosspatch.plan import Plan
from crosspatch_drivers.radio.base import EndReason

RETRY_S = 1.0
"""Seconds between a denial and the next request; what networks ask of radios (TETRA: 1 s and more)."""

RETRIES = 3
"""Requests made again after denials that nobody's speaking explains; a network that says no four times means it."""

KEY_PRIORITY_LEAST = 1
"""The least priority of our requests: 1, high, so that chatter does not starve a patch (ETSI EN 300 392-5, CTXD)."""

DOUBT_S = 3.0
"""Seconds after its end for which a leg is doubted when its radio fails; drivers see a restart up to 2.3 s late."""

KNOB_S = 1.0
"""Seconds within which a radio tells the group it was turned to after its transmission ended for that."""

LEFT_GROUP = "the radio left the talkgroup"

TONE_S = 2.0
"""Seconds that no tone is longer than."""


class Senders:
    """The legs' parts of all running overs, by radio: a radio carries one over at a time."""

    def __init__(
        self,
        plan: Plan,
        desk: Desk,
        fleet: Fleet,
        transmitters: Transmitters,
        *,
        done: Callable[[Sending, float], None],
        doubted: Callable[[Sending, float], None],
    ) -> None:
        """``done`` is called when a leg has nothing left to do for its over, whatever came of it.

        ``doubted`` is called when it turns out that its radio may have been off the air while it was played.
        """
        self._limits, self._networks, self._desk = plan.limits, plan.networks, desk
        self._fleet, self._transmitters, self._done = fleet, transmitters, done
        self._doubted = doubted
        self._by_radio: dict[str, Sending] = {}
        self._ended: dict[str, Sending] = {}  # what each radio was sending when the network ended it last
        self._last: dict[str, Sending] = {}  # what each radio delivered last

    def of(self, radio: KnownRadio) -> Sending | None:
        """What this radio is sending, or about to."""
        return self._by_radio.get(radio.name)

    def begin(self, sending: Sending, now: float) -> None:
        """Take up a leg's part of an over that has just begun."""
        self._by_radio[sending.radio] = sending
        self._ask(sending, now)

    def park(self, sending: Sending, now: float) -> None:
        """The floor goes to somebody else; what is left of the over waits, its radio is not asked for it any more."""
        self._transmitters.unkey(self._fleet.radios[sending.radio], now)
        self._desk.deadlines.cancel(Timer.LEG, sending.radio)
        del self._by_radio[sending.radio]
        sending.state = SendState.PARKED

    def silent(self, radio: KnownRadio, now: float) -> None:
        """Nobody speaks on the radio's group any more: a leg that waited for that asks as soon as it may."""
        sending = self._by_radio.get(radio.name)
        if sending is not None and sending.state is SendState.RETRYING:
            self._desk.deadlines.set(Timer.LEG, radio.name, max(now, sending.asked_at + RETRY_S))

    # ---- what the radio and the engine say --------------------------------------------------------------------

    def granted(self, radio: KnownRadio, now: float) -> None:
        """On the air: play. Without a leg that wants it the transmitter is given back."""
        asked = self._transmitters.granted(radio, now)
        self._last.pop(radio.name, None)  # whatever fails from now on, that was sent
        sending = self._by_radio.get(radio.name)
        if not asked or sending is None:
            return
        sending.state = SendState.SENDING
        sending.granted_at = now
        sending.leave_queue(now)
        self._desk.put(StartLeg(sending.over.number, radio.name))
        self._desk.stir(sending.over.patch)
        if sending.over.ended is None:
            self._desk.deadlines.cancel(Timer.LEG, radio.name)
        else:
            self.expect_drain(sending, now)

    def queued(self, radio: KnownRadio, now: float) -> None:
        """The network asks for patience: until ``queue_s`` after the request."""
        sending = self._by_radio.get(radio.name)
        if self._transmitters.queued(radio) and sending is not None:
            sending.state, sending.queued_at = SendState.QUEUED, now
            self._desk.deadlines.set(Timer.LEG, radio.name, sending.asked_at + self._limits.queue_s)
            self._desk.stir(sending.over.patch)

    def pausing(self, radio: KnownRadio, now: float) -> None:
        """What is sent is not heard for a while: hold it back. The radio tells in bounded time whether it goes on."""
        sending = self._by_radio.get(radio.name)
        if sending is not None and sending.state is SendState.SENDING and sending.held_at is None:
            sending.held_at = now
            self._desk.count("transmissions paused")
            self._desk.put(HoldLeg(sending.over.number, radio.name))
            if sending.over.ended is not None:
                self.expect_drain(sending, now)

    def resumed(self, radio: KnownRadio, now: float) -> None:
        """On the air again: go on with the very next sample."""
        sending = self._by_radio.get(radio.name)
        if sending is not None and sending.held_at is not None:
            sending.held_s += now - sending.held_at
            sending.held_at = None
            self._desk.put(StartLeg(sending.over.number, radio.name))
            if sending.over.ended is not None:
                self.expect_drain(sending, now)

    def transmit_ended(self, radio: KnownRadio, reason: EndReason, detail: str, now: float) -> None:
        """The transmission or request is over, by us or not."""
        before = self._transmitters.off(radio)
        self._desk.stir(radio.patch)
        if reason is EndReason.LOST and before is Transmitter.RELEASING:
            self._doubt(radio, detail or reason.value, now)
        sending = self._by_radio.get(radio.name)
        if sending is None or before is Transmitter.OFF:
            return
        sending.leave_queue(now)
        if sending.state is SendState.AWAITING:
            self._ask(sending, now)
        elif reason is EndReason.DENIED and self._may_retry(sending, radio):
            sending.denials += radio.speech is None
            sending.state = SendState.RETRYING
            self._desk.deadlines.set(Timer.LEG, radio.name, now + RETRY_S)
        else:
            self.drop(sending, reason, detail, now)
            if reason is EndReason.LIMIT:
                self._ended[radio.name] = sending

    def released(self, radio: KnownRadio, now: float) -> None:
        """The radio was seen un-keyed though it never said so."""
        self._desk.stir(radio.patch)
        sending = self._by_radio.get(radio.name)
        if sending is not None and sending.state is SendState.AWAITING:
            self._ask(sending, now)

    def started(self, event: LegStarted) -> None:
        """The first sample went out."""
        sending = self._playing(event.over, event.leg)
        if sending is not None:
            sending.delay_start_ms = event.delay_ms

    def drained(self, event: LegDrained, now: float) -> None:
        """The last sample went out: only now is the transmitter given back."""
        sending = self._playing(event.over, event.leg)
        if sending is None or sending.over.ended is None:
            self._desk.count("drained legs nobody expected")
            return
        sending.delay_end_ms = event.delay_ms
        sending.over.level_dbov = event.level_dbov if event.level_dbov is not None else sending.over.level_dbov
        sending.played_ms, sending.skipped_ms, sending.lost_ms = event.played_ms, event.skipped_ms, event.lost_ms
        self._transmitters.unkey(self._fleet.radios[sending.radio], now)
        self._last[sending.radio] = sending
        self._finish(sending, DELIVERED, "", now)

    def lost(self, radio: KnownRadio, reason: str, now: float) -> None:
        """The radio cannot carry on."""
        if not radio.fit:
            self._doubt(radio, reason, now)
        sending = self._by_radio.get(radio.name)
        if sending is not None:
            self.drop(sending, EndReason.LOST, reason, now)

    def left_group(self, radio: KnownRadio, now: float) -> None:
        """The radio was turned to another group. A transmission that was ended just before was ended by that."""
        ended = self._ended.pop(radio.name, None)
        recent = ended is not None and ended.done_at is not None and now - ended.done_at <= KNOB_S
        if ended is not None and recent and not ended.over.finished:
            ended.outcome, ended.detail = EndReason.LOST.value, LEFT_GROUP
            self._done(ended, now)
        self.lost(radio, LEFT_GROUP, now)

    def trust(self) -> None:
        """What radios say from now on comes of our own closing: nothing that was delivered is doubted any more."""
        self._last.clear()

    def _doubt(self, radio: KnownRadio, reason: str, now: float) -> None:
        """The radio failed: nobody knows since when, so what it was given just before may not have been sent."""
        sending = self._last.pop(radio.name, None)
        if sending is None or sending.done_at is None or now - sending.done_at > DOUBT_S:
            return
        sending.outcome, sending.lost_ms = DOUBTFUL, sending.played_ms  # at most: all of it
        sending.detail = f"up to {sending.played_ms:.0f} ms may be missing: {reason}"
        self._desk.count(f"legs {DOUBTFUL}")
        self._doubted(sending, now)

    # ---- what the clock says ----------------------------------------------------------------------------------

    def expect_drain(self, sending: Sending, now: float) -> None:
        """The talker ended: from the grant on, playing takes no longer than the over itself took."""
        over, leg = sending.over, self._fleet.radios[sending.radio].plan
        granted = sending.granted_at if sending.granted_at is not None else now
        length = (over.ended if over.ended is not None else now) - over.started
        length += sending.held_s
        edges = leg.settle_ms / 1000 + DRAIN_SLACK_S + (0.0 if sending.held_at is None else self._limits.queue_s)
        if over.tone is None:
            source = self._fleet.radios[over.radio].plan
            edges += (source.look_back_ms + source.tail_ms) / 1000
        else:
            length = TONE_S
        self._desk.deadlines.set(Timer.LEG, sending.radio, max(now, granted + length) + edges)

    def expired(self, radio: KnownRadio, now: float) -> None:
        """The leg's deadline has passed; what that means depends on how far it is."""
        sending = self._by_radio.get(radio.name)
        if sending is None:
            return
        match sending.state:
            case SendState.AWAITING:
                self._await(sending, radio, now)
            case SendState.RETRYING if radio.speech is None:
                self._ask(sending, now)
            case SendState.RETRYING if now < self._give_up_at(sending, now):
                until = min(now + RETRY_S, self._give_up_at(sending, now))
                self._desk.deadlines.set(Timer.LEG, radio.name, until)
            case SendState.RETRYING:
                why = f"somebody spoke on the far side for {self._limits.wait_s:g} s after the talker had ended"
                self.drop(sending, EndReason.DENIED, why, now)
            case SendState.SENDING:
                self._desk.count("drains overdue")
                self.drop(sending, EndReason.TIMED_OUT, "the engine did not report the end of the over", now)
            case _:
                waited = now - sending.asked_at
                self.drop(sending, EndReason.TIMED_OUT, f"no grant within {waited:.1f} s", now)

    # ---- the end ----------------------------------------------------------------------------------------------

    def drop(self, sending: Sending, reason: EndReason, detail: str, now: float) -> None:
        """This leg gets no more of the over: un-key first, then forget what is left of it."""
        if sending.state is not SendState.PARKED:
            self._transmitters.unkey(self._fleet.radios[sending.radio], now)
        self._desk.put(DropLeg(sending.over.number, sending.radio))
        sending.played_ms = self._on_air_ms(sending, now)
        self._finish(sending, reason.value, detail, now)

    def _on_air_ms(self, sending: Sending, now: float) -> float:
        """How much of the over a leg that is cut short can have played: since the grant, settled and not held."""
        if sending.granted_at is None:
            return 0.0
        held = sending.held_s + (0.0 if sending.held_at is None else now - sending.held_at)
        edges = self._fleet.radios[sending.radio].plan.settle_ms
        if sending.over.tone is None:
            edges += self._fleet.radios[sending.over.radio].plan.look_back_ms
        return max(0.0, (now - sending.granted_at - held) * 1000 - edges)

    def _finish(self, sending: Sending, outcome: str, detail: str, now: float) -> None:
        if sending.state is not SendState.PARKED:
            del self._by_radio[sending.radio]
            self._desk.deadlines.cancel(Timer.LEG, sending.radio)
        sending.leave_queue(now)
        sending.state, sending.done_at = SendState.DONE, now
        sending.outcome, sending.detail = outcome, detail
        self._desk.count(f"legs {outcome}")
        self._done(sending, now)

    # ---- asking -----------------------------------------------------------------------------------------------

    def _ask(self, sending: Sending, now: float) -> None:
        """Ask for the transmitter, or wait until the radio may be keyed."""
        radio = self._fleet.radios[sending.radio]
        if radio.transmitter is Transmitter.OFF and now >= sending.over.key_after:
            sending.state = SendState.REQUESTED
            sending.asked_at = now
            sending.keyed_at = now if sending.keyed_at is None else sending.keyed_at
            self._desk.deadlines.set(Timer.LEG, radio.name, now + self._limits.grant_s)
            self._transmitters.key(radio, self._priority(sending.over, radio), now)
        else:
            sending.state = SendState.AWAITING
            self._await_until(sending, now)

    def _await(self, sending: Sending, radio: KnownRadio, now: float) -> None:
        if radio.transmitter is Transmitter.OFF or now < self._patience(sending):
            self._ask(sending, now)
        else:
            self.drop(sending, EndReason.TIMED_OUT, "its transmitter was not confirmed to be off", now)

    def _await_until(self, sending: Sending, now: float) -> None:
        key_after = sending.over.key_after
        until = key_after if now < key_after else self._patience(sending)
        self._desk.deadlines.set(Timer.LEG, sending.radio, until)

    def _patience(self, sending: Sending) -> float:
        return sending.over.key_after + self._limits.grant_s

    def _priority(self, over: Over, radio: KnownRadio) -> int:
        """What we ask with: at least high for a person, at most what this network grants talkers of that one."""
        if over.tone is not None:
            return 0
        source = self._fleet.radios[over.radio].plan.network
        cap = self._networks[radio.plan.network].cap(source)
        return min(max(over.priority, KEY_PRIORITY_LEAST), cap)

    def _may_retry(self, sending: Sending, radio: KnownRadio) -> bool:
        if sending.over.tone is not None:
            return False
        return radio.speech is not None or sending.denials < RETRIES

    def _give_up_at(self, sending: Sending, now: float) -> float:
        """When a busy far side has been waited for long enough: not before the talker has ended."""
        over = sending.over
        return now + RETRY_S if over.ended is None else max(over.ended, over.key_after) + self._limits.wait_s

    def _playing(self, over: int, leg: str) -> Sending | None:
        sending = self._by_radio.get(leg)
        if sending is None or sending.over.number != over or sending.state is not SendState.SENDING:
            return None
        return sending
