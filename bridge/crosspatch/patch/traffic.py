"""Who speaks on which radio, as its network or its voice detector says, and what that means for the overs.

Talkers are remembered per radio. Whoever speaks on a leg of a patch is recorded from his first word; who has the floor
and who waits for it is `giving`'s, how overs end is `overs`'. Not forwarded: our own radios, whoever hears them, and
nobody knows who while our own transmitter is on.
"""

from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet, KnownRadio, Speech, Transmitter
from crosspatch.patch.giving import Giving
from crosspatch.patch.notices import Notices
from crosspatch.patch.over import Over
from crosspatch.patch.overs import Overs
from crosspatch.patch.patch import Patch
from crosspatch.patch.transmitters import Transmitters
from crosspatch.plan import Plan
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import EndReason, RadioState

QUIET = frozenset({RadioState.IDLE, RadioState.CALL_IDLE})
"""States of a radio that hears nobody."""


class Traffic:
    """The talkers of all patches."""

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
        self._desk, self._fleet = desk, fleet
        self._transmitters, self._patches = transmitters, patches
        self.overs = Overs(plan, desk, fleet, transmitters, patches, notices=notices)
        self.senders = self.overs.senders
        self.giving = Giving(plan, desk, fleet, self.overs)

    # ---- talkers ----------------------------------------------------------------------------------------------

    def speaks(self, radio: KnownRadio, speech: Speech, now: float) -> None:
        """Somebody began to speak on the radio's group; announced again without an end between, it is the same over."""
        known = radio.speech
        over = self.overs.spoken_on(radio)
        if known is not None and (over is not None or known.barred or not known.spent):
            if speech.talker in (None, known.talker):
                self._raise(radio, known, speech.priority)
                return
            if known.talker is None:
                self.known(radio, speech.talker, now)
                return
        if over is not None:
            self.overs.end(over, "another talker took over on its network", now)
        radio.speech = speech
        self._guard(radio)
        self._desk.stir(radio.patch)

    def _raise(self, radio: KnownRadio, known: Speech, priority: int) -> None:
        known.priority = max(known.priority, priority)
        over = self.overs.spoken_on(radio)
        if over is not None:
            self.overs.raise_to(over, known.priority)
        self._desk.stir(radio.patch)

    def known(self, radio: KnownRadio, talker: Identity | None, now: float) -> None:
        """The identity of a talker came late."""
        if radio.speech is None:
            return
        radio.speech.talker, radio.speech.doubtful = talker, False
        self._guard(radio)
        over = self.overs.spoken_on(radio)
        if over is not None and self._fleet.is_own(talker):
            self._end_own(over, now)
        self._desk.stir(radio.patch)

    def silent(self, radio: KnownRadio, reason: str, now: float) -> None:
        """The talker's over ended; ``reason`` is empty when it did so in the usual way."""
        radio.speech = None
        over = self.overs.spoken_on(radio)
        if over is not None:
            self.overs.end(over, reason, now)
        self.senders.silent(radio, now)
        self._desk.stir(radio.patch)

    def lost(self, radio: KnownRadio, reason: str, now: float) -> None:
        """The radio's control or audio went: as a talker's leg it loses the floor, as another's it drops out.

        Who began to speak while the radio was being set up, or served nobody, is heard when it is fit.
        """
        over = self.overs.spoken_on(radio)
        if over is not None:
            self.overs.end(over, f"the talker vanished: {reason}", now)
        if radio.speech is not None and radio.fit:
            radio.speech.spent = True
        elif radio.speech is not None and (radio.speech.spent or radio.state is RadioState.OFFLINE):
            radio.speech = None
        self.senders.lost(radio, reason, now)
        self._desk.touch(radio.patch)

    def left_group(self, radio: KnownRadio, now: float) -> None:
        """The radio is on another group than before: what it heard and sent belongs to the old one."""
        over = self.overs.spoken_on(radio)
        if over is not None:
            self.overs.end(over, "the talker vanished: the radio left the talkgroup", now)
        radio.speech = None
        self.senders.left_group(radio, now)

    def transmit_ended(self, radio: KnownRadio, reason: EndReason, detail: str, now: float) -> None:
        """Our own transmission on this radio ended; who was heard during it is believed only if it was cut short."""
        if radio.speech is not None and radio.speech.doubtful:
            radio.speech.doubtful = False
            if reason is EndReason.RELEASED:
                radio.speech = None
        if radio.on_air:
            radio.tail.unkeyed(now)
        self.senders.transmit_ended(radio, reason, detail, now)
        if radio.sounding and radio.speech is None and radio.transmitter is Transmitter.OFF:
            self.speaks(radio, Speech(None, 0, now, tail=True), now)

    def moved(self, radio: KnownRadio, state: RadioState, now: float) -> None:
        """The radio's state machine moved. One that hears nobody any more has no talker, whatever it forgot to say."""
        before, radio.state = radio.state, state
        if self._transmitters.seen(radio, state):
            self.senders.released(radio, now)
        if before is RadioState.RECEIVING and state in QUIET and radio.speech is not None:
            self.silent(radio, "the talker vanished: the radio hears nobody any more", now)

    def _guard(self, radio: KnownRadio) -> None:
        """One of our own radios, heard by another one, never has the floor."""
        speech = radio.speech
        if speech is not None and not speech.own and self._fleet.is_own(speech.talker):
            speech.own = speech.spent = True
            self._desk.count("own overs not forwarded")
            text = f"{radio.name} hears {speech.talker}, one of our own radios: not forwarded"
            self._desk.record("safety", radio.name, text, {"talker": str(speech.talker), "patch": radio.patch or ""})

    def _end_own(self, over: Over, now: float) -> None:
        reason = "the talker is one of our own radios: a loop"
        if self.overs.waiting.get(over.number) is over:
            self.overs.refuse(over, reason, now)
        else:
            self.overs.abort(over, EndReason.SAFETY, reason, now)

    # ---- safety -----------------------------------------------------------------------------------------------

    def overdue(self, radio: KnownRadio, now: float) -> None:
        """The watch fired for this radio."""
        self._transmitters.overdue(radio, now)
        sending = self.senders.of(radio)
        if sending is not None:
            self.senders.drop(sending, EndReason.SAFETY, "keyed for too long", now)

    def failed(self, names: tuple[str, ...], reason: str, now: float) -> None:
        """These radios were un-keyed from outside: their overs end here, and only new talkers count."""
        radios = [self._fleet.radios[name] for name in names if name in self._fleet.radios]
        overs = {over.number: over for over in map(self.overs.with_radio, radios) if over is not None}
        for radio in radios:
            if radio.speech is not None:
                radio.speech.spent = True
            if self.senders.of(radio) is None and radio.transmitter is not Transmitter.OFF:
                self._transmitters.force_off(radio, now)
        for over in overs.values():
            self._make_safe(over, reason, now)

    def _make_safe(self, over: Over, reason: str, now: float) -> None:
        patch = self._patches[over.patch]
        for sending in over.legs:
            radio = self._fleet.radios[sending.radio]
            if self.senders.of(radio) in (None, sending):
                self._transmitters.force_off(radio, now)
        if over.legs:
            self.overs.abort(over, EndReason.SAFETY, reason, now)
        self.overs.refuse_all(patch, reason, now)
        patch.tone = None
        for leg in patch.legs:
            if leg.radio is not None and leg.radio.speech is not None:
                leg.radio.speech.spent = True
        text = f"over {over.number} was ended and its transmitters taken back: {reason}"
        self._desk.record("safety", over.patch, text, {"over": over.number})
