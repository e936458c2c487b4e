"""Precedence for the control process on a busy machine: what it decides late, a watcher must take for a failure."""

import os

PRIORITY = 10
"""Real-time priority (round robin): behind engine, cards and keeper, before everything that is not the gateway."""

NICENESS = -15
"""Where real time is not permitted: before ordinary work."""


def be_prompt() -> str:
    """Ask for precedence for this thread and those it starts from now on; what was given, in words."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
    except OSError:
        try:
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        except OSError:
            return "no precedence"
        return f"niceness {NICENESS}"
    return f"real-time priority {PRIORITY}"
