"""What the rules want of the patches: the one thing that crosses from the rules' room to the patches' room."""

from dataclasses import dataclass
from enum import Enum


class Want(Enum):
    """How far a rule wants its patch to be."""

    NOTHING = "nothing"
    ARMED = "armed"  # radios allocated, talkgroups selected and checked, no audio joined
    OPEN = "open"  # audio joined

    def __init__(self, _word: str) -> None:
        """Of two wishes the one of higher rank holds."""
        self.rank = len(type(self).__members__)


@dataclass(frozen=True, slots=True)
class Wish:
    """A rule's wish changed. ``vehicles`` hold it; ``reason`` is one sentence for a person.

    The rules' room has already counted the rule's hold time: NOTHING means now.
    """

    rule: str
    want: Want
    vehicles: tuple[str, ...]
    reason: str
