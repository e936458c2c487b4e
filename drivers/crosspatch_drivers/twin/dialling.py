"""Whether a virtual radio can set a call up, and which group a dial string names. Refusals are those of a radio."""

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.commands import (
    BUSY,
    DIAL_CHARACTERS,
    DIAL_LONG,
    NO_SERVICE,
    NOT_IN_DMO,
    OUT_OF_RANGE,
    Refused,
)
from crosspatch_drivers.twin.network import Network

MOST_DIAL_DIGITS = 25
"""Longest dial string (error 26)."""


def ready_for_calls(network: Network, who: Identity, mode: int) -> None:
    """Refused when the radio is in direct mode, not registered, or on its way into a group."""
    if mode:
        raise Refused(NOT_IN_DMO)
    if not network.registered(who):
        raise Refused(NO_SERVICE)
    if network.attaching(who):
        raise Refused(BUSY)


def group_dialled(digits: str, network: Network, home: Identity) -> int:
    """The group that a dial string names; refused when it is none of this network."""
    if len(digits) > MOST_DIAL_DIGITS:
        raise Refused(DIAL_LONG)
    if not (digits.isascii() and digits.isdigit()):
        raise Refused(DIAL_CHARACTERS)
    try:
        group = Identity.from_digits(digits, home)
    except ValueError as error:
        raise Refused(OUT_OF_RANGE) from error
    if group != network.identity(group.ssi) or group.ssi not in network.settings.groups:
        raise Refused(OUT_OF_RANGE)
    return group.ssi
