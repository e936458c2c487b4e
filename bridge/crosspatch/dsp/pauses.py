"""How much of a pause may be left out when a leg is behind: never of speech, never so much that words run together."""

import numpy as np

from crosspatch.dsp.units import BLOCK, Flags, Ints

AFTER_SPEECH = 10
"""Blocks of a pause that are always played after speech: its sound dies away, and the listener hears that it paused."""

BEFORE_SPEECH = 5
"""Blocks that are always played before speech, or kept when speech may begin next: soft beginnings are not cut."""

LOOK = 100
"""Blocks looked ahead; a longer pause is left out in several steps."""


def left_out(quiet: Flags) -> Ints:
    """Samples that may be left out now, for each leg.

    ``quiet`` (legs, AFTER_SPEECH + LOOK) marks sure pauses from `AFTER_SPEECH` blocks before the place of each leg.
    """
    ahead = quiet[:, AFTER_SPEECH:]
    run = np.where(ahead.all(axis=1), LOOK, np.argmin(ahead, axis=1))
    allowed = np.where(quiet[:, :AFTER_SPEECH].all(axis=1), run - BEFORE_SPEECH, 0)
    return np.asarray(np.maximum(allowed, 0) * BLOCK, np.int64)
