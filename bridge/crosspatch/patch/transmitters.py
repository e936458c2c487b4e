"""Keying and un-keying radios, and the promise that each keyed radio is un-keyed in bounded time.

Not for why: `sending` decides. A radio told to un-key counts as off only when it says so; until then it is not keyed
again, and is told again. Whatever the rest of the heart does, a watch un-keys a radio that is keyed for too long.
"""

from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.fleet import Fleet, KnownRadio, Transmitter
from crosspatch.plan import Plan
from crosspatch_drivers.radio.base import Key, RadioState, Unkey

RELEASE_S = 2.0
"""Seconds after which an un-key that was not confirmed is told again; radios confirm within 0.3 s."""

DRAIN_SLACK_S = 1.0
"""Seconds beyond its own length after which an over must have been played; buffers of engine and card hold less."""

WATCH_SLACK_S = 1.0
"""Seconds between the last regular time-out of a leg and the watch."""

ASKING = frozenset({Transmitter.REQUESTED, Transmitter.QUEUED})
KEYED = ASKING | {Transmitter.ON}

QUIET = frozenset({RadioState.IDLE, RadioState.CALL_IDLE, RadioState.RECEIVING})
"""States of a working radio whose transmitter is off."""


class Transmitters:
    """The transmitters of all radios."""

    def __init__(self, plan: Plan, desk: Desk, fleet: Fleet) -> None:
        """All off."""
        self._desk, self._fleet = desk, fleet
        radios = plan.radios.values()
        settle = max((radio.settle_ms for radio in radios), default=0.0)
        around = max((radio.look_back_ms + radio.tail_ms for radio in radios), default=0.0)
        limits = plan.limits
        self.bound_s = (
            max(limits.grant_s, limits.queue_s)
            + limits.over_s
            + (settle + around) / 1000
            + DRAIN_SLACK_S
            + WATCH_SLACK_S
        )

    def key(self, radio: KnownRadio, priority: int, now: float) -> None:
        """Ask for the transmitter of a usable radio whose transmitter is off."""
        if not (radio.usable and radio.transmitter is Transmitter.OFF):
            msg = f"{radio.name} must not be keyed: {radio.trouble}"
            raise ValueError(msg)
        radio.transmitter = Transmitter.REQUESTED
        radio.on_air = False
        self._fleet.refresh(radio)
        self._desk.deadlines.set(Timer.WATCH, radio.name, now + self.bound_s)
        self._desk.tell(radio.name, Key(priority))

    def unkey(self, radio: KnownRadio, now: float) -> None:
        """Give the transmitter back if it is asked for or on."""
        if radio.transmitter in KEYED:
            self.force_off(radio, now)

    def force_off(self, radio: KnownRadio, now: float) -> None:
        """Tell the radio to un-key, whatever we believe of its transmitter."""
        self._desk.tell(radio.name, Unkey())
        if radio.transmitter is not Transmitter.OFF:
            radio.releases_told = radio.releases_told + 1 if radio.transmitter is Transmitter.RELEASING else 1
            radio.transmitter = Transmitter.RELEASING
            self._desk.deadlines.cancel(Timer.WATCH, radio.name)
            self._desk.deadlines.set(Timer.RELEASE, radio.name, now + RELEASE_S)

    def granted(self, radio: KnownRadio, now: float) -> bool:
        """The network gave the transmitter. False: nobody asked (late, or the radio's own key); it is given back."""
        radio.on_air = True
        if radio.transmitter in ASKING:
            radio.transmitter = Transmitter.ON
            return True
        if radio.transmitter is not Transmitter.ON:
            radio.transmitter = Transmitter.ON
            self._fleet.refresh(radio)
            self.unkey(radio, now)
            self._desk.count("grants nobody asked for")
        return False

    def queued(self, radio: KnownRadio) -> bool:
        """The network queued the request. False: nobody asked."""
        if radio.transmitter is not Transmitter.REQUESTED:
            return False
        radio.transmitter = Transmitter.QUEUED
        return True

    def off(self, radio: KnownRadio) -> Transmitter:
        """The transmission or request is over, as the radio says; what it was before is returned."""
        before, radio.transmitter = radio.transmitter, Transmitter.OFF
        self._desk.deadlines.cancel(Timer.WATCH, radio.name)
        self._desk.deadlines.cancel(Timer.RELEASE, radio.name)
        self._fleet.refresh(radio)
        return before

    def seen(self, radio: KnownRadio, state: RadioState) -> bool:
        """The radio's state moved. True: this confirms an un-key whose end was not told even when asked again."""
        if not (state in QUIET and radio.transmitter is Transmitter.RELEASING and radio.releases_told > 1):
            return False
        self.off(radio)
        return True

    def release_late(self, radio: KnownRadio, now: float) -> None:
        """The end of a transmission was not confirmed in time: tell it again, for as long as it takes."""
        self._desk.count("un-keys told again")
        self.force_off(radio, now)

    def overdue(self, radio: KnownRadio, now: float) -> None:
        """The watch: no transmission may last this long. Un-key, and say so."""
        self._desk.count("transmitters cut by the watch")
        self._desk.record("safety", radio.name, f"{radio.name} was keyed for {self.bound_s:.0f} s and is cut off")
        self.force_off(radio, now)
