"""What crews are told of a patch by short message, in their language, as its rule wants.

To the talkgroup of each leg: the patch is ready, open, closes soon, is closed, is not encrypted end to end. To one
crew: which talkgroup to select after the border, and that its over did not reach everybody. Not for why: the journal
has that. A patch that flaps does not flood its crews.
"""

from collections.abc import Mapping
from typing import Any

from crosspatch.patch.desk import Desk
from crosspatch.patch.names import label
from crosspatch.patch.over import Over
from crosspatch.patch.patch import Leg, Patch, PatchState
from crosspatch.patch.relay import can_write
from crosspatch.plan import NoticeKind, Plan
from crosspatch.texts import Texts
from crosspatch_drivers.identity import Identity
from crosspatch_drivers.radio.base import SendText

AGAIN_S = 60.0
"""Seconds in which a patch tells the same thing once."""

CLOSING_S = 30.0
"""Seconds before its expiry at which a patch says that it closes."""


class Notices:
    """Tells the crews of all patches."""

    def __init__(self, plan: Plan, desk: Desk, texts: Texts) -> None:
        """Nobody was told anything yet."""
        self._plan, self._desk, self._texts = plan, desk, texts
        self._told: dict[tuple[str, str], float] = {}

    def changed(self, patch: Patch, now: float) -> None:
        """The patch has entered its state."""
        if patch.state is PatchState.ARMED:
            self._tell(patch, "armed", now)
            self._select(patch, now)
        elif patch.state is PatchState.UP:
            self._tell(patch, "up", now)
            self._select(patch, now)
            if len({leg.talkgroup.encrypted for leg in patch.legs}) > 1:
                self._not_encrypted(patch, now)

    def closing(self, patch: Patch, now: float) -> None:
        """The patch expires in `CLOSING_S`."""
        if patch.state is PatchState.UP:
            self._tell(patch, "closing", now, {"seconds": round(CLOSING_S)})

    def closes(self, patch: Patch, now: float) -> None:
        """The patch is about to go down, its radios are still its own."""
        if patch.state in (PatchState.UP, PatchState.PARTING):
            self._tell(patch, "down", now)

    def not_delivered(self, patch: Patch, over: Over) -> None:
        """To the talker of an over that did not reach everybody; who is unknown cannot be told."""
        leg, talker = patch.leg_on(over.talkgroup), over.talker
        if "not-delivered" not in patch.rule.notices or leg is None or talker is None:
            return
        missed = over.missed or [other.talkgroup.id for other in patch.legs if other is not leg]
        names = ", ".join(label(other.talkgroup) for other in patch.legs if other.talkgroup.id in missed)
        self._write(leg, talker, "not-delivered", {"missed": names})

    def interrupted(self, patch: Patch, over: Over, talkgroup: str) -> None:
        """To the talker of a running over whom a talkgroup does not hear for now."""
        leg, there, talker = patch.leg_on(over.talkgroup), patch.leg_on(talkgroup), over.talker
        if "interrupted" in patch.rule.notices and leg is not None and there is not None and talker is not None:
            self._write(leg, talker, "interrupted", {"missed": label(there.talkgroup)})

    def _not_encrypted(self, patch: Patch, now: float) -> None:
        """Some of the legs are encrypted end to end in their networks, and the patch as a whole is not."""
        clear = [leg.talkgroup.id for leg in patch.legs if not leg.talkgroup.encrypted]
        text = f"patch {patch.id} carries encrypted talkgroups in clear to {', '.join(clear)}"
        self._desk.record("safety", patch.id, text, {"clear": clear})
        self._tell(patch, "clear", now)

    def _select(self, patch: Patch, now: float) -> None:
        """Each vehicle's crew is told the talkgroups of the other networks."""
        if "select" not in patch.rule.notices:
            return
        for name in patch.vehicles:
            vehicle = self._plan.vehicles.get(name)
            home = None if vehicle is None else next((leg for leg in patch.legs if _of(leg, vehicle.network)), None)
            if vehicle is None or vehicle.ssi is None or home is None or not self._first(patch, f"select {name}", now):
                continue
            network = self._plan.networks[vehicle.network]
            crew = Identity(network.mcc, network.mnc, vehicle.ssi)
            for leg in patch.legs:
                if not _of(leg, vehicle.network):
                    there = self._plan.networks[leg.talkgroup.network].name
                    places = {"talkgroup": label(leg.talkgroup), "gssi": leg.talkgroup.gssi, "network": there}
                    self._write(home, crew, "select", places)

    def _tell(self, patch: Patch, kind: NoticeKind, now: float, more: Mapping[str, object] | None = None) -> None:
        """To the talkgroups of all legs, in all languages of their networks."""
        if kind not in patch.rule.notices or not self._first(patch, kind, now):
            return
        for leg in patch.legs:
            others = ", ".join(label(other.talkgroup) for other in patch.legs if other is not leg)
            network = self._plan.networks[leg.talkgroup.network]
            group = Identity(network.mcc, network.mnc, leg.talkgroup.gssi)
            self._write(leg, group, kind, {"others": others, **(more or {})}, group=True)

    def _first(self, patch: Patch, what: str, now: float) -> bool:
        """Whether this was not told a moment ago."""
        last = self._told.get((patch.id, what))
        if last is not None and now - last < AGAIN_S:
            self._desk.count("notices left out: told a moment ago")
            return False
        self._told[patch.id, what] = now
        return True

    def _write(
        self, leg: Leg, called: Identity, kind: NoticeKind, places: Mapping[str, Any], *, group: bool = False
    ) -> None:
        """One message for each language of the leg's network."""
        if leg.radio is None or not can_write(leg):
            self._desk.count("notices without a radio to send them")
            return
        for language in self._plan.networks[leg.talkgroup.network].spoken:
            text = self._texts.render(language, kind, places)
            if text is not None:
                self._desk.tell(leg.radio.name, SendText(called, text, group))
                self._desk.count("notices sent")


def _of(leg: Leg, network: str) -> bool:
    return leg.talkgroup.network == network
