"""Commands of people about patches: what is allowed now, why it is refused, and what is done.

A command is refused with one sentence that names the thing, and changes nothing then. What is done is written down with
who and why. Of two wishes for one talkgroup the first holds: the second is refused here, unless it is forced; then the
patch in its way is closed at once, and its journal says for whom. Not for how commands reach us.
"""

import re
from itertools import combinations

from crosspatch.commands import Close, Command, Consent, Extend, Hold, LegMode, Open, SetLeg, words
from crosspatch.patch.desk import Desk
from crosspatch.patch.life import Life
from crosspatch.patch.overs import Overs
from crosspatch.patch.patch import ByHand, Leg, Patch, PatchState
from crosspatch.plan import NoticeKind, Plan, Rule
from crosspatch.wish import Want

MOST_LEGS = 8
"""Talkgroups of one patch that is made by hand."""

MOST_BY_HAND = 64
"""Patches made by hand that may be at the same time."""

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?\Z")
"""Of a patch made by hand, as for what a site file names: it becomes part of MQTT topics."""

MOST_WORDS = 200
"""Letters of a name or a reason."""

NOTICES: tuple[NoticeKind, ...] = ("up", "closing", "down", "clear")
"""What crews are told of a patch made by hand."""


class Commanding:
    """Obeys, or says why not."""

    def __init__(self, plan: Plan, desk: Desk, life: Life, overs: Overs, patches: dict[str, Patch]) -> None:
        """``patches`` gets those that are made by hand, and loses them when they are down."""
        self._plan, self._desk, self._life, self._overs, self._patches = plan, desk, life, overs, patches

    def refusal(self, command: Command, now: float) -> str:
        """Why it would be refused now; empty when it would be obeyed."""
        for what, text in (("by", command.by), ("why", command.why)):
            if not text.strip():
                return f"{what} is missing: {'who commands it' if what == 'by' else 'the reason'}"
            if len(text) > MOST_WORDS:
                return f"{what} has more than {MOST_WORDS} letters"
        patch = self._patches.get(command.patch)
        if isinstance(command.what, Open):
            return self._no_opening(command, command.what, patch, now)
        if patch is None:
            return f"no such patch: {command.patch!r}; there {_are(list(self._patches))}"
        match command.what:
            case Close():
                return f"patch {patch.id} is down already" if _is_down(patch) else ""
            case Hold(for_s=seconds):
                return self._no_holding(patch) or self._too_long(seconds)
            case Extend(by_s=seconds):
                return self._no_extension(patch, seconds, now)
            case SetLeg(talkgroup=talkgroup, mode=mode):
                return self._no_setting(patch, talkgroup, mode)
            case Consent(network=network, agreed=agreed):
                return self._no_consent(patch, network, agreed, command.by)

    def obey(self, command: Command, now: float) -> str:
        """Do it; or nothing, and why."""
        refusal = self.refusal(command, now)
        said = f"{command.who} {words(command.what)}, patch {command.patch}: {command.why}"
        facts: dict[str, object] = {"by": command.by, "door": command.door, "why": command.why}
        if refusal:
            self._desk.count("commands refused")
            self._desk.record("refusal", command.patch, f"refused ({refusal}): {said}", facts)
            return refusal
        self._desk.count("commands obeyed")
        self._desk.record("command", command.patch, said, facts)
        self._do(command, now)
        return ""

    def forget_if_over(self, patch: Patch) -> None:
        """A patch made by hand is no more once it is down and nobody wants it."""
        if patch.made_by_hand and patch.state is PatchState.DOWN and patch.hand is None:
            del self._patches[patch.id]

    def no_patch(self, name: str, talkgroups: tuple[str, ...]) -> str:
        """Why no patch of this name can be made of these talkgroups; empty when it can."""
        return self._no_name(name, talkgroups) or self._no_legs(talkgroups)

    def make(self, name: str, talkgroups: tuple[str, ...]) -> Patch:
        """A patch that no rule has, down; its names were judged."""
        rule = Rule(id=name, talkgroups=talkgroups, max_s=self._plan.limits.by_hand_s, notices=NOTICES)
        patch = self._patches[name] = Patch.of(rule, self._plan)
        patch.made_by_hand = True
        return patch

    # ---- doing ------------------------------------------------------------------------------------------------

    def _do(self, command: Command, now: float) -> None:
        patch = self._patches.get(command.patch)
        match command.what:
            case Open(for_s=seconds, talkgroups=groups, force=force):
                if patch is None:
                    patch = self.make(command.patch, groups)
                if force:
                    self._clear_the_way(patch, command, now)
                self._life.take_up(patch, _by_hand(command, Want.OPEN, now + seconds, force=force), now)
            case Hold(for_s=seconds) if patch is not None:
                self._life.take_up(patch, _by_hand(command, patch.wanted, now + seconds, held=True), now)
            case Extend(by_s=seconds) if patch is not None:
                self._life.extend(patch, seconds)
            case Close() if patch is not None:
                self._life.let_go(patch, f"closed by {command.who}: {command.why}")
            case SetLeg(talkgroup=talkgroup, mode=mode) if patch is not None:
                self._set_leg(patch, talkgroup, mode, command, now)
            case Consent(network=network, agreed=True) if patch is not None:
                self._life.consents.accept(patch, network, command.by)
            case Consent(network=network) if patch is not None:
                self._life.let_go(patch, f"refused for {network} by {command.who}: {command.why}")

    def _clear_the_way(self, patch: Patch, command: Command, now: float) -> None:
        for other in self._in_the_way(patch.legs, patch):
            reason = f"closed for patch {patch.id}, which {command.who} forces: {command.why}"
            self._life.let_go(other, reason)
            self._life.drop(other, reason, now)

    def _set_leg(self, patch: Patch, talkgroup: str, mode: LegMode, command: Command, now: float) -> None:
        leg = patch.leg_on(talkgroup)
        if leg is None:
            return
        leg.mode, leg.mode_since = mode, now
        leg.mode_reason = "" if mode is LegMode.BOTH else f"{mode.value} by {command.who}: {command.why}"
        self._overs.obey_mode(leg, now)
        self._desk.touch(patch.id)

    # ---- judging ----------------------------------------------------------------------------------------------

    def _no_opening(self, command: Command, what: Open, patch: Patch | None, now: float) -> str:
        if too_long := self._too_long(what.for_s):
            return too_long
        if patch is None:
            groups = what.talkgroups
            if refusal := self.no_patch(command.patch, groups):
                return refusal
            legs = [Leg(self._plan.talkgroups[name]) for name in groups]
        else:
            legs = list(patch.legs)
            if what.talkgroups and set(what.talkgroups) != {leg.talkgroup.id for leg in legs}:
                return f"patch {patch.id} is there already, of {_names(legs)}"
            if patch.hand is not None:
                return f"patch {patch.id} is {patch.hand.words}, for {patch.hand.until - now:.0f} s more: extend it"
            if patch.broken is not None and patch.is_broken(now):
                return f"patch {patch.id} is broken: {patch.broken.reason}"
        others = () if what.force else self._in_the_way(legs, patch)
        for other in others:
            taken = next(leg.talkgroup.id for leg in legs if other.leg_on(leg.talkgroup.id) is not None)
            return f"talkgroup {taken} is in patch {other.id} ({other.cause}): close that, or force this"
        return ""

    def _no_name(self, name: str, groups: tuple[str, ...]) -> str:
        """Why no patch of this name can be made."""
        if not groups:
            return f"no such patch: {name!r}; there {_are(list(self._patches))}; or name the talkgroups to make one of"
        if not NAME.match(name):
            return f"a patch's name has lower-case letters, digits and hyphens, 64 at most: not {name!r}"
        made = sum(patch.made_by_hand for patch in self._patches.values())
        return f"there are {made} patches made by hand already" if made >= MOST_BY_HAND else ""

    def _no_legs(self, groups: tuple[str, ...]) -> str:
        """Why these talkgroups make no patch."""
        for name in groups:
            if name not in self._plan.talkgroups:
                return f"no such talkgroup: {name!r}; there {_are(list(self._plan.talkgroups))}"
        if len(set(groups)) < len(groups) or not 2 <= len(groups) <= MOST_LEGS:
            return f"a patch has two to {MOST_LEGS} talkgroups, each once: not {', '.join(groups)}"
        known = [self._plan.talkgroups[name] for name in groups]
        for one, other in combinations(known, 2):
            if other.id in one.never_with or one.id in other.never_with:
                return f"{one.id} and {other.id} must never be joined (never_with)"
        for network in dict.fromkeys(group.network for group in known):
            legs = sum(group.network == network for group in known)
            radios = sum(radio.network == network for radio in self._plan.radios.values())
            if radios < legs:
                return f"the site has {radios} radio{'s' * (radios != 1)} of {network}, and {legs} legs need one each"
        return ""

    def _in_the_way(self, legs: "list[Leg] | tuple[Leg, ...]", patch: Patch | None) -> list[Patch]:
        """The other patches that have one of these talkgroups; a leg with a pool takes one that nobody has."""
        wanted = {(leg.talkgroup.network, leg.talkgroup.gssi) for leg in legs if not leg.pool}
        owners = [self._patches.get(owner) for owner in self._life.owners(wanted)]
        return [owner for owner in owners if owner is not None and owner is not patch]

    def _no_holding(self, patch: Patch) -> str:
        if patch.wanted is Want.NOTHING:
            return f"patch {patch.id} is {patch.state.value}, there is nothing to hold: open it"
        if patch.hand is not None:
            return f"patch {patch.id} is {patch.hand.words}: extend it"
        return f"patch {patch.id} is wanted at all times" if patch.rule.always else ""

    def _no_extension(self, patch: Patch, seconds: float, now: float) -> str:
        if patch.wanted is Want.NOTHING:
            return f"patch {patch.id} is {patch.state.value}, there is nothing to extend: open it"
        ends = patch.ends_at
        if ends is None:
            why = "is wanted at all times" if patch.rule.always else "is not up yet: it begins to expire then"
            return f"patch {patch.id} {why}"
        return self._too_long(seconds, already=ends - now)

    def _too_long(self, seconds: float, already: float = 0.0) -> str:
        most = self._plan.limits.by_hand_s
        if not seconds > 0:
            return f"a time must be more than 0 s, not {seconds:g}"
        if not already + seconds <= most:
            left = f" ({already:.0f} s are left)" if already else ""
            return f"{seconds:g} s is too long: at most {most:g} s from now (by_hand_s){left}"
        return ""

    @staticmethod
    def _no_setting(patch: Patch, talkgroup: str, mode: LegMode) -> str:
        leg = patch.leg_on(talkgroup)
        if leg is None:
            return f"patch {patch.id} has no leg {talkgroup!r}; its legs are {_names(patch.legs)}"
        if patch.state is PatchState.DOWN:
            return f"patch {patch.id} is down: there is nothing to set"
        return f"{talkgroup} is {mode.value} already" if leg.mode is mode else ""

    def _no_consent(self, patch: Patch, network: str, agreed: bool, by: str) -> str:
        owners = self._life.consents.owners(network)
        if network not in patch.consents:
            asked = ", ".join(patch.consents) or "nobody"
            return f"patch {patch.id} does not wait for {network!r}; asked are: {asked}"
        if by not in owners:
            return f"{by} does not speak for {network}; who does: {', '.join(owners)}"
        if agreed and patch.consents[network]:
            return f"{patch.consents[network]} has accepted for {network} already"
        return ""


def _by_hand(command: Command, want: Want, until: float, *, force: bool = False, held: bool = False) -> ByHand:
    return ByHand(want, command.by, command.why, command.door, until, force, held)


def _is_down(patch: Patch) -> bool:
    return patch.state is PatchState.DOWN and patch.wanted is Want.NOTHING


def _names(legs: "list[Leg] | tuple[Leg, ...]") -> str:
    return ", ".join(leg.talkgroup.id for leg in legs)


def _are(names: list[str]) -> str:
    """What there is to choose from."""
    if not names:
        return "is none"
    return f"{'is' if len(names) == 1 else 'are'}: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}"
