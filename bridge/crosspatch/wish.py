"""What the rules want of the patches: the one thing that crosses from the rules' room to the patches' room."""

from dataclasses import dataclass
from enum import Enum


class Want(Enum):
    """How far a rule wants its patch to be."""

    NOTHING = "nothing"
    ARMED = "armed"  # radios allocated, talkgroups selected and checked, no audio joined
    OPEN = "open"  # audio joined

    @property
    def rank(self) -> int:
        """Of two wishes the one of higher rank holds."""
        return RANKS[self]


RANKS = {want: rank for rank, want in enumerate(Want)}


@dataclass(frozen=True, slots=True)
class Wish:
    """A rule's wish changed. ``vehicles`` hold it; ``reason`` is one sentence for a person.

    The rules' room has already counted the rule's hold time: NOTHING means now.
    """

    rule: str
    want: Want
    vehicles: tuple[str, ...]
    reason: str
