"""Keeping a port open: where the connection is, when to try again, and what to say about it how loudly.

Pure but for the log; not for opening anything. The first failure is a warning, those that follow it are for the
curious, and a success says how long it took.
"""

from enum import Enum

import structlog

FIRST_PAUSE = 0.2
"""Seconds before the second attempt; doubled with each further one."""

LONGEST_PAUSE = 1.0
"""Seconds between attempts at most: a port that is back serves again within 5 s, set-up of the radio included."""

STEADY_S = 10.0
"""Seconds a port must have been open before a failure counts as a new one: a port that flaps is not hammered."""

log = structlog.get_logger()


class Connection(Enum):
    """Where a port is."""

    CLOSED = "closed"  # nobody wants it open
    OPENING = "opening"
    OPEN = "open"
    WAITING = "waiting"  # the last attempt failed; the next one has its time


class Reconnection:
    """The story of one port."""

    def __init__(self, radio: str, url: str) -> None:
        """Closed."""
        self._radio, self._url = radio, url
        self.state = Connection.CLOSED
        self.failures = 0
        """Attempts in a row that failed."""
        self._gone_since: float | None = None
        self._open_since = 0.0

    def opening(self, now: float) -> None:
        """An attempt begins."""
        self.state = Connection.OPENING
        self._gone_since = now if self._gone_since is None else self._gone_since

    def opened(self, now: float) -> None:
        """The port is open."""
        took = now - (self._gone_since if self._gone_since is not None else now)
        log.info("radio: port open", radio=self._radio, port=self._url, after_s=round(took, 1), failures=self.failures)
        self.state, self._open_since, self._gone_since = Connection.OPEN, now, None

    def failed(self, reason: str, now: float) -> float:
        """The attempt failed, or the open port was lost; the pause before the next attempt in seconds."""
        if self.state is Connection.OPEN and now - self._open_since >= STEADY_S:
            self.failures = 0
        self.failures += 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self.failures - 1, 10))
        tell = log.warning if self.failures == 1 else log.debug
        tell("radio: no port", radio=self._radio, port=self._url, reason=reason, again_in_s=round(pause, 1))
        self.state = Connection.WAITING
        self._gone_since = now if self._gone_since is None else self._gone_since
        return pause

    def closed(self) -> None:
        """Nobody wants it open any more."""
        self.state, self._gone_since, self.failures = Connection.CLOSED, None, 0
