"""What can be wrong with one virtual radio and its line, switched on and off while it runs. Data only."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

Probability = Annotated[float, Ge(0), Le(1)]
DelayMs = Annotated[float, Ge(0), Le(10000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioFaults:
    """Every fault off. All of them may be on at once."""

    mute: bool = False  # says nothing at all, though it hears
    deaf: bool = False  # hears nothing, though it tells of calls
    ignore_cease: bool = False  # obeys no AT+CUTXC and no ATH: once keyed it stays on the air until the network's limit
    no_release: bool = False  # leaves +CTCR out
    grant_first: bool = False  # prints +CTXG before the +CTOCP and +CTCC of its call
    interleave: bool = False  # other lines come between the lines of an answer
    glue: bool = False  # a line waits for the next one, and both come at once
    cut: bool = False  # a line comes in three pieces, 20 ms apart
    byte_loss: Probability = 0.0  # of each byte it sends
    line_loss: Probability = 0.0  # of each line it sends
    command_loss: Probability = 0.0  # of each command it gets
    noise: Probability = 0.0  # that rubbish comes before a line
    delay_ms: DelayMs = 0.0  # all it sends comes so much later
    error_then_ok: bool = False  # ERROR is followed by OK, as one brand does
