"""What crews are told of their overs: that one did not reach everybody, by a tone on their own talkgroup.

Not for what patches do: that is `notices`. The journal has the reasons already; this is for the person with the
microphone.
"""

from crosspatch.orders import Tone
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.over import Over
from crosspatch.patch.patch import Patch, PatchState, PendingTone
from crosspatch.plan import Plan

FRESH_S = 5.0
"""Seconds after which a tone would be taken for the answer to something else."""


class Telling:
    """Tells talkers."""

    def __init__(self, plan: Plan, desk: Desk) -> None:
        """Tones only if the site wants them."""
        self._tones, self._desk = plan.limits.tones, desk

    def not_delivered(self, patch: Patch, over: Over, now: float) -> None:
        """An over did not reach every talkgroup of its patch, or had no turn at all."""
        self._desk.count("overs not delivered to everybody")
        if self._tones and patch.state is PatchState.UP:
            patch.tone = PendingTone(Tone.NOT_DELIVERED, over.talkgroup, now + FRESH_S)
            self._desk.deadlines.set(Timer.TONE, patch.id, patch.tone.until)
            self._desk.touch(patch.id)
