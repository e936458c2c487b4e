"""The life of patches: from a rule's wish over armed and up to down again, and why each is where it is.

A patch is *settled* whenever something it depends on changed: its state follows from what is wanted, which legs are
ready, and the clock. Not for overs: `traffic` runs those; here it is only said when it may.

- A talkgroup is in one patch at most; a second patch that wants it is failed, says so, and is tried again later.
- Wanted open, a patch goes up when all its legs are ready, or after `OPEN_S` with at least two; others join later.
- It expires ``max_s`` after it came up, and comes back only when its rule has let go of it and asks anew. A rule that
  is ``always`` wanted is asked for by the site file all the time and does not expire.
- Let go of, it parts: a running over may finish within the over limit, then radios and talkgroups are free.
"""

from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.notices import CLOSING_S, Notices
from crosspatch.patch.patch import Leg, LegState, Patch, PatchState
from crosspatch.patch.staffing import Staffing
from crosspatch.patch.traffic import Traffic
from crosspatch.plan import Plan
from crosspatch.wish import Want, Wish
from crosspatch_drivers.radio.base import EndReason

OPEN_S = 3.0
"""Seconds after the wish to open from which two ready legs are enough."""

LEAST = 2
"""Legs without which there is nothing to join."""

Group = tuple[str, int]
"""A talkgroup as the air knows it: network and GSSI, whatever the site file calls it."""


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
        self._notices = notices
        self._over_s = plan.limits.over_s
        self._desk, self._staffing, self._traffic = desk, staffing, traffic
        self._patches = patches
        self._owners: dict[Group, str] = {}
        self._claims = 0
        self._blocked: dict[Group, dict[str, None]] = {}

    def wish(self, wish: Wish, now: float) -> None:
        """A rule wants something else of its patch, or for another reason."""
        patch = self._patches.get(wish.rule)
        if patch is None:
            self._desk.count("wishes of unknown rules")
            return
        if wish.want is Want.OPEN and patch.want is not Want.OPEN:
            self._open_soon(patch, now)
        if wish.want is Want.NOTHING:
            patch.expired = False
        patch.want, patch.vehicles, patch.wish_reason = wish.want, wish.vehicles, wish.reason
        self._desk.touch(patch.id)

    def settle(self, patch: Patch, now: float) -> None:
        """Bring the patch to where it belongs now."""
        self._check_expiry(patch, now)
        if patch.wanted is Want.NOTHING:
            self._part(patch, now)
        elif self._claim(patch, now):
            patch.part_by = None
            self._desk.deadlines.cancel(Timer.PART, patch.id)
            self._staffing.staff(patch, now)
            self._go(patch, *self._verdict(patch, now), now)
            joined = patch.state is PatchState.UP and patch.wanted is Want.OPEN
            if not patch.is_broken(now):
                self._traffic.giving.look(patch, joined, now)

    def close(self, patch: Patch, reason: str, now: float) -> None:
        """Down at once, whatever runs."""
        patch.want = Want.NOTHING
        if patch.state is not PatchState.DOWN:
            self._down(patch, reason, now)

    # ---- where it belongs -------------------------------------------------------------------------------------

    def _verdict(self, patch: Patch, now: float) -> tuple[PatchState, str]:
        """The state of a patch that is wanted and has its talkgroups, and why."""
        if patch.broken is not None and patch.is_broken(now):
            return PatchState.FAILED, patch.broken.reason
        ready = len(patch.ready)
        missing = [leg for leg in patch.legs if leg.state is not LegState.READY]
        words = "; ".join(describe(leg) for leg in missing)
        if ready < LEAST:
            hope = ready + sum(leg.state is LegState.SELECTING for leg in missing)
            return (PatchState.FAILED if hope < LEAST else PatchState.PROPOSED), words
        without = f", without {words}" if words else ""
        if patch.wanted is Want.OPEN:
            due = patch.open_by is not None and now >= patch.open_by
            if not missing or due or patch.state is PatchState.UP:
                return PatchState.UP, patch.wish_reason + without
        elif patch.state is PatchState.UP and patch.carrying:
            return PatchState.UP, f"{patch.wish_reason}; the running over may finish"
        if not missing or patch.state in (PatchState.ARMED, PatchState.UP):
            return PatchState.ARMED, patch.wish_reason + without
        return PatchState.PROPOSED, words

    def _go(self, patch: Patch, state: PatchState, reason: str, now: float) -> None:
        """Enter the state, if it is another one; the journal hears why."""
        if state is PatchState.UP and patch.expires_at is None and not patch.rule.always:
            patch.expires_at = now + patch.rule.max_s
            self._desk.deadlines.set(Timer.EXPIRE, patch.id, patch.expires_at)
            self._desk.deadlines.set(Timer.CLOSING, patch.id, patch.expires_at - CLOSING_S)
        if state is not patch.state:
            text = f"patch {patch.id} is {state.value}: {reason}"
            facts: dict[str, object] = {
                "from": patch.state.value,
                "to": state.value,
                "vehicles": list(patch.vehicles),
                "radios": [leg.radio.name if leg.radio else "" for leg in patch.legs],
            }
            self._desk.record("patch", patch.id, text, facts)
            patch.state, patch.since = state, now
            self._notices.changed(patch, now)
        patch.reason = reason

    def _open_soon(self, patch: Patch, now: float) -> None:
        """From now on the patch waits `OPEN_S` for all its legs, then goes up with those it has."""
        patch.open_by = now + OPEN_S
        self._desk.deadlines.set(Timer.OPEN, patch.id, patch.open_by)

    def _check_expiry(self, patch: Patch, now: float) -> None:
        if patch.expired or patch.expires_at is None or now < patch.expires_at:
            return
        patch.expired = True
        self._desk.count("patches expired")

    # ---- parting ----------------------------------------------------------------------------------------------

    def _part(self, patch: Patch, now: float) -> None:
        if patch.state is PatchState.DOWN:
            return
        reason = patch.wish_reason
        if patch.expired:
            reason = f"expired {patch.rule.max_s:g} s after it came up; it comes back when it is asked for anew"
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
        patch.open_by = patch.part_by = patch.expires_at = None
        for timer in (Timer.OPEN, Timer.PART, Timer.EXPIRE, Timer.CLOSING):
            self._desk.deadlines.cancel(timer, patch.id)
        self._go(patch, PatchState.DOWN, reason, now)

    # ---- talkgroups -------------------------------------------------------------------------------------------

    def _claim(self, patch: Patch, now: float) -> bool:
        """Make the patch's talkgroups its own, all or none."""
        if patch.claimed:
            return True
        for leg in patch.legs:
            group = (leg.talkgroup.network, leg.talkgroup.gssi)
            owner = self._owners.get(group)
            if owner is not None:
                self._blocked.setdefault(group, {})[patch.id] = None
                self._go(patch, PatchState.FAILED, f"talkgroup {leg.talkgroup.id} is in patch {owner}", now)
                return False
        for leg in patch.legs:
            self._owners[leg.talkgroup.network, leg.talkgroup.gssi] = patch.id
        patch.claimed = True
        self._claims += 1
        patch.claimed_as = self._claims
        self._open_soon(patch, now)
        return True

    def _disclaim(self, patch: Patch) -> None:
        """Free the talkgroups; patches that were refused for them are looked at again, longest waiting first."""
        for leg in patch.legs:
            group = (leg.talkgroup.network, leg.talkgroup.gssi)
            self._blocked.get(group, {}).pop(patch.id, None)
            if self._owners.get(group) == patch.id:
                del self._owners[group]
                for blocked in self._blocked.pop(group, {}):
                    self._desk.touch(blocked)
        patch.claimed = False


def describe(leg: Leg) -> str:
    """Why a leg is not ready."""
    if leg.state is LegState.SELECTING and leg.radio is not None:
        return f"{leg.talkgroup.id} ({leg.radio.name} goes to its talkgroup)"
    return f"{leg.talkgroup.id} ({leg.reason})"
