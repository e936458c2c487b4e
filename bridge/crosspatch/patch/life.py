"""The life of patches: from a wish over armed and up to down again, and why each is where it is.

A patch is *settled* whenever something it depends on changed: its state follows from what is wanted, which legs are
ready, and the clock. Not for overs: `traffic` runs those; here it is only said when it may.

- A talkgroup is in one patch at most; a second patch that wants it is failed, says so, and is tried again later.
- While the box starts a patch waits for its radios; only then is one that lacks them failed.
- Wanted open, a patch goes up when all its legs are ready, or after `OPEN_S` with at least two; others join later.
- A rule's wish expires ``max_s`` after the patch came up, a person's at the time he named; either may be extended.
  What expired, was closed or found no consent comes back only when its rule has let go of it and asks anew, or a person
  opens it. A rule that is ``always`` wanted is asked for by the site file all the time and does not expire.
- Where a network wants to be asked it does not go up without that (`consent`).
- Let go of, it parts: a running over may finish within the over limit, then radios and talkgroups are free.
"""

from collections.abc import Iterable

from crosspatch.patch.consent import Consents
from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.notices import CLOSING_S, Notices
from crosspatch.patch.patch import ByHand, Leg, LegState, Patch, PatchState
from crosspatch.patch.pools import Group, choose, group_of, groups_of
from crosspatch.patch.signals import Signals
from crosspatch.patch.staffing import Staffing
from crosspatch.patch.traffic import Traffic
from crosspatch.plan import Plan
from crosspatch.wish import Want, Wish
from crosspatch_drivers.radio.base import EndReason

OPEN_S = 3.0
"""Seconds after the wish to open from which two ready legs are enough."""

START_S = 15.0
"""Seconds from the start of the box in which a radio that is not heard of yet is only coming up, and no patch fails."""

LEAST = 2
"""Legs without which there is nothing to join."""


class Life:
    """All patches of the site, one for each rule."""

    def __init__(
        self,
        plan: Plan,
        desk: Desk,
        staffing: Staffing,
        traffic: Traffic,
        patches: dict[str, Patch],
        *,
        notices: Notices,
    ) -> None:
        """``patches`` holds one patch for each rule, all down."""
        self._notices, self._signals = notices, Signals(plan, desk)
        self._over_s, self._consent_s = plan.limits.over_s, plan.limits.consent_s
        self.consents = Consents(plan, desk)
        self._desk, self._staffing, self._traffic = desk, staffing, traffic
        self._patches = patches
        self._owners: dict[Group, str] = {}
        self._claims = 0
        self._started: float | None = None
        self._blocked: dict[Group, dict[str, None]] = {}

    def wish(self, wish: Wish, now: float) -> None:
        """A rule wants something else of its patch, or for another reason."""
        patch = self._patches.get(wish.rule)
        if patch is None:
            self._desk.count("wishes of unknown rules")
            return
        if wish.want is Want.OPEN and patch.want is not Want.OPEN:
            self._open_soon(patch, now)
        if Want.NOTHING in (wish.want, patch.want):
            patch.let_go = ""
        patch.want, patch.vehicles, patch.wish_reason = wish.want, wish.vehicles, wish.reason
        self._desk.touch(patch.id)

    def settle(self, patch: Patch, now: float) -> None:
        """Bring the patch to where it belongs now."""
        self._started = now if self._started is None else self._started
        patch.listens = False
        self._check_expiry(patch, now)
        if patch.wanted is Want.NOTHING:
            self._part(patch, now)
        elif self._claim(patch, now):
            patch.part_by = None
            self._desk.deadlines.cancel(Timer.PART, patch.id)
            self.consents.ask(patch, now)
            missing = self.consents.missing(patch)
            self._staffing.staff(patch, now)
            self._go(patch, *self._verdict(patch, missing, now), now)
            patch.joined = patch.state is PatchState.UP and patch.wanted is Want.OPEN and not missing
            patch.listens = not patch.is_broken(now) and not missing
            self.listen(patch, now)

    def listen(self, patch: Patch, now: float) -> None:
        """Nothing changed since it was settled but who speaks and what is played."""
        if patch.listens:
            self._traffic.giving.look(patch, patch.joined, now)

    def close(self, patch: Patch, reason: str, now: float) -> None:
        """Down at once, whatever runs."""
        patch.want, patch.hand = Want.NOTHING, None
        self.drop(patch, reason, now)

    def closing(self, patch: Patch, now: float) -> None:
        """It expires soon: its crews are told."""
        self._notices.closing(patch, now)
        self._signals.closing(patch, now)

    # ---- by hand ----------------------------------------------------------------------------------------------

    def take_up(self, patch: Patch, hand: ByHand, now: float) -> None:
        """A person wants it."""
        if hand.want is Want.OPEN and patch.wanted is not Want.OPEN:
            self._open_soon(patch, now)
        patch.hand = hand
        if hand.force:
            patch.open_by = now
            self._staffing.outrank(patch)
        self._watch_expiry(patch)
        self._desk.touch(patch.id)

    def extend(self, patch: Patch, by_s: float) -> None:
        """It expires so much later."""
        if patch.hand is not None and (patch.expires_at is None or patch.hand.until >= patch.expires_at):
            patch.hand.until += by_s
        elif patch.expires_at is not None:
            patch.expires_at += by_s
            patch.lasts_s += by_s
        self._watch_expiry(patch)
        self._desk.touch(patch.id)

    def resume(self, patch: Patch) -> None:
        """What was wanted before a restart goes on with the times it had."""
        self._watch_expiry(patch)
        self.consents.watch(patch)
        if patch.broken is not None:
            self._desk.deadlines.set(Timer.BROKEN, patch.id, patch.broken.until)
        self._desk.touch(patch.id)

    def let_go(self, patch: Patch, reason: str) -> None:
        """Nobody's wish counts any more, until the rule asks anew or a person does."""
        patch.let_go, patch.hand = reason, None
        self._desk.touch(patch.id)

    def drop(self, patch: Patch, reason: str, now: float) -> None:
        """What was let go of is down at once, whatever runs."""
        if patch.state is not PatchState.DOWN:
            self._down(patch, reason, now)

    def owners(self, groups: Iterable[Group]) -> list[str]:
        """The patches that have one of these talkgroups."""
        return list(dict.fromkeys(self._owners[group] for group in groups if group in self._owners))

    # ---- where it belongs -------------------------------------------------------------------------------------

    def _verdict(self, patch: Patch, without_consent: list[str], now: float) -> tuple[PatchState, str]:
        """The state of a patch that is wanted and has its talkgroups, and why."""
        if patch.broken is not None and patch.is_broken(now):
            return PatchState.FAILED, patch.broken.reason
        missing = patch.lacking
        ready = len(patch.legs) - len(missing)
        words = "; ".join([describe(leg) for leg in missing])
        if ready < LEAST:
            hope = ready + sum(leg.state is LegState.SELECTING for leg in missing)
            if hope < LEAST and self._may_come_up(patch, missing, now):
                return PatchState.PROPOSED, f"it waits for its radios: {words}"
            return (PatchState.FAILED if hope < LEAST else PatchState.PROPOSED), words
        if without_consent and not (patch.state is PatchState.UP and patch.carrying):
            return PatchState.PROPOSED, f"{patch.cause}; it waits for the consent of {', '.join(without_consent)}"
        without = f", without {words}" if words else ""
        if patch.wanted is Want.OPEN and not without_consent:
            due = patch.open_by is not None and now >= patch.open_by
            if not missing or due or patch.state is PatchState.UP:
                return PatchState.UP, patch.cause + without
        elif patch.state is PatchState.UP and patch.carrying:
            return PatchState.UP, f"{patch.cause}; the running over may finish"
        if not missing or patch.state in (PatchState.ARMED, PatchState.UP):
            return PatchState.ARMED, patch.cause + without
        return PatchState.PROPOSED, words

    def _may_come_up(self, patch: Patch, missing: list[Leg], now: float) -> bool:
        """Whether the box has started just now, and radios that these legs need are not heard of yet."""
        until = (now if self._started is None else self._started) + START_S
        if now >= until or not any(self._staffing.any_unmet(leg) for leg in missing):
            return False
        self._desk.deadlines.set(Timer.START, patch.id, until)
        return True

    def _go(self, patch: Patch, state: PatchState, reason: str, now: float) -> None:
        """Enter the state, if it is another one; the journal hears why."""
        expires = patch.expires_at is None and not patch.rule.always and patch.ruled is not Want.NOTHING
        if state is PatchState.UP and expires:
            patch.expires_at, patch.lasts_s = now + patch.rule.max_s, patch.rule.max_s
            self._watch_expiry(patch)
        if state is not patch.state:
            text = f"patch {patch.id} is {state.value}: {reason}"
            facts: dict[str, object] = {
                "from": patch.state.value,
                "to": state.value,
                "vehicles": list(patch.vehicles),
                "radios": [leg.radio.name if leg.radio else "" for leg in patch.legs],
                "by": "" if patch.hand is None else patch.hand.by,
            }
            self._desk.record("patch", patch.id, text, facts, loud=state is PatchState.FAILED)
            resumed = patch.state is PatchState.PARTING
            patch.state, patch.since = state, now
            self._notices.changed(patch, now)
            if state is PatchState.UP and not resumed:
                self._signals.opened(patch, now)
        patch.reason = reason

    def _open_soon(self, patch: Patch, now: float) -> None:
        """From now on the patch waits `OPEN_S` for all its legs, then goes up with those it has."""
        patch.open_by = now + OPEN_S
        self._desk.deadlines.set(Timer.OPEN, patch.id, patch.open_by)

    def _watch_expiry(self, patch: Patch) -> None:
        """Be told when a wish expires, and a little before the last one does."""
        ends = patch.ends_at
        for timer, when in (
            (Timer.EXPIRE, patch.expires_at),
            (Timer.HAND, None if patch.hand is None else patch.hand.until),
            (Timer.CLOSING, None if ends is None else ends - CLOSING_S),
        ):
            if when is None:
                self._desk.deadlines.cancel(timer, patch.id)
            else:
                self._desk.deadlines.set(timer, patch.id, when)

    def _check_expiry(self, patch: Patch, now: float) -> None:
        if patch.consent_by is not None and now >= patch.consent_by:
            self._no_consent(patch)
        hand = patch.hand
        if hand is not None and now >= hand.until:
            patch.hand = None
            self._desk.count("patches expired")
            if patch.ruled is Want.NOTHING:
                patch.let_go = f"{hand.words}; its time is over"
        if not patch.let_go and patch.expires_at is not None and now >= patch.expires_at:
            patch.let_go = f"expired {patch.lasts_s:g} s after it came up; it comes back when it is asked for anew"
            self._desk.count("patches expired")

    def _no_consent(self, patch: Patch) -> None:
        """The patience is at its end: what could not go up without the answer is let go of."""
        silent = ", ".join(self.consents.unanswered(patch))
        missing = self.consents.missing(patch)
        self.consents.stop_asking(patch)
        reason = f"nobody accepted it for {silent} within {self._consent_s:g} s"
        self._desk.record("patch", patch.id, f"patch {patch.id}: {reason}")
        self._desk.count("patches without consent")
        if missing:
            self.let_go(patch, reason)
        else:
            patch.hand = None  # its rule wants it without asking

    # ---- parting ----------------------------------------------------------------------------------------------

    def _part(self, patch: Patch, now: float) -> None:
        if patch.state is PatchState.DOWN:
            return
        reason = patch.let_go or patch.wish_reason
        if patch.part_by is None:
            patch.part_by = now + self._over_s
            self._desk.deadlines.set(Timer.PART, patch.id, patch.part_by)
        self._traffic.overs.refuse_all(patch, f"patch {patch.id} parts: {reason}", now)
        if patch.carrying and now < patch.part_by:
            self._go(patch, PatchState.PARTING, reason, now)
        else:
            self._down(patch, reason, now)

    def _down(self, patch: Patch, reason: str, now: float) -> None:
        self._traffic.overs.cut(patch, EndReason.LOST, f"patch {patch.id} parts: {reason}", now)
        self._notices.closes(patch, now)
        self._staffing.dismiss(patch)
        self._disclaim(patch)
        self.consents.forget(patch)
        for leg in patch.legs:
            leg.as_ruled()
        patch.hand = patch.open_by = patch.part_by = patch.expires_at = None
        patch.listens = False
        for timer in (Timer.START, Timer.OPEN, Timer.PART, Timer.EXPIRE, Timer.HAND, Timer.CLOSING):
            self._desk.deadlines.cancel(timer, patch.id)
        self._go(patch, PatchState.DOWN, reason, now)

    # ---- talkgroups -------------------------------------------------------------------------------------------

    def _claim(self, patch: Patch, now: float) -> bool:
        """Make the patch's talkgroups its own, all or none."""
        if patch.claimed:
            return True
        if refusal := choose(patch, self._owners):
            self._wait_for(patch, [group for leg in patch.legs if leg.pool for group in groups_of(leg)])
            self._go(patch, PatchState.FAILED, refusal, now)
            return False
        for leg in patch.legs:
            owner = self._owners.get(group_of(leg.talkgroup))
            if owner is not None:
                self._wait_for(patch, [group_of(leg.talkgroup)])
                self._go(patch, PatchState.FAILED, f"talkgroup {leg.talkgroup.id} is in patch {owner}", now)
                return False
        self._wait_no_more(patch)
        for leg in patch.legs:
            self._owners[group_of(leg.talkgroup)] = patch.id
            if leg.pool:
                self._desk.record("patch", patch.id, f"patch {patch.id} takes {leg.talkgroup.id} from its pool")
        patch.claimed = True
        self._claims += 1
        patch.claimed_as = self._claims
        self._open_soon(patch, now)
        return True

    def _wait_for(self, patch: Patch, groups: Iterable[Group]) -> None:
        """Be looked at again when one of these is given back; whoever has them says so."""
        for group in groups:
            self._blocked.setdefault(group, {})[patch.id] = None
            if (owner := self._owners.get(group)) is not None:
                self._note_refused(owner, patch)

    def _note_refused(self, owner: str, patch: Patch) -> None:
        """The patch that has the talkgroup says who else wants it."""
        if patch.id not in self._patches[owner].refused:
            self._patches[owner].refused[patch.id] = None
            self._desk.touch(owner)

    def _disclaim(self, patch: Patch) -> None:
        """Free the talkgroups; patches that were refused for them are looked at again, longest waiting first."""
        patch.refused.clear()
        self._wait_no_more(patch)
        for group in [group for leg in patch.legs for group in groups_of(leg)]:
            if self._owners.get(group) == patch.id:
                del self._owners[group]
                for blocked in self._blocked.pop(group, {}):
                    self._desk.touch(blocked)
        patch.claimed = False

    def _wait_no_more(self, patch: Patch) -> None:
        """It has its talkgroups, or does not want them any more."""
        for group in [group for leg in patch.legs for group in groups_of(leg)]:
            self._blocked.get(group, {}).pop(patch.id, None)
            owner = self._patches.get(self._owners.get(group, ""))
            if owner is not None and patch.id in owner.refused:
                del owner.refused[patch.id]
                self._desk.touch(owner.id)


def describe(leg: Leg) -> str:
    """Why a leg is not ready."""
    if leg.state is LegState.SELECTING and leg.radio is not None:
        return f"{leg.talkgroup.id} ({leg.radio.name} goes to its talkgroup)"
    return f"{leg.talkgroup.id} ({leg.reason})"
