"""What people, and programs for them, command of patches by hand: plain values, each with who commands it and why.

Not for what comes of a command (`patch.commanding`), nor for how it reaches us (`control.asking`).
"""

from dataclasses import dataclass
from enum import Enum


class LegMode(Enum):
    """Which way a leg is joined. An emergency passes whatever the mode is."""

    BOTH = "both"  # it hears the others and is heard by them
    LISTEN = "listen-only"  # it hears the others and is not heard by them
    MUTED = "muted"  # nothing crosses, either way


@dataclass(frozen=True, slots=True)
class Open:
    """Join the patch's talkgroups for so long. A patch that no rule has is made of ``talkgroups``.

    ``force``: patches that have one of the talkgroups are closed for it, every other one gives way to it where radios
    are scarce, and it goes up as soon as two legs are ready. Consent is asked for all the same.
    """

    for_s: float
    talkgroups: tuple[str, ...] = ()
    force: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """Part the patch, whoever wants it; it comes back when it is opened by hand or its rule asks anew."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep the patch as it is now for so long, though its rule may let go of it."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Extend:
    """Let the patch expire so much later."""

    by_s: float


@dataclass(frozen=True, slots=True)
class SetLeg:
    """Join this leg that way from now on, until the patch is down."""

    talkgroup: str
    mode: LegMode


@dataclass(frozen=True, slots=True)
class Consent:
    """The owner of a network accepts the patch, or refuses it; refused later, the patch is parted."""

    network: str
    agreed: bool


What = Open | Close | Hold | Extend | SetLeg | Consent


@dataclass(frozen=True, slots=True)
class Command:
    """A command. ``door`` is how it came and who vouches for ``by``: ``box`` (its users) or ``mqtt`` (the broker)."""

    patch: str
    what: What
    by: str
    why: str
    door: str = "box"

    @property
    def who(self) -> str:
        """For a person."""
        return f"{self.by} (over MQTT)" if self.door == "mqtt" else self.by


def words(what: What) -> str:
    """What is commanded, as it follows a name and precedes a patch: ``opens for 600 s``."""
    match what:
        case Open(for_s=seconds, talkgroups=groups, force=force):
            made = f", made of {', '.join(groups)}" if groups else ""
            return f"{'forces open' if force else 'opens'} for {seconds:g} s{made}"
        case Close():
            return "closes"
        case Hold(for_s=seconds):
            return f"holds for {seconds:g} s"
        case Extend(by_s=seconds):
            return f"extends by {seconds:g} s"
        case SetLeg(talkgroup=talkgroup, mode=mode):
            return f"sets leg {talkgroup} to {mode.value}"
        case Consent(network=network, agreed=agreed):
            return f"{'accepts' if agreed else 'refuses'} for {network}"
