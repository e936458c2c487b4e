"""Keeping a port open: where the connection is, when to try again, and what to say about it how loudly.

Pure but for the log; not for opening anything. The first failure is a warning, those that follow it are for the
curious, and a success says how long it took: that of opening, and that of a radio which answers at last.
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

    def __init__(self, name: str, url: str, *, what: str = "radio") -> None:
        """Closed. ``name`` of the thing whose port it is, ``what`` kind of thing that is."""
        self._what, self._told, self._url = what, {what: name}, url
        self.state = Connection.CLOSED
        self.failures = 0
        """Attempts in a row that failed."""
        self._gone_since: float | None = None
        self._silent_since: float | None = None  # nobody has answered since then, whether the port was open or not
        self._deserted = False
        self._open_since = 0.0

    def opening(self, now: float) -> None:
        """An attempt begins."""
        self.state = Connection.OPENING
        self._gone_since = now if self._gone_since is None else self._gone_since
        self._silent_since = now if self._silent_since is None else self._silent_since

    def opened(self, now: float) -> None:
        """The port is open. One that was open before, with nobody who answered on it, is no news."""
        took = now - (self._gone_since if self._gone_since is not None else now)
        tell = log.debug if self._deserted else log.info
        tell(f"{self._what}: port open", **self._told, port=self._url, after_s=round(took, 1), failures=self.failures)
        self.state, self._open_since, self._gone_since = Connection.OPEN, now, None

    def answered(self, now: float) -> None:
        """Somebody answers on the open port."""
        if self._silent_since is not None:
            took = round(now - self._silent_since, 1)
            log.info(f"{self._what}: answers", **self._told, port=self._url, after_s=took, failures=self.failures)
        self._silent_since, self._deserted = None, False

    def failed(self, reason: str, now: float) -> float:
        """The attempt failed, or the open port was lost; the pause before the next attempt in seconds."""
        if self.state is Connection.OPEN and now - self._open_since >= STEADY_S:
            self.failures = 0
        self.failures += 1
        self._deserted = self.state is Connection.OPEN and self._silent_since is not None
        reason = reason.removeprefix(f"{self._url}: ")  # the port is named beside it
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self.failures - 1, 10))
        tell = log.warning if self.failures == 1 else log.debug
        tell(f"{self._what}: not reached", **self._told, port=self._url, reason=reason, again_in_s=round(pause, 1))
        self.state = Connection.WAITING
        self._gone_since = now if self._gone_since is None else self._gone_since
        self._silent_since = now if self._silent_since is None else self._silent_since
        return pause

    def closed(self) -> None:
        """Nobody wants it open any more."""
        self.state, self._gone_since, self.failures = Connection.CLOSED, None, 0
        self._silent_since, self._deserted = None, False
