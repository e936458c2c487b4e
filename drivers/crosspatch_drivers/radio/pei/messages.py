"""Short messages on the line: a header, then one line of user data; not for what they say.

Whoever reads messages puts himself in the place of `Messages.received`; until then they are only counted.
"""

from crosspatch_drivers.radio.pei.lines import Error, Ok, parse_line


class Messages:
    """Puts the two lines of a message together, whatever comes between them."""

    def __init__(self) -> None:
        """None on its way."""
        self.count = 0
        self._header: str | None = None

    def header(self, value: str) -> None:
        """+CTSDSR: the next line is its user data."""
        self._header = value

    def reset(self) -> None:
        """The radio started anew."""
        self._header = None

    def takes(self, line: str) -> bool:
        """Whether this line belonged to a message. A header may come in two lines, the second with a comma first."""
        if self._header is None:
            return False
        if line.startswith(","):
            self._header += line
            return True
        header, self._header = self._header, None
        if line.startswith("+") or isinstance(parse_line(line), Ok | Error):
            return False
        self.received(header, line)
        return True

    def received(self, header: str, data: str) -> None:  # noqa: ARG002 - for whoever reads them
        """A whole message: the value of the header line and the user data in hex digits."""
        self.count += 1
