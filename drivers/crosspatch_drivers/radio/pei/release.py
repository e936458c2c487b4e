"""Giving our transmitter back: told, told again, and told ahead of everything, until the radio is known to be off.

Not for deciding when, and not for what the network says meanwhile (see `transmitter`). Three answers count as known:
the network's word that the transmission ceased or the call ended (which the transmitter hears), a radio that took the
command when nothing had been granted, and a radio that took it twice.
"""

from crosspatch_drivers.radio.pei.commands import release_bytes
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.lines import NOT_NOW, Error, Ok
from crosspatch_drivers.radio.pei.outbox import Outbox, PressKey
from crosspatch_drivers.radio.pei.profile import Profile

MOST_STEPS = 5
"""Attempts after which the radio counts as deaf: with the profile's times about 3 s."""

OVERTAKE_S = 0.3
"""Longest wait for the answer to another command before the un-key goes ahead of it."""

NEXT_STEP_S = 0.1
"""Between an answer that is no confirmation and the next attempt."""


class Release:
    """One giving back at a time. ``active`` until `stop`; ``hopeless`` once every attempt has been in vain."""

    def __init__(self, outbox: Outbox, dialogue: Dialogue, profile: Profile) -> None:
        """Nothing to give back."""
        self._outbox, self._dialogue, self._profile = outbox, dialogue, profile
        self.active = False
        self.hopeless = False
        self._cc: int | None = None
        self._on = self._connected = False
        self._steps = self._taken = 0
        self._step_at = 0.0
        self._overtake_at: float | None = None

    def begin(self, cc: int | None, *, on: bool, connected: bool, now: float) -> None:
        """Give back what was asked for in call ``cc`` (None: the radio has not named it yet)."""
        self._start(cc, on, connected)
        self._step(now)

    def begin_at_once(self, cc: int | None, *, on: bool, connected: bool, now: float) -> None:
        """The same ahead of every command and of every byte that has not left yet."""
        self._start(cc, on, connected)
        self._step_at = now + self._profile.release_again_s
        self._ahead(now, hang_up=not connected)

    def granted(self, cc: int, now: float) -> None:
        """The grant came after all: whatever was told before may have been too early for it."""
        self._cc, self._on, self._connected, self._taken = cc, True, True, 0
        if not self._dialogue.has(Purpose.CEASE):
            self._step(now)

    def stop(self) -> None:
        """It is off, or out of reach."""
        self.active = self.hopeless = False
        self._dialogue.withdraw(Purpose.CEASE, Purpose.HANG_UP)

    def answered(self, command: Command, result: Ok | Error | None, now: float) -> bool:
        """Whether this answer tells that the transmitter is off."""
        if not self.active:
            return False
        took = isinstance(result, Ok) or (result is not None and result.cme == NOT_NOW)
        if command.purpose is Purpose.CEASE:
            self._taken += took
            if took and self._connected and (self._taken > 1 or not self._on):
                return True
        elif isinstance(result, Ok) or (result is not None and result.text == "NO CARRIER") or (took and self._taken):
            return True
        if not took:
            self._step_at = min(self._step_at, now + NEXT_STEP_S)
        return False

    def tick(self, now: float) -> None:
        """The next attempt, when its time has come."""
        if self._overtake_at is not None and now >= self._overtake_at:
            self._overtake_at = None
            if self._dialogue.waits(Purpose.CEASE, Purpose.HANG_UP):
                self._ahead(now, hang_up=not self._connected)
        if self.active and now >= self._step_at:
            self._step(now)

    def deadline(self) -> float | None:
        """When `tick` should next be called."""
        if not self.active or self.hopeless:
            return None
        return self._step_at if self._overtake_at is None else min(self._step_at, self._overtake_at)

    def _start(self, cc: int | None, on: bool, connected: bool) -> None:
        self.active, self.hopeless = True, False
        self._cc, self._on, self._connected = cc, on, connected
        self._steps = self._taken = 0
        self._overtake_at = None
        self._let_go()

    def _let_go(self) -> None:
        """The wired key first: it needs no answer. The commands that follow show that the radio has noticed."""
        if self._profile.wired_key:
            self._outbox.put(PressKey(False))

    def _step(self, now: float) -> None:
        """First the polite way, then once more, then the call is left, too."""
        self._steps += 1
        self._step_at = now + self._profile.release_again_s
        self._dialogue.withdraw(Purpose.CEASE, Purpose.HANG_UP)
        self._let_go()
        if self._steps > MOST_STEPS:
            self.hopeless = True
        elif self._steps > 2 or (self._steps > 1 and self._cc is None):
            self._ahead(now, hang_up=True)
        elif self._dialogue.message_out:  # whose digits the radio may be waiting for: it would take ours for them
            self._ahead(now, hang_up=not self._connected)
        else:
            self._ask()
            self._overtake_at = now + OVERTAKE_S if self._dialogue.out else None

    def _ask(self) -> None:
        patience = self._profile.release_again_s
        if self._cc is not None:
            self._dialogue.ask(Command(self._profile.cease.format(call=self._cc), Purpose.CEASE, patience))
        if self._cc is None or not self._connected:
            self._dialogue.ask(Command(self._profile.hang_up, Purpose.HANG_UP, patience))

    def _ahead(self, now: float, *, hang_up: bool) -> None:
        """Write it all whatever is out; the answer to the last command is the one that counts."""
        profile = self._profile
        self._dialogue.withdraw(Purpose.CEASE, Purpose.HANG_UP)
        data = release_bytes(self._cc, hang_up, cease=profile.cease, clear=profile.hang_up)
        # Without a call instance the un-key of a guessed one is the last command, and an error the usual answer to it.
        last = Purpose.HANG_UP if self._cc is None or hang_up else Purpose.CEASE
        text = data.rstrip(b"\r").rpartition(b"\r")[2].decode("ascii")
        self._taken = max(self._taken, int(self._cc is None))
        command = Command(text, last, profile.release_again_s)
        self._dialogue.overtake(command, data, 2 if self._cc is None or hang_up else 1, now)
