"""What is put where sound is missing: the last pitch period again and again, fading out. Not for finding the gap.

In the manner of ITU-T G.711 Appendix I, which repeats for 10 ms and is silent after 60 ms.
"""

import numpy as np

from crosspatch_drivers.audio.ring import Block

SHORTEST, LONGEST = 40, 240
"""Samples of a pitch period at 16 kHz: 400 Hz to 67 Hz."""

COMPARED = 320
"""Samples in which the period is looked for."""

HISTORY = LONGEST + COMPARED
"""Samples of what came before that are needed."""

FULL, SILENT = 160, 960
"""Samples of concealment at full level, and after which it is silent: 10 and 60 ms."""

RETURN = 40
"""Samples over which concealment goes over into real sound."""


def period(history: Block) -> int:
    """Samples after which the end of ``history`` (channels, at least `HISTORY`) repeats itself best."""
    sound = history[:, -HISTORY:].sum(axis=0)
    last = sound[-COMPARED:]
    lags = np.lib.stride_tricks.sliding_window_view(sound[:-SHORTEST], COMPARED)
    likeness = lags @ last / np.sqrt(np.einsum("ln,ln->l", lags, lags) + 1e-9)
    return HISTORY - COMPARED - int(np.argmax(likeness))


def conceal(history: Block, lag: int, since: int, count: int) -> Block:
    """The next (channels, ``count``) after ``since`` samples of concealment; ``history`` is real and ends before it."""
    numbers = since + np.arange(count)
    fade = np.clip((SILENT - numbers) / (SILENT - FULL), 0.0, 1.0).astype(np.float32)
    return np.asarray(history[:, history.shape[1] - lag + numbers % lag] * fade, np.float32)
