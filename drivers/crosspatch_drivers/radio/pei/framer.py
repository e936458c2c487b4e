"""Bytes of the serial line to lines of text, whatever the reads cut or glue; not for what the lines mean.

A line ends with LF. CR and every other control byte is thrown away, empty lines are dropped, and nothing is decided
before the LF has come: radios deliver long lines in several reads.
"""

MAX_LINE = 4096
"""Bytes of the longest line kept: over three times a +CTSDSR of the largest SDS; a longer one is noise."""

CONTROL = bytes(range(0x20))


class Framer:
    """Collects bytes and gives back complete lines; holds at most `MAX_LINE` bytes."""

    def __init__(self) -> None:
        """Begin at the start of a line."""
        self._part = bytearray()
        self._skipping = False
        self.dropped = 0
        """Lines thrown away because they were too long."""

    def feed(self, data: bytes) -> list[str]:
        """The lines that ``data`` completes, without control characters, never empty."""
        *ends, rest = data.split(b"\n")
        lines = []
        for end in ends:
            self._add(end)
            if line := self._take():
                lines.append(line)
        self._add(rest)
        return lines

    def reset(self) -> None:
        """Forget the line that was begun: the port was closed in between."""
        self._part.clear()
        self._skipping = False

    def _add(self, part: bytes) -> None:
        if self._skipping:
            return
        if len(self._part) + len(part) > MAX_LINE:
            self._part.clear()
            self._skipping = True
            self.dropped += 1
        else:
            self._part += part

    def _take(self) -> str:
        line = self._part.translate(None, CONTROL).decode("latin-1").strip()
        self.reset()
        return line
