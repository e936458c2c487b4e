"""What a talker is told of his over: that it did not reach everybody, by a tone on his talkgroup and by text.

Not for what patches do: that is `notices`. The journal has the reasons already; this is for the person with the
microphone.
"""

from crosspatch.patch.desk import Desk
from crosspatch.patch.notices import Notices
from crosspatch.patch.over import Over
from crosspatch.patch.patch import Patch
from crosspatch.patch.signals import Signals
from crosspatch.plan import Plan


class Telling:
    """Tells talkers."""

    def __init__(self, plan: Plan, desk: Desk, notices: Notices) -> None:
        """Tones only if the site wants them, texts only if the rule does."""
        self._signals, self._desk, self._notices = Signals(plan, desk), desk, notices

    def interrupted(self, patch: Patch, over: Over, talkgroup: str) -> None:
        """A talkgroup does not hear the talker for now: somebody there goes first."""
        self._desk.count("legs pre-empted on their far side")
        self._notices.interrupted(patch, over, talkgroup)

    def not_delivered(self, patch: Patch, over: Over, now: float) -> None:
        """An over did not reach every talkgroup of its patch, or had no turn at all."""
        self._desk.count("overs not delivered to everybody")
        self._notices.not_delivered(patch, over)
        self._signals.not_delivered(patch, over.talkgroup, now)
