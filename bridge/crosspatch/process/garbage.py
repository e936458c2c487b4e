"""The garbage collector in a process that runs for months beside a clock: what is there for ever is left alone."""

import gc


def keep() -> None:
    """What was made until now is for ever. To look at it again would hold up everything, half a second at a time.

    That is what a site of 50,000 vehicles takes; what comes and goes afterwards takes some milliseconds.
    """
    gc.collect()
    gc.freeze()
