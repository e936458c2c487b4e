"""What a session wants done, in order; the driver around it does it. Not for deciding anything."""

from dataclasses import dataclass
from typing import Literal

from crosspatch_drivers.radio.base import RadioEvent, ReleasePlan


@dataclass(frozen=True, slots=True)
class Write:
    """Write these bytes to the port. ``first``: ahead of, and instead of, what has not left yet."""

    data: bytes
    first: bool = False


@dataclass(frozen=True, slots=True)
class Arm:
    """The radio may be on the air from here on: give the plan to whoever un-keys when this process cannot."""

    plan: ReleasePlan


@dataclass(frozen=True, slots=True)
class Disarm:
    """The radio is known to be un-keyed."""


@dataclass(frozen=True, slots=True)
class PressKey:
    """Press the key that is wired to the radio, or let it go."""

    pressed: bool


@dataclass(frozen=True, slots=True)
class Emit:
    """Tell the bridge."""

    event: RadioEvent


@dataclass(frozen=True, slots=True)
class Reopen:
    """Close the port and open it again: nothing is heard on it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth a line in the log and nothing else."""

    text: str
    level: Literal["debug", "info", "warning"] = "debug"


Action = Write | Arm | Disarm | PressKey | Emit | Reopen | Note


class Outbox:
    """The actions not yet taken by the driver."""

    def __init__(self) -> None:
        """Begin empty."""
        self._actions: list[Action] = []

    def put(self, action: Action) -> None:
        """Add one to the end."""
        self._actions.append(action)

    def emit(self, event: RadioEvent) -> None:
        """Add an event."""
        self._actions.append(Emit(event))

    def note(self, text: str, level: Literal["debug", "info", "warning"] = "debug") -> None:
        """Add a line for the log."""
        self._actions.append(Note(text, level))

    def take(self) -> list[Action]:
        """Everything so far, in order; the outbox is empty afterwards."""
        actions, self._actions = self._actions, []
        return actions
