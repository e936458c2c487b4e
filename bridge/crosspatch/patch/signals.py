"""Tones that wait for a quiet moment: what was not delivered, that a patch came up or closes soon, an emergency.

The site says which are wanted. A newer one takes the place of one that still waits; too old, it would mislead. Not for
playing them: `giving` does that when nobody speaks.
"""

from collections.abc import Iterable

from crosspatch.orders import Tone
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.patch import Leg, Patch, PatchState, PendingTone
from crosspatch.plan import Plan

FRESH_S = 5.0
"""Seconds after which a tone would be taken for the answer to something else."""


class Signals:
    """Of all patches."""

    def __init__(self, plan: Plan, desk: Desk) -> None:
        """Nothing waits."""
        self._answers, self._changes = plan.limits.tones, plan.limits.patch_tones
        self._desk = desk

    def not_delivered(self, patch: Patch, talkgroup: str, now: float) -> None:
        """To the talkgroup of a talker who was not heard everywhere."""
        if self._answers:
            self._wait(patch, Tone.NOT_DELIVERED, (talkgroup,), now)

    def opened(self, patch: Patch, now: float) -> None:
        """To all: from now on you hear each other."""
        if self._changes:
            self._wait(patch, Tone.PATCH_UP, _all(patch.legs), now)

    def closing(self, patch: Patch, now: float) -> None:
        """To all: soon you do not."""
        if self._changes:
            self._wait(patch, Tone.PATCH_CLOSING, _all(patch.legs), now)

    def emergency(self, patch: Patch, source: Leg, now: float) -> None:
        """To all but where an emergency came from, which nobody speaks of yet."""
        if self._answers:
            self._wait(patch, Tone.EMERGENCY, _all(leg for leg in patch.legs if leg is not source), now)

    def _wait(self, patch: Patch, tone: Tone, talkgroups: tuple[str, ...], now: float) -> None:
        if patch.state is not PatchState.UP:
            return
        if patch.tone is not None and patch.tone.tone is Tone.EMERGENCY and tone is not Tone.EMERGENCY:
            self._desk.count("tones not played")
            return
        patch.tone = PendingTone(tone, talkgroups, now + FRESH_S)
        self._desk.deadlines.set(Timer.TONE, patch.id, patch.tone.until)
        self._desk.stir(patch.id)


def _all(legs: Iterable[Leg]) -> tuple[str, ...]:
    return tuple(leg.talkgroup.id for leg in legs)
