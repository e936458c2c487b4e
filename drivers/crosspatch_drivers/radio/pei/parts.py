"""The parts that one radio's session is made of, each of which knows one thing about the radio, and who knows whom.

Not for what happens between them: that is in `session` and `reading`.
"""

from random import Random

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import RadioState
from crosspatch_drivers.radio.pei.calls import CallBook
from crosspatch_drivers.radio.pei.dialogue import Dialogue
from crosspatch_drivers.radio.pei.listening import Listening
from crosspatch_drivers.radio.pei.messages import Messages
from crosspatch_drivers.radio.pei.oddities import Oddities
from crosspatch_drivers.radio.pei.outbox import Outbox
from crosspatch_drivers.radio.pei.profile import Profile
from crosspatch_drivers.radio.pei.service import Service
from crosspatch_drivers.radio.pei.startup import Startup
from crosspatch_drivers.radio.pei.talkgroup import TalkgroupSelection
from crosspatch_drivers.radio.pei.traffic import Traffic
from crosspatch_drivers.radio.pei.transmitter import Transmitter
from crosspatch_drivers.radio.pei.watch import Watch
from crosspatch_drivers.radio.settings import SignalLimits


class Parts:
    """All of them. Those that remember nothing a radio of another profile could tell are made anew with the profile."""

    def __init__(
        self, home: Identity, profile: Profile, dice: Random, candidates: tuple[Profile, ...], limits: SignalLimits
    ) -> None:
        """As for `session.Session`, with the dice that its seed gave."""
        self._dice = dice
        self.outbox = Outbox()
        self.oddities = Oddities(self.outbox)
        self.dialogue = Dialogue(self.outbox, profile.gap_s)
        self.messages = Messages(self.outbox, self.dialogue, home)
        self.book = CallBook(home)
        self.startup = Startup(self.outbox, self.dialogue, profile, candidates)
        self.service = Service(self.outbox, self.dialogue, self.book, profile, limits)
        self.watch = Watch(self.dialogue, profile)
        self.use(profile)

    def use(self, profile: Profile) -> None:
        """Do everything by this profile from now on; no call and no order may be under way."""
        self.profile = profile
        self.dialogue.gap = profile.gap_s
        self.startup.use(profile)
        self.service.use(profile)
        self.watch.use(profile)
        self.messages.use(profile)
        self.listening = Listening(self.outbox, profile.over_ceiling_s)
        self.transmitter = Transmitter(self.outbox, self.dialogue, self.book, profile, self._dice)
        self.traffic = Traffic(self.outbox, self.book, self.listening, self.transmitter, profile.hang_ceiling_s)
        self.selection = TalkgroupSelection(self.outbox, self.dialogue, self.book, profile)
        self.timed = (self.startup, self.transmitter, self.selection, self.listening, self.traffic)
        """Those that want to be told of the time in any case, in this order."""

    @property
    def state(self) -> RadioState:
        """Where the radio is."""
        if (early := self.startup.state) is not None:
            return early
        if (ours := self.transmitter.state) is not None:
            return ours
        if self.listening.active:
            return RadioState.RECEIVING
        return RadioState.IDLE if self.book.current() is None else RadioState.CALL_IDLE

    def forget(self, reason: str, now: float) -> None:
        """Nothing that the radio said before counts any more."""
        self.transmitter.lost(reason)
        self.listening.ended(reason)
        self.dialogue.clear()
        self.book.clear()
        self.selection.reset()
        self.service.reset()
        self.messages.reset(now)
