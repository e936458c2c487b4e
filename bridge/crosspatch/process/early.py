"""The audio engine's process, begun before the daemon knows its site: to load what it needs takes longest of all.

It waits for its set-up like an understudy. The rings of the cards are anonymous memory that it inherits now and that
gets its size when the site is known. Nothing is imported here but what is cheap: everything else waits for this.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from crosspatch_drivers.audio.memory import empty_memory

PROGRAM = ("-m", "crosspatch.engine", "--link")
"""What Python runs; the descriptor of its end of the socket follows."""

MOST_CARDS = 8
"""Sound cards for whose rings there is memory; a box with more starts its engine when the site is known."""


@dataclass(slots=True)
class Early:
    """The process, our ends of its socket and of its standard error, and the memory for rings that it has."""

    process: subprocess.Popen[bytes]
    sock: socket.socket
    error: int
    rings: list[int]
    taken: bool = False  # somebody else ends it, or it is ended

    def end(self) -> None:
        """Nobody takes it."""
        if self.taken:
            return
        self.taken = True
        self.process.kill()
        self.process.wait()
        self.sock.close()
        for descriptor in (self.error, *self.rings):
            os.close(descriptor)


@contextmanager
def early_engine(program: Sequence[str] = PROGRAM) -> Iterator[Early]:
    """The process; ended in the end, unless it was taken."""
    rings = [empty_memory() for _ in range(2 * MOST_CARDS)]
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    error, error_theirs = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    with theirs:
        # A process group of its own: Ctrl-C at a terminal is for control, which ends its children in order.
        process = subprocess.Popen(
            [sys.executable, *program, str(theirs.fileno())],
            pass_fds=(theirs.fileno(), *rings),
            stdin=subprocess.DEVNULL,
            stderr=error_theirs,
            process_group=0,
        )
    os.close(error_theirs)
    early = Early(process, ours, error, rings)
    try:
        yield early
    finally:
        early.end()
