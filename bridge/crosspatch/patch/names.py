"""What people call who speaks and what they speak on: aliases of each network, labels of talkgroups."""

from crosspatch.plan import Network, Plan, Talkgroup
from crosspatch_drivers.identity import Identity


class Names:
    """The names of one site."""

    def __init__(self, plan: Plan) -> None:
        """Read once; nothing here changes."""
        self._networks = {(network.mcc, network.mnc): network for network in plan.networks.values()}

    def network(self, identity: Identity) -> Network | None:
        """The home network, where the site knows it."""
        return self._networks.get((identity.mcc, identity.mnc))

    def alias(self, identity: Identity | None) -> str:
        """What his own network calls him; empty when it has no name for him."""
        if identity is None:
            return ""
        network = self.network(identity)
        return network.aliases.get(identity.ssi, "") if network is not None else ""

    def caller(self, identity: Identity | None, source: Network) -> str:
        """For the head of an emergency: as `sender`; the network alone when nobody knows who it is."""
        return source.name if identity is None else self.sender(identity)

    def sender(self, identity: Identity) -> str:
        """For the head of a message: network, and alias or number."""
        network = self.network(identity)
        if network is None:
            return str(identity)
        return f"{network.name} {network.aliases.get(identity.ssi, str(identity.ssi))}"


def label(talkgroup: Talkgroup) -> str:
    """What people call the talkgroup."""
    return talkgroup.label or talkgroup.id
