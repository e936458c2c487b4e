"""One over's way through one leg's radio: asked, queued, granted, played, drained, un-keyed; or refused or lost.

Legs know nothing of each other: what fails here costs this leg only. A request that is denied is made once more after
`RETRY_S` if the talker still speaks and nobody speaks on the far side. Every state has a deadline.
"""

from collections.abc import Callable

from crosspatch.events import LegDrained, LegStarted
from crosspatch.orders import DropLeg, StartLeg
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet, KnownRadio, Transmitter
from crosspatch.patch.over import DELIVERED, Sending, SendState
from crosspatch.patch.transmitters import DRAIN_SLACK_S, Transmitters
from crosspatch.plan import Plan
from crosspatch_drivers.radio.base import EndReason

RETRY_S = 1.0
"""Seconds between a denial and the second request; what networks ask of radios (TETRA: 1 s and more)."""

KEY_PRIORITY_LEAST = 1
"""The least priority of our requests: 1, high, so that chatter does not starve a patch (ETSI EN 300 392-5, CTXD)."""

KEY_PRIORITY_MOST = 3
"""The highest: an emergency stays one on the far side."""


class Senders:
    """The legs' parts of all running overs, by radio: a radio carries one over at a time."""

    def __init__(
        self,
        plan: Plan,
        desk: Desk,
        fleet: Fleet,
        transmitters: Transmitters,
        done: Callable[[Sending, float], None],
    ) -> None:
        """``done`` is called when a leg has nothing left to do for its over, whatever came of it."""
        self._limits, self._desk = plan.limits, desk
        self._fleet, self._transmitters, self._done = fleet, transmitters, done
        self._by_radio: dict[str, Sending] = {}

    def of(self, radio: KnownRadio) -> Sending | None:
        """What this radio is sending, or about to."""
        return self._by_radio.get(radio.name)

    def begin(self, sending: Sending, now: float) -> None:
        """Take up a leg's part of an over that has just begun."""
        self._by_radio[sending.radio] = sending
        self._ask(sending, now)

    # ---- what the radio and the engine say --------------------------------------------------------------------

    def granted(self, radio: KnownRadio, now: float) -> None:
        """On the air: play. Without a leg that wants it the transmitter is given back."""
        asked = self._transmitters.granted(radio, now)
        sending = self._by_radio.get(radio.name)
        if not asked or sending is None:
            return
        sending.state = SendState.SENDING
        sending.granted_at = now
        self._desk.put(StartLeg(sending.over.number, radio.name))
        self._desk.touch(sending.over.patch)
        if sending.over.ended is None:
            self._desk.deadlines.cancel(Timer.LEG, radio.name)
        else:
            self.expect_drain(sending, now)

    def queued(self, radio: KnownRadio) -> None:
        """The network asks for patience: until ``queue_s`` after the request."""
        sending = self._by_radio.get(radio.name)
        if self._transmitters.queued(radio) and sending is not None:
            sending.state = SendState.QUEUED
            self._desk.deadlines.set(Timer.LEG, radio.name, sending.asked_at + self._limits.queue_s)
            self._desk.touch(sending.over.patch)

    def transmit_ended(self, radio: KnownRadio, reason: EndReason, detail: str, now: float) -> None:
        """The transmission or request is over, by us or not."""
        before = self._transmitters.off(radio)
        self._desk.touch(radio.patch)
        sending = self._by_radio.get(radio.name)
        if sending is None or before is Transmitter.OFF:
            return
        if sending.state is SendState.AWAITING:
            self._ask(sending, now)
        elif reason is EndReason.DENIED and self._may_retry(sending, radio):
            sending.denials += 1
            sending.state = SendState.RETRYING
            self._desk.deadlines.set(Timer.LEG, radio.name, now + RETRY_S)
        else:
            self.drop(sending, reason, detail, now)

    def released(self, radio: KnownRadio, now: float) -> None:
        """The radio was seen un-keyed though it never said so."""
        self._desk.touch(radio.patch)
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
        sending.played_ms, sending.skipped_ms, sending.lost_ms = event.played_ms, event.skipped_ms, event.lost_ms
        self._transmitters.unkey(self._fleet.radios[sending.radio], now)
        self._finish(sending, DELIVERED, "", now)

    def lost(self, radio: KnownRadio, reason: str, now: float) -> None:
        """The radio cannot carry on."""
        sending = self._by_radio.get(radio.name)
        if sending is not None:
            self.drop(sending, EndReason.LOST, reason, now)

    # ---- what the clock says ----------------------------------------------------------------------------------

    def expect_drain(self, sending: Sending, now: float) -> None:
        """The talker ended: from the grant on, playing takes no longer than the over itself took."""
        over = sending.over
        source, leg = self._fleet.radios[over.radio].plan, self._fleet.radios[sending.radio].plan
        granted = sending.granted_at if sending.granted_at is not None else now
        length = (over.ended if over.ended is not None else now) - over.started
        edges = (source.look_back_ms + source.tail_ms + leg.settle_ms) / 1000 + DRAIN_SLACK_S
        self._desk.deadlines.set(Timer.LEG, sending.radio, max(now, granted + length) + edges)

    def expired(self, radio: KnownRadio, now: float) -> None:
        """The leg's deadline has passed; what that means depends on how far it is."""
        sending = self._by_radio.get(radio.name)
        if sending is None:
            return
        match sending.state:
            case SendState.AWAITING:
                self._await(sending, radio, now)
            case SendState.RETRYING if sending.over.ended is None and radio.speech is None:
                self._ask(sending, now)
            case SendState.RETRYING:
                self.drop(sending, EndReason.DENIED, "not asked again: the talker had ended or the group was busy", now)
            case SendState.SENDING:
                self._desk.count("drains overdue")
                self.drop(sending, EndReason.TIMED_OUT, "the engine did not report the end of the over", now)
            case _:
                waited = now - sending.asked_at
                self.drop(sending, EndReason.TIMED_OUT, f"no grant within {waited:.1f} s", now)

    # ---- the end ----------------------------------------------------------------------------------------------

    def drop(self, sending: Sending, reason: EndReason, detail: str, now: float) -> None:
        """This leg gets no more of the over: un-key first, then forget what is left of it."""
        self._transmitters.unkey(self._fleet.radios[sending.radio], now)
        self._desk.put(DropLeg(sending.over.number, sending.radio))
        self._finish(sending, reason.value, detail, now)

    def _finish(self, sending: Sending, outcome: str, detail: str, now: float) -> None:
        sending.state = SendState.DONE
        sending.outcome, sending.detail = outcome, detail
        del self._by_radio[sending.radio]
        self._desk.deadlines.cancel(Timer.LEG, sending.radio)
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
            priority = min(max(sending.over.priority, KEY_PRIORITY_LEAST), KEY_PRIORITY_MOST)
            self._transmitters.key(radio, priority, now)
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

    def _may_retry(self, sending: Sending, radio: KnownRadio) -> bool:
        return sending.denials == 0 and sending.over.ended is None and radio.speech is None

    def _playing(self, over: int, leg: str) -> Sending | None:
        sending = self._by_radio.get(leg)
        if sending is None or sending.over.number != over or sending.state is not SendState.SENDING:
            return None
        return sending
