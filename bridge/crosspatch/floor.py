"""The floor of one patch: who may speak, and what becomes of a talker who asks while it is not free.

Not for radios, overs or time-outs: this is the state machine and the one rule of precedence, as data one can print.
After an over the floor drains (the far legs play what was recorded), then hangs, then is free. Who has to wait is
recorded meanwhile, so waiting costs no words. The words follow 3GPP floor control and ETSI EN 300 392-2.
"""

from dataclasses import dataclass
from enum import Enum

from crosspatch.state import State

PREEMPTIVE = 2
"""The least priority that interrupts a talker of a lower one; numbers as in AT+CTXD (ETSI EN 300 392-5)."""

EMERGENCY = 3
"""The priority that also cuts what is still being played of an over whose talker has ended."""

NOBODY = -1
"""The priority of a signal that holds the floor: every talker takes it away."""


class FloorState(State):
    """Where the floor is in its round."""

    FREE = "free"
    TAKEN = "taken"  # somebody speaks
    DRAINING = "draining"  # the talker ended; legs still play, or still wait for their grant
    HANGING = "hanging"  # all was played; reserved a moment longer, so that nobody keys into an un-keying radio


class FloorStep(State):
    """What moves the floor."""

    TAKE = "take"
    END = "end"
    YIELD = "yield"
    DRAINED = "drained"
    HUNG = "hung"


class Answer(Enum):
    """What a talker who asks for the floor gets."""

    GIVEN = "given"
    WAIT = "wait"
    PREEMPTS = "pre-empts"


TRANSITIONS = {
    (FloorState.FREE, FloorStep.TAKE): FloorState.TAKEN,
    (FloorState.HANGING, FloorStep.TAKE): FloorState.TAKEN,
    (FloorState.TAKEN, FloorStep.END): FloorState.DRAINING,
    (FloorState.DRAINING, FloorStep.YIELD): FloorState.FREE,  # the far side is busy: whoever can be heard goes first
    (FloorState.DRAINING, FloorStep.DRAINED): FloorState.HANGING,
    (FloorState.HANGING, FloorStep.HUNG): FloorState.FREE,
}
"""Every way the floor can go; anything else is a defect."""


@dataclass(slots=True)
class Floor:
    """One patch's floor. ``hang_until`` is when hanging ends; ``priority`` is the holder's."""

    state: FloorState = FloorState.FREE
    priority: int = 0
    hang_until: float = 0.0

    @property
    def busy(self) -> bool:
        """Whether an over is under way: spoken, or still being played."""
        return self.state in (FloorState.TAKEN, FloorState.DRAINING)

    def answer(self, priority: int, doubted: bool) -> Answer:
        """What a talker of ``priority`` gets now. ``doubted``: it may be the tail of our own transmission.

        While the floor hangs, a talker whom the network announced has it at once (the radios are keyed when the hang
        is over, his first words are recorded meanwhile); a voice detector may have heard our own tail, and waits.
        """
        if not self.busy:
            return Answer.WAIT if doubted and self.state is FloorState.HANGING else Answer.GIVEN
        least = PREEMPTIVE if self.state is FloorState.TAKEN else EMERGENCY
        takes = self.priority == NOBODY or (priority >= least and priority > self.priority)
        return Answer.PREEMPTS if takes else Answer.WAIT

    def go(self, step: FloorStep) -> None:
        """Move; ValueError names a step that this state does not know."""
        target = TRANSITIONS.get((self.state, step))
        if target is None:
            msg = f"the floor is {self.state.value}: {step.value} is impossible"
            raise ValueError(msg)
        self.state = target

    def take(self, priority: int) -> None:
        """Give the floor to a talker; `answer` said GIVEN, or PREEMPTS and the over that had it was ended."""
        self.go(FloorStep.TAKE)
        self.priority = priority

    def hang(self, until: float) -> None:
        """All legs are done: reserve the floor until then."""
        self.go(FloorStep.DRAINED)
        self.hang_until = until
