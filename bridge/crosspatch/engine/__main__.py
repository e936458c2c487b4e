"""``python -m crosspatch.engine --link DESCRIPTOR``: the audio engine's process, started and watched by control."""

import argparse
import ctypes
import os
import signal
import socket

PRIORITY = 30
"""Real-time priority: above the cards' processes, below the keeper."""

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal this process gets when the one that started it dies."""

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""What keeps matrix libraries from waiting for helpers: the products of a tick are far too small for that."""


def set_realtime() -> str:
    """Ask for real-time scheduling; returns what to tell control when it is not permitted."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
    except OSError as error:
        return f"no real-time priority ({error.strerror}): ticks may be late when the box is busy"
    return ""


def die_with_parent() -> None:
    """Have the kernel kill this process when control dies: no engine outlives its daemon."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(prog="crosspatch.engine", description="The audio engine of the Crosspatch daemon.")
    parser.add_argument("--link", type=int, required=True, metavar="DESCRIPTOR", help="inherited socket to control")
    descriptor = parser.parse_args().link
    die_with_parent()
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    from crosspatch.engine.process import serve  # noqa: PLC0415 - numpy reads the environment when it is imported
    from crosspatch.process.link import Link  # noqa: PLC0415
    from crosspatch.process.messages import ToEngine  # noqa: PLC0415

    note = set_realtime()
    serve(Link(socket.socket(fileno=descriptor), ToEngine), note)


if __name__ == "__main__":
    main()
