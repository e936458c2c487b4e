"""The two levels of a radio that spoil a leg without ending it: its volume knob and the signal of its network.

Each raises an alarm, and takes it back; at its worst it also makes the radio unfit. Not for asking (see `service`).
"""

from crosspatch_drivers.radio.base import Alarm, Signal
from crosspatch_drivers.radio.pei.outbox import Outbox
from crosspatch_drivers.radio.settings import SignalLimits

HYSTERESIS_DB = 3.0
"""How much better than a limit a signal must be before it counts as good again: it wavers by as much on the spot."""

VOLUME, SIGNAL = "volume", "signal"
"""What the alarms are about."""

SILENT = "0"


class Levels:
    """What was told of both, and what is wrong with them."""

    def __init__(self, outbox: Outbox, limits: SignalLimits) -> None:
        """Nothing known, nothing wrong."""
        self._outbox, self._limits = outbox, limits
        self.volume: str | None = None
        self.volume_changes = 0
        self._wanted: str | None = None
        self._dbm: int | None = None
        self._weak = self._lost = False

    @property
    def trouble(self) -> str:
        """Why the radio can serve no leg; empty when it can."""
        if self.volume == SILENT:
            return "its volume is turned to 0: nothing is heard of it"
        return f"its signal is too weak: {self._dbm} dBm" if self._lost else ""

    def reset(self) -> None:
        """The radio is looked for anew: what it told of its network does not count any more; its knob is its knob."""
        self._dbm = None
        self._lost = False
        self._mind_weak(False)

    def volume_told(self, value: str) -> None:
        """+CLVL: the volume sets the level we receive; somebody who turns the knob spoils it until he turns it back."""
        was, self.volume = self.volume, value
        self._wanted = value if self._wanted is None else self._wanted
        if was in (None, value):
            return
        self.volume_changes += 1
        turned = value != self._wanted
        text = f"its volume was turned from {self._wanted} to {value}, and the level we hear with it" if turned else ""
        self._outbox.emit(Alarm(VOLUME, text))

    def signal_told(self, dbm: int | None) -> None:
        """+CSQ; None where the radio does not know."""
        if dbm == self._dbm:
            return
        self._dbm = dbm
        self._outbox.emit(Signal(dbm))
        if dbm is None:
            return
        least = self._limits.least_dbm
        self._lost = least is not None and dbm < least + (HYSTERESIS_DB if self._lost else 0.0)
        self._mind_weak(dbm < self._limits.weak_dbm + (HYSTERESIS_DB if self._weak else 0.0))

    def _mind_weak(self, weak: bool) -> None:
        if weak is not self._weak:
            self._weak = weak
            self._outbox.emit(Alarm(SIGNAL, f"its signal is weak: {self._dbm} dBm" if weak else ""))
