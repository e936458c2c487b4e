"""Foreign talkgroups from a pool: a patch takes one that is free, and gives it back when it is down. Pure.

Where crews of one network have no talkgroup of their own in another, that sets some aside for guests. Any patch may
take any of them, none is ever in two patches.
"""

from collections.abc import Mapping

from crosspatch.patch.patch import Leg, Patch
from crosspatch.plan import Talkgroup

Group = tuple[str, int]
"""A talkgroup as the air knows it: network and GSSI, whatever the site file calls it."""


def group_of(talkgroup: Talkgroup) -> Group:
    """Its name on the air."""
    return talkgroup.network, talkgroup.gssi


def groups_of(leg: Leg) -> list[Group]:
    """The talkgroups that the leg may be on."""
    return [group_of(talkgroup) for talkgroup in leg.pool or (leg.talkgroup,)]


def choose(patch: Patch, owners: Mapping[Group, str]) -> str:
    """Put each leg that has a pool on its first talkgroup that nobody has; else say who has which."""
    own = {group_of(leg.talkgroup) for leg in patch.legs if not leg.pool}
    for leg in patch.legs:
        if not leg.pool:
            continue
        free = [talkgroup for talkgroup in leg.pool if not {group_of(talkgroup)} & {*owners, *own}]
        if not free:
            taken = [f"{one.id} is in patch {owners.get(group_of(one), patch.id)}" for one in leg.pool]
            return f"no talkgroup of its pool is free: {', '.join(taken)}"
        leg.talkgroup = free[0]
    return ""
