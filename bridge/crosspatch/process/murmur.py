"""What a child process writes on its standard error, line by line, into our log: with time, and by whom.

C libraries write there as they please (ALSA on an underrun). A child is never held up by it: what the pipe does not
take is lost, and a flood is counted instead of logged.
"""

import asyncio
import os

import structlog

LONGEST = 500
"""Characters of a line that are logged."""

MOST_A_SECOND = 10
"""Lines that are logged in a second; the others are counted."""

log = structlog.get_logger()


class Murmur:
    """The ear at one child's standard error, as long as it lives."""

    def __init__(self, process: str, ours: int | None = None) -> None:
        """`theirs` is the end for the child; close it by `begin` when the child has it.

        With ``ours`` the child has its end already.
        """
        self._process = process
        self.theirs = -1
        if ours is None:
            ours, self.theirs = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._ours = ours
        self._part = b""
        self._second, self._count, self.left_out = -1, 0, 0

    def begin(self) -> None:
        """Listen in the running loop until the child's end is closed."""
        if self.theirs >= 0:
            os.close(self.theirs)
        asyncio.get_running_loop().add_reader(self._ours, self._readable)

    def _readable(self) -> None:
        try:
            data = os.read(self._ours, 65536)
        except BlockingIOError:
            return
        *lines, self._part = (self._part + data).split(b"\n")
        self._part = self._part[-LONGEST:]
        for line in lines if data else [self._part]:
            self._say(line.decode("utf-8", "replace").strip()[:LONGEST])
        if not data:
            self._close()

    def end(self) -> None:
        """The child is gone: hear what is left."""
        if self._ours >= 0:
            self._readable()
            self._close()

    def _close(self) -> None:
        if self._ours >= 0:
            asyncio.get_running_loop().remove_reader(self._ours)
            os.close(self._ours)
            self._ours = -1

    def _say(self, line: str) -> None:
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            if self.left_out:
                log.warning("process writes more than is logged", process=self._process, lines=self.left_out)
            self._second, self._count, self.left_out = second, 0, 0
        self._count += 1
        if self._count > MOST_A_SECOND:
            self.left_out += 1
        elif line:
            log.warning("process writes", process=self._process, line=line)
