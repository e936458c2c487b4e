"""Whether the radio can serve a leg, and why not: registration, mode, and whatever else the session names.

Looks at them now and then while our transmitter is off, more often while something is wrong. Not for keeping the port.
"""

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import Fit, OwnIdentity, Registration, Unfit
from crosspatch_drivers.radio.pei import commands
from crosspatch_drivers.radio.pei.calls import CallBook
from crosspatch_drivers.radio.pei.dialogue import Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.levels import Levels
from crosspatch_drivers.radio.pei.lines import Mode, OwnNumber, RegistrationStatus, SignalQuality
from crosspatch_drivers.radio.pei.outbox import Outbox
from crosspatch_drivers.radio.pei.profile import Profile
from crosspatch_drivers.radio.settings import SignalLimits

TRUNKED = 0
MODES = {
    0: "trunked",
    1: "direct",
    2: "trunked, watching direct",
    3: "direct, watching trunked",
    4: "trunked and direct",
    5: "gateway",
    6: "direct-mode repeater",
}
REGISTERED = frozenset({1, 5})
REGISTRATIONS = {0: "searching", 1: "at home", 2: "no network", 3: "rejected", 4: "unknown", 5: "visiting"}

OWN = frozenset({0, 6})
"""Kinds of number that are the radio's own identity."""

NO_SERVICE = frozenset({1, 30, 31, 40, 41, 43})
"""+CME ERRORs after which it is asked at once whether the radio is still on its network, and in which mode."""

USUAL_ENDS = frozenset({1, 13})
"""Disconnect causes that say nothing about the service: somebody hung up, a timer ran out."""

LOOK_GAP_S = 1.0
"""Least time between two looks, however many signs of a lost service come."""

UNKNOWN_SIGNAL = 99
POLL = (commands.SIGNAL, commands.REGISTRATION, commands.TALKGROUP, commands.MODE)


class Service:
    """What the radio and its network offer; `judge` tells when that changed."""

    def __init__(
        self, outbox: Outbox, dialogue: Dialogue, book: CallBook, profile: Profile, limits: SignalLimits
    ) -> None:
        """Nothing known."""
        self._outbox, self._dialogue, self._book, self._profile = outbox, dialogue, book, profile
        self.mode: int | None = None
        self.fit: bool | None = None
        self.levels = Levels(outbox, limits)
        self._registration: Registration | None = None
        self._home = book.home
        self._own: Identity | None = None
        self._foreign: Identity | None = None
        self._reason = ""
        self._poll_at = self._assert_at = 0.0
        self._looked_at = float("-inf")

    @property
    def own(self) -> Identity | None:
        """The radio's own identity, once told."""
        return self._own

    @property
    def reason(self) -> str:
        """Why it is not fit."""
        return self._reason

    def reset(self) -> None:
        """Nothing the radio said before counts any more; its identity stays what it was."""
        self.mode, self._registration = None, None
        self.levels.reset()

    def use(self, profile: Profile) -> None:
        """Go on by this profile."""
        self._profile = profile

    def registration(self, message: RegistrationStatus) -> None:
        """+CREG."""
        if message.status is None:
            return
        mcc, mnc = _mni(message.mni)
        told = Registration(message.status in REGISTERED, message.status, message.location_area, mcc, mnc)
        if told != self._registration:
            self._registration = told
            self._outbox.emit(told)

    def signal(self, message: SignalQuality) -> None:
        """+CSQ."""
        if message.rssi is not None:
            self.levels.signal_told(None if message.rssi == UNKNOWN_SIGNAL else -113 + 2 * message.rssi)

    def mode_told(self, message: Mode) -> bool:
        """+CTOM. Whether the mode changed from one that was known: the radio has then forgotten its set-up."""
        was = self.mode
        self.mode = message.mode if message.mode is not None else was
        return was is not None and self.mode != was

    def own_number(self, message: OwnNumber) -> None:
        """+CNUMF: the own identity tells whose short identities the radio prints."""
        # One of another network than expected is asked twice: a digit lost on the way moves all others.
        identity = self._book.identity(message.number) if message.kind in OWN and len(message.number) > 8 else None
        if identity is None:
            return
        if (identity.mcc, identity.mnc) != (self._home.mcc, self._home.mnc) and identity != self._foreign:
            self._foreign = identity
            self._dialogue.ask(Command(commands.OWN_NUMBERS, Purpose.POLL, self._profile.answer_s))
            return
        if identity == self._foreign != self._own:
            self._outbox.note(f"it is {identity}, of another network than the site file says", "warning")
        self._book.home, self._book.home_told = identity, True
        if identity != self._own:
            self._own = identity
            self._outbox.emit(OwnIdentity(identity))

    def judge(self, trouble: str) -> None:
        """Tell whether the radio is fit if that changed. ``trouble`` is what others know against it."""
        reason = trouble or self._mode_trouble() or self._registration_trouble() or self.levels.trouble
        if reason:
            if self.fit is not False or reason != self._reason:
                self._outbox.emit(Unfit(reason))
            self.fit, self._reason = False, reason
        elif not self.fit:
            self.fit, self._reason = True, ""
            self._outbox.emit(Fit())

    def looked(self, now: float) -> None:
        """Everything was asked and set just now."""
        self._assert_at = now + self._profile.assert_s
        self._looked(now)

    def look_soon(self, now: float) -> None:
        """Something hints that the service is gone, or back: do not wait for the usual time."""
        self._poll_at = min(self._poll_at, max(now, self._looked_at + LOOK_GAP_S))

    def failed(self, now: float) -> None:
        """The radio is not fit any more: from now on it is looked at more often."""
        self._poll_at = min(self._poll_at, now + self._profile.unfit_poll_s)

    def _looked(self, now: float) -> None:
        self._looked_at = now
        self._poll_at = now + (self._profile.poll_s if self.fit else self._profile.unfit_poll_s)

    def poll(self, now: float) -> None:
        """Ask for everything when it is time. Not to be called while our transmitter is on or wanted."""
        if now < self._poll_at:
            return
        self._looked(now)
        texts: tuple[str, ...] = POLL if self.levels.volume is None else (*POLL, commands.VOLUME)
        if now >= self._assert_at:
            self._assert_at = now + self._profile.assert_s
            texts += self._profile.asserted
        for text in texts:
            self._dialogue.ask(Command(text, Purpose.POLL, self._profile.patience(text)))

    def deadline(self) -> float:
        """When `poll` should next be called."""
        return self._poll_at

    def _mode_trouble(self) -> str:
        if self.mode in (None, TRUNKED):
            return ""
        name = MODES.get(self.mode or 0, "unknown")
        return f"not on the network: the radio is in mode {self.mode} ({name})"

    def _registration_trouble(self) -> str:
        if self._registration is None:
            return "its registration is not known"
        if self._registration.registered:
            return ""
        return f"not registered: {REGISTRATIONS.get(self._registration.status, str(self._registration.status))}"


def _mni(digits: str) -> tuple[int | None, int | None]:
    """MCC and MNC of 8 digits (3+5) or 9 (4+5)."""
    if len(digits) not in (8, 9):
        return None, None
    return int(digits[:-5]), int(digits[-5:])
