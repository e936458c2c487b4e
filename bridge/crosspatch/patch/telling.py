"""What a talker is told of his over: that it did not reach everybody, by a tone on his talkgroup and by text.

Not for what patches do: that is `notices`. The journal has the reasons already; this is for the person with the
microphone.
"""

from crosspatch.orders import Tone
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.notices import Notices
from crosspatch.patch.over import Over
from crosspatch.patch.patch import Patch, PatchState, PendingTone
from crosspatch.plan import Plan

FRESH_S = 5.0
"""Seconds after which a tone would be taken for the answer to something else."""


class Telling:
    """Tells talkers."""

    def __init__(self, plan: Plan, desk: Desk, notices: Notices) -> None:
        """Tones only if the site wants them, texts only if the rule does."""
        self._tones, self._desk, self._notices = plan.limits.tones, desk, notices

    def not_delivered(self, patch: Patch, over: Over, now: float) -> None:
        """An over did not reach every talkgroup of its patch, or had no turn at all."""
        self._desk.count("overs not delivered to everybody")
        self._notices.not_delivered(patch, over)
        if self._tones and patch.state is PatchState.UP:
            patch.tone = PendingTone(Tone.NOT_DELIVERED, over.talkgroup, now + FRESH_S)
            self._desk.deadlines.set(Timer.TONE, patch.id, patch.tone.until)
            self._desk.touch(patch.id)
