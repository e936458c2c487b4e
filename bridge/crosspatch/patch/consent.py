"""Consent: the owners of networks whose policy says so accept a patch before it goes up, each for his network.

Policy of a network: ``by-hand`` asks for patches that a person wants and their rule does not, ``always`` for those of
rules as well. Who opens a patch and is an owner himself has accepted by that. Everything is made ready meanwhile, but
nothing is recorded: what was said before the last owner accepted does not cross.
"""

from crosspatch.patch.deadlines import Timer
from crosspatch.patch.desk import Desk
from crosspatch.patch.patch import Patch
from crosspatch.plan import Network, Plan
from crosspatch.wish import Want


class Consents:
    """Asks and remembers, for all patches."""

    def __init__(self, plan: Plan, desk: Desk) -> None:
        """Nobody was asked yet."""
        self._desk, self._patience = desk, plan.limits.consent_s
        self._asking = {name: network for name, network in plan.networks.items() if network.consent != "none"}

    def ask(self, patch: Patch, now: float) -> None:
        """Ask the owners that have to be asked for this patch as it is wanted now, and were not yet."""
        by = "" if patch.hand is None else patch.hand.by
        for network in self._of(patch):
            if network.id in patch.consents or not self._concerned(network, patch):
                continue
            patch.consents[network.id] = by if by in network.owners else ""
            if patch.consents[network.id]:
                continue
            patch.consent_by = now + self._patience
            self.watch(patch)
            owners = ", ".join(network.owners)
            text = f"patch {patch.id} needs the consent of {network.id}: one of {owners}, within {self._patience:g} s"
            self._desk.record("patch", patch.id, text, {"network": network.id, "owners": list(network.owners)})

    def watch(self, patch: Patch) -> None:
        """Be told when the patience is at its end."""
        if patch.consent_by is not None:
            self._desk.deadlines.set(Timer.CONSENT, patch.id, patch.consent_by)

    def missing(self, patch: Patch) -> list[str]:
        """The networks without whose consent it must not be up, as it is wanted now."""
        return [
            network.id
            for network in self._of(patch)
            if not patch.consents.get(network.id) and self._needed(network, patch)
        ]

    def unanswered(self, patch: Patch) -> list[str]:
        """The networks whose owners were asked and have not accepted yet."""
        return [network for network, accepted in patch.consents.items() if not accepted]

    def accept(self, patch: Patch, network: str, by: str) -> None:
        """An owner accepts."""
        patch.consents[network] = by
        if not self.unanswered(patch):
            self.stop_asking(patch)
        self._desk.touch(patch.id)

    def stop_asking(self, patch: Patch) -> None:
        """Nobody's answer is waited for any more."""
        patch.consent_by = None
        self._desk.deadlines.cancel(Timer.CONSENT, patch.id)

    def forget(self, patch: Patch) -> None:
        """The patch is down: for the next one it is asked anew."""
        self.stop_asking(patch)
        patch.consents = {}

    def owners(self, network: str) -> tuple[str, ...]:
        """Who may accept for a network; nobody where it does not want to be asked."""
        known = self._asking.get(network)
        return () if known is None else known.owners

    def _of(self, patch: Patch) -> list[Network]:
        """The networks of its legs that want to be asked, each once."""
        found: list[Network] = []
        for leg in patch.legs:
            network = self._asking.get(leg.talkgroup.network)
            if network is not None and network not in found:
                found.append(network)
        return found

    @staticmethod
    def _concerned(network: Network, patch: Patch) -> bool:
        """Whether its owners are to be asked: at once for a patch that is held, though its rule still wants it."""
        return network.consent == "always" or (network.consent == "by-hand" and patch.hand is not None)

    @staticmethod
    def _needed(network: Network, patch: Patch) -> bool:
        """Whether the patch must not be up without it."""
        if network.consent == "always" or patch.hand is None:
            return network.consent == "always"
        return patch.ruled is Want.NOTHING or patch.ruled is not patch.wanted
