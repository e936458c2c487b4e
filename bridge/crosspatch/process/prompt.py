"""Precedence for the control process on a busy machine: what it decides late, a watcher must take for a failure."""

import os

NICENESS = -15
"""Far before ordinary work, behind everything with real-time priority: engine, cards, keeper."""


def be_prompt() -> bool:
    """Ask for precedence for this thread and those it starts from now on; whether it was given."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    except OSError:
        return False
    return True
