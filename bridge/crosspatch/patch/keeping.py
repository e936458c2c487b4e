"""Patches across a restart: what of them is kept, and which come back.

What a person wants comes back until its time is over; what a rule wants only if the rule, judged anew, still does. So a
patch returns with the owner, reason and expiry it had, or it is written down why it does not.
"""

from collections.abc import Iterable

from crosspatch.commands import LegMode
from crosspatch.kept import KeptBreak, KeptHand, KeptLeg, KeptPatch
from crosspatch.patch.commanding import Commanding
from crosspatch.patch.desk import Desk
from crosspatch.patch.life import Life
from crosspatch.patch.patch import Break, ByHand, Patch, PatchState
from crosspatch.wish import Want


class Keeping:
    """Keeps all patches."""

    def __init__(self, desk: Desk, life: Life, commanding: Commanding, patches: dict[str, Patch]) -> None:
        """Nothing to take up yet."""
        self._desk, self._life, self._commanding, self._patches = desk, life, commanding, patches

    def keep(self) -> tuple[KeptPatch, ...]:
        """Those of which there is anything to keep."""
        return tuple(kept(patch) for patch in self._patches.values() if _matters(patch))

    def take_up(self, patches: Iterable[KeptPatch], shift: float, now: float) -> None:
        """What people want, as long as its time is not over. To be followed by the rules' wishes and `judge`."""
        for known in patches:
            hand = known.hand
            if hand is None:
                continue
            if hand.until + shift <= now:
                self._tell(known.id, f"not brought back: what {hand.by} wanted is over", {"by": hand.by})
                continue
            if known.id not in self._patches:
                refusal = self._commanding.no_patch(known.id, known.made_of)
                if refusal:
                    self._tell(known.id, f"not brought back: {refusal}", {"by": hand.by})
                    continue
                self._commanding.make(known.id, known.made_of)
            if self._patches[known.id].hand is not None:  # somebody was faster
                continue
            want = Want(hand.want)
            until = hand.until + shift
            by_hand = ByHand(want, hand.by, hand.why, hand.door, until, hand.force, hand.held)
            self._life.take_up(self._patches[known.id], by_hand, now)

    def judge(self, patches: Iterable[KeptPatch], shift: float, now: float) -> None:
        """The rules have said what they want now: what goes with a patch that is wanted comes back with it."""
        for known in patches:
            patch = self._patches.get(known.id)
            if patch is None:
                continue
            if patch.want is not Want.NOTHING:
                patch.let_go = known.let_go
                patch.lasts_s = known.lasts_s
                patch.expires_at = None if known.expires_at is None else known.expires_at + shift
            if known.broken is not None and known.broken.until + shift > now:
                patch.broken = Break(known.broken.until + shift, known.broken.lasting, known.broken.reason)
            if patch.wanted is not Want.NOTHING:
                self._go_on(patch, known, shift, now)
            elif known.state not in (PatchState.DOWN.value, PatchState.PARTING.value) and known.hand is None:
                self._tell(known.id, f"not brought back: {patch.let_go or 'its rule does not want it any more'}", {})

    def _go_on(self, patch: Patch, known: KeptPatch, shift: float, now: float) -> None:
        for leg in known.legs:
            if (mine := patch.leg_on(leg.talkgroup)) is not None:
                mine.mode, mine.mode_reason, mine.mode_since = LegMode(leg.mode), leg.reason, now
        patch.consents = dict(known.consents)
        patch.consent_by = None if known.consent_by is None else known.consent_by + shift
        self._life.resume(patch)
        owner = f"rule {patch.rule.id}" if patch.hand is None else patch.hand.by
        self._tell(known.id, f"brought back after a restart, as {owner} wants it: {patch.cause}", {"by": owner})

    def _tell(self, patch: str, text: str, facts: dict[str, object]) -> None:
        self._desk.record("patch", patch, f"patch {patch} is {text}", facts)


def kept(patch: Patch) -> KeptPatch:
    """What is to be kept of one patch."""
    hand, broken = patch.hand, patch.broken
    return KeptPatch(
        id=patch.id,
        state=patch.state.value,
        made_of=tuple(leg.talkgroup.id for leg in patch.legs) if patch.made_by_hand else (),
        hand=None
        if hand is None
        else KeptHand(
            want=hand.want.value,
            by=hand.by,
            why=hand.why,
            door=hand.door,
            until=hand.until,
            force=hand.force,
            held=hand.held,
        ),
        let_go=patch.let_go,
        expires_at=patch.expires_at,
        lasts_s=patch.lasts_s,
        legs=tuple(
            KeptLeg(talkgroup=leg.talkgroup.id, mode=leg.mode.value, reason=leg.mode_reason)
            for leg in patch.legs
            if leg.mode is not leg.ruled
        ),
        consents=dict(patch.consents),
        consent_by=patch.consent_by,
        broken=None if broken is None else KeptBreak(until=broken.until, lasting=broken.lasting, reason=broken.reason),
    )


def _matters(patch: Patch) -> bool:
    return patch.state is not PatchState.DOWN or patch.want is not Want.NOTHING or patch.hand is not None
