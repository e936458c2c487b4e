"""How a child process of control begins: its end of the line, its life bound to control's, its priority, its set-up.

Not for the keeper, which imports nothing of the project. Nothing here imports numpy: the engine sets it up first.
"""

import argparse
import ctypes
import os
import select
import signal
from typing import TypeVar

import msgspec

from crosspatch.process.link import Link, PeerGone
from crosspatch.process.messages import Stop

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal this process gets when the one that started it dies."""

MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4
"""mlockall(2): pages that are there, that will be, and each only once it is touched."""

Out = TypeVar("Out", bound=msgspec.Struct)
In = TypeVar("In", bound=msgspec.Struct)
Setup = TypeVar("Setup", bound=msgspec.Struct)


def bound_to_control(name: str, description: str) -> int:
    """Read the command line, and have the kernel kill this process when control dies; the link's descriptor."""
    parser = argparse.ArgumentParser(prog=name, description=description)
    parser.add_argument("--link", type=int, required=True, metavar="DESCRIPTOR", help="inherited socket to control")
    descriptor: int = parser.parse_args().link
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return descriptor


def set_realtime(priority: int, without: str) -> str:
    """Ask for real-time scheduling; empty, or what to tell control: that it is not permitted, and what that means."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError as error:
        return f"no real-time priority ({error.strerror}): {without}"
    return ""


def stay_in_memory() -> bool:
    """Keep every page that is touched from being written out; False when it is not permitted."""
    return bool(ctypes.CDLL(None).mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)


def await_setup(link: Link[Out, In], kind: type[Setup]) -> Setup | None:
    """The first message that is a set-up; None when control goes or says Stop before."""
    while True:
        select.select([link], [], [])
        try:
            messages = link.receive()
        except PeerGone:
            return None
        for message in messages:
            if isinstance(message, kind):
                return message
            if isinstance(message, Stop):
                return None
